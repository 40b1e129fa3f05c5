"""No tap reads a growing table from end to end, on either database."""

import asyncio
import itertools
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.booking import Deed
from bot.rules.weeks import Week
from storage import (
    budgets,
    citizens,
    deeds,
    freezing,
    gaps,
    handled,
    ledger,
    pushes,
    standings,
    totals,
    weeks,
)
from storage.citizens import Account
from storage.gaps import Asked, Gap
from storage.many import insert_all
from tests.plans import GROWING, HISTORIES, offences, plan
from tests.statements import Sent, listening

START = datetime.fromisoformat("2022-05-01T09:00:00+08:00")
PEOPLE, DAYS = 2000, 12
CROWD = 150


def line(citizen, campaign, number):
    """Make one day of somebody's ledger and deeds."""
    acted_at = START + timedelta(days=number)
    shared = {
        "citizen": citizen, "campaign": campaign, "activity": "video", "points": 2, "cap": 10,
        "day": acted_at.date(), "once": f"v:{number}", "cause": f"c:{number}",
        "acted_at": acted_at, "recorded_at": acted_at,
    }  # fmt: skip
    deed = {"subject": "", "outcome": "paid", "today": 2}
    paid = {"line": number + 1, "kind": "deed", "net": 2 * (number + 1), "slot": 0, "rate": 2}
    return shared | deed, shared | paid | {"town": "xiayang"}


def person(number):
    """Make one citizen's rows: the citizen, the account and the consent."""
    since = {"since": START}
    return (
        {"id": number, "number": f"{number:08}", "town": "xiayang", "band": "adult"}
        | since | {"consented_at": START},
        {"channel": "web", "sender": str(number), "citizen": number} | since,
        {"citizen": number, "given_at": START, "words": "2022-04", "by_guardian": False},
    )  # fmt: skip


@pytest.fixture
async def grown(chat):
    """A bot that has been used for a while: 24,000 deeds and as many ledger lines."""
    ids = range(1, PEOPLE + 1)
    people = zip(*map(person, ids), strict=True)
    booked = zip(
        *(line(c, chat.campaign_id, d) for c, d in itertools.product(ids, range(DAYS))), strict=True
    )
    has = totals.Totals(DAYS, 2 * DAYS, 2 * DAYS, town="xiayang")
    async with chat.database.transaction() as db:
        kinds = (citizens.CitizenRow, citizens.AccountRow, citizens.ConsentRow)
        for kind, rows in zip(kinds, people, strict=True):
            await insert_all(db, kind, rows)
        for kind, rows in zip((deeds.DeedRow, ledger.LineRow), booked, strict=True):
            await insert_all(db, kind, rows)
        answers = [{"cause": f"c{n}", "reply": "{}", "at": START} for n in range(PEOPLE)]
        await insert_all(db, handled.HandledRow, answers)
        await totals.put(db, chat.campaign_id, [(citizen, has) for citizen in ids])
    if not chat.database.is_sqlite:
        async with chat.database.transaction() as db:
            await db.execute(text("ANALYZE"))
    return chat


def deed(who, number):
    """Describe a video watched after all that."""
    at = START + timedelta(days=DAYS)
    return Deed(who, "video", f"new:{number}", day=at.date(), acted_at=at, cause=f"new:{number}")


async def test_a_crowd_at_the_till_scans_nothing(grown):
    """A batch by account and by id finds every row by its key, not by its history."""
    with listening(grown.database) as heard:
        await asyncio.gather(
            *(grown.till.award(deed(Account("web", str(n)), n)) for n in range(1, CROWD)),
            *(grown.till.award(deed(n, n)) for n in range(CROWD, CROWD + 10)),
        )

    assert {
        table for sent in heard for _, table, _ in await plan(grown.database, sent)
    } >= HISTORIES
    assert await offences(grown.database, heard) == []


async def test_a_lone_turn_scans_nothing(grown):
    """The person, the totals, the day and the answer given before are found by their keys."""
    ming = grown.person("77")

    with listening(grown.database) as heard:
        for said in ("/checkin", "/me", "/menu", "/start"):
            await ming.says(said)

    assert len(heard) > 0
    assert await offences(grown.database, heard) == []


async def test_freezing_a_week_reads_that_week_only(grown):
    """Each citizen's lines are found by their days; a season's ledger is not read to the end."""
    week = Week(2, date(2022, 5, 2), date(2022, 5, 8))
    terms = freezing.Terms(START.date(), visit="checkin", items=("video",), lives=("live",))
    with listening(grown.database) as heard:
        async with grown.database.transaction() as db:
            frozen = await freezing.freeze(db, grown.campaign_id, week, terms=terms, at=START)
        async with grown.database.reading() as db:
            await weeks.own(db, grown.campaign_id, 77, first=week.first, targets={})
            await weeks.board(db, grown.campaign_id, week.first, most=10)

    steps = [step for sent in heard for step in await plan(grown.database, sent)]
    by_citizen = [how for how, table, _ in steps if table.startswith("ledger")]
    places = [how for how, table, _ in steps if table == "week_places"]
    assert frozen.participants == PEOPLE
    assert set(by_citizen) == {"SEARCH"}
    assert len(by_citizen) >= 2
    assert set(places) == {"SEARCH"}


