"""Talk to the bot: real dispatcher, real handlers, real database; only the platform is missing."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from tempfile import TemporaryDirectory
from typing import Any

from bot.campaign import Campaign
from bot.clock import Clock
from bot.dispatch import Dispatcher, Place
from bot.flood import Flood
from bot.messages import Incoming, Introduction, Rendered, Reply, Said, Tap, Traits, read
from bot.metrics import Metrics
from bot.operations import founding, introducing
from bot.till import Till
from handlers import FEATURES
from storage import citizens, invariants, ledger, totals
from storage.citizens import Account
from storage.db import Database
from storage.totals import Totals
from tests.fakes import Replies

SECRET = b"a secret of the tests"
OWNER = ("web", "owner")


class Person:
    """Someone who talks to the bot."""

    def __init__(self, chat: "Chat", sender: str, channel: str) -> None:
        self._chat = chat
        self.account = Account(channel, sender)
        self.language = "zh_CN"
        self.private = True
        self.group = self.title = ""
        self.traits = Traits(abroad=channel == "telegram")
        self.rendered: Rendered | None = None

    async def says(
        self, text: str, *, stamped: datetime | None = None, update: str | None = None
    ) -> Reply | None:
        """Write something and return what the bot replied."""
        return await self.sends(read(text), stamped=stamped, update=update)

    async def taps(self, target: str, *, update: str | None = None) -> Reply | None:
        """Tap a button."""
        return await self.sends(Tap(target), update=update)

    async def sends(
        self, said: Said, *, stamped: datetime | None = None, update: str | None = None
    ) -> Reply | None:
        """Hand one message to the dispatcher and return what it replied, None for silence."""
        incoming = Incoming(
            self.account.channel,
            self.account.sender,
            said,
            update or f"{self.account.sender}:{self._chat.next_update()}",
            stamped=stamped,
            language=self.language,
            private=self.private,
            traits=self.traits,
            group=self.group,
            title=self.title,
        )
        self._chat.texts.last = None
        self.rendered = await self._chat.dispatcher.handle(incoming)
        return self._chat.texts.last if self.rendered else None

    def enters(self, group: str = "-100", title: str = "读书会群") -> "Person":
        """Speak in a group chat from now on."""
        self.private, self.group, self.title = False, group, title
        return self

    def leaves(self) -> "Person":
        """Speak in private again."""
        self.private, self.group, self.title = True, "", ""
        return self

    async def joins(self, town: str = "xiayang") -> "Person":
        """Go through first contact."""
        await self.taps("start.agree")
        await self.taps(f"start.town:{town}")
        return self

    def button(self, label: str) -> str:
        """Return the tap target of the button of the last answer with this label."""
        assert self.rendered is not None
        buttons = (button for row in self.rendered.buttons for button in row)
        return next(button.tap for button in buttons if button.label == label)

    async def id(self) -> int:
        """Return the citizen's id, read through a fresh session."""
        async with self._chat.database.reading() as db:
            person = await citizens.find(db, self.account)
        assert person is not None
        return person.citizen

    async def reachable(self) -> bool:
        """Say whether the account is known to be reachable."""
        async with self._chat.database.reading() as db:
            person = await citizens.find(db, self.account)
        return person is not None and person.reachable

    async def has(self) -> Totals:
        """Read the totals through a fresh session."""
        citizen = await self.id()
        async with self._chat.database.reading() as db:
            return await totals.of(db, self._chat.campaign_id, citizen)

    async def points(self) -> int:
        """Add up today's lines of the ledger through a fresh session."""
        citizen, day = await self.id(), self._chat.campaign.day(self._chat.clock.now())
        async with self._chat.database.reading() as db:
            paid = await ledger.day_of(db, self._chat.campaign_id, citizen, day=day)
        return sum(paid.values())


class Chat:
    """The bot, and the people who talk to it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        campaign: Campaign,
        campaign_id: int,
        flood: int = 0,
        folder: str = "data",
    ) -> None:
        self.folder = folder
        self.database = database
        self.clock = clock
        self.campaign = campaign
        self.campaign_id = campaign_id
        self.texts = Replies(campaign.zone)
        self.metrics = Metrics()
        self.till = Till(database, campaign, campaign_id, clock=clock, metrics=self.metrics)
        self.dispatcher = Dispatcher(
            FEATURES,
            Place(
                *(campaign, campaign_id, clock, SECRET, frozenset({OWNER}), self.metrics),
                introduce=self._introduced,
                room=lambda _reply, day: self.rooms.get(day, {}),
            ),
            database=database,
            till=self.till,
            texts=self.texts,
            flood=Flood(flood),
        )
        self.introduce: introducing.Ask = introducing.nobody_knows
        """What the channels' directories say; a test may put its own here."""
        self.rooms: dict[date, dict[str, int]] = {}
        """To how many people channels with a limit can still tell something, by the day."""
        self.updates = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        database: Database,
        clock: Clock,
        campaign: Campaign,
        *,
        flood: int = 0,
        first_update: int = 1,
    ) -> AsyncIterator["Chat"]:
        """Run the till while the test talks; who opens a database again counts updates on."""
        async with database.transaction() as db:
            campaign_id = await founding.found(db, campaign)
            await founding.begin(db, campaign_id, at=clock.system())
        with TemporaryDirectory() as folder:
            place: dict[str, Any] = {
                "campaign": campaign,
                "campaign_id": campaign_id,
                "folder": folder,
            }
            chat = cls(database, clock, **place, flood=flood)
            chat.updates = itertools.count(first_update)
            async with asyncio.TaskGroup() as tasks:
                till = tasks.create_task(chat.till.run())
                yield chat
                chat.till.close()
                await till

    async def _introduced(self, account: Account) -> Introduction | None:
        return await self.introduce(account)

    async def broken(self) -> dict[str, list[int | str]]:
        """Run the audit; map each broken invariant to those who break it."""
        async with self.database.snapshot() as db:
            found = invariants.check(db, self.campaign.zone)
            return {name: ids async for name, _, ids in found if ids}

    def next_update(self) -> str:
        """Return a name no message had yet."""
        return str(next(self.updates))

    def person(self, sender: str, channel: str = "web") -> Person:
        """Bring someone in who has not said anything yet."""
        return Person(self, sender, channel)

    async def join(self, sender: str, channel: str = "web", town: str = "xiayang") -> Person:
        """Bring someone in who takes part."""
        return await self.person(sender, channel).joins(town)
