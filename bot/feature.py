"""What a feature file is written with."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

from bot.booking import Also, Deed
from bot.campaign import Campaign
from bot.clock import RehearsalClock
from bot.grouping import GroupWord
from bot.kinds import (  # noqa: F401 - a feature file needs to know one module
    Allowed,
    Audience,
    Compose,
    Kind,
    Looking,
    Sending,
    Slice,
    Word,
)
from bot.messages import Incoming, Named, Phrase, Refusal, Reply, Traits
from bot.rules import rights, signing
from bot.rules.rhythm import Rhythm
from bot.rules.rights import Duty, Reach, Right
from bot.saying import button, named, rows, say  # noqa: F401 - as above
from bot.slow import Slow
from bot.standings import Standings
from bot.till import Till
from storage.citizens import Account, Person
from storage.db import Db
from storage.jobs import Job


def _no_words(key: str) -> tuple[str, ...]:
    raise RuntimeError(f"this turn cannot tell how people say {key}")


class Work(Enum):
    """What a handler does, and so which transaction the dispatcher opens for it."""

    READS = "reads"
    WRITES = "writes"  # one write transaction; the reply is kept, so a retry gets the same answer
    PAYS = "pays"  # none of its own: the till books, and resolves the person under its lock


class Everyone(Enum):
    """Whom a route lets in beside citizens, without asking for a right."""

    EVERYONE = "everyone"  # whoever writes, also before consent
    KNOWN = "known"  # whoever is known here, also after consent ended
    IN_CHARGE = "in charge"  # whoever is in charge of something, also without taking part


EVERYONE, KNOWN, IN_CHARGE = Everyone.EVERYONE, Everyone.KNOWN, Everyone.IN_CHARGE


def _nothing_to_see() -> AbstractAsyncContextManager[Db]:
    raise RuntimeError("this turn has no database")


@dataclass(frozen=True, slots=True)
class Turn:
    """One incoming message being answered. Time is read once, before it."""

    incoming: Incoming
    argument: str
    now: datetime
    acted_at: datetime
    today: date
    system_now: datetime
    campaign: Campaign
    campaign_id: int
    till: Till
    standings: Standings
    secret: bytes
    rehearsal: RehearsalClock | None = None
    duties: tuple[Duty, ...] = ()
    """What this person is in charge of; looked up for guarded routes only."""
    known: Person | None = None
    opened: Db | None = None
    looking: Callable[[], AbstractAsyncContextManager[Db]] = _nothing_to_see
    """Opens a read transaction, for a paying turn that must know something first."""
    noting: Callable[[], AbstractAsyncContextManager[Db]] = _nothing_to_see
    """Opens a write transaction, for a paying turn that notes something else before the till."""
    said: Callable[[str], tuple[str, ...]] = _no_words
    """Returns how people write a key, in any language: to understand a form, not to answer it."""
    links: Callable[[str], Sequence[str]] = lambda _start: ()
    """Gives the addresses by which others come here with a start parameter."""
    page: Callable[[int, int], str] = lambda _citizen, _item: ""
    """Gives the address of a citizen's page about an item; empty where there are no pages."""
    speed: float = 0.0
    """How many people a second can be told something; 0 is no limit."""
    room: Callable[[Reply, date], Mapping[str, int]] = lambda _reply, _day: {}
    """Says to how many people channels with a limit for the day can still tell a reply."""

    @property
    def db(self) -> Db:
        """Return the turn's transaction; a paying turn has none."""
        if self.opened is None:
            raise RuntimeError("a paying turn opens no transaction of its own")
        return self.opened

    @property
    def person(self) -> Person:
        """Return who is speaking; a paying turn leaves that to the till."""
        if self.known is None:
            raise RuntimeError("nobody was looked up for this turn")
        return self.known

    @property
    def account(self) -> Account:
        """Return the account that is speaking."""
        return Account(self.incoming.channel, self.incoming.sender)

    @property
    def cause(self) -> str:
        """Name the message, by a keyed hash: what is kept for good shall not tell who sent it."""
        return signing.keyed(self.secret, self.incoming.cause)

    @property
    def traits(self) -> Traits:
        """Return what the channel can do."""
        return self.incoming.traits

    @property
    def is_today(self) -> bool:
        """Say whether the act belongs to the day that it is now; a late message may not."""
        return self.today == self.campaign.day(self.now)

    def reach(self, right: Right) -> Reach:
        """Return how far this person's duties let a right go."""
        return rights.reach(self.duties, right)

    def require(self, right: Right, unit: str) -> None:
        """Let pass who may use a right on a unit or team.

        Raises:
            Refusal: this person may not.

        """
        if not self.reach(right).covers(unit):
            raise Refusal("errors.not_yours")

    def phase(self, day: date) -> Named | Phrase:
        """Return the name of the campaign's phase on a day."""
        found = self.campaign.phase(day)
        for period in self.campaign.phases:
            if found is not None and period.id == found.id:
                return named(period)
        return Phrase("phases.none")

    def deed(
        self, activity: str, *, once: str, subject: str = "", also: Also | None = None
    ) -> Deed:
        """Describe something this person did now.

        Raises:
            Refusal: the campaign has not begun, or is over.

        """
        if self.today < self.campaign.start:
            raise Refusal("errors.not_yet", day=self.campaign.start)
        if self.today >= self.campaign.until:
            raise Refusal("errors.over", day=self.campaign.last_day)
        return Deed(
            self.account,
            activity,
            once,
            day=self.today,
            acted_at=self.acted_at,
            cause=self.cause,
            subject=subject,
            also=also,
        )

    def carrying(self, target: str) -> str:
        """Return a tap target that says whose it is, where several people read on one account."""
        several = self.known is not None and self.known.called
        return f"{target}@{self.person.citizen}" if several else target

    def carried(self, argument: str, reader: int | None) -> str:
        """Return what such a target says beside that.

        Raises:
            Refusal: it is another reader's than who acts now.

        """
        told, _, whose = argument.partition("@")
        if whose and reader is not None and whose != str(reader):
            raise Refusal("family.other_reader")
        return told

    def confirming(self, target: str) -> str:
        """Return a tap target only this person can use, for ten minutes."""
        head, _, act = self.carrying(target).partition(":")
        person = f"{self.account.channel}:{self.account.sender}:{head}"
        return f"{head}:{signing.sign(self.secret, person, act, at=self.system_now)}"

    def confirmed(self, head: str) -> str:
        """Return what a confirming tap of this target stands for.

        Raises:
            Refusal: the button is forged, somebody else's, or older than ten minutes.

        """
        person = f"{self.account.channel}:{self.account.sender}:{head}"
        act = signing.opened(self.secret, person, self.argument, at=self.system_now)
        if act is None:
            raise Refusal("errors.confirm_again")
        return self.carried(act, self.known.citizen if self.known else None)


