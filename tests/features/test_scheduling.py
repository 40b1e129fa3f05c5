"""When a broadcast goes out: read without guessing; past and quiet times are refused."""

import pytest

from storage import broadcasts
from tests.broadcasting import TEXT, card, crowd, draft, got, organiser
from tests.push import Worker


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("19:00", "composing.draft"),
        ("１９：００", "composing.draft"),
        ("2022-05-03 07:30", "composing.draft"),
        ("2022/5/3 21:59", "composing.draft"),
        ("08:59", "scheduling.past"),
        ("09:00", "scheduling.past"),
        ("2022-04-30 19:00", "scheduling.past"),
        ("22:00", "scheduling.quiet"),
        ("2022-05-02 07:29", "scheduling.quiet"),
        ("2022-11-01 09:00", "scheduling.over"),
        ("2099-01-01 10:00", "scheduling.over"),
        ("明天晚上7点", "scheduling.unreadable"),
        ("25:00", "scheduling.unreadable"),
        ("19:60", "scheduling.unreadable"),
        ("2022-02-30 19:00", "scheduling.unreadable"),
        ("x" * 5000, "scheduling.unreadable"),
    ],
)
async def test_which_times_are_taken(chat, words, key):
    """It is nine in the morning of 1 May."""
    li = await organiser(chat)
    await draft(li)
    await li.taps(li.button("改时间"))

    assert (await li.says(words)).key == key


async def scheduled(chat, words="19:00"):
    """Schedule a broadcast to two people."""
    li = await organiser(chat)
    await crowd(chat, 2)
    written = await draft(li)
    await li.taps(li.button("改时间"))
    await li.says(words)
    await li.taps(f"launching:{written}")
    reply = await li.taps(li.button("确认"))
    return li, written, reply


async def test_it_goes_out_at_its_minute_to_whom_it_is_for_then(chat, clock):
    """Who joined meanwhile gets it, too."""
    _, _, reply = await scheduled(chat)
    worker = Worker(chat)
    clock.set("2022-05-01T18:59:00+08:00")
    await worker.rings()
    early = got(worker)
    await chat.join("late", "telegram", town="zhujiajiao")
    clock.set("2022-05-01T19:00:00+08:00")
    await worker.rings()

    assert reply.key == "launching.scheduled"
    assert early == set()
    assert got(worker) == {"zhujiajiao-0", "zhujiajiao-1", "late"}


async def test_a_change_takes_the_confirmation_back(chat, clock):
    """It is a draft again, and does not go out by itself."""
    li, written, _ = await scheduled(chat)
    await li.taps(f"composing.text:{written}")
    await li.says("改了")
    clock.set("2022-05-01T19:00:00+08:00")
    worker = Worker(chat)
    await worker.rings()

    assert got(worker, "改了") == set()
    assert (await li.says("/broadcast")).params["text"] == "改了"


async def test_what_was_missed_is_not_sent_late(chat, clock):
    """After 31 minutes it may be wrong: its author is told and decides."""
    li, written, _ = await scheduled(chat)
    clock.set("2022-05-01T19:31:00+08:00")
    worker = Worker(chat)
    await worker.rings()

    assert got(worker) == set()
    assert "broadcasts.told" in worker.platform.told(li.account.sender)
    reply = await li.taps(f"composing.open:{written}")
    assert reply.params["when"].key == "broadcasts.at_once"


async def test_within_half_an_hour_it_still_goes_out(chat, clock):
    """A restart takes no broadcast away."""
    await scheduled(chat)
    clock.set("2022-05-01T19:29:00+08:00")
    worker = Worker(chat)
    await worker.rings()

    assert len(got(worker)) == 2


async def test_a_time_that_passed_before_the_confirmation_is_refused(chat, clock):
    """The preview was at six, the confirmation comes after seven."""
    li = await organiser(chat)
    await crowd(chat, 1)
    written = await draft(li)
    await li.taps(f"scheduling.at:{written}:19:00")
    clock.set("2022-05-01T18:55:00+08:00")
    await li.taps(f"launching:{written}")
    clock.set("2022-05-01T19:01:00+08:00")

    assert (await li.taps(li.button("确认"))).key == "scheduling.past"


async def test_an_author_who_lost_the_role_sends_nothing(chat, clock):
    """The scheduled one is stopped at its minute, and staff are told."""
    li, written, _ = await scheduled(chat)
    boss = chat.person("owner")
    number = await card(li)
    await boss.says(f"/revoke {number}")
    await boss.taps(boss.button("确认"))
    clock.set("2022-05-01T19:00:00+08:00")
    worker = Worker(chat)
    await worker.rings()
    await worker.delivers()

    assert got(worker, TEXT) == set()
    assert "broadcasts.halted" in worker.platform.told("owner")
    async with chat.database.reading() as db:
        found = await broadcasts.of(db, chat.campaign_id, int(written))
    assert (found.state, found.why) == (broadcasts.STOPPED, "right")
