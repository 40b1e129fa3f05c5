"""总结报告: what a unit must hand in, has, and lacks; and the figures it is made of."""

from datetime import date, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from bot.campaign import Campaign
from bot.feature import Turn, button, rows, say
from bot.messages import Lines, Param, Phrase, Reply
from bot.operations import figures, numbers, unit_view
from bot.operations.figures import Book
from bot.rules import summaries as rule
from bot.rules.calendar import ONE_DAY
from bot.rules.summaries import Counted, Demand, Lack
from storage import attendances, cases, livestreams, programme, summaries, units
from storage.db import Db
from storage.summaries import Summary
from storage.tallies import Count, Span
from storage.units import TOWN, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

LIVES_MAX, TEAMS_MAX = 60, 80
WEEK = timedelta(days=7)
HASH_SHOWN = 8


def demand(campaign: Campaign) -> Demand:
    """Return what a report must hold."""
    told = campaign.campaign.deadlines
    cases_ = (told.report_cases_min, told.report_cases_max)
    return Demand(told.report_characters_min, *cases_, told.report_pictures_min)


def lacks(asked: Demand, counted: Counted) -> Lines | Phrase:
    """Say everything a report lacks, each with what there is and what there should be."""
    found = rule.lacking(counted, asked)
    if not found:
        return Phrase("summaries.complete")
    told: Mapping[Lack, Mapping[str, Param]] = {
        Lack.CHARACTERS: {"n": counted.characters, "least": asked.characters_min},
        Lack.CASES: {"n": counted.cases, "least": asked.cases_min},
        Lack.CASES_OVER: {"n": counted.cases, "most": asked.cases_max},
        Lack.PICTURES: {"n": counted.pictures, "least": asked.pictures_min},
    }
    return Lines(tuple(Phrase(f"summaries.lack_{lack}", told[lack]) for lack in found))


def shortly(turn: Turn, summary: Summary) -> Phrase:
    """Name what a version lacks, the first thing and how many more."""
    first, *more = rule.lacking(summary.counted, demand(turn.campaign))
    name = Phrase(f"summaries.short_{first}")
    return Phrase("summaries.and_more", {"what": name, "more": len(more)}) if more else name


def is_complete(campaign: Campaign, summary: Summary) -> bool:
    """Say whether a version holds all it must."""
    return not rule.lacking(summary.counted, demand(campaign))


async def settled(db: Db, campaign: Campaign, campaign_id: int) -> set[str]:
    """Return the units whose newest version lacks nothing."""
    found = await summaries.latest(db, campaign_id)
    return {unit for unit, summary in found.items() if is_complete(campaign, summary)}


def counts(counted: Counted) -> dict[str, Param]:
    """Return what was counted, as parameters of a sentence."""
    return {"characters": counted.characters, "cases": counted.cases, "pictures": counted.pictures}


def asked(campaign: Campaign) -> Phrase:
    """Say what a report must hold."""
    told = demand(campaign)
    return Phrase(
        "summaries.asked",
        {
            "characters": told.characters_min,
            "cases_min": told.cases_min,
            "cases_max": told.cases_max,
            "pictures": told.pictures_min,
        },
    )


def due(turn: Turn) -> Phrase:
    """Say until when it is due, and how far that is."""
    day = turn.campaign.campaign.deadlines.report
    left = (day - turn.today).days
    if left < 0:
        return Phrase("summaries.due_over", {"day": day})
    if not left:
        return Phrase("summaries.due_today", {"day": day})
    return Phrase("summaries.due", {"day": day, "days": left})


async def page(turn: Turn, unit: Unit) -> Reply:
    """Show how a unit's report stands, and the one thing to do next."""
    found = await summaries.versions(turn.db, turn.campaign_id, unit.code)
    where = (turn.db, turn.campaign_id, unit.code)
    ways = [
        button(f"summaries.write:{unit.code}", Phrase("summaries.to_write")),
        button(f"handing:{unit.code}", Phrase("handing.to_hand")),
        button(f"cases:{unit.code}"),
    ]
    if found:
        ways.append(button(f"handing.versions:{unit.code}", Phrase("handing.to_versions")))
    return say(
        "summaries.text",
        unit=unit.named,
        due=due(turn),
        asked=asked(turn.campaign),
        state=_state(turn.campaign, found[0]) if found else Phrase("summaries.nothing"),
        cases=await cases.count(*where),
        chosen=await cases.count(*where, chosen=True),
        buttons=rows([*ways, button("roles"), button("menu")], wide=2),
    )


