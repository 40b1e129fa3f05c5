"""What a link page shows and does: one citizen's item, from its opening to 我读完了.

A link is passed on easily. Whoever holds it acts for the citizen it was made for, who is paid once;
so its page tells nothing of that person, and five hundred who press at once make one turn.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from math import ceil
from typing import NamedTuple
from weakref import WeakValueDictionary

from bot.campaign import Activity, Campaign
from bot.clock import Clock
from bot.messages import Incoming, Rendered, Tap
from bot.operations import finishing
from bot.rules import signing
from storage import accounts, items, shelves
from storage.citizens import Receiver
from storage.db import Database
from storage.items import Item
from storage.shelves import Opening

ANSWERS_KEPT_MAX = 2000
_Press = tuple[str, datetime | None]  # a token, and the opening it was pressed for


class Stage(Enum):
    """How far somebody is with an item."""

    UNOPENED = "unopened"
    EARLY = "early"
    READY = "ready"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Look:
    """An item as its page shows it; `left` are the seconds until it can be finished."""

    item: Item
    activity: Activity
    stage: Stage
    left: int
    language: str | None
    """The language its reader chose; None is whatever the browser speaks."""
    opened_at: datetime | None = None
    answer: Rendered | None = None
    """What was said when it was finished here."""


class _Found(NamedTuple):
    """Whose page it is, of which item, and how they opened it."""

    receiver: Receiver
    item: Item
    opening: Opening | None
    citizen: int


@dataclass(slots=True)
class Reading:
    """Answers link pages; `handle` is the dispatcher's."""

    database: Database
    campaign: Campaign
    campaign_id: int
    clock: Clock
    secret: bytes
    handle: Callable[[Incoming], Awaitable[Rendered | None]]
    _answers: OrderedDict[_Press, Rendered] = field(default_factory=OrderedDict)
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def look(self, token: str) -> Look | None:
        """Return what a page shows and change nothing; None for a token that is no good any more.

        Raises:
            Unavailable: the database is away.

        """
        found = await self._find(token)
        return None if found is None else self._seen(token, found)

    async def finish(self, token: str, language: str) -> Look | None:
        """Finish an item as the button in the chat does, and return what the page shows then.

        Pressed again, it says what it said before. `language` is for who has chosen none.

        Raises:
            Unavailable: the database is away.

        """
        async with self._turns.setdefault(token, asyncio.Lock()):
            found = await self._find(token)
            if found is None:
                return None
            look = self._seen(token, found)
            if look.stage is not Stage.READY:
                return look
            receiver, item, *_ = found
            (channel, sender), spoken = receiver.account, receiver.language
            said = Tap(f"items.page:{item.id}@{found.citizen}")
            update = f"go:{token}:{look.opened_at}"  # opened anew, the same link is another press
            incoming = Incoming(channel, sender, said, update, language=spoken or language)
            answer = await self.handle(incoming)
            if answer is not None:
                self._keep((token, look.opened_at), answer)
            found = await self._find(token)
        return None if found is None else self._seen(token, found)

    def _keep(self, press: _Press, answer: Rendered) -> None:
        self._answers[press] = answer
        while len(self._answers) > ANSWERS_KEPT_MAX:
            self._answers.popitem(last=False)

    def _seen(self, token: str, found: _Found) -> Look:
        receiver, item, opening, _ = found
        activity = self.campaign.activity(item.kind)
        shown = Look(item, activity, Stage.UNOPENED, 0, receiver.language)
        if opening is None:
            return shown
        left = finishing.left(item, activity, opening, now=self.clock.now()).total_seconds()
        answer = self._answers.get((token, opening.opened_at))
        shown = replace(shown, opened_at=opening.opened_at)
        if opening.closed_by is not None:
            return replace(shown, stage=Stage.DONE, answer=answer)
        if left > 0:
            return replace(shown, stage=Stage.EARLY, left=ceil(left))
        return replace(shown, stage=Stage.READY, answer=answer)

    async def _find(self, token: str) -> _Found | None:
        opened = signing.opened_page(self.secret, token, at=self.clock.system())
        if opened is None:
            return None
        citizen, number = opened
        async with self.database.reading() as db:
            item = await items.get(db, number)
            receiver = (await accounts.receivers(db, [citizen])).get(citizen)
            if item is None or receiver is None or not finishing.is_offered(self.campaign, item):
                return None
            opening = await shelves.opened(db, citizen, self.campaign_id, item=number)
        return _Found(receiver, item, opening, citizen)
