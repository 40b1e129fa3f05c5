"""What a process counts of itself, and to whom it tells that."""

import json
import re
from datetime import timedelta

import aiohttp
import pytest
from sqlalchemy import insert
from starlette.testclient import TestClient

from bot import metrics
from bot.leader import Leader, Watch
from bot.metrics import MEDIA_TYPE, Metrics
from bot.settings import Settings
from bot.state import State
from bot.web import metrics as page
from storage import deployment, pushes
from storage.pushes import DeliveryRow, NewPush
from tests.chat import SECRET
from tests.processes import serving
from tests.push import Monotonic, Worker

LINE = re.compile(
    r"# (HELP \w+ .+\.|TYPE \w+ (counter|gauge|histogram))"
    r'|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? (\d+(\.\d+)?(e[+-]?\d+)?)'
)


def numbers(text):
    """Map each sample to its number; every line must be one the format knows."""
    lines = text.splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    return {
        name: float(value) for name, _, value in (x.rpartition(" ") for x in lines if x[0] != "#")
    }


def state_of(chat, counted):
    """Make what answers /metrics of a bot."""
    leader = Leader(chat.database, Monotonic())
    here = (chat.campaign, chat.campaign_id, chat.database, chat.clock, leader, SECRET)
    settings = Settings(_env_file=None, web_chat="off")
    return State(settings, Watch(*here, metrics=counted), chat.till, {})


async def test_turns_deeds_and_batches_are_counted(chat):
    """By channel and outcome; a check-in, a second one, a refusal, a stranger, an open list."""
    ming = await chat.join("ming")
    before = numbers(await state_of(chat, chat.metrics).metrics())
    for said in ("签到", "签到", "/clock +1d"):
        await ming.says(said)
    after = numbers(await state_of(chat, chat.metrics).metrics())

    def more(name):
        return after.get(name, 0) - before.get(name, 0)

    assert more('shuxiang_turns_total{channel="web",outcome="answered"}') == 2
    assert more('shuxiang_turns_total{channel="web",outcome="refused"}') == 1
    assert more('shuxiang_turn_seconds_count{channel="web"}') == 3
    assert more('shuxiang_turn_seconds_bucket{channel="web",le="+Inf"}') == 3
    assert more('shuxiang_deeds_total{outcome="paid"}') == 1
    assert more('shuxiang_deeds_total{outcome="already"}') == 1
    assert more('shuxiang_till_batch_size_bucket{le="1"}') == 2
    assert after["shuxiang_database_away_seconds_total"] == 0


async def test_bells_and_deliveries_are_counted(chat, clock):
    """The weekly push of a Monday: its bell, its delivery, who leads."""
    await (await chat.join("ming")).taps("checkins")
    worker = Worker(chat)
    await worker.rings()
    clock.set("2022-05-02T09:00:00+08:00")
    await worker.rings()
    state = State(Settings(_env_file=None, web_chat="off"), worker.watch, chat.till, {})
    found = numbers(await state.metrics())

    assert found['shuxiang_bells_total{bell="weeks.monday",outcome="rung"}'] == 1
    assert found['shuxiang_deliveries_total{state="sent"}'] >= 1
    assert found["shuxiang_leader"] == 1
    assert found['shuxiang_queue_length{queue="deliveries"}'] == 0
    assert found['shuxiang_queue_length{queue="till"}'] == 0
    assert found['shuxiang_queue_oldest_seconds{queue="deliveries"}'] == 0
    assert found['shuxiang_queue_oldest_seconds{queue="jobs"}'] == 0
    assert found['shuxiang_bell_late_seconds{bell="weeks.monday"}'] == 0


