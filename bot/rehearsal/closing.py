"""The closing report of a rehearsal: totals, invariants, how fast it was, and two pictures."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

from bot import charts
from bot.campaign import Campaign
from bot.charts import Series
from bot.metrics import BELLS, TURNS
from bot.pictures import Caption
from bot.rehearsal.season import Season
from bot.rehearsal.stage import Stage
from storage import invariants, rehearsals
from storage.rehearsals import Found

SLOWEST_SHOWN = 8
POINTS_PICTURE, PEOPLE_PICTURE = "points.png", "participants.png"
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run took: seconds by the clock, and of this process's time."""

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Closing:
    """What became of a run."""

    found: Found
    broken: Mapping[str, Sequence[int | str]]
    """The invariants that do not hold, each with who breaks it."""
    checked: int

    @property
    def holds(self) -> bool:
        """Say whether every invariant holds."""
        return not self.broken


async def close(stage: Stage) -> Closing:
    """Check every invariant and count what there is, in one snapshot."""
    await stage.database.analyze()
    async with stage.database.snapshot() as db:
        checks = [entry async for entry in invariants.check(db, stage.campaign.zone)]
        found = await rehearsals.of(db, stage.campaign_id)
    broken = {f"{name}: {sentence}": bad for name, sentence, bad in checks if bad}
    return Closing(found, broken, len(checks))


def told(season: Season, closing: Closing, spent: Spent) -> Iterator[str]:
    """Say it line by line."""
    acts, found, stage = season.acts, closing.found, season.acts.stage
    speed, own = acts.turns / max(spent.seconds, 0.001), acts.turns / max(spent.cpu_seconds, 0.001)
    yield (
        f"{season.lived} days, {acts.turns:,} turns in {spent.seconds:,.0f} s:"
        f" {speed:,.0f} turns a second ({own:,.0f} a second of processor time)."
    )
    yield "Totals: " + _listed(found.totals)
    yield "Deeds: " + _listed(found.deeds)
    yield "Deliveries: " + _listed(found.deliveries)
    yield "Platforms answered: " + _listed(dict(sorted(stage.platforms.met.items())))
    yield "Answers: " + _listed(stage.metrics.by(TURNS, "outcome"))
    yield "Bells: " + _listed(stage.metrics.by(BELLS, "outcome"))
    slowest = sorted(acts.timings.items(), key=lambda each: -each[1].longest)[:SLOWEST_SHOWN]
    for name, timing in slowest:
        mean = timing.total / timing.count * 1000
        yield (
            f"  slowest {name}: {timing.longest * 1000:,.0f} ms,"
            f" on average {mean:,.1f} ms of {timing.count:,}"
        )
    if acts.unavailable:
        yield f"The database was away for {acts.unavailable} turns, which were tried again."
    for name, count in acts.stuck.most_common():
        yield f"FAULT {count} times the way to {name} was not open."
    for sentence, offenders in closing.broken.items():
        yield f"FAULT {sentence} broken by {', '.join(map(str, offenders))}"
    if closing.holds:
        yield f"All {closing.checked} invariants hold."
    yield f"Result {found.fingerprint}: the same crowd, days and seed give the same."


def draw(campaign: Campaign, found: Found, folder: Path) -> list[Path]:
    """Draw points week by week, and participants on the way to the target; return the files."""
    if not found.points:
        return []
    first, last = found.points[0][0], found.points[-1][0]
    weeks = [first + n * WEEK for n in range((last - first).days // WEEK.days + 1)]
    ticks = [f"{week:%m-%d}" for week in weeks]
    by_week: dict[tuple[str, int], int] = defaultdict(int)
    for day, activity, points in found.points:
        by_week[activity, (day - first).days // WEEK.days] += points
    series = [
        Series(activity.name, tuple(by_week[activity.id, n] for n in range(len(weeks))))
        for activity in campaign.activities
    ]
    as_of = f"{first} – {last}"
    target = sum(town.target for town in campaign.towns)
    climb = Series("participants", _joined(found.joined, weeks))
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {
        POINTS_PICTURE: charts.stacked(Caption("Points by week", as_of), ticks, series),
        PEOPLE_PICTURE: charts.climbing(
            Caption("Participants", as_of), ticks, climb, target=target, goal="target"
        ),
    }
    for name, content in drawn.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in drawn]


def _joined(joined: Sequence[tuple[date, int]], weeks: Sequence[date]) -> tuple[int, ...]:
    new = [sum(count for day, count in joined if week <= day < week + WEEK) for week in weeks]
    return tuple(accumulate(new))


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"
