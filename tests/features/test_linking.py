"""Becoming one person on several channels: codes, what comes together, what is refused."""

import asyncio

import pytest

from bot.booking import Deed
from storage import accounts, citizens, holdings, links, twins
from tests.chat import Chat, Person
from tests.duties import appoint, owner
from tests.push import Worker
from tests.selected import published, readers, short, taken
from tests.statements import listening
from tests.stocked import stock


def video(chat: Chat, person: Person, number: int) -> Deed:
    """Describe a watched video."""
    now = chat.clock.now()
    return Deed(
        person.account,
        "video",
        f"item:{number}",
        day=chat.campaign.day(now),
        acted_at=now,
        cause=f"{person.account.sender}:{number}:{now}",
        subject=str(number),
    )


async def watch(chat: Chat, person: Person, *numbers: int) -> None:
    """Watch videos."""
    for number in numbers:
        await chat.till.award(video(chat, person, number))


async def code(person: Person) -> str:
    """Ask for a code."""
    made = await person.says("/link")
    assert made is not None
    assert made.key == "linking.code"
    return str(made.params["code"])


async def joined(one: Person, other: Person, *, key: str = "linking.done"):
    """Enter one's code on the other account, and confirm."""
    shown = await other.says(f"绑定 {await code(one)}")
    assert shown is not None
    assert shown.key.startswith("linking.preview"), shown
    told = await other.taps(other.button("确认"))
    assert told is not None
    assert told.key == key, told
    return shown, told


SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
SAME = (
    *("earned", "balance", "debt", "visits", "town", "haste", "visit_days", "finished"),
    *("lives", "first_day", "back_day"),
)


async def answer(one: Person, other: Person) -> str:
    """Return what entering one's code on the other account is answered with."""
    told = await other.says(f"/link {await code(one)}")
    assert told is not None
    return told.key


async def busy(chat, clock):
    """Bring two people in who did much the same on one day, and one of them more on the next."""
    old, new = await chat.join("old"), await chat.join("new", "telegram", town="baihe")
    await old.taps("checkins")
    await watch(chat, old, 1, 2)
    await new.taps("checkins")
    await watch(chat, new, 2, 3, 4, 5)
    for person in (old, new):
        await watch(chat, person, *range(20, 27))  # over the cap, on one day
    clock.ahead(days=1)
    await new.taps("checkins")
    await watch(chat, new, 9)
    return old, new


async def test_two_accounts_become_one_person_with_one_set_of_caps(chat, clock):
    """Points come together, doubles are void, caps hold, both channels go on as one; undone."""
    boss = await owner(chat)
    old, new = await busy(chat, clock)
    [book] = await stock(chat, "book", "红楼梦")
    await new.taps(f"items.open:{book}")
    before = [await each.has() for each in (old, new)]
    ids = [await each.id() for each in (old, new)]

    shown, told = await joined(old, new)

    # The check-in and all ten points of videos are doubles; the second day comes along.
    assert (shown.params["balance"], shown.params["earned"]) == (22, 22)
    assert told.params["balance"] == 22
    assert told.params["void"].params == {"count": 6, "points": 15}
    assert await old.id() == await new.id() == ids[0]
    has = await new.has()
    assert (has.balance, has.visit_days, has.town) == (22, 2, "xiayang")
    assert await chat.broken() == {}
    assert (await old.taps("checkins")).key == "checkins.already"
    clock.ahead(minutes=9)
    assert (await old.taps(f"items.done:{book}")).key == "items.paid"
    async with chat.database.reading() as db:
        told_at = await accounts.receivers(db, [ids[0]])
        assert told_at[ids[0]].account == new.account  # the one last turned to
        assert (await citizens.by_number(db, (await twins_number(db, ids[1])))).citizen == ids[0]
    await old.taps("settings.rename")
    async with chat.database.reading() as db:
        assert (await accounts.receivers(db, [ids[0]]))[ids[0]].account == old.account

    await parted(chat, boss, str(told.params["goes"]), two=(old, new))
    after = [await each.has() for each in (old, new)]
    assert after[0].balance == 15 + 2
    assert [getattr(after[1], name) for name in SAME] == [getattr(before[1], name) for name in SAME]
    await goes_on(chat, clock, old, new)


async def goes_on(chat, clock, old, new):
    """Do what the other one had done, and join again."""
    # What only the other one had watched may be watched for points, once.
    clock.ahead(days=1)
    tries = []
    for _ in range(2):
        tries.append(await chat.till.award(video(chat, old, 9)))
        clock.ahead(minutes=1)
    assert [award.outcome for award in tries] == ["paid", "already"]
    assert await chat.broken() == {}
    await joined(old, new)
    assert (await old.has()).balance == 17 + 2 + 5  # the check-in of the second day
    assert await chat.broken() == {}