async def test_what_waits_grows_old(chat, clock):
    """A delivery nobody claims and the last look: told in seconds; what is not due yet is not."""
    ming = await chat.join("ming")
    async with chat.database.transaction() as db:
        kept = {"at": clock.system().isoformat(), "broken": ["totals"]}
        await deployment.put(db, deployment.AUDITED, json.dumps(kept))
        new = NewPush(chat.campaign_id, "health.broken", "x", "{}", 1, made_at=clock.now())
        push = await pushes.make(db, new, at=clock.system())
        row = insert(DeliveryRow).values(
            push=push, citizen=await ming.id(), urgency=1, state="waiting", tries=0,
            not_before=clock.now() + timedelta(hours=1),
        )  # fmt: skip
        await db.execute(row)
    young = numbers(await state_of(chat, chat.metrics).metrics())
    clock.ahead(hours=3)
    old = numbers(await state_of(chat, chat.metrics).metrics())

    assert young['shuxiang_queue_oldest_seconds{queue="deliveries"}'] == 0
    assert old['shuxiang_queue_oldest_seconds{queue="deliveries"}'] == 7200
    assert (old["shuxiang_broken_invariants"], old["shuxiang_audit_age_seconds"] >= 0) == (1, True)


async def test_no_number_says_who(chat, clock):
    """Neither a sender nor a card number is among the labels, whatever people do."""
    ming = await chat.join("canary-sender")
    await ming.says("canary-text")
    await ming.taps("canary.tap:canary-argument")
    text = await state_of(chat, chat.metrics).metrics()

    labels = {label for each in metrics.ALL for label in each.labels}
    assert "canary" not in text
    assert labels == {"channel", "outcome", "state", "bell", "queue"}


def test_buckets_add_up():
    """A value belongs to every bucket that ends at or above it."""
    counted = Metrics()
    for seconds in (0.005, 0.2, 99):
        counted.observe(metrics.TURN_SECONDS, seconds, "web")
    found = numbers(counted.text())
    buckets = [found[f'shuxiang_turn_seconds_bucket{{channel="web",le="{end}"}}']
               for end in ("0.005", "0.1", "0.25", "10", "+Inf")]  # fmt: skip

    assert buckets == [1, 1, 2, 2, 3]
    assert found['shuxiang_turn_seconds_sum{channel="web"}'] == pytest.approx(99.205)


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 404),
        ("203.0.113.9", {}, 404),
        ("testclient", {}, 404),
        ("127.0.0.1", {"x-forwarded-for": "203.0.113.9"}, 404),
        ("127.0.0.1", {"x-forwarded-proto": "https"}, 404),
        ("127.0.0.1", {"forwarded": "for=203.0.113.9"}, 404),
        ("127.0.0.1", {"via": "1.1 proxy"}, 404),
    ],
)
def test_only_this_machine_is_told(client, headers, status):
    """Whoever comes from elsewhere, or through a proxy here, finds nothing."""

    async def told():
        return "x 1\n"

    visitor = TestClient(page.page(told, MEDIA_TYPE), client=(client, 5000))
    answer = visitor.get("/metrics", headers=headers)

    assert answer.status_code == status
    assert (answer.text == "x 1\n") == (status == 200)


async def test_a_running_bot_tells_its_numbers(tmp_path):
    """Over HTTP, in the format's media type; posting to it is not allowed."""
    async with (
        serving(tmp_path, LOG_LEVEL="WARNING") as process,
        aiohttp.ClientSession() as session,
    ):
        async with session.get(f"{process.url}/metrics") as answer:
            status, text = answer.status, await answer.text()
            told = answer.headers["content-type"]
        async with session.post(f"{process.url}/metrics") as answer:
            posted = answer.status

    assert (status, posted) == (200, 405)
    assert told == MEDIA_TYPE
    assert numbers(text)['shuxiang_deeds_total{outcome="paid"}'] > 0


async def test_an_absent_database_is_timed(spare_postgres_database, monkeypatch):
    """From the first failure to the first success; told also while it lasts."""
    moments = iter([100.0, 103.0, 105.0])
    monkeypatch.setattr("storage.db.monotonic", lambda: next(moments))
    database = spare_postgres_database

    assert database.away_seconds == 0
    with pytest.raises(Exception, match="OSError"):
        async with database.reading():
            raise OSError
    during = database.away_seconds
    async with database.reading():
        pass

    assert (during, database.away_seconds) == (3, 5)
