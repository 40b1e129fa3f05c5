"""A week is frozen once, by the tie chain, and stays as it is."""

import asyncio
import itertools
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.rules.weeks import Week
from storage import freezing, weeks
from storage.citizens import CitizenRow
from storage.freezing import Terms
from storage.ledger import LineRow
from storage.many import insert_all
from storage.profiles import ProfileRow
from storage.totals import TotalsRow
from tests.statements import listening

BEFORE = Week(1, date(2022, 4, 23), date(2022, 4, 24))
WEEK = Week(2, date(2022, 4, 25), date(2022, 5, 1))
START = BEFORE.first
TERMS = Terms(START, visit="checkin", items=("video", "book", "audio"), lives=("live",))
NOW = datetime.fromisoformat("2022-05-02T08:50:00+08:00")
TUESDAY, SUNDAY = date(2022, 4, 26), date(2022, 5, 1)
TARGETS = {"xiayang": 1000, "baihe": 500, "jinze": 500}


class Town:
    """Citizens whose ledger is written by hand, with totals that fit it."""

    def __init__(self, chat):
        self.database, self.campaign = chat.database, chat.campaign_id
        self._lines = {}
        self._slots = itertools.count()

    async def settle(self, citizen, *lines, town="xiayang", band="adult", **has):
        """Let somebody in, with lines of (day, activity, points, minutes after the freeze)."""
        row = {"id": citizen, "number": f"{citizen:08}", "town": town, "band": band, "since": NOW}
        totals = {
            "citizen": citizen, "campaign": self.campaign, "lines": 0, "balance": 0, "debt": 0,
            "earned": sum(points for _, _, points, *_ in lines), "visits": b"", "town": town,
            "haste": -citizen, "visit_days": 0, "finished": 0, "lives": 0, "erased": False,
        }  # fmt: skip
        async with self.database.transaction() as db:
            await insert_all(db, CitizenRow, [row])
            await insert_all(db, TotalsRow, [totals | has])
        await self.book(citizen, *lines, town=town)

    async def book(self, citizen, *lines, town="xiayang", kind="deed", reverses=None):
        """Add lines to a ledger."""
        async with self.database.transaction() as db:
            for day, activity, points, *minutes in lines:
                at = NOW + timedelta(minutes=minutes[0] if minutes else -60)
                number = self._lines[citizen] = self._lines.get(citizen, 0) + 1
                slot = next(self._slots)
                row = {
                    "citizen": citizen, "campaign": self.campaign, "line": number, "kind": kind,
                    "points": points, "net": 0, "day": day, "activity": activity,
                    "slot": slot if kind == "deed" else None, "rate": 10, "cap": 30_000,
                    "once": f"{slot}", "cause": "c", "town": town, "acted_at": at,
                    "recorded_at": at, "reverses": reverses,
                }  # fmt: skip
                await insert_all(db, LineRow, [row])

    async def freeze(self, week=WEEK, terms=TERMS, at=NOW):
        """Freeze a week in a transaction of its own."""
        async with self.database.transaction() as db:
            return await freezing.freeze(db, self.campaign, week, terms=terms, at=at)

    async def numbers(self, *citizens, week=WEEK):
        """Read citizens' weeks."""
        async with self.database.reading() as db:
            return await weeks.many(db, self.campaign, citizens, first=week.first, targets=TARGETS)

    async def order(self, week=WEEK):
        """Read who stands in a week, from the top down."""
        async with self.database.reading() as db:
            top = await weeks.board(db, self.campaign, week.first, most=100)
        assert [each.rank for each in top] == list(range(1, len(top) + 1))
        return [each.citizen for each in top]


@pytest.fixture
def town(chat):
    """A town without citizens."""
    return Town(chat)


LIVE, VIDEO, VISIT = (TUESDAY, "live"), (TUESDAY, "video"), (TUESDAY, "checkin")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param([(*VISIT, 5)], [(*VIDEO, 2), (*VIDEO, 4)], id="points"),
        pytest.param([(*VIDEO, 2), (*VIDEO, 3)], [(*VISIT, 5)], id="check-in days"),
        pytest.param([(*LIVE, 2), (*LIVE, 3)], [(*VIDEO, 5)], id="finished items"),
        pytest.param(
            [(*VIDEO, 1), (TUESDAY, "note", 4)], [(*VIDEO, 1), (*LIVE, 4)], id="livestreams"
        ),
        pytest.param([(*VISIT, 5, -10)], [(*VISIT, 5, -20)], id="who was there first"),
        pytest.param(
            [(*VISIT, 5, -99), (*VIDEO, 2, -10)],
            [(*VIDEO, 2, -30), (*VISIT, 5, -20)],
            id="by the line that raised the points last",
        ),
    ],
)
async def test_each_link_of_the_tie_chain(town, one, other):
    """The second citizen stands first by this link alone: all before it are equal."""
    await town.settle(1, *one)
    await town.settle(2, *other)

    await town.freeze()

    assert await town.order() == [2, 1]