async def parted(chat, boss, number, *, two):
    """Let staff undo a link."""
    asked = await boss.says(f"/unlink {number}")
    assert (asked.key, asked.params["points"], asked.params["left"]) == ("unlinking.ask", 22, 17)
    undone = await boss.taps(boss.button("确认"))
    assert undone.key == "unlinking.done"
    assert await two[0].id() != await two[1].id()
    assert await chat.broken() == {}


async def twins_number(db, citizen):
    """Return a card number."""
    return await citizens.number(db, citizen)


@SQLITE
async def test_what_is_no_good_code_is_answered_alike(chat, clock):
    """Unknown, used, mistyped, too old: the same words and statements; few tries."""
    ming, hua, mei = [await chat.join(name) for name in ("ming", "hua", "mei")]
    used, old = await code(ming), await code(mei)
    await hua.says(f"/link {used}")
    await hua.taps(hua.button("确认"))
    li = await chat.join("li")
    clock.ahead(minutes=16)
    answers, statements = [], []
    for typed in (used, old, "23456789", "hello", "A" * 3000):
        with listening(chat.database) as heard:
            answers.append(await li.says(f"/link {typed}"))
        statements.append([each.sql for each in heard])

    assert {answer.key for answer in answers} == {"linking.wrong_code"}
    assert [answer.params["left"] for answer in answers] == [4, 3, 2, 1, 0]
    assert all(sql == statements[0] for sql in statements)
    good = await code(mei)
    assert (await li.says(f"/link {good}")).key == "linking.no_tries"
    clock.ahead(minutes=16)
    assert (await li.says(f"/link {await code(mei)}")).key == "linking.preview"
    clock.ahead(minutes=11)
    assert (await li.taps(li.button("确认"))).key == "errors.confirm_again"
    own = await code(mei)
    assert (await mei.says(f"/link {own}")).key == "linking.own"
    assert (await ming.says(f"/link {await code(hua)}")).key == "linking.own"  # one by now
    shown = await mei.enters().says("/link")
    assert shown is None or shown.key == "errors.in_private"


@SQLITE
async def test_a_link_with_a_code_leads_to_the_same_question(chat, clock):
    """As if it had been typed: a preview first, wrong ones counted, nothing in a group."""
    ming, hua, new = await chat.join("ming"), await chat.join("hua"), chat.person("new")
    assert (await new.says(f"/start link_{await code(ming)}")).key == "linking.preview_new"
    assert (await new.taps(new.button("确认"))).key == "linking.done_new"
    assert await new.id() == await ming.id()
    link = f"/start link_{await code(ming)}"
    assert (await hua.says(link)).key == "linking.preview"
    assert await hua.id() != await ming.id()  # nothing happens by opening a link
    clock.ahead(minutes=16)
    assert (await hua.says(link)).params["left"] == 4
    assert (await hua.says("/start link_")).params["left"] == 3
    shown = await hua.enters().says(link)
    assert shown is None or shown.key == "errors.in_private"


@SQLITE
async def test_who_cannot_become_one_is_told_why_and_loses_nothing(chat, clock):
    """Children abroad, child and adult, a pause, roles, an open dispute; nothing is written."""
    child, kid, ming = chat.person("child"), chat.person("kid"), await chat.join("ming")
    for young in (child, kid):
        for tap in ("start.young", "start.guardian", "start.town:baihe"):
            await young.taps(tap)
    abroad = await chat.join("abroad", "telegram")
    stranger = chat.person("stranger", "telegram")
    assert await answer(child, abroad) == "linking.young_abroad"
    assert await answer(child, stranger) == "linking.young_abroad"
    assert await answer(child, ming) == await answer(ming, child) == "linking.bands"
    assert await answer(child, kid) == "linking.preview"
    assert await chat.broken() == {}