def _state(campaign: Campaign, newest: Summary) -> Phrase:
    told: dict[str, Param] = {"version": newest.version, "at": newest.handed_at}
    lack = lacks(demand(campaign), newest.counted)
    return Phrase("summaries.newest", {**told, **counts(newest.counted), "lack": lack})


async def facts(turn: Turn, unit: Unit) -> dict[str, Any]:
    """Return everything that a unit's report is written from, as of now, as plain JSON."""
    book = numbers.book(turn)
    found = await figures.standing(book, unit, today=turn.today)
    done = figures.together(await figures.deeds(book, unit, span=figures.EVER))
    asks, progress = demand(turn.campaign), found.progress
    stands = {"participants": progress.participants, "registered": found.registered}
    if progress.target:
        stands |= {"target": progress.target, "percent": progress.percent or 0}
    return {
        "code": unit.code,
        "unit": [unit.name, unit.name_en],
        "at": turn.now.isoformat(),
        "due": turn.campaign.campaign.deadlines.report.isoformat(),
        "cases_min": asks.cases_min,
        "pictures_min": asks.pictures_min,
        "stands": stands,
        "activities": [
            [each.id, done.get(each.id, Count()).paid, done.get(each.id, Count()).points]
            for each in turn.campaign.activities
        ],
        "way": await _way(turn, unit),
        "weeks": await _weeks(book, unit, today=turn.today),
        "lives": await _lives(turn, unit),
        "teams": await _teams(turn, unit) if unit.kind == TOWN else None,
    }


async def _way(turn: Turn, unit: Unit) -> dict[str, Any]:
    """Return how the participants grew, day by day."""
    new = await figures.newcomers(numbers.book(turn), unit)
    run = figures.course(turn.campaign)
    days = [run.start + n * ONE_DAY for n in range((run.until - run.start).days)]
    reached = [*accumulate(new.get(day, 0) for day in days if day <= turn.today)]
    said = {"reached": reached[-1] if reached else 0, "target": unit.target}
    told = {"days": [*map(str, days)], "reached": reached}
    return {**told, "target": unit.target, "said": said}


async def _weeks(book: Book, unit: Unit, *, today: date) -> dict[str, Any]:
    """Return the points of each week up to now, by activity."""
    run = figures.course(book.campaign)
    found = await figures.deeds(book, unit, span=Span(run.start, run.until))
    first = run.start - timedelta(days=run.start.weekday())
    last = min(max(today, run.start), run.until - ONE_DAY)
    mondays = [first + n * WEEK for n in range((last - first) // WEEK + 1)]
    points = {each.id: [0] * len(mondays) for each in book.campaign.activities}
    for day, counted in found.items():
        place = (day - first) // WEEK
        for activity, count in counted.items():
            if activity in points and 0 <= place < len(mondays):
                points[activity][place] += count.points
    sums = [sum(one[n] for one in points.values()) for n in range(len(mondays))]
    said = {"weeks": len(mondays), "best": max(sums, default=0), "points": sum(sums)}
    return {"days": [*map(str, mondays)], "points": points, "said": said}


async def _lives(turn: Turn, unit: Unit) -> list[list[Any]]:
    """Return the livestreams that a unit and its teams held, in their order."""
    teams = await units.listed(turn.db, turn.campaign_id, kind=units.TEAM, town=unit.code)
    codes = [unit.code, *(team.code for team in teams)]
    found = await programme.listed(turn.db, turn.campaign_id, codes, offset=0, limit=LIVES_MAX)
    held = [
        each
        for each in reversed(found)
        if each.starts_at <= turn.now and each.state in (*livestreams.ON, livestreams.ENDED)
    ]
    told = []
    for each in held:
        came = await attendances.counts(turn.db, each.id)
        start = each.starts_at.isoformat()
        told.append([start, each.topic, each.lecturer, came.joined, came.replayed])
    return told


async def _teams(turn: Turn, unit: Unit) -> list[list[Any]]:
    """Return a town's teams: those it specially fosters first, then the largest."""
    found = await unit_view.teams(turn, unit)
    found.sort(key=lambda team: (not team.unit.must_join, -team.members, team.unit.name))
    return [
        [team.unit.name, team.members, team.unit.must_join, team.awake]
        for team in found[:TEAMS_MAX]
    ]