async def test_equal_in_everything_still_has_an_order(town):
    """No two stand on one place."""
    for citizen in (2, 1, 3):
        await town.settle(citizen, (*VISIT, 5, -10))

    await town.freeze()

    assert await town.order() == [1, 2, 3]


async def test_only_the_days_of_the_week_count(town):
    """The Sunday before and the Monday after are other weeks."""
    other = [(date(2022, 4, 24), "checkin", 5), (date(2022, 5, 2), "checkin", 5)]
    await town.settle(1, *other)
    await town.settle(2, *other, (date(2022, 4, 25), "checkin", 5), (SUNDAY, "video", 2))

    frozen = await town.freeze()

    assert (frozen.participants, frozen.points) == (1, 7)
    assert (await town.numbers(1, 2)).keys() == {2}
    assert (await town.numbers(2))[2].visits == 1


async def test_a_frozen_week_never_changes(town):
    """A late line of its Sunday keeps its day and enters no frozen week, frozen again or not."""
    await town.settle(1, (*VISIT, 5))
    await town.settle(2, (*VIDEO, 2))
    first = await town.freeze()
    numbers = await town.numbers(1, 2)

    await town.book(2, (SUNDAY, "checkin", 5, 1), (SUNDAY, "live", 10, 1))
    await town.settle(3, (SUNDAY, "live", 10, 1))
    again = await town.freeze(at=NOW + timedelta(days=1))

    assert (again, await town.numbers(1, 2, 3)) == (first, numbers)
    assert await town.order() == [1, 2]


async def test_what_comes_between_ranking_and_freezing_enters_no_week(town):
    """A week that was ranked before is frozen as it stood then."""
    await town.settle(1, (*VISIT, 5))
    async with town.database.snapshot() as db:
        ranks = await freezing.rank(db, town.campaign, WEEK, terms=TERMS)
    await town.book(1, (*VIDEO, 2))
    await town.settle(2, (*VISIT, 5))
    async with town.database.transaction() as db:
        frozen = await freezing.freeze(db, town.campaign, WEEK, terms=TERMS, at=NOW, ranks=ranks)

    assert (frozen.participants, frozen.points) == (1, 5)
    assert await town.order() == [1]


async def test_two_who_freeze_at_once_freeze_once(town):
    """Whoever comes second gets what the first one froze."""
    for citizen in range(1, 30):
        await town.settle(citizen, (*VISIT, 5))

    one, other = await asyncio.gather(town.freeze(), town.freeze(at=NOW + timedelta(seconds=1)))

    assert one == other
    assert one.participants == 29


async def test_a_reversed_line_counts_minus(town):
    """It takes its points and its count; who has nothing left has no place."""
    await town.settle(1, (*VISIT, 5), (*VIDEO, 2))
    await town.settle(2, (*VISIT, 5))
    await town.settle(3, (*VIDEO, 3))
    await town.book(1, (*VISIT, -5), kind="reversal", reverses=1)
    await town.book(2, (*VISIT, -5), kind="reversal", reverses=1)
    await town.book(3, (TUESDAY, None, 100), kind="adjustment")
    await town.book(3, (TUESDAY, None, -100), kind="reversal", reverses=2)
    await town.book(3, (*VIDEO, 1), kind="makeup")

    frozen = await town.freeze()
    numbers = await town.numbers(1, 2, 3)

    assert (frozen.participants, frozen.points) == (2, 6)
    assert await town.order() == [3, 1]
    assert (numbers[1].points, numbers[1].visits) == (2, 0)


async def test_an_empty_week_is_frozen_as_well(town):
    """Nobody earned anything; it is not tried again and again."""
    frozen = await town.freeze()

    assert (frozen.participants, frozen.points) == (0, 0)
    assert await town.numbers(1) == {}
    assert await town.order() == []


