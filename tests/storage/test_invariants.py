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
from storage import group_messages, groups, invariants, vouchers
from storage.group_messages import NewMessage
from storage.groups import NewGroup
from tests import selected, shop
from tests.chat import Chat
from tests.classes import on_air, row
from tests.corrections import booked, disputed
from tests.features.test_items import stock
from tests.proposed import propose
from tests.push import Worker

DAY = date(2022, 5, 1)
AT = datetime.fromisoformat("2022-05-01T09:00:00+08:00")
NAMES = {each.name for each in (*invariants.BY_QUERY, *invariants.BY_READING)}

TWINLESS = (
    "UPDATE ledger SET cause = 'link:9:1', once = 'moved:1'"
    " WHERE citizen = :id AND kind = 'reversal'"
)

# Each breaks what its invariant says, of one citizen: her who checked in twice and was capped.
PLANTS = (
    (
        "notes",
        """
        INSERT INTO notes (id, campaign, citizen, item, text, state, day, acted_at, reports)
        SELECT 1, t.campaign, t.citizen, min(i.id), 'x', 'accepted', '2022-05-01',
               '2022-05-01 00:00:00.000000', 0
          FROM totals t, items i WHERE t.citizen = :id GROUP BY t.campaign, t.citizen
        """,
    ),
    ("totals", "UPDATE totals SET balance = balance + 1 WHERE citizen = :id"),
    ("totals", "UPDATE totals SET earned = earned + 1 WHERE citizen = :id"),
    ("totals", "UPDATE totals SET lines = lines + 1 WHERE citizen = :id"),
    ("totals", "UPDATE ledger SET line = line + 1 WHERE citizen = :id"),
    ("totals", "DELETE FROM ledger WHERE citizen = :id"),
    ("owners", "DELETE FROM totals WHERE citizen = :id"),
    ("balance", "UPDATE totals SET balance = -1 WHERE citizen = :id"),
    ("balance", "UPDATE totals SET debt = -1 WHERE citizen = :id"),
    ("balance", "UPDATE totals SET debt = 1 WHERE citizen = :id"),
    ("chain", "UPDATE ledger SET net = net + 1 WHERE citizen = :id AND line = 1"),
    ("caps", "UPDATE ledger SET cap = 1 WHERE citizen = :id"),
    ("amounts", "UPDATE ledger SET rate = points - 1 WHERE citizen = :id AND line = 1"),
    ("amounts", "UPDATE ledger SET points = 0 WHERE citizen = :id AND line = 1"),
    ("once", "UPDATE ledger SET once = 'same' WHERE citizen = :id"),
    ("paid", "UPDATE deeds SET points = points + 1 WHERE citizen = :id AND outcome = 'paid'"),
    ("paid", "UPDATE ledger SET day = '2022-06-01' WHERE citizen = :id AND line = 1"),
    ("paid", "UPDATE ledger SET activity = 'book' WHERE citizen = :id AND line = 1"),
    ("paid", "UPDATE deeds SET once = NULL WHERE citizen = :id AND outcome = 'paid'"),
    ("earned", "DELETE FROM deeds WHERE citizen = :id"),
    ("earned", "UPDATE deeds SET outcome = 'unscored' WHERE citizen = :id AND outcome = 'paid'"),
    ("capped", "UPDATE deeds SET once = 'kept' WHERE citizen = :id AND outcome = 'capped'"),
    ("capped", "UPDATE deeds SET points = 1 WHERE citizen = :id AND outcome = 'capped'"),
    ("finished", "UPDATE totals SET finished = finished + 1 WHERE citizen = :id"),
    ("finished", "DELETE FROM deeds WHERE citizen = :id AND activity = 'video'"),
    ("finished", "DELETE FROM ledger WHERE citizen = :id AND kind = 'reversal'"),
    ("lives", "UPDATE totals SET lives = lives + 1 WHERE citizen = :id"),
    ("lives", "DELETE FROM deeds WHERE citizen = :id AND activity = 'live'"),
    ("standing", "UPDATE ledger SET points = -11 WHERE citizen = :id AND kind = 'reversal'"),
    ("standing", "UPDATE ledger SET points = 11 WHERE citizen = :id AND kind = 'makeup'"),
    ("reversals", "UPDATE ledger SET points = -1 WHERE citizen = :id AND kind = 'reversal'"),
    ("reversals", "UPDATE ledger SET reverses = 99 WHERE citizen = :id AND kind = 'reversal'"),
    ("reversals", "UPDATE ledger SET reverses = NULL WHERE citizen = :id"),
    ("reversals", "UPDATE ledger SET reverses = 2 WHERE citizen = :id AND kind = 'reversal'"),
    ("reversals", "UPDATE ledger SET reverses = 2 WHERE citizen = :id AND kind = 'deed'"),
    ("reversals", "UPDATE ledger SET activity = 'book' WHERE citizen = :id AND reverses = 2"),
    ("amounts", "UPDATE ledger SET rate = 1 WHERE citizen = :id AND kind = 'makeup'"),
    ("reasons", "DELETE FROM corrections WHERE citizen = :id"),
    ("reasons", "UPDATE corrections SET reason = '' WHERE citizen = :id"),
    ("reasons", "UPDATE corrections SET points = points + 1 WHERE citizen = :id"),
    ("reasons", 'UPDATE corrections SET "by" = citizen WHERE citizen = :id'),
    ("reasons", 'UPDATE corrections SET second = "by" WHERE citizen = :id'),
    ("reasons", "UPDATE corrections SET reverses = 1 WHERE citizen = :id"),
    ("corrections", "UPDATE corrections SET state = 'draft' WHERE citizen = :id"),
    ("corrections", "UPDATE corrections SET line = line + 50 WHERE citizen = :id"),
    ("disputes", "UPDATE disputes SET answer = '' WHERE citizen = :id"),
    ("disputes", 'UPDATE disputes SET "by" = citizen WHERE citizen = :id'),
    ("disputes", "UPDATE disputes SET state = 'accepted' WHERE citizen = :id"),
    ("disputes", "UPDATE disputes SET about = 'same' WHERE citizen = :id"),
    ("disputes", "UPDATE corrections SET dispute = NULL WHERE citizen = :id"),
    ("earned", "UPDATE ledger SET once = 'lost' WHERE citizen = :id AND kind = 'makeup'"),
    ("visits", "UPDATE ledger SET day = '2022-05-01' WHERE citizen = :id AND reverses = 2"),
    ("erased", "UPDATE citizens SET erased_at = since WHERE id = :id"),
    ("boards", "UPDATE citizens SET band = 'young' WHERE id = :id"),
    ("openings", "UPDATE openings SET closed_by = 'x' WHERE citizen = :id"),
    ("visits", "UPDATE totals SET visit_days = visit_days + 1 WHERE citizen = :id"),
    ("consent", "DELETE FROM consents WHERE citizen = :id"),
    ("proof", "DELETE FROM consents WHERE citizen = :id"),
    ("proof", "UPDATE consents SET withdrawn_at = given_at WHERE citizen = :id"),
    ("guardian", "UPDATE citizens SET band = 'young' WHERE id = :id"),
    ("town", "UPDATE totals SET town = 'baihe' WHERE citizen = :id"),
    ("town", "UPDATE totals SET town = NULL WHERE citizen = :id"),
    ("town", "UPDATE ledger SET town = NULL WHERE citizen = :id"),
    ("days", "UPDATE deeds SET day = '2022-06-01' WHERE citizen = :id"),
    ("visits", "UPDATE deeds SET day = '2022-06-01' WHERE citizen = :id"),
    ("visits", "DELETE FROM totals WHERE citizen = :id"),
    ("first_days", "UPDATE totals SET first_day = NULL WHERE citizen = :id"),
    ("first_days", "UPDATE totals SET back_day = NULL WHERE citizen = :id"),
    ("first_days", "UPDATE ledger SET day = '2022-06-01' WHERE citizen = :id AND line = 1"),
    ("numbers", "UPDATE citizens SET number = '00000000' WHERE id = :id"),
    ("receivers", "UPDATE deliveries SET urgency = 9 WHERE citizen = :id"),
    ("receivers", "UPDATE deliveries SET push = 99 WHERE citizen = :id"),
    ("told_once", "INSERT INTO deliveries SELECT * FROM deliveries WHERE citizen = :id"),
    ("sent", "UPDATE deliveries SET ref = NULL WHERE citizen = :id"),
    ("sent", "UPDATE deliveries SET settled_at = NULL WHERE citizen = :id"),
    ("sent", "UPDATE deliveries SET channel = NULL WHERE citizen = :id"),
    ("sent", "UPDATE deliveries SET state = 'waiting' WHERE citizen = :id"),
    ("settled", "UPDATE deliveries SET state = 'waiting' WHERE citizen = :id"),
    ("settled", "UPDATE deliveries SET settled_at = NULL WHERE citizen = :id"),
    ("explained", "UPDATE deliveries SET state = 'uncertain' WHERE citizen = :id"),
    ("leased", "UPDATE deliveries SET state = 'sending' WHERE citizen = :id"),
    ("leased", "UPDATE deliveries SET leased_until = settled_at WHERE citizen = :id"),
    ("claimed", "UPDATE deliveries SET tries = 0 WHERE citizen = :id"),
    ("claimed", "UPDATE deliveries SET term = NULL WHERE citizen = :id"),
    (
        "stuck",
        "UPDATE deliveries SET state = 'sending', leased_until = settled_at WHERE citizen = :id",
    ),
    ("left", "UPDATE citizens SET erased_at = since WHERE id = :id"),
    ("merged", "UPDATE citizens SET merged_into = 1 WHERE id = :id"),
    ("links", "UPDATE citizens SET merged_into = 1 WHERE id = :id"),
    ("circles", "UPDATE citizens SET merged_into = id WHERE id = :id"),
    ("twins", TWINLESS),
    ("bookings", "UPDATE citizens SET erased_at = since WHERE id = :id"),
    ("bookings", "UPDATE bookings SET livestream = 99 WHERE citizen = :id"),
    ("attended", "DELETE FROM deeds WHERE citizen = :id AND activity = 'live'"),
    ("joined", "DELETE FROM attendances WHERE citizen = :id"),
    ("vouchers", "UPDATE vouchers SET price = price + 1 WHERE citizen = :id"),
    ("vouchers", "UPDATE vouchers SET back = NULL WHERE citizen = :id"),
    ("vouchers", "UPDATE ledger SET kind = 'adjustment' WHERE citizen = :id AND kind = 'refund'"),
    ("redeemed", "DELETE FROM vouchers WHERE citizen = :id"),
    ("redeemed", "UPDATE vouchers SET line = line + 50 WHERE citizen = :id"),
    ("redeemed", "UPDATE vouchers SET line = (SELECT min(line) FROM vouchers) WHERE citizen = :id"),
    ("moved_stock", "UPDATE vouchers SET state = 'open' WHERE citizen = :id"),
    ("moved_stock", "UPDATE vouchers SET reward = 99 WHERE citizen = :id"),
    ("moved_stock", "UPDATE vouchers SET id = id + 50 WHERE citizen = :id"),
    ("handed", "UPDATE vouchers SET place = NULL WHERE citizen = :id"),
    ("handed", "UPDATE vouchers SET ended_at = NULL WHERE citizen = :id"),
    ("spending", "UPDATE ledger SET points = 5 WHERE citizen = :id AND kind = 'redemption'"),
    ("spending", "UPDATE ledger SET activity = 'video' WHERE citizen = :id AND kind = 'refund'"),
    ("selection_erased", "UPDATE citizens SET erased_at = since WHERE id = :id"),
    ("week_places", "UPDATE week_places SET rank = 0 WHERE citizen = :id AND rank = 1"),
    ("week_places", "UPDATE week_places SET town_rank = town_rank + 5 WHERE citizen = :id"),
)
WEEK = "week 2022-05-02"
VIDEOS = "kind = 'deeds' AND key = 'video'"
# These are not about a citizen: what the audit names instead.
OTHERS = (
    ("push_states", "UPDATE pushes SET state = 'lost' WHERE id = 1", "push 1"),
    ("push_states", "UPDATE deliveries SET state = 'lost' WHERE push = 1", "push 1"),
    ("filling", "UPDATE pushes SET state = 'filling', filled_to = 0 WHERE id = 1", "push 1"),
    ("terms", "UPDATE deliveries SET term = 99 WHERE push = 1", "push 1"),
    ("terms", "UPDATE bell_runs SET term = 99 WHERE bell = 'weeks.freeze'", "bell weeks.freeze"),
    ("bells", "UPDATE bell_runs SET ended_at = NULL WHERE bell = 'weeks.freeze'",
     "bell weeks.freeze"),
    ("bells", "UPDATE bell_runs SET outcome = 'odd' WHERE bell = 'weeks.freeze'",
     "bell weeks.freeze"),
    ("groups", "UPDATE groups SET gone_at = bound_at", "group 1"),
    ("groups", "UPDATE group_messages SET settled_at = expires_at", "group 1"),
    ("groups", "UPDATE group_messages SET state = 'failed', settled_at = expires_at", "group 1"),
    ("livestreams", "UPDATE livestreams SET state = 'lost'", "livestream 1"),
    ("livestreams", "UPDATE livestreams SET ends_at = starts_at", "livestream 1"),
    ("livestreams", "UPDATE livestreams SET word = 'open sesame'", "livestream 1"),
    ("moved", "UPDATE livestreams SET planned_at = ends_at", "livestream 1"),
    ("moved", "UPDATE livestreams SET state = 'postponed'", "livestream 1"),
    ("on_air", "UPDATE livestreams SET state = 'ended', starts_at = '2099-01-01 00:00:00.000000'",
     "livestream 1"),
    ("proposals", "UPDATE proposals SET state = 'lost' WHERE form = 'class'", "proposal 2"),
    ("proposals", "UPDATE proposals SET month = NULL", "proposal 1"),
    ("reviewed", "UPDATE proposals SET state = 'withdrawn' WHERE form = 'plan'", "proposal 1"),
    ("reviewed", "UPDATE approvals SET state = 'void'", "proposal 1"),
    ("programmed", "UPDATE proposals SET livestream = 99", "proposal 2"),
    ("week_sums", f"UPDATE weeks SET participants = 9 WHERE first = '{WEEK[5:]}'", WEEK),
    ("week_sums", f"UPDATE weeks SET points = 9 WHERE first = '{WEEK[5:]}'", WEEK),
    ("week_sums", f"DELETE FROM week_places WHERE first = '{WEEK[5:]}'", WEEK),
    ("week_towns", f"UPDATE week_towns SET points = 9 WHERE first = '{WEEK[5:]}'", WEEK),
    ("week_towns", f"DELETE FROM week_towns WHERE first = '{WEEK[5:]}'", WEEK),
    ("week_ends", f"UPDATE weeks SET last = '2022-05-01' WHERE first = '{WEEK[5:]}'", WEEK),
    ("week_ends", "UPDATE weeks SET last = '2022-05-03' WHERE first = '2022-04-25'", WEEK),
    ("tallied_deeds", f"UPDATE tallies SET n = 9 WHERE {VIDEOS}", "deeds 2022-05-01 video"),
    ("tallied_deeds", f"UPDATE tallies SET points = 9 WHERE {VIDEOS}", "deeds 2022-05-01 video"),
    ("tallied_deeds", "DELETE FROM deeds WHERE subject = '6'", "deeds 2022-05-01 video"),
    ("tallied_lines", f"UPDATE tallies SET paid = 9 WHERE {VIDEOS}",
     "lines 2022-05-01 xiayang video"),
    ("tallied_lines", f"DELETE FROM tallies WHERE {VIDEOS}", "lines 2022-05-01 xiayang video"),
    ("tallied_subjects", "UPDATE tallies SET n = 9 WHERE key = '5'", "of:video 5"),
    ("tallied_subjects", "DELETE FROM tallies WHERE key = '6'", "of:video 6"),
    ("tallied_people", "UPDATE tallies SET n = 9 WHERE kind = 'new' AND town = 'baihe'",
     "new 2022-05-01 baihe"),
    ("tallied_people", "DELETE FROM tallies WHERE kind = 'back' AND town = 'baihe'",
     "back 2022-05-01 baihe"),
    ("tallied_people", "UPDATE totals SET back_day = NULL WHERE town = 'baihe'",
     "back 2022-05-01 baihe"),
    ("stock", "UPDATE rewards SET stock = stock + 1", "reward 1"),
    ("stock", "UPDATE stock_moves SET change = -9 WHERE reason = 'sold'", "reward 1"),
    ("oversold", "DELETE FROM stock_moves WHERE voucher IS NULL", "reward 1"),
    ("oversold", "UPDATE stock_moves SET change = 0 WHERE reason = 'delivered'", "reward 1"),
    ("tallied_joiners", "UPDATE tallies SET n = 9 WHERE kind = 'joined' AND town = 'baihe'",
     "joined baihe"),
    *selected.PLANTS,
)  # fmt: skip
BARE = (
    *("proposals", "group_messages", "groups"),
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
    """Bind a group chat, and let a message wait for it."""
    async with chat.database.transaction() as db:
        where = (chat.campaign_id, "web", "-100", "群", "zhujiajiao", None, citizen, AT)
        await groups.bind(db, NewGroup(*where))
        [group] = await groups.for_week(db, chat.campaign_id)
        await group_messages.make(db, [group], NewMessage("x", "once", {}, AT, AT))


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

    async with chat.database.reading() as db:
        assert await broken(chat, db) == {}


async def test_the_audit_looks_at_every_invariant_once(chat):
    """Each invariant is reported by its name, with a sentence."""
    async with chat.database.reading() as db:
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


async def test_every_planted_violation_is_found(unguarded):
    """Each invariant names exactly the citizen whose rows were spoilt."""
    chat, citizen = unguarded

    found = [(await found_after(chat, plant, citizen)).get(name) for name, plant in PLANTS]

    assert list(zip(PLANTS, found, strict=True)) == [(plant, [citizen]) for plant in PLANTS]


async def test_what_is_not_about_citizens_is_named(unguarded):
    """A push, a bell, a livestream, a week: the audit says which."""
    chat, citizen = unguarded

    found = [(await found_after(chat, plant, citizen)).get(name) for name, plant, _ in OTHERS]

    expected = [(plant, [plant[2]]) for plant in OTHERS]
    assert list(zip(OTHERS, found, strict=True)) == expected


async def test_a_database_without_its_constraints_is_still_clean(unguarded):
    """What the plants find is the plant, not the missing guards."""
    chat, _ = unguarded

    async with chat.database.reading() as db:
        assert await broken(chat, db) == {}
