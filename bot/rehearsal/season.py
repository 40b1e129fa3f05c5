"""Lives a rehearsal's days: bells and duties at their moments, and the crowd in between."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot import importing
from bot.clock import SystemClock
from bot.rehearsal import crowd
from bot.rehearsal.acts import Acts
from bot.rehearsal.crowd import Act, Crowd, Today
from bot.rehearsal.duties import Duties
from bot.rehearsal.stage import Stage
from bot.rules.calendar import ONE_DAY
from bot.rules.rhythm import Daily, Weekly
from bot.settings import StartError
from storage import deployment, items, livestreams, rehearsals

LIVED = "rehearsed"
"""A fact: with which crowd this database is rehearsed, and the next day to live."""
AT_ONCE = 200  # people who act together: what they get depends on it, so both databases have one
TIDIED_AT = (time(4), time(12), time(20))
HOURS = (8, 11, 14, 17, 20, 23)  # when the bot looks around though no bell is sure to be due
BEFORE_LIVE = (timedelta(days=1), timedelta(minutes=30), timedelta(minutes=10), timedelta())
LOOK_AHEAD = timedelta(days=10)

Tell = Callable[[date, int], None]
"""Told the day that is lived, and the turns so far."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many citizens, for how many days (None for all there are), by which seed."""

    citizens: int
    days: int | None
    seed: int


@dataclass(frozen=True, slots=True)
class Span:
    """The days of this run: where it begins, how many days were lived before, how many to live."""

    first: date
    lived: int
    days: int
    again: bool = False
    """An earlier run was here, and may have been cut short in the first of these days."""

    @property
    def begin(self) -> date:
        """Return the first day of the whole rehearsal, in an earlier run perhaps."""
        return self.first - self.lived * ONE_DAY


async def span(stage: Stage, plan: Plan) -> Span:
    """Find out which days to live: a rehearsal goes on where it stopped.

    Raises:
        StartError: the database is rehearsed with another crowd, or the campaign is over.

    """
    campaign = stage.campaign
    async with stage.database.reading() as db:
        kept = await deployment.fact(db, LIVED)
        newest = await rehearsals.newest_day(db, stage.campaign_id)
    if kept is None:
        first, lived = max(campaign.start, newest + ONE_DAY if newest else campaign.start), 0
    else:
        found = json.loads(kept)
        first, lived = date.fromisoformat(found["next"]), found["lived"]
        if (found["citizens"], found["seed"]) != (plan.citizens, plan.seed):
            raise StartError(
                f"This database is rehearsed with --citizens {found['citizens']} --seed"
                f" {found['seed']}: go on with these, or use another SHUXIANG_DATABASE_URL."
            )
    left = (campaign.until - first).days
    if left <= 0:
        raise StartError("The rehearsed campaign is over: use another SHUXIANG_DATABASE_URL.")
    days = left if plan.days is None else min(plan.days, left)
    return Span(first, lived, days, again=kept is not None)


