"""`shuxiang audit`: quiet on what the bot did, and no violation passes it."""

import contextlib
from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import text

from bot import campaign as campaigns
from bot.booking import Deed
from bot.correcting import Adjustment, Makeup, Reversal
from bot.rules.calendar import ONE_DAY
from bot.rules.summaries import Counted
from storage import (
    cases,
    group_messages,
    groups,
    invariants,
    papercards,
    rolls,
    summaries,
    vouchers,
)
from storage.cases import NewCase
from storage.group_messages import NewMessage
from storage.groups import NewGroup
from storage.papercards import NewSheet, Sheet
from storage.rolls import NewRoll
from storage.summaries import NewSummary
from tests import selected, shop
from tests.chat import Chat
from tests.classes import on_air, row
from tests.corrections import booked, disputed
from tests.planted import OTHERS, PLANTS
from tests.proposed import propose
from tests.push import Worker
from tests.stocked import stock

DAY = date(2022, 5, 1)
AT = datetime.fromisoformat("2022-05-01T09:00:00+08:00")
NAMES = {each.name for each in (*invariants.BY_QUERY, *invariants.BY_READING)}
BARE = (
    *("seats", "attests", "paper_cards", "paper_sheets"),
    *("proposals", "presences", "rolls", "group_messages", "groups"),
    *("selection_places", "selection_exclusions", "selection_readers", "selection_units"),
    "selections",
    *("deliveries", "pushes", "bell_runs", "bookings", "attendances", "guesses", "livestreams"),
    *("week_places", "week_towns", "weeks", "corrections", "disputes"),
    *("stock_moves", "vouchers", "rewards"),
    *("ledger", "deeds", "totals"),
)


class TakenBack(Exception):  # noqa: N818 - rolls a plant back
    """The plant shall not stay."""


async def live(chat, *, corrected=True):
    """Let people do everything that moves points, and return the id of the busiest."""
    ming, hua = await chat.join("ming"), await chat.join("hua", town="baihe")
    for _ in range(2):
        for person in (ming, hua):
            await person.taps("checkins")
            await person.taps("checkins")
        chat.clock.ahead(days=1)
    for number in range(7):
        await chat.till.award(deed(ming, f"item:{number}"))
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps(f"items.open:{book}")
    await ming.taps("settings.rename")
    await ming.says("小明")
    await ming.taps("settings.board:on")
    await hua.says("/start town_xiayang")
    await hua.taps(hua.button("确认"))
    await hua.taps("checkins")
    young = chat.person("young")
    await young.taps("start.young")
    await young.taps("start.guardian")
    await young.taps("start.town:xiayang")
    await young.taps("checkins")
    if corrected:
        await correct(chat, ming, young, by=await hua.id())
    await chat.till.award(deed(young, "item:1"))
    await chat.person("stranger").taps("start.decline")
    await told(chat, ming, hua)
    await gathered(chat, await ming.id())
    if corrected:
        await redeemed(chat, ming, by=await hua.id())
    await selected.succeeded(chat)
    return await ming.id()


async def told(chat, ming, hua):
    """Hold a class that ming joins and hua misses, and freeze and tell two weeks."""
    worker = Worker(chat)
    (live,) = await on_air(chat, row(start="2022-05-03 19:00", replay="https://x.example/1"))
    await propose(chat, live, by=await ming.id())
    for person in (ming, hua):
        await person.taps(f"livestreams.book:{live}")
    for moment in ("03T18:30", "03T19:00", "03T20:01", "09T08:50", "09T09:00"):
        chat.clock.set(f"2022-05-{moment}:00+08:00")
        await worker.rings()
        await ming.taps(f"joining.join:{live}")


async def gathered(chat, citizen):
    """Bind a group chat, let a message wait there, call the roll; hand a case and a report in.

    Somebody has a paper card besides, and another one is nobody's.
    """
    async with chat.database.transaction() as db:
        where = (chat.campaign_id, "web", "-100", "群", "zhujiajiao", None, citizen, AT)
        await groups.bind(db, NewGroup(*where))
        [group] = await groups.for_week(db, chat.campaign_id)
        await group_messages.make(db, [group], NewMessage("x", "once", {}, AT, AT))
        await cases.add(db, chat.campaign_id, NewCase("zhujiajiao", "x", citizen, AT, chosen=True))
        handed = (chat.campaign_id, "zhujiajiao", citizen, AT, 1)
        await summaries.add(db, NewSummary(*handed, "0" * 64, 1, Counted(1, 1, 1)))
        await rolls.call(db, NewRoll(chat.campaign_id, group, "zhujiajiao", DAY, citizen, AT))
        new = NewSheet(chat.campaign_id, "zhujiajiao", 1, 2, citizen, AT)
        sheet = Sheet(await papercards.begin(db, new) or 0, "zhujiajiao", 1, 2, AT)
        numbers = ["22222222", "33333333"]
        assert await papercards.add(db, sheet, chat.campaign_id, numbers=numbers) == 2
        card = await papercards.numbered(db, numbers[0])
        assert await papercards.use(db, card.id, citizen=citizen, by=citizen, at=AT)


