"""Figures of the whole campaign, of a town, and of a team, against what people did."""

from datetime import date, timedelta

import pytest

from bot.operations import figures
from bot.operations.figures import Book, Returns
from bot.rules.forecast import Progress
from storage import citizens, units
from storage.tallies import Count, Span
from storage.units import Unit

FIRST = date(2022, 5, 1)
TEAM = Unit("readers1", "team", "荷塘读书会", "Lotus Pond Readers", town="xiayang", must_join=True)
BUREAU = Unit("edubur01", "bureau", "教育局", "Education Bureau")
TOWN = Unit("xiayang", "town", "夏阳街道", "Xiayang Subdistrict", target=1500)


@pytest.fixture
async def busy(chat):
    """Three people of two towns; two in a team, one in a bureau; two come back."""
    people = [await chat.join("ming"), await chat.join("hua"), await chat.join("li", town="baihe")]
    async with chat.database.transaction() as db:
        await units.put(db, chat.campaign_id, [TEAM, BUREAU])
        for person in people[:2]:
            await citizens.settle(db, await person.id(), town=None, team=TEAM.code)
        await citizens.settle(db, await people[2].id(), town=None, unit=BUREAU.code)
    await chat.join("idle")
    for person in people:
        await person.taps("checkins")
    chat.clock.ahead(days=1)
    await people[0].taps("checkins")
    await people[2].taps("checkins")
    return chat


async def told(chat, ask):
    """Ask for a figure in a transaction of its own."""
    async with chat.database.reading() as db:
        return await ask(Book(db, chat.campaign, chat.campaign_id))


@pytest.mark.parametrize(
    ("unit", "registered", "participants", "new"),
    [
        (None, 4, 3, {FIRST: 3}),
        (TOWN, 3, 2, {FIRST: 2}),
        (TEAM, 2, 2, {FIRST: 2}),
        (BUREAU, 1, 1, {FIRST: 1}),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
async def test_who_takes_part(busy, unit, registered, participants, new):
    """Registered are those who chose the town or belong to the team; participants scored."""
    today = busy.campaign.day(busy.clock.now())

    standing = await told(busy, lambda book: figures.standing(book, unit, today=today))
    newcomers = await told(busy, lambda book: figures.newcomers(book, unit))

    assert (standing.registered, standing.progress.participants) == (registered, participants)
    assert newcomers == new


@pytest.mark.parametrize(
    ("unit", "lines"), [(None, (3, 2)), (TOWN, (2, 1)), (TEAM, (2, 1)), (BUREAU, (1, 1))]
)
async def test_what_was_scored_each_day(busy, unit, lines):
    """A check-in each on the first day, of some on the second; outside the span is nothing."""
    span = Span(FIRST, FIRST + timedelta(days=2))

    days = await told(busy, lambda book: figures.deeds(book, unit, span=span))
    first = await told(busy, lambda book: figures.deeds(book, unit, span=Span(FIRST, FIRST)))

    assert [days[day]["checkin"].paid for day in sorted(days)] == list(lines)
    assert figures.together(days)["checkin"] == Count(sum(lines), sum(lines), 5 * sum(lines))
    assert first == {}


async def test_the_target_and_the_pace_of_a_town(busy):
    """Two of 1500 on the ninth day, none lately but them: the pace is two in nine days."""
    today = busy.campaign.day(busy.clock.now())

    standing = await told(busy, lambda book: figures.standing(book, TOWN, today=today))
    everybody = await told(busy, lambda book: figures.standing(book, None, today=today))

    left = (date(2022, 10, 7) - today).days
    assert standing.progress == Progress(2, 1500, 0, 10, 2 + round(2 / 9 * left))
    assert everybody.progress.target == 14800


async def test_returns_wait_until_the_seven_days_are_over(busy):
    """Nobody is judged on the eighth day; on the ninth, two of three came back."""
    eighth = await told(busy, lambda book: figures.returns(book, today=FIRST + timedelta(days=7)))
    ninth = await told(busy, lambda book: figures.returns(book, today=FIRST + timedelta(days=8)))

    assert (eighth, ninth) == (Returns(0, 0), Returns(3, 2))
    assert (eighth.percent, ninth.percent) == (0, 66)


async def test_every_town_is_there_with_or_without_people(busy):
    """Eleven towns, two of them with participants."""
    towns = await told(busy, figures.towns)

    assert len(towns) == 11
    assert towns[0][0].name == "夏阳街道"
    assert {town.code: n for town, n in towns if n} == {"xiayang": 2, "baihe": 1}
