"""图表: the same numbers as pictures, drawn beside the answering and sent when they are done."""

from collections.abc import Mapping
from datetime import date
from itertools import accumulate
from typing import Any

from bot.feature import Feature, Turn, Work, say
from bot.messages import Button, Named, Phrase, Reply
from bot.operations import figures, numbers, unit_view, waiting
from bot.rules.calendar import ONE_DAY
from bot.rules.rights import Right
from storage.jobs import Job
from storage.tallies import Count
from storage.units import Unit

feature = Feature("charts")

KIND = "chart"


@feature.on(tap="charts.days", work=Work.WRITES, right=Right.UNIT)
async def days(turn: Turn) -> Reply:
    """Draw the points of each of the last days, of a unit or of everything."""
    unit = await _asked(turn)
    span = numbers.run_up(turn)
    found = await numbers.trend(turn, unit, span)
    shown = _days(span.first, span.until)
    points = {
        activity.id: [found.days.get(day, {}).get(activity.id, Count()).points for day in shown]
        for activity in turn.campaign.activities
    }
    return await _draw(
        turn, {"chart": "days", **_of(unit), "days": [*map(str, shown)], "points": points}
    )


@feature.on(tap="charts.towns", work=Work.WRITES, right=Right.STATS)
async def towns(turn: Turn) -> Reply:
    """Draw each town's participants against its target."""
    found = await figures.towns(numbers.book(turn))
    bars = [[town.name, town.name_en, n, town.target] for town, n in found]
    return await _draw(turn, {"chart": "towns", "towns": bars})


@feature.on(tap="charts.way", work=Work.WRITES, right=Right.UNIT)
async def way(turn: Turn) -> Reply:
    """Draw how the participants of a unit grew, on the way to its target."""
    unit = await _asked(turn)
    found = await figures.standing(numbers.book(turn), unit, today=turn.today)
    new = await figures.newcomers(numbers.book(turn), unit)
    run = figures.course(turn.campaign)
    shown = _days(run.start, run.until)
    reached = accumulate(new.get(day, 0) for day in shown if day <= turn.today)
    told = {"chart": "way", **_of(unit), "days": [*map(str, shown)]}
    target = found.progress.target
    return await _draw(turn, {**told, "target": target, "reached": [*reached]})


async def _asked(turn: Turn) -> Unit | None:
    """Return the unit whose chart is asked for, None for everything; it must be in reach."""
    if not turn.argument:
        turn.require(Right.STATS, "")
        return None
    return await unit_view.own(turn, turn.argument)


async def _draw(turn: Turn, told: Mapping[str, Any]) -> Reply:
    """Ask for a picture, unless the same one is being drawn already."""
    asked = {"at": turn.now.isoformat(), "staff": bool(turn.reach(Right.STATS)), **told}
    same = await waiting.same(turn, KIND, told)
    if same is not None and same.state in waiting.BUSY:
        return say("charts.begun", buttons=waiting.look("charts.look", same.id))
    job = await waiting.ask(turn, KIND, **asked)
    return say("charts.begun", buttons=waiting.look("charts.look", job))


@feature.on(tap="charts.look", right=Right.UNIT)
async def look(turn: Turn) -> Reply:
    """Say how far a picture is, or show it."""
    return await waiting.answer(turn, feature, "charts.look")


@feature.work(KIND, failed="charts.failed", right=Right.UNIT)
def ready(job: Job) -> Reply:
    """Show a finished chart, with the way to the numbers it was drawn from."""
    chart, unit, code = job.params["chart"], job.params.get("unit"), job.params.get("code", "")
    of = Named(*unit) if unit else Phrase("charts.of_all")
    pages = "stats" if job.params["staff"] else "units"
    leads = f"{'stats.unit' if job.params['staff'] else 'units'}:{code}" if code else pages
    back = Button(Phrase("charts.back"), leads)
    return Reply(f"charts.ready_{chart}", {"of": of}, ((back,),), job=job.id)


def _of(unit: Unit | None) -> Mapping[str, Any]:
    return {"unit": [unit.name, unit.name_en], "code": unit.code} if unit else {}


def _days(first: date, until: date) -> list[date]:
    return [first + n * ONE_DAY for n in range((until - first).days)]