async def redeemed(chat, ming, *, by):
    """Let somebody redeem two rewards: one is handed out, the other goes back."""
    fan = await shop.offer(chat)
    for n in (1, 2):
        await shop.buy(chat, ming, fan, once=f"redeem:{fan}:{n}")
    first, second = await shop.held(chat, ming)
    async with chat.database.transaction() as db:
        assert await vouchers.hand_out(db, first.id, place="A", by=by, at=chat.clock.now())
    await shop.give_back(chat, ming, second.id)


def deed(person, once):
    """Describe a watched video."""
    account = person.account
    cause, subject = f"{account.sender}:{once}", once.partition(":")[2]
    return Deed(account, "video", once, day=DAY, acted_at=AT, cause=cause, subject=subject)


async def correct(chat, ming, young, *, by):
    """Take more from somebody than they have; take lines back, and make up for one, disputed."""
    day = DAY + ONE_DAY
    take, give, undo, enter = (
        Adjustment(await young.id(), -8, "a", "t:a", DAY, AT, debt=3),
        Adjustment(await ming.id(), 30, "b", "t:b", DAY, AT),
        [Reversal(await ming.id(), line, f"t:{line}", AT) for line in (2, 4)],
        Makeup(await ming.id(), "checkin", 5, f"checkin:{day}", "t:c", day, AT + ONE_DAY),
    )
    again = replace(enter, once="again:10")
    told = [await booked(chat, each, by=by) for each in (take, give, *undo, enter)]
    dispute = await disputed(chat, ming, "l10")
    told.append(await booked(chat, again, by=by, dispute=dispute))
    await disputed(chat, ming, "l9", by=by)
    assert [each.verdict.value for each in told] == [*["booked"] * 4, "already", "booked"]


async def broken(chat, db):
    """Map each broken invariant to those who break it."""
    return {name: ids async for name, _, ids in invariants.check(db, chat.campaign.zone) if ids}


async def test_what_the_bot_did_breaks_nothing(chat):
    """Check-ins, caps, a move, a guardian, corrections and a debt leave a clean audit."""
    await live(chat)

    async with chat.database.snapshot() as db:
        assert await broken(chat, db) == {}


async def test_the_audit_looks_at_every_invariant_once(chat):
    """Each invariant is reported by its name, with a sentence."""
    async with chat.database.snapshot() as db:
        told = [(name, bool(s)) async for name, s, _ in invariants.check(db, chat.campaign.zone)]

    assert sorted(told) == [(name, True) for name in sorted(NAMES)]


def test_every_invariant_has_a_plant():
    """No invariant is believed that never found anything."""
    assert {name for name, *_ in (*PLANTS, *OTHERS)} == NAMES


@pytest.fixture(params=["sqlite_database", "spare_postgres_database"])
def spare_database(request):
    """A database of the test's own, of each kind."""
    return request.getfixturevalue(request.param)


@pytest.fixture
async def unguarded(spare_database, clock):
    """A busy bot on a database whose tables lost every constraint, and the busiest citizen."""
    async with Chat.open(spare_database, clock, campaigns.load("qingpu_2022")) as chat:
        busiest = await live(chat)
        async with spare_database.transaction() as db:
            others = "" if spare_database.is_sqlite else "CASCADE"
            for table in BARE:
                await db.execute(text(f"CREATE TABLE bare AS SELECT * FROM {table}"))
                await db.execute(text(f"DROP TABLE {table} {others}"))
                await db.execute(text(f"ALTER TABLE bare RENAME TO {table}"))
            # However long the plants take, somebody leads.
            await db.execute(text("UPDATE leases SET until = '2099-01-01 00:00:00.000000'"))
        yield chat, busiest


async def found_after(chat, plant, citizen):
    """Plant a violation, return what the audit finds, and take it back."""
    found = {}
    with contextlib.suppress(TakenBack):
        async with chat.database.transaction() as db:
            await db.execute(text(plant), {"id": citizen} if ":id" in plant else {})
            found |= await broken(chat, db)
            raise TakenBack
    return found


async def test_every_planted_violation_is_found(unguarded, record):
    """Each invariant names exactly the citizen whose rows were spoilt."""
    chat, citizen = unguarded

    found = [(await found_after(chat, plant, citizen)).get(name) for name, plant in PLANTS]

    assert list(zip(PLANTS, found, strict=True)) == [(plant, [citizen]) for plant in PLANTS]
    record("R2", f"{len(PLANTS)} of {len(PLANTS)} planted ones found")


async def test_what_is_not_about_citizens_is_named(unguarded):
    """A push, a bell, a livestream, a week: the audit says which."""
    chat, citizen = unguarded

    found = [(await found_after(chat, plant, citizen)).get(name) for name, plant, _ in OTHERS]

    expected = [(plant, [plant[2]]) for plant in OTHERS]
    assert list(zip(OTHERS, found, strict=True)) == expected


async def test_a_database_without_its_constraints_is_still_clean(unguarded):
    """What the plants find is the plant, not the missing guards."""
    chat, _ = unguarded

    async with chat.database.snapshot() as db:
        assert await broken(chat, db) == {}
