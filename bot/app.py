"""Composition root: builds everything in order, hands callables across. Read this page first."""

import asyncio
import fcntl
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import date, datetime, timedelta

from bot import campaign as campaigns
from bot import erasures, importing, sample, site
from bot.campaign import Campaign
from bot.clock import Clock, RehearsalClock, SystemClock
from bot.delivery import Delivery
from bot.dispatch import Dispatcher, Place
from bot.erasures import ErasureList
from bot.flood import Flood
from bot.herald import Herald
from bot.i18n import FALLBACK, Texts
from bot.jobs import Jobs
from bot.leader import Leader, Watch
from bot.messages import Introduction, Reply
from bot.metrics import Metrics
from bot.operations import founding
from bot.outlets import Facts, House, Outlets
from bot.post import Post
from bot.progress import Progress
from bot.rules import links
from bot.rules.pace import Pace, speed
from bot.scheduler import Scheduler
from bot.settings import ABROAD, Settings, StartError
from bot.state import State
from bot.till import Till
from bot.upkeep import Upkeep
from bot.work import Source
from handlers import FEATURES
from storage import citizens, deployment, leases
from storage.db import AddressError, Database, Db, Unavailable
from storage.tallies import WORKERS_MAX

CLOSING_SECONDS = 3.0


class App:
    """Everything one process runs. Use `async with App.open(settings) as app`."""

    def __init__(
        self,
        settings: Settings,
        campaign: Campaign,
        database: Database,
        *,
        facts: Facts,
        clock: Clock,
    ) -> None:
        self.settings = settings
        self.campaign = campaign
        self.database = database
        self.clock = clock
        self.campaign_id = facts.campaign_id
        self._secret = facts.secret
        self.texts = Texts(campaign.zone)
        self.metrics = Metrics()
        self.till = Till(
            database,
            campaign,
            facts.campaign_id,
            clock=clock,
            worker=0 if database.is_sqlite else secrets.randbelow(WORKERS_MAX),
            metrics=self.metrics,
        )
        self.upkeep = self._upkeep()
        here = Place(
            *(campaign, facts.campaign_id, clock, facts.secret, settings.owner_accounts),
            *(self.metrics, self._links, speed(settings.telegram_rate), self._introduce),
            *(site.page_of(settings, clock, facts.secret), self._room, site.scanned_of(settings)),
        )
        flood = Flood(settings.flood_limit)
        self.dispatcher = Dispatcher(
            FEATURES, here, database=database, till=self.till, texts=self.texts, flood=flood
        )
        self.leader = Leader(database, time.monotonic, alone=database.is_sqlite)
        place = (settings, campaign, self.dispatcher, self.texts, database, clock)
        house = House(*place, self.leader, facts)
        self.outlets = Outlets(house)
        self.post = Post(self.dispatcher, self.outlets.by_name)
        watch = Watch(
            *(campaign, facts.campaign_id, database, clock, self.leader, facts.secret),
            metrics=self.metrics,
        )
        self.state = State(settings, watch, self.till, self.outlets.states)
        self.site = site.Site(house, self.outlets, self.state)
        self.web = self.site.app
        self.scheduler = Scheduler(FEATURES, watch)
        pace = Pace(settings.telegram_rate, time.monotonic)
        self.delivery = Delivery(
            FEATURES,
            watch,
            pace=pace,
            send=self.post.send,
            monotonic=time.monotonic,
            together=self.post,
        )
        self.herald = self._herald(watch, pace)
        self.progress = Progress(FEATURES, watch, post=self.post, monotonic=time.monotonic)
        self.jobs = Jobs(
            FEATURES,
            database,
            clock,
            source=self._source(facts.secret),
            tell=self.post.tell,
            fetch=self.post.fetch,
        )

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, clock: Clock | None = None) -> AsyncIterator["App"]:
        """Build everything, run it, and close it in the opposite order.

        Raises:
            StartError: the campaign file, the database or its state does not allow it.

        """
        try:
            campaign = campaigns.load(settings.campaign)
        except campaigns.CampaignError as error:
            raise StartError(str(error)) from None
        clock = clock or (RehearsalClock() if settings.rehearses else SystemClock())
        async with AsyncExitStack() as stack:
            stack.enter_context(only_server(settings))
            database = Database(settings.database)
            stack.push_async_callback(database.aclose)
            facts = await prepare(database, settings, campaign, clock=clock)
            await _erase_again(database, settings, campaign, facts=facts, clock=clock)
            app = cls(settings, campaign, database, facts=facts, clock=clock)
            await stack.enter_async_context(app._running())
            yield app

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        """Own every task. Channels stop first, then the till books what has arrived."""
        async with asyncio.TaskGroup() as tasks:
            booking = tasks.create_task(self.till.run())
            upkeep = tasks.create_task(self.upkeep.run())
            slow = tasks.create_task(self.jobs.run())
            led: list[asyncio.Task[None]] = []
            delivering = tasks.create_task(self.delivery.run())
            telling = tasks.create_task(self.herald.run())
            showing = tasks.create_task(self.site.feed.run())
            listeners = self.outlets.listeners
            listening = [tasks.create_task(listener.run()) for listener in listeners]
            try:
                if self.settings.demo:
                    await self._furnish()
                # After the furnishing: a week frozen before it would stay empty for good.
                led += [
                    tasks.create_task(work())
                    for work in (self.leader.run, self.scheduler.run, self.progress.run)
                ]
                yield
            finally:
                await asyncio.gather(*(listener.close() for listener in listeners))
                for task in listening:
                    task.cancel()
                self.delivery.close()
                self.herald.close()
                await asyncio.wait([delivering, telling], timeout=CLOSING_SECONDS)
                await self.leader.resign()
                for task in (upkeep, slow, delivering, telling, showing, *led):
                    task.cancel()
                self.till.close()
                await booking
                await self.upkeep.close()

    async def _furnish(self) -> None:
        """Make a fresh demo alive at first sight: its samples, then its citizens."""
        if not await sample.claim(self.database):
            return
        place = importing.Place(self.database, self.campaign, self.campaign_id)
        await importing.furnish(place, at=self.clock.now())
        names, family = (
            self.texts.plain(f"demo.{key}", FALLBACK).split() for key in ("pen_names", "family")
        )
        await sample.enliven(
            sample.Demo(self.database, self.till, self.campaign, self.campaign_id, self._secret),
            today=self.campaign.day(self.clock.now()),
            names=names,
            family=(family[0], family[1]),
        )

    def leave(self) -> None:
        """Let those go who would stay for ever, when the end is asked for."""
        self.site.feed.close()

    def _upkeep(self) -> Upkeep:
        return Upkeep(
            self.database,
            self.clock,
            self.till,
            campaign=self.campaign,
            campaign_id=self.campaign_id,
            folder=self.settings.data_dir,
        )

    def _source(self, secret: bytes) -> Source:
        settings = self.settings
        return Source(settings.database, settings.campaign, secret, str(settings.data_dir))

    def _herald(self, watch: Watch, pace: Pace) -> Herald:
        return Herald(
            FEATURES,
            watch,
            pace=pace,
            send=self.post.tell_group,
            links=self._links,
            monotonic=time.monotonic,
        )

    def _links(self, start: str, channel: str = "telegram") -> tuple[str, ...]:
        """Return the addresses that lead here with a start parameter: a channel's, the page's."""
        known = self.outlets.chat or start.startswith(links.PAGES)  # these have one of their own
        here = self.settings.site if known else ""
        return links.invitations(start, bot=self.outlets.name(channel), site=here)

    async def _introduce(self, account: citizens.Account) -> Introduction | None:
        """Ask the directory of somebody's channel, where it has one."""
        outlet = self.outlets.by_name.get(account.channel)
        if outlet is None or outlet.introduce is None:
            return None
        return await outlet.introduce(account.sender)

    def _room(self, reply: Reply, day: date) -> Mapping[str, int]:
        """Say to how many people the channels with a limit can still tell a reply on a day."""
        rendered = self.dispatcher.worded(reply, FALLBACK)
        rooms = {name: each.room for name, each in self.outlets.by_name.items() if each.room}
        found = {name: room(rendered, day) for name, room in rooms.items()}
        return {name: left for name, left in found.items() if left is not None}