class Season:
    """One run of a rehearsal."""

    def __init__(self, stage: Stage, plan: Plan, days: Span) -> None:
        self._stage = stage
        self._plan = plan
        self._span = days
        self._campaign = stage.campaign
        self.acts = Acts(stage)
        self._duties = Duties(self.acts)
        whole = plan.days or (self._campaign.until - days.begin).days
        people = crowd.draw(self._campaign, citizens=plan.citizens, days=whole, seed=plan.seed)
        self._crowd = Crowd(self.acts, people, first=days.begin, seed=plan.seed)
        self.lived = 0
        """Days lived to their end in this run."""

    async def live(self, tell: Tell, stopped: Callable[[], bool]) -> bool:
        """Live the days; say whether it was to the end."""
        if not self._span.lived:
            await self._furnish()
            await self._note(self._span.first)  # cut short, even the first day is lived again
        for number in range(self._span.days):
            day = self._span.first + number * ONE_DAY
            self.acts.again = self._span.again and not number
            if not await self._live(day, tell, stopped):
                return False
            self.lived += 1
            await self._note(day + ONE_DAY)
        return True

    async def _furnish(self) -> None:
        at = datetime.combine(self._span.first, time(), self._campaign.zone)
        self._stage.clock.come_to(at)
        place = importing.Place(self._stage.database, self._campaign, self._stage.campaign_id)
        await importing.furnish(place, at=at)

    async def _note(self, following: date) -> None:
        """Note how far it is, and let the campaign's time of this database stand there."""
        lived = self._span.lived + self.lived
        kept = {
            "citizens": self._plan.citizens,
            "seed": self._plan.seed,
            "lived": lived,
            "next": following.isoformat(),
        }
        ahead = datetime.combine(following, time(), self._campaign.zone) - SystemClock().system()
        async with self._stage.database.transaction() as db:
            await deployment.put(db, LIVED, json.dumps(kept))
            await deployment.put_offset(db, ahead)

    async def _live(self, day: date, tell: Tell, stopped: Callable[[], bool]) -> bool:
        today = await self._today(day)
        waiting = deque(sorted(self._crowd.day(today), key=lambda act: act.at))
        number = (day - self._span.begin).days
        due = [*self._marks(today), *self._duties.day(today, number)]

        def seen() -> bool:
            """Tell how far it is, and say whether to go on."""
            tell(day, self.acts.turns)
            return not stopped()

        for act in sorted(due, key=lambda act: act.at):
            await self._act(_before(waiting, act.at), seen)
            if stopped():
                return False
            await self._stage.catch_up(act.at)
            await act.run()
            seen()
        await self._act(waiting, seen)
        return not stopped()

    async def _today(self, day: date) -> Today:
        """Look up what the day offers."""
        start = datetime.combine(day, time(), self._campaign.zone)
        kinds = [activity.id for activity in self._campaign.activities if activity.done]
        here = self._stage.campaign_id
        async with self._stage.database.reading() as db:
            offered = {kind: await items.ids(db, kind) for kind in kinds}
            lives = await livestreams.due_between(db, here, start=start, end=start + ONE_DAY)
            ahead = start + LOOK_AHEAD
            coming = await livestreams.due_between(db, here, start=start + ONE_DAY, end=ahead)
        on = [live for live in lives if live.state in livestreams.ON]
        return Today(day, offered, on, coming)

    def _marks(self, today: Today) -> Iterator[Act]:
        """Return when the bot looks around by itself: whenever a bell may be due."""
        times = {time(hour) for hour in HOURS}
        for bell in self._stage.bells:
            match bell.rhythm(self._campaign):
                case Daily(at):
                    times.add(at)
                case Weekly(weekday, at) if weekday == today.day.weekday():
                    times.add(at)
                case _:
                    pass
        moments = {datetime.combine(today.day, at, self._campaign.zone) for at in times}
        for live in (*today.lives, *today.coming):
            moments |= {live.starts_at - ahead for ahead in BEFORE_LIVE}
        for moment in moments:
            if self._campaign.day(moment) == today.day:
                yield Act(moment, _nothing)
        for at in TIDIED_AT:
            moment = datetime.combine(today.day, at, self._campaign.zone)
            yield Act(moment, self._stage.upkeep.pulse)

    async def _act(self, acts: Iterable[Act], seen: Callable[[], bool]) -> None:
        """Let people act, many together, while all goes on; each lives on a time of their own."""
        queue = iter(acts)

        async def work() -> None:
            with self.acts.crossing.acting():
                for act in queue:
                    await act.run()
                    if not seen():
                        return

        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(work())


def _before(waiting: deque[Act], moment: datetime) -> Iterator[Act]:
    """Take what begins before a moment."""
    while waiting and waiting[0].at < moment:
        yield waiting.popleft()


async def _nothing() -> None:
    pass
