"""Published, told, and final when nobody can object any more."""

from storage import selections
from tests.push import Worker
from tests.selected import current, readers, sealed, short, taken


async def confirmed(chat, *, by=(1, 2)):
    """Confirm a selection whose lists hold one, and one in reserve."""
    draft = await taken(chat, by=by[0], campaign=short(chat.campaign))
    found, written = await sealed(chat, draft, by=by[0])
    async with chat.database.transaction() as db:
        digest, at = written.digest(), chat.clock.now()
        assert await selections.confirm(db, found.id, digest=digest, by=by[1], at=at)
    return found


async def test_published_once_and_each_candidate_is_told(chat, clock, boss, staff):
    """The place, the reserve, or where to look; nobody before it is published."""
    await readers(chat, ming=3, hua=2, lan=1)
    await confirmed(chat)
    worker = Worker(chat)
    await worker.rings()
    nothing = [worker.platform.told(name) for name in ("ming", "hua", "lan")]

    asked = await staff.taps("publishing")
    confirm = staff.button("确认")
    done = await staff.taps(confirm)
    again = await staff.taps(confirm)
    early = await staff.taps("publishing.finish")
    await worker.rings()

    assert nothing == [[], [], []]
    assert (asked.params["people"], str(asked.params["last"])) == (3, "2022-10-12")
    assert (done.key, again.key) == ("publishing.done", "selections.now_published")
    assert worker.platform.told("ming") == ["publishing.told_chosen"]
    assert worker.platform.told("hua") == ["publishing.told_reserve"]
    assert worker.platform.told("lan") == ["publishing.told"]
    assert worker.platform.told("owner") == ["publishing.moved"]
    assert (early.key, str(early.params["last"])) == ("publishing.window", "2022-10-12")


async def test_final_after_the_window_and_the_last_answer(chat, clock, boss, staff):
    """An objection that nobody answered holds it up; then it is final, for good."""
    ming, hua = await readers(chat, ming=3, hua=2)
    await confirmed(chat)
    await staff.taps("publishing")
    await staff.taps(staff.button("确认"))
    await hua.says("/dispute")
    await hua.says("少算了一天")
    clock.set("2022-10-13T09:00:00+08:00")
    held = await staff.taps("publishing.finish")
    await hua.says("/dispute")
    await hua.taps(hua.button("撤回异议"))
    asked = await staff.taps("publishing.finish")
    done = await staff.taps(staff.button("确认"))

    assert (held.key, held.params["count"]) == ("publishing.unanswered", 1)
    assert (asked.key, done.key) == ("publishing.ask_finish", "publishing.final")
    assert (await current(chat.database, chat.campaign_id)).state == "final"
    assert (await staff.taps("replacing:0.1")).key == "selections.now_final"
    assert (await ming.says("我的评选")).key == "results.text"
    assert "异议期已过" in ming.rendered.text
    assert (await ming.says("提异议")).key == "objections.over"


async def test_not_while_points_are_earned(chat, clock, staff):
    """Before the phase of the selection nothing is published, whatever was confirmed."""
    await readers(chat, ming=1)
    await confirmed(chat)
    clock.set("2022-10-06T23:59:00+08:00")

    assert (await staff.taps("publishing")).key == "sealing.too_early"