@contextmanager
def only_server(settings: Settings) -> Iterator[None]:
    """Hold the lock of a SQLite file: one process serves it.

    Raises:
        StartError: another process does already.

    """
    try:
        file = Database.file_of(settings.database)
        if file is None:
            yield
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.with_name(f"{file.name}.lock").open("w")
    except AddressError as error:
        raise StartError(str(error)) from None
    except OSError as error:
        raise StartError(f"{error.filename} cannot be written: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StartError(f"Another process already serves {file}; stop it first.") from None
        yield


async def prepare(
    database: Database, settings: Settings, campaign: Campaign, *, clock: Clock
) -> Facts:
    """Bring the database up to date, check that it fits, and read what it knows of itself."""
    try:
        if database.is_sqlite:
            await database.upgrade()
        elif not await database.migrated():
            raise StartError("The database is not up to date: run `shuxiang db upgrade` first.")
        async with database.transaction() as db:
            await _stamp(db, settings, clock)
            await _add_owners(db, settings, at=clock.now())
            await deployment.put(db, deployment.ABROAD, ",".join(ABROAD))
            campaign_id = await founding.found(db, campaign)
            await _begin(db, campaign_id, shared=not database.is_sqlite, at=clock.system())
            secret = await deployment.secret(db, settings.secret_key.get_secret_value())
            facts = Facts(campaign_id, secret=secret)
    except Unavailable:
        raise StartError(_trouble(database)) from None
    return facts


async def _erase_again(
    database: Database, settings: Settings, campaign: Campaign, *, facts: Facts, clock: Clock
) -> None:
    """Before anybody is heard: erase whom a restored backup brought back."""
    listed = ErasureList(settings.data_dir).read()
    place = erasures.Place(campaign, facts.campaign_id, clock, facts.secret)
    try:
        await erasures.apply(database, listed, place)
    except Unavailable:
        raise StartError(_trouble(database)) from None


def _trouble(database: Database) -> str:
    if database.refuses:
        return f"The database is {database.refuses}: nothing can be stored in it."
    return "The database cannot be reached: check SHUXIANG_DATABASE_URL."


async def _begin(db: Db, campaign_id: int, *, shared: bool, at: datetime) -> None:
    """Let this campaign run, unless another process still serves another one."""
    running = await deployment.running(db, lock=True)
    is_another = running is not None and running != campaign_id
    if shared and is_another and await leases.is_held(db, leases.LEADER):
        raise StartError(
            "Another process serves another campaign from this database: stop every process"
            " first; after a crash, wait for 15 seconds."
        )
    await founding.begin(db, campaign_id, at=at)


async def _add_owners(db: Db, settings: Settings, *, at: datetime) -> None:
    """Give every owner a person and a number; consent is asked when they act as citizens."""
    ids = []
    for owner in settings.owner_accounts:
        account = citizens.Account(*owner)
        person = await citizens.find(db, account) or await citizens.add(db, account, at=at)
        ids.append(person.citizen)
    await deployment.put(db, deployment.OWNERS, ",".join(map(str, sorted(ids))))


async def _stamp(db: Db, settings: Settings, clock: Clock) -> None:
    """Hold a database to what it was first used for, and take over the rehearsal's time."""
    mode = deployment.REHEARSAL if settings.rehearses else deployment.REAL
    stamped = await deployment.first(db, deployment.MODE, mode)
    if stamped != mode:
        raise StartError(
            f"This database holds a {stamped} campaign and the settings ask for a {mode} one:"
            " use another SHUXIANG_DATABASE_URL, or change SHUXIANG_REHEARSAL."
        )
    if isinstance(clock, RehearsalClock):
        start = settings.starts_at
        wanted = clock.offset_for(start) if start else timedelta()
        clock.offset = await deployment.first_offset(db, wanted)
