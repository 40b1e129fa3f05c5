"""Pushes over the emulated WeCom: who is told the same is told in one call, and accounted for."""

import pytest
from sqlalchemy import text

from bot.bundles import Ready, bundled
from bot.feature import Feature, say
from bot.messages import Phrase
from bot.operations import pushing
from bot.post import FEW_MAX, MANY_MAX, Outlet, Post
from bot.rules.rhythm import Minutely
from storage import pushes
from storage.citizens import Account, Receiver
from storage.pushes import Claimed
from tests.bench.town import Town
from tests.push import Worker
from tests.wecom_api import refuse
from tests.wecom_bench import Bench
from tests.wecom_members import CLOSE_AFTER, HTML, HTML_AFTER

PEOPLE, CALLS = 3000, 3
probe = Feature("probe")


@probe.push("news", switch="news", urgency=4, audience=pushing.everybody)
async def news(sending):
    """Say the same to all."""
    return dict.fromkeys(sending.citizens, say("menu.title"))


@probe.push("own", switch="news", urgency=4, audience=pushing.everybody)
async def own(sending):
    """Say something else to each."""
    return {one: say("search.nothing", words=str(one)) for one in sending.citizens}


@probe.bell("minutely", lambda _campaign: Minutely())
async def minutely(tick):
    """Push once."""
    await pushing.push(tick, wanted[0], once=wanted[0].name)


wanted: list = []


@pytest.fixture
async def bench():
    """An emulated WeCom and the channel on it."""
    wanted[:] = [news]
    async with Bench.open() as bench:
        yield bench


@pytest.fixture
def worker(chat, bench):
    """A worker whose only channel is WeCom."""

    async def send(sender, rendered):
        return (await bench.channel.send_all([sender], rendered))[0]

    outlet = Outlet(bench.channel.push, send, bench.channel.send_all)
    post = Post(chat.dispatcher, {"wecom": outlet})
    return Worker(chat, post, [probe], together=post)


async def crowd(chat, bench, count, *, members=True):
    """Bring members in who take part."""
    for number in range(count):
        if members:
            bench.api.member(f"m{number}")
        await chat.join(f"m{number}", "wecom")


async def states(chat):
    """Count deliveries by state."""
    async with chat.database.reading() as db:
        found = await db.execute(text("SELECT state, count(*) FROM deliveries GROUP BY state"))
    return {state: count for state, count in found}  # noqa: C416 - rows, not pairs


async def test_the_same_words_go_to_all_in_one_call(chat, bench, worker):
    """One card, forty members; each is settled by itself."""
    await crowd(chat, bench, 40)
    await worker.rings()

    assert await states(chat) == {pushes.SENT: 40}
    (call,) = bench.api.called("message/send")
    assert len(call["touser"].split("|")) == 40
    assert {len(member.inbox) for member in bench.api.members.values()} == {1}


async def test_thousands_are_told_in_as_many_calls_as_thousands(chat, bench, worker):
    """Lost answers cost a call each, a lost member one receipt, and nobody sees it twice."""
    await Town(chat.database, "any", chat.campaign).settle(PEOPLE)
    async with chat.database.transaction() as db:
        await db.execute(text("UPDATE accounts SET channel = 'wecom'"))
    for number in range(1, PEOPLE):  # the last is not among the members
        bench.api.member(str(number))
    faults = [refuse(-1), None, refuse(42001), HTML_AFTER, None, CLOSE_AFTER]
    bench.api.fail("message/send", *faults)
    await worker.rings()

    assert await states(chat) == {pushes.SENT: PEOPLE - 1, pushes.GONE: 1}
    assert len(bench.api.called("message/send")) == CALLS + len([each for each in faults if each])
    assert {len(member.history) for member in bench.api.members.values()} == {1}
    assert bench.api.dropped == []


async def test_languages_and_personal_words_are_told_apart(chat, bench, worker):
    """One call a language; one a person where each is told something else."""
    await crowd(chat, bench, 6)
    english = await chat.join("m5", "wecom")
    await english.taps("settings.speak:en")
    await worker.rings()
    assert len(bench.api.called("message/send")) == 2

    wanted[:] = [own]
    chat.clock.ahead(minutes=1)
    bench.api.calls.clear()
    await worker.rings()
    calls = bench.api.called("message/send")
    assert [len(call["touser"].split("|")) for call in calls] == [1] * 6


async def test_who_left_the_corporation_is_gone(chat, bench, worker):
    """Until they open the app again."""
    await crowd(chat, bench, 3)
    ming = await chat.join("lost", "wecom")
    await worker.rings()

    assert await states(chat) == {pushes.SENT: 3, pushes.GONE: 1}
    assert not await ming.reachable()


@pytest.mark.parametrize(
    ("fault", "met"),
    [
        (refuse(45009), {pushes.WAITING: 3}),
        (refuse(60020), {pushes.WAITING: 3}),
        (HTML, {pushes.SENT: 3}),
        (CLOSE_AFTER, {pushes.SENT: 3}),
    ],
)
async def test_what_wecom_answers_is_settled_for_each(chat, bench, worker, caplog, fault, met):
    """Later, or after a second try that WeCom knew."""
    await crowd(chat, bench, 3)
    bench.api.fail("message/send", fault)
    await worker.rings()

    assert await states(chat) == met
    assert {len(member.inbox) for member in bench.api.members.values()} <= {0, 1}
    caplog.clear()


def ready(push, citizen, channel="wecom", language="zh_CN", words="a"):
    """Make a delivery that is to go out."""
    claimed = Claimed(push, citizen, 1)
    receiver = Receiver(Account(channel, str(citizen)), language)
    return Ready(claimed, receiver, say("x.y", words=words, name=Phrase("x.z")))


class Push:
    """Stands for one."""

    def __init__(self, number):
        self.id = number


def test_what_is_put_together():
    """The same push, channel, language and words; where a channel sends one by one, each alone."""
    one, two = Push(1), Push(2)
    given = [
        ready(one, 1),
        ready(one, 2),
        ready(two, 3),
        ready(one, 4, language="en"),
        ready(one, 5, words="b"),
        ready(one, 6, channel="other"),
        ready(one, 7, channel="other"),
        ready(one, 8),
    ]

    made = bundled(given, lambda channel: channel == "wecom")

    assert [[each.claimed.citizen for each in bundle] for bundle in made] == [
        [1, 2, 8],
        [3],
        [4],
        [5],
        [6],
        [7],
    ]


def test_many_are_claimed_only_where_every_channel_takes_many(chat):
    """A paced channel would hold a thousand for most of a minute."""
    many, few = Outlet(None, None, send_all=print), Outlet(None, None)

    assert Post(chat.dispatcher, {"a": many, "b": many}).most == MANY_MAX
    assert Post(chat.dispatcher, {"a": many, "b": few}).most == FEW_MAX
    assert Post(chat.dispatcher, {}).most == FEW_MAX
