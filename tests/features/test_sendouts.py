"""What went out: the list, one with its result, halting and going on."""

import pytest

from storage import audit
from tests.broadcasting import crowd, draft, got, organiser, send, staff
from tests.push import Worker


async def test_one_tap_halts_it_and_two_go_on(chat):
    """Halted nothing goes out; going on, everybody is told once."""
    li = await organiser(chat)
    await crowd(chat, 3)
    await send(li)

    halted = await li.taps(li.button("停一下"))
    worker = Worker(chat)
    await worker.rings()
    early = got(worker)
    going = await li.taps(li.button("接着发"))
    await worker.rings()

    assert halted.params["state"].key == "broadcasts.is_held_hand"
    assert early == set()
    assert going.params["state"].key == "broadcasts.is_running"
    assert len(got(worker)) == 3


async def test_stopped_it_never_goes_on(chat):
    """The result counts whom it did not reach any more."""
    li = await organiser(chat)
    await crowd(chat, 3)
    written = await send(li)
    worker = Worker(chat)
    await worker.leader.renew()
    async with chat.database.reading():
        pass
    await li.taps(f"broadcasts.pause:{written}")

    stopped = await li.taps(li.button("不再发了"))
    again = await li.taps(f"broadcasts.resume:{written}")
    await worker.rings()
    await worker.rings()

    assert stopped.params["state"].key == again.params["state"].key == "broadcasts.is_stopped_hand"
    assert got(worker) == set()


async def test_any_staff_may_halt_it_no_other_organiser_may(chat):
    """Staff see and halt all; an organiser only her own."""
    boss, hua = await staff(chat)
    li = await organiser(chat, by=boss)
    jin = await organiser(chat, "jinze", by=boss)
    await crowd(chat, 2)
    written = await send(li)

    for tap in ("open", "pause", "resume", "stop"):
        assert (await jin.taps(f"broadcasts.{tap}:{written}")).key == "errors.not_yours"
    reply = await hua.taps(f"broadcasts.pause:{written}")
    assert reply.params["state"].key == "broadcasts.is_held_hand"
    await hua.taps(f"broadcasts.stop:{written}")
    async with chat.database.reading() as db:
        lines = await audit.newest(db, chat.campaign_id, offset=0, limit=2)
    assert [line.act for line in lines] == ["broadcast_stopped", "broadcast_paused"]


async def test_an_author_without_the_role_lets_nothing_go_on(chat):
    """Nor does staff in their name."""
    boss, hua = await staff(chat)
    li = await organiser(chat, by=boss)
    await crowd(chat, 2)
    written = await send(li)
    await li.taps(f"broadcasts.pause:{written}")
    await boss.says(f"/revoke {(await li.says('/me')).params['number']}")
    await boss.taps(boss.button("确认"))

    assert (await li.taps(f"broadcasts.resume:{written}")).key == "errors.not_allowed"
    assert (await hua.taps(f"broadcasts.resume:{written}")).key == "errors.not_yours"


async def test_the_list_of_past_ones(chat):
    """Own ones, for staff all; each opens with its number."""
    boss, hua = await staff(chat)
    li = await organiser(chat, by=boss)
    jin = await organiser(chat, "jinze", by=boss)
    empty = await li.says("群发记录")
    await crowd(chat, 1)
    await send(li, "first")
    await send(li, "second")
    await draft(li, "not sent")
    own = await li.says("群发记录")
    first = await li.says("2")
    others = await jin.says("群发记录")
    everything = await hua.says("群发记录")

    assert (empty.key, others.key) == ("sendouts.none", "sendouts.none")
    assert [line.params["title"] for line in own.params["lines"].phrases] == ["second", "first"]
    assert (first.key, first.params["title"]) == ("broadcasts.standing", "first")
    assert len(everything.params["lines"].phrases) == 2


async def test_what_has_not_gone_out_is_its_authors(chat):
    """Opened it is the draft; nobody else reads it."""
    boss, hua = await staff(chat)
    li = await organiser(chat, by=boss)
    written = await draft(li)

    assert (await li.taps(f"broadcasts.open:{written}")).key == "composing.draft"
    assert (await hua.taps(f"broadcasts.open:{written}")).key == "sendouts.not_yet"
    assert (await li.taps(f"broadcasts.pause:{written}")).key == "sendouts.not_yet"


@pytest.mark.parametrize("forged", ["", "0", "x", "99999999999999999999"])
@pytest.mark.parametrize("tap", ["open", "pause", "resume", "stop"])
async def test_forged_numbers_lead_nowhere(chat, forged, tap):
    """They are answered in words."""
    li = await organiser(chat)

    assert (await li.taps(f"broadcasts.{tap}:{forged}")).key == "broadcasts.unknown"
