"""The bot of a rehearsal: everything is real but the clock, the platforms and the people."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import only_server, prepare
from bot.campaign import Campaign
from bot.clock import RehearsalClock
from bot.delivery import Delivery
from bot.dispatch import Dispatcher, Place
from bot.flood import Flood
from bot.herald import Herald
from bot.i18n import FALLBACK, Texts
from bot.jobs import Jobs
from bot.leader import Leader, Watch
from bot.messages import Incoming, Rendered, plain
from bot.metrics import Metrics
from bot.outlets import Facts
from bot.post import Post
from bot.progress import Progress
from bot.rehearsal.platforms import Platforms
from bot.rules.pace import Pace
from bot.scheduler import Scheduler
from bot.settings import Settings, StartError
from bot.till import Till
from bot.upkeep import Upkeep
from bot.work import Source
from handlers import FEATURES
from storage.db import Database

AGAIN_MINUTES = (1, 6)  # after which what a platform did not take is tried again
TOO_LONG = "health"
"""Its bell checks every invariant each night; a rehearsal does so once, at its end."""


class StageClock(RehearsalClock):
    """A clock that is set. Beside the common time, each person's visit has a time of its own.

    People do not wait for each other, so that their turns of an hour may run together although
    each of them lives through minutes. The machine's time is the virtual one, too: codes expire,
    answers are forgotten and deliveries tried again as they would.
    """

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self.common = start
        self._own: ContextVar[datetime | None] = ContextVar("own_time", default=None)

    def now(self) -> datetime:
        """Return the moment of whoever asks."""
        return (self._own.get() or self.common).astimezone(UTC)

    def system(self) -> datetime:
        """Return the same: all time is virtual here."""
        return self.now()

    def come_to(self, moment: datetime) -> None:
        """Set the common time, which this task lives in from now on."""
        self.common = moment
        self._own.set(None)

    def at(self, moment: datetime) -> None:
        """Let this task live at a moment of its own."""
        self._own.set(moment)

    def monotonic(self) -> float:
        """Return the common time in seconds."""
        return self.common.timestamp()


def _source(settings: Settings, facts: Facts) -> Source:
    place = (settings.database, settings.campaign, facts.secret)
    return Source(*place, folder=str(settings.data_dir))


class Stage:
    """The bot, and what drives it from moment to moment."""

    def __init__(
        self,
        settings: Settings,
        campaign: Campaign,
        database: Database,
        *,
        facts: Facts,
        clock: StageClock,
        platforms: Platforms,
    ) -> None:
        self.campaign = campaign
        self.campaign_id = facts.campaign_id
        self.database = database
        self.clock = clock
        self.platforms = platforms
        self.metrics = Metrics()
        self.texts = Texts(campaign.zone)
        self.till = Till(database, campaign, facts.campaign_id, clock=clock, metrics=self.metrics)
        here = Place(
            *(campaign, facts.campaign_id, clock, facts.secret, settings.owner_accounts),
            self.metrics,
        )
        self.dispatcher = Dispatcher(
            FEATURES,
            here,
            database=database,
            till=self.till,
            texts=self.texts,
            flood=Flood(settings.flood_limit),
        )
        self.leader = Leader(database, clock.monotonic, alone=database.is_sqlite)
        self.post = Post(self.dispatcher, platforms.outlets)
        self.upkeep = self._upkeep(settings.data_dir)
        watch = Watch(
            *(campaign, facts.campaign_id, database, clock, self.leader, facts.secret),
            metrics=self.metrics,
        )
        ringing = [feature for feature in FEATURES if feature.name != TOO_LONG]
        self.scheduler = Scheduler(ringing, watch)
        self.bells = [bell for feature in ringing for bell in feature.bells]
        pace, monotonic = Pace(0, clock.monotonic), clock.monotonic
        self.delivery = Delivery(
            FEATURES,
            watch,
            pace=pace,
            send=self.post.send,
            monotonic=monotonic,
            together=self.post,
        )
        self.herald = Herald(
            FEATURES,
            watch,
            pace=pace,
            send=self.post.tell_group,
            links=lambda _start, _channel: (),
            monotonic=monotonic,
        )
        self.progress = Progress(FEATURES, watch, post=self.post, monotonic=monotonic)
        self.jobs = Jobs(
            FEATURES,
            database,
            clock,
            source=_source(settings, facts),
            tell=self.post.tell,
            fetch=self.post.fetch,
        )

    def _upkeep(self, folder: Path) -> Upkeep:
        return Upkeep(
            self.database,
            self.clock,
            self.till,
            campaign=self.campaign,
            campaign_id=self.campaign_id,
            folder=folder,
        )

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: Settings, campaign: Campaign, *, clock: StageClock, platforms: Platforms
    ) -> AsyncIterator["Stage"]:
        """Build the bot on its database.

        Raises:
            StartError: the database holds a real campaign, or another process serves it.

        """
        async with AsyncExitStack() as stack:
            stack.enter_context(only_server(settings))
            database = Database(settings.database, inline=True)
            stack.push_async_callback(database.aclose)
            facts = await prepare(database, settings, campaign, clock=clock)
            stage = cls(settings, campaign, database, facts=facts, clock=clock, platforms=platforms)
            await stage.leader.renew()
            if stage.leader.term is None:
                raise StartError("Another process already serves this database; stop it first.")
            stack.push_async_callback(stage.leader.resign)
            yield stage

    @asynccontextmanager
    async def open_till(self) -> AsyncIterator[None]:
        """Let the till book what people do."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.till.run())
            try:
                yield
            finally:
                self.till.close()

    async def catch_up(self, moment: datetime) -> None:
        """Come to a moment: ring what is due, do what is asked for, send what can be sent."""
        await self._arrive(moment)
        await self.scheduler.look()
        while await self.jobs.work_off_one():
            pass
        await self._send()
        for minutes in AGAIN_MINUTES:
            if not self.platforms.put_off:
                break
            await self._arrive(self.clock.common + timedelta(minutes=minutes))
            await self._send()

    async def _arrive(self, moment: datetime) -> None:
        """Come to a moment and lead in it, however long that takes on this machine."""
        self.clock.come_to(max(moment, self.clock.common))
        await self.leader.renew()

    async def _send(self) -> None:
        self.platforms.put_off = False
        while await self.delivery.step():
            pass
        while await self.herald.step():
            pass
        await self.progress.step()

    def said(self, key: str, **params: str | int) -> str:
        """Return what people of the rehearsal write, in the campaign's first language."""
        return plain(self.texts.text(f"rehearsal.{key}", FALLBACK, params))

    async def hear(self, incoming: Incoming) -> Rendered | None:
        """Answer a message as the bot does."""
        return await self.dispatcher.handle(incoming)