async def test_own_numbers(town):
    """Points, places, the town's place per head of its target, the change, the streak."""
    for citizen, points, home in ((1, 9, "xiayang"), (2, 8, "baihe"), (3, 7, "xiayang")):
        day = date(2022, 4, 24)
        lines = [(day, "video", 10 - points), (*VISIT, points)]
        came = (0b11 | 1 << 8 | 1 << 9).to_bytes(2, "little")  # 23, 24 April, 1 and 2 May
        await town.settle(citizen, *lines, town=home, visits=came, earned=100 + citizen)
    await town.settle(4, (SUNDAY, "checkin", 5), town="baihe", earned=1)
    await town.freeze(BEFORE)
    await town.freeze()

    numbers = await town.numbers(1, 2, 3, 4, 99)
    before = await town.numbers(3, week=BEFORE)

    assert [(numbers[n].rank, numbers[n].of, numbers[n].ahead) for n in (1, 2, 3, 4)] == [
        (1, 4, 75),
        (2, 4, 50),
        (3, 4, 25),
        (4, 4, 0),
    ]
    assert [numbers[n].change for n in (1, 2, 3, 4)] == [2, 0, -2, None]
    assert before[3].change is None
    assert [(numbers[n].town, numbers[n].town_rank, numbers[n].town_of) for n in (1, 2, 3, 4)] == [
        ("xiayang", 1, 2),
        ("baihe", 1, 2),
        ("xiayang", 2, 2),
        ("baihe", 2, 2),
    ]
    assert [numbers[n].town_place for n in (1, 2)] == [2, 1]  # 16 of 1000, 13 of 500
    assert [numbers[n].earned_rank for n in (1, 2, 3, 4)] == [3, 2, 1, 4]
    # Missed on more days of April than are free; 2 May is after the week.
    assert numbers[1].streak == 1
    assert 99 not in numbers


async def test_the_streak_is_that_of_the_weeks_end(town):
    """Outage days and free days bridge; a last day without a visit is one of them."""
    came = 0
    for day in (24, 25, 26, 27, 28, 29, 30):  # and not on Sunday, 1 May
        came |= 1 << (date(2022, 4, day) - START).days
    came |= 1 << (date(2022, 5, 2) - START).days
    await town.settle(1, (*VISIT, 5), visits=came.to_bytes(2, "little"))

    await town.freeze()

    assert (await town.numbers(1))[1].streak == 7


async def test_a_move_shifts_the_weeks_after_it(town):
    """A week counts for the town of its first line."""
    await town.settle(1, (date(2022, 4, 24), "checkin", 5))
    await town.book(1, (*VISIT, 5), town="baihe")
    await town.book(1, (*VIDEO, 5), town="jinze")
    await town.freeze(BEFORE)
    await town.freeze()

    homes = [(await town.numbers(1, week=week))[1].town for week in (BEFORE, WEEK)]
    async with town.database.reading() as db:
        by_town = await weeks.towns(db, town.campaign, WEEK.first)

    assert homes == ["xiayang", "baihe"]
    assert by_town == {"baihe": weeks.TownWeek(1, 10)}


async def test_who_was_erased_before_has_no_place(town):
    """The others move up; nothing new is written about somebody who has left."""
    await town.settle(1, (*VISIT, 9), erased=True)
    await town.settle(2, (*VISIT, 5))

    frozen = await town.freeze()

    assert frozen.participants == 1
    assert await town.order() == [2]
    assert (await town.numbers(2))[2].earned_rank == 1


async def test_names_on_the_board(town):
    """Only of those who want it, never under 14, never of somebody who has left."""
    bands = {1: "adult", 2: "young", 3: "adult", 4: "adult"}
    for citizen, band in bands.items():
        await town.settle(citizen, (*VISIT, 9 - citizen), band=band)
    rows = [
        {"citizen": citizen, "name": f"name {citizen}", "listed": citizen != 3} for citizen in bands
    ]
    async with town.database.transaction() as db:
        await insert_all(db, ProfileRow, rows)
        gone = text("UPDATE citizens SET erased_at = since WHERE id = 4")
        await db.execute(gone)
    await town.freeze()

    async with town.database.reading() as db:
        top = await weeks.board(db, town.campaign, WEEK.first, most=3)
        names = [each.name for each in await weeks.board(db, town.campaign, WEEK.first, most=9)]

    assert [(each.rank, each.citizen, each.points) for each in top] == [
        (1, 1, 8),
        (2, 2, 7),
        (3, 3, 6),
    ]
    assert names == ["name 1", None, None, None]


async def test_a_batch_takes_two_statements(town):
    """However many are asked about."""
    for citizen in range(1, 40):
        await town.settle(citizen, (*VISIT, 5))
    await town.freeze()

    with listening(town.database) as heard:
        found = await town.numbers(*range(1, 60))

    assert len(found) == 39
    assert len(heard) == 2


async def test_weeks_are_listed_from_the_oldest(town):
    """Whatever order they were frozen in."""
    await town.freeze()
    await town.freeze(BEFORE)

    async with town.database.reading() as db:
        found = await weeks.every(db, town.campaign)

    assert [frozen.first for frozen in found] == [BEFORE.first, WEEK.first]
