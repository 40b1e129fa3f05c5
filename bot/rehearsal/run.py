"""`shuxiang rehearse`: from settings to the closing report."""

import gc
import logging
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from bot import campaign as campaigns
from bot import leader
from bot.rehearsal import closing
from bot.rehearsal import season as seasons
from bot.rehearsal.closing import Closing, Spent
from bot.rehearsal.duties import OWNER
from bot.rehearsal.platforms import WEB, Platforms
from bot.rehearsal.season import Plan, Season, Tell
from bot.rehearsal.stage import Stage, StageClock
from bot.settings import Settings, StartError
from storage.db import Unavailable

FILE, PICTURES = "rehearsal.sqlite3", "rehearsal"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    closing: Closing
    finished: bool
    """False if it was interrupted."""
    well: bool
    """Every invariant holds, and every way was open."""
    lines: list[str]
    pictures: list[Path]


def settings_for(settings: Settings) -> Settings:
    """Return the settings of a rehearsal: always a rehearsal, on a file of its own unless told."""
    url = settings.database_url.get_secret_value() or f"sqlite:///{settings.data_dir / FILE}"
    return settings.model_copy(
        update={"rehearsal": True, "owners": f"{WEB}:{OWNER}", "database_url": SecretStr(url)}
    )


async def rehearse(
    settings: Settings, plan: Plan, *, tell: Callable[[int], Tell], say: Callable[[str], None]
) -> Outcome:
    """Live a season, or as many days as are asked for, and close it; Ctrl-C ends it early.

    `tell` is given the number of days and returns what is told of each; `say` announces a step.

    Raises:
        StartError: the database holds real people, or a bot serves it, or it was lost on the way.

    """
    settings, campaign = settings_for(settings), campaigns.load(settings.campaign)
    logging.getLogger(leader.__name__).setLevel(logging.WARNING)  # it takes the lease all the time
    random.seed(plan.seed)  # what draws without a generator of its own: how long to back off
    clock = StageClock(datetime.combine(campaign.start, datetime.min.time(), campaign.zone))
    platforms = Platforms(plan.seed, clock.now)
    async with Stage.open(settings, campaign, clock=clock, platforms=platforms) as stage:
        days = await seasons.span(stage, plan)
        season = Season(stage, plan, days)
        _spare_the_collector()
        with _asked_to_stop() as stopped, _said(season):
            began = time.perf_counter(), time.process_time()
            async with stage.open_till():
                finished = await season.live(tell(days.days), stopped)
            spent = Spent(time.perf_counter() - began[0], time.process_time() - began[1])
            say("checking every invariant")
            closed = await closing.close(stage)
        pictures = closing.draw(campaign, closed.found, settings.data_dir / PICTURES)
        well = closed.holds and not season.acts.stuck
        lines = [*closing.told(season, closed, spent)]
        return Outcome(closed, finished, well, lines, pictures)


@contextmanager
def _said(season: Season) -> Iterator[None]:
    """Say how far it came, if the database is full or goes away in the middle."""
    try:
        yield
    except Exception as error:
        if (lost := _lost(error)) is None:
            raise
        raise StartError(
            f"The database was full or went away ({lost}) after {season.lived} days and"
            f" {season.acts.turns:,} turns; the same command goes on from there."
        ) from error


def _lost(error: BaseException) -> str | None:
    """Return what the database said when it could do no more, None if something else went wrong."""
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(_lost, error.exceptions)), None)
    if not isinstance(error, Unavailable):
        return None
    cause = error.__cause__
    return str(getattr(cause, "orig", cause) or error)


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Notice the first Ctrl-C, to end in order; the second one ends everything."""
    asked = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def _spare_the_collector() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