async def test_the_own_place_reads_along_the_ranks(grown):
    """Ties and neighbours are entered at the own row, which is found by its key."""
    async with grown.database.reading() as db:
        with listening(grown.database) as heard:
            has = await totals.of(db, grown.campaign_id, 1000)
            found = await standings.at(db, grown.campaign_id, 1000, has=has, each=2)

    assert (found.ties, len(found.near)) == (PEOPLE - 1000, 4)
    explain = "EXPLAIN QUERY PLAN " if grown.database.is_sqlite else "EXPLAIN "
    async with grown.database.reading() as db:
        _, one = heard
        told = await db.exec_driver_sql(explain + one.sql, one.parameters)
        plan_of = "\n".join(str(row) for row in told)
    assert "Seq Scan on totals" not in plan_of
    assert plan_of.count("ix_totals_rank") >= 2  # PostgreSQL may count ties in the town's
    if grown.database.is_sqlite:  # which would else go through all with the same points
        assert plan_of.count("haste,citizen)>(") + plan_of.count("haste,citizen)<(") == 4


async def test_what_the_budget_left_out_is_found_by_its_index(grown):
    """Among thousands of deliveries the few that were left out, slice by slice, in their order."""
    push = pushes.NewPush(grown.campaign_id, "news.phase", "a", "{}", 4, START)
    shared = {"urgency": 4, "not_before": START, "tries": 1, "term": 1}
    end = {"channel": "web", "settled_at": START}
    sent = {"state": pushes.SENT, "ref": "1", "reason": None}
    left = {"state": pushes.SKIPPED, "ref": None, "reason": budgets.BUDGET}
    rows = [
        {"citizen": n, **shared, **end, **(sent if n % 500 else left)} for n in range(1, PEOPLE + 1)
    ]
    async with grown.database.transaction() as db:
        await pushes.make(db, push, at=START)
        made = await pushes.next_to_fill(db, grown.campaign_id)
        await insert_all(db, pushes.DeliveryRow, [{"push": made.id, **each} for each in rows])
    async with grown.database.transaction() as db:
        await db.execute(text("ANALYZE"))
    with listening(grown.database) as heard:
        async with grown.database.reading() as db:
            found = await budgets.over_budget(db, since=START, after=500, most=2)
            rest = await budgets.left_out(db, grown.campaign_id, 1000, since=START, most=9)

    assert (found, len(rest)) == ([1000, 1500], 1)
    explain = "EXPLAIN QUERY PLAN " if grown.database.is_sqlite else "EXPLAIN "
    async with grown.database.reading() as db:
        for each in heard:
            steps = await db.exec_driver_sql(explain + each.sql, each.parameters)
            assert "ix_deliveries_budget" in str(steps.all())


async def test_the_gaps_of_a_unit_are_found_through_its_people(grown):
    """Who is missing in a town of nineteen, which team is silent: nobody else is looked at."""
    day = START.date() + timedelta(days=DAYS)
    async with grown.database.transaction() as db:
        await db.execute(text("UPDATE citizens SET town = 'baihe', team = 'x' WHERE id < 20"))
        if not grown.database.is_sqlite:
            await db.execute(text("ANALYZE"))
    asked = Asked(grown.campaign_id, "baihe", day - timedelta(days=1))
    with listening(grown.database) as heard:
        async with grown.database.reading() as db:
            counts = [await gaps.count(db, asked, gap) for gap in Gap]
            shown = await gaps.people(db, asked, Gap.NEVER, limit=6)
            members = await gaps.members(db, ["x", "y"])
            awake = await gaps.awake(db, grown.campaign_id, ["x", "y"], since=START.date())

    assert counts == [0, 19, 0]
    steps = [step for sent in heard for step in await plan(grown.database, sent)]
    assert (len(shown), members, awake) == (6, {"x": 19}, {"x"})
    assert {table for _, table, _ in steps} >= {"citizens", "accounts", "totals", "ledger"}
    assert [step for step in steps if step[0] == "SCAN" and step[1] in GROWING] == []


async def test_reading_a_whole_table_or_history_would_be_noticed(grown):
    """The two tests above can fail."""
    whole = Sent("SELECT count(points) FROM ledger", ())
    history = Sent("SELECT sum(points) FROM ledger WHERE citizen = 1 AND campaign = 1", ())

    found = await offences(grown.database, [whole, history])

    assert [sql for _, _, sql in found] == [whole.sql, history.sql]
