"""Acts that cross a link or another's leaving: nobody acts as the person they no longer are."""

import asyncio

import pytest
from sqlalchemy import text

from storage import citizens, twins
from tests.corrections import adjusts, told
from tests.duties import appoint, owner
from tests.features.test_family import seated
from tests.features.test_guardians import holders, second
from tests.features.test_linking import code, joined

POSTGRES = pytest.mark.parametrize("database", ["postgres"], indirect=True)
SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


async def waiting(chat):
    """Return how many wait for a lock."""
    async with chat.database.reading() as db:
        return await db.scalar(WAITING)


async def in_turn(chat, people, *acts):
    """Let acts come to a lock of these people one after another, and go on in that order."""
    async with asyncio.TaskGroup() as tasks, chat.database.transaction() as db:
        for one in people:
            await citizens.lock_one(db, one)
        begun = []
        for act in acts:
            begun.append(tasks.create_task(act))
            while await waiting(chat) < len(begun) and not begun[-1].done():
                pass
    return [act.result().key for act in begun]


@pytest.fixture
async def two(chat, clock):
    """Bring two people in, of whom the second is about to be linked by the first."""
    ming = await chat.join("ming")
    clock.ahead(minutes=1)
    hua = await chat.join("hua")
    await ming.says(f"/link {await code(hua)}")
    return ming, hua


async def crossed(chat, two, act):
    """Let somebody do something while they are linked, and return how that was answered."""
    ming, hua = two
    linked, answer = await in_turn(chat, [await hua.id()], ming.taps(ming.button("确认")), act)
    assert linked == "linking.done"
    assert await chat.broken() == {}
    return answer


@POSTGRES
@pytest.mark.parametrize("way", ["暂停参加", "注销，全部删掉"])
async def test_who_became_another_leaves_only_after_seeing_what_that_means(chat, two, way):
    """Neither is the other one erased unseen, nor is somebody told so who is still there."""
    ming, hua = two
    await hua.says("/forget")
    assert await crossed(chat, two, hua.taps(hua.button(way))) == "errors.confirm_again"
    assert await hua.id() == await ming.id()
    assert (await hua.taps("checkins")).key == "checkins.paid"


@SQLITE
async def test_a_button_to_leave_is_no_good_after_a_link(chat, two):
    """It was about one's own points, not about those of both."""
    ming, hua = two
    await hua.says("/forget")
    leave = hua.button("注销，全部删掉")
    await ming.taps(ming.button("确认"))
    assert (await hua.taps(leave)).key == "errors.confirm_again"
    assert await hua.id() == await ming.id()


@POSTGRES
async def test_a_reader_taken_in_meanwhile_is_held_by_who_one_became(chat, two):
    """Nobody is held by somebody who is another by now."""
    ming, hua = two
    await hua.taps("seating.agree:adult")
    assert await crossed(chat, two, hua.says("奶奶")) == "seating.taken"
    assert await holders(chat, hua.button("换成 奶奶").partition(":")[2]) == [await ming.id()]


@POSTGRES
async def test_a_reader_chosen_meanwhile_acts_for_who_one_became(chat, two):
    """The account belongs to the one person, whoever reads on it."""
    ming, hua = two
    granny, me = await seated(hua, "奶奶"), await ming.id()
    assert await crossed(chat, two, hua.taps(f"family.be:{granny}")) == "family.now"
    assert (str(await hua.id()), await holders(chat, granny)) == (granny, [me])


@POSTGRES
async def test_the_last_of_two_guardians_takes_the_child_along(chat):
    """Both leave at once, and each sees the other one still there."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    child = int(await seated(ming, "小宝", "child"))
    await second(ming, hua)
    taps = []
    for guardian in (ming, hua):
        await guardian.says("/forget")
        taps.append(guardian.taps(guardian.button("注销，全部删掉")))
    both = [await ming.id(), await hua.id()]
    assert await in_turn(chat, both, *taps) == ["leaving.erased", "leaving.erased"]
    async with chat.database.reading() as db:
        assert await twins.who(db, child) is None
    assert await chat.broken() == {}


@POSTGRES
async def test_no_sixth_reader_comes_while_one_is_given_back(chat):
    """Whoever held somebody takes nobody in between the look for room and the seat."""
    boss, ming, phone = await owner(chat), await chat.join("ming"), chat.person("phone", "wecom")
    granny = await seated(ming, "奶奶")
    for name in ("爷爷", "姑姑", "舅舅"):
        await seated(ming, name)
    await ming.taps(f"family.be:{granny}")
    _, linked = await joined(ming, phone, key="linking.done_new")
    await ming.taps(f"family.be:{await ming.id()}")
    await ming.taps("seating.agree:adult")
    await boss.says(f"/unlink {linked.params['number']}")
    async with asyncio.TaskGroup() as tasks, chat.database.transaction() as db:
        await db.execute(text("SELECT id FROM accounts WHERE sender = 'phone' FOR UPDATE"))
        undone = tasks.create_task(boss.taps(boss.button("确认")))
        while await waiting(chat) < 1:
            pass
        seat = tasks.create_task(ming.says("叔叔"))
        while await waiting(chat) < 2 and not seat.done():
            pass
    assert (undone.result().key, seat.result().key) == ("unlinking.done_account", "family.full")
    assert await chat.broken() == {}


@SQLITE
async def test_what_was_to_be_told_follows_to_who_one_became(chat, two):
    """A message that had no receivers yet reaches them, also when it names the one they were."""
    boss = await owner(chat)
    staff = await appoint(chat, "staff", "staff", by=boss)
    ming, hua = two
    await adjusts(staff, hua, "5 帮忙整理书架")
    await staff.taps(staff.button("确认"))
    await joined(ming, hua)
    assert await told(chat, "hua") == ["adjustments.told_adjustment"]