@SQLITE
async def test_nobody_gains_or_loses_a_right_by_linking(chat, clock):
    """Who is in charge confirms, and is never absorbed; who waits for staff waits to link."""
    boss = await owner(chat)
    mei = await appoint(chat, "mei", "zhujiajiao", by=boss)
    ming, abroad = await chat.join("ming"), await chat.join("abroad", "telegram")
    stranger = chat.person("stranger", "telegram")
    # mei is older than abroad, and in charge: only she may confirm; she is never absorbed.
    assert await answer(mei, abroad) == "linking.role_confirms"
    assert await answer(mei, stranger) == "linking.role_confirms"
    assert await answer(abroad, mei) == "linking.preview"
    old = await chat.join("old")
    clock.ahead(days=1)
    hua = await appoint(chat, "hua", "baihe", by=boss)
    assert await answer(hua, old) == await answer(old, hua) == "linking.role_lost"
    clock.ahead(days=1)
    li = await chat.join("li")
    await li.taps("checkins")
    await li.says("/log")
    await li.taps(li.button("第 1 条有异议"))
    await li.taps(li.button("提交"))
    assert await answer(li, old) == "linking.waiting"
    await ming.says("/forget")
    await ming.taps(ming.button("暂停参加"))
    paused = await ming.says(f"/link {await code(old)}")
    assert paused.key == "linking.paused"
    assert await chat.broken() == {}


@SQLITE
async def test_an_account_that_is_nobodys_joins_without_a_town(chat, clock):
    """It sees the consent, belongs to the person at once, and can be taken away by staff."""
    boss, ming = await owner(chat), await chat.join("ming")
    new = chat.person("new", "wecom")
    assert (await new.says("/link")).key == "linking.first"

    shown, told = await joined(ming, new, key="linking.done_new")

    assert shown.key == "linking.preview_new"
    assert await new.id() == await ming.id()
    assert (await new.taps("checkins")).key == "checkins.paid"
    assert (await ming.taps("checkins")).key == "checkins.already"
    assert await chat.broken() == {}
    asked = await boss.says(f"解除关联 {told.params['number']}")
    assert asked.key == "unlinking.ask_account"
    assert (await boss.taps(boss.button("确认"))).key == "unlinking.done_account"
    assert (await new.says("/me")).key == "start.welcome"
    assert (await ming.has()).balance == 5
    assert await chat.broken() == {}
    # Whoever is erased takes with them whom they were joined to.
    hua = await chat.join("hua")
    gone = await hua.id()
    await joined(ming, hua)
    await ming.says("/forget")
    await ming.taps(ming.button("注销，全部删掉"))
    assert (await hua.says("/me")).key == "start.welcome" or hua.rendered is None
    async with chat.database.reading() as db:
        assert await twins.who(db, gone) is None
        assert await links.absorbed_by(db, gone) == []
    assert await chat.broken() == {}
    assert (await boss.says(f"/unlink {told.params['number']}")).key == "errors.unknown_number"


async def test_two_who_link_each_other_at_once_become_one(chat):
    """No deadlock: one of the confirmations comes second, and the points are there once."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    for person in (ming, hua):
        await person.taps("checkins")
    codes = [await code(person) for person in (ming, hua)]
    await ming.says(f"/link {codes[1]}")
    await hua.says(f"/link {codes[0]}")
    taps = [person.button("确认") for person in (ming, hua)]

    told = await asyncio.gather(
        ming.taps(taps[0]),
        hua.taps(taps[1]),
        *(person.taps("checkins") for person in (ming, hua) for _ in range(5)),
    )

    assert len(told) == 12
    assert await ming.id() == await hua.id()
    assert (await ming.has()).balance == 5
    assert await chat.broken() == {}


@SQLITE
async def test_every_table_about_citizens_is_seen_to(chat):
    """What belongs to somebody goes along, is booked, or stays for a reason."""
    known = {moving.row.__tablename__ for moving in links.MOVES.values()} | links.BOOKED
    assert set(holdings.about_citizens()) == known | set(links.STAYS)
    assert not known & set(links.STAYS)


async def test_a_place_in_the_selection_goes_along(chat, staff):
    """Whoever was chosen reads it, and is told, after becoming one with an older account."""
    lan, ming, _hua = await readers(chat, lan=0, ming=2, hua=1)
    draft = await taken(chat, campaign=short(chat.campaign))
    await joined(ming, lan)
    await published(chat, draft=draft)
    assert await lan.id() == await ming.id()
    shown = await lan.says("我的评选")
    assert (shown.key, shown.params["number"]) == ("results.text", "1")
    await staff.taps("replacing:0.1")
    await staff.says("本人放弃")
    await staff.taps(staff.button("确认"))
    worker = Worker(chat)
    await worker.rings()
    assert "replacing.told_left" in worker.platform.told("lan") + worker.platform.told("ming")
    assert await chat.broken() == {}
    async with chat.database.reading() as db:
        made = await links.latest(db, await lan.id())
        card = await citizens.number(db, made.absorbed)
    await staff.says(f"/unlink {card}")
    assert (await staff.taps(staff.button("确认"))).key == "unlinking.done"
    assert (await ming.says("我的评选")).key == "results.text"
    assert (await lan.says("我的评选")).key == "results.none"
    assert await chat.broken() == {}