Handler = Callable[[Turn], Awaitable[Reply | None]]
Same = TypeVar("Same", bound=Handler)
Ready = TypeVar("Ready", bound=Callable[[Job], Reply])
Ringer = TypeVar("Ringer", bound=Callable[["Tick"], Awaitable[None]])


@dataclass(frozen=True, slots=True)
class Route:
    """Where a command, its words and a tap lead, and who may go there."""

    handler: Handler
    command: str
    words: tuple[str, ...]
    tap: str
    work: Work
    right: Right | Everyone | None = None
    """For those whose duties give it, who need not take part; None is for all who take part."""
    takes: bool = False
    """Its words may be followed by something, as its command may."""
    words_in_groups: tuple[str, ...] = ()  # words that lead elsewhere in private


@dataclass(frozen=True, slots=True)
class Tick:
    """One bell being worked off, in one write transaction: it all happens, or none of it."""

    slot: datetime
    """The campaign moment at which it was due."""
    now: datetime
    system_now: datetime
    campaign: Campaign
    campaign_id: int
    db: Db
    found: Any = None
    """What the bell's `look` returned."""

    @property
    def today(self) -> date:
        """Return the campaign day of the slot."""
        return self.campaign.day(self.slot)


Look = Callable[["Tick"], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Bell:
    """A moment at which a feature asked to be woken.

    A slot that is met later than `late_max` is skipped and listed; None rings however late.
    `look` reads, in a snapshot and before the bell's transaction, what takes long: it holds up no
    writer.
    """

    name: str
    rhythm: Callable[[Campaign], Rhythm]
    handler: Callable[[Tick], Awaitable[None]]
    late_max: timedelta | None = None
    look: Look | None = None


@dataclass(slots=True)
class Feature:
    """Something a person can do here; one file in handlers/."""

    name: str
    in_menu: bool = False
    """Stands in the main menu; its tap target is then its name."""
    files: frozenset[str] = frozenset()
    """The taps whose open question a file answers, as a text would."""
    routes: list[Route] = field(default_factory=list)
    bells: list[Bell] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    slow: list[Slow] = field(default_factory=list)
    follows: dict[str, Word] = field(default_factory=dict)
    told_groups: dict[str, GroupWord] = field(default_factory=dict)

    def bell(
        self,
        name: str,
        rhythm: Callable[[Campaign], Rhythm],
        *,
        late_max: timedelta | None = None,
        look: Look | None = None,
    ) -> Callable[[Ringer], Ringer]:
        """Register what happens at a moment of the campaign."""

        def register(handler: Ringer) -> Ringer:
            self.bells.append(Bell(f"{self.name}.{name}", rhythm, handler, late_max, look))
            return handler

        return register

    def push(
        self,
        name: str,
        *,
        switch: str,
        urgency: int,
        audience: Audience,
        duty: bool = False,
        allowed: Allowed | None = None,
    ) -> Callable[[Compose], Kind]:
        """Register how a kind of push is worded; `switch` is a kind of campaign data, or none."""

        def register(compose: Compose) -> Kind:
            named = f"{self.name}.{name}"
            kind = Kind(named, switch, urgency, audience, compose, duty=duty, allowed=allowed)
            self.kinds.append(kind)
            return kind

        return register

    def work(
        self, kind: str, *, failed: str, right: Right | None = None, heavy: bool = False
    ) -> Callable[[Ready], Ready]:
        """Register what is said of slow work that is done; `failed` is the key if it is not.

        `heavy` work may take minutes; it holds up no other.
        """

        def register(ready: Ready) -> Ready:
            self.slow.append(Slow(kind, ready, failed, right, heavy))
            return ready

        return register

    def follow(self, name: str) -> Callable[[Word], Word]:
        """Register how a message that is edited in place is worded."""

        def register(word: Word) -> Word:
            self.follows[f"{self.name}.{name}"] = word
            return word

        return register

    def group(self, name: str) -> Callable[[GroupWord], GroupWord]:
        """Register how a kind of message to group chats is worded."""

        def register(word: GroupWord) -> GroupWord:
            self.told_groups[f"{self.name}.{name}"] = word
            return word

        return register

    def on(  # noqa: PLR0913 - all that leads to a handler
        self,
        *,
        command: str = "",
        words: Iterable[str] = (),
        tap: str = "",
        work: Work = Work.READS,
        right: Right | Everyone | None = None,
        takes: bool = False,
        words_in_groups: Iterable[str] = (),
    ) -> Callable[[Same], Same]:
        """Register who answers a command, its words and a tap."""

        def register(handler: Same) -> Same:
            self.routes.append(
                Route(
                    handler, command, tuple(words), tap, work, right, takes, tuple(words_in_groups)
                )
            )
            return handler

        return register
