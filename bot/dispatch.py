"""One Incoming in, one Rendered out: who? which feature? allowed? run, commit, render."""

import logging
import secrets
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from bot import messages
from bot.campaign import Campaign
from bot.clock import Clock, RehearsalClock
from bot.feature import EVERYONE, IN_CHARGE, KNOWN, Feature, Route, Turn, Work, button, rows, say
from bot.flood import Flood, Verdict
from bot.i18n import Texts
from bot.messages import (
    Command,
    File,
    Incoming,
    Moved,
    Other,
    Presence,
    Refusal,
    Rendered,
    Reply,
    Tap,
    Text,
    normal,
)
from bot.metrics import Metrics, Timed
from bot.operations import gathering, introducing
from bot.routing import Words
from bot.rules import calendar, rights
from bot.rules.rights import Duty, Right, Role
from bot.slow import Files
from bot.standings import Standings
from bot.till import Till, Unregistered
from storage import accounts, citizens, dialogs, failures, handled, roles
from storage.citizens import Account
from storage.db import Conflict, Database, Db, Unavailable
from storage.failures import Failure

log = logging.getLogger(__name__)

CONFLICT_TRIES_MAX = 3
TRIES_MAX = 3
CARRIED = "@"  # stands in buttons that say whose they are, where several read on one account
GREETING = "start.greet"  # where whoever does not take part yet is led
MENU_WIDE = 2
SPOKEN_MAX = 20_000
UNEXPECTED = "errors.unexpected"
LOST = "help.lost"  # where whatever is not understood is led
FILED = {Right.IMPORT: "imports.file", Right.REPORTS: "filing"}  # unasked: the first that may be


@dataclass(frozen=True, slots=True)
class Place:
    """What a dispatcher needs to know of where it runs."""

    campaign: Campaign
    campaign_id: int
    clock: Clock
    secret: bytes
    owners: frozenset[tuple[str, str]]
    metrics: Metrics = field(default_factory=Metrics)
    links: Callable[[str], Sequence[str]] = lambda _start: ()
    """Gives the addresses that lead here with a start parameter."""
    speed: float = 0.0  # people a second that can be told something, 0 for no limit
    introduce: introducing.Ask = introducing.nobody_knows
    page: Callable[[int, int], str] = lambda _citizen, _item: ""
    """Gives the address of a citizen's page about an item."""
    room: Callable[[Reply, date], Mapping[str, int]] = lambda _reply, _day: {}
    scanned: Callable[[str], str] = str  # what the picture of a voucher's code holds


class Dispatcher:
    """Answers incoming messages with the features it was given."""

    def __init__(
        self,
        features: Sequence[Feature],
        place: Place,
        *,
        database: Database,
        till: Till,
        texts: Texts,
        flood: Flood,
    ) -> None:
        self._place = place
        self._database = database
        self._till = till
        self._standings = Standings(place.campaign_id, place.clock)
        self._texts = texts
        self.flood = flood
        self._spoken: dict[Account, str | None] = {}
        routes = [route for feature in features for route in feature.routes]
        self._commands = {route.command: route for route in routes if route.command}
        self._taps = {route.tap: route for route in routes if route.tap}
        self._menu = rows(
            (button(feature.name) for feature in features if feature.in_menu), wide=MENU_WIDE
        )
        self._greeting, self._lost = self._taps[GREETING], self._taps[LOST]
        self._filed = {right: self._taps[tap] for right, tap in FILED.items()}
        self.asking = frozenset(tap for feature in features for tap in feature.files)
        """The taps whose open question a file answers."""
        slow = (slow for feature in features for slow in feature.slow)
        self.files = Files(slow, database, clock=place.clock, secret=place.secret)
        self.files.scanned = place.scanned
        self._words = Words(routes, texts.everywhere)

    async def handle(self, incoming: Incoming) -> Rendered | None:
        """Answer one incoming message, or stay silent. Returning commits; raising rolls back.

        Raises:
            Unavailable: the database is away; the platform may try again.

        """
        with self._place.metrics.turn(incoming.channel) as timed:
            return await self._handled(self._turn(incoming), timed)

    async def _handled(self, turn: Turn, timed: Timed) -> Rendered | None:
        incoming = turn.incoming
        if isinstance(incoming.said, Presence | Moved):
            await self._note(turn)
            timed.outcome = "noted"
            return None
        who = (incoming.channel, incoming.sender)
        match self.flood.judge(who, turn.system_now.timestamp()):
            case Verdict.SILENCE:
                timed.outcome = "flooded"
                return None
            case Verdict.NOTICE:
                timed.outcome = "flooded"
                return self._texts.render(say("errors.flood"), incoming.language)
            case Verdict.ANSWER:
                return await self._answer(turn, timed)

    async def _answer(self, turn: Turn, timed: Timed) -> Rendered | None:
        outcome = "answered"
        try:
            reply = await self._tried(turn)
        except Refusal as refusal:
            outcome, reply = "refused", Reply(refusal.key, refusal.params, menu=True)
        if reply is None:
            timed.outcome = "silent"
            return None
        if reply.suggests:
            reply = await introducing.suggest(turn, reply, self._place.introduce)
        if reply.is_personal and not turn.incoming.private:
            reply = say("errors.in_private")  # a file is only for whoever asked for it
        timed.outcome = "failed" if reply.key == UNEXPECTED else outcome
        if reply.menu:
            reply = replace(reply, buttons=reply.buttons + self._menu)
        rendered = self._texts.render(reply, self._language(turn, reply))
        return await self.files.add(turn.account, reply, rendered)

    async def _tried(self, turn: Turn) -> Reply | None:
        """Run a turn; one that fails is tried three times in all, then its sender is told.

        The tries are counted in the database, so that a message which comes again after a crash
        or from the platform is not tried for ever.
        """
        while True:
            try:
                return await self._run(turn)
            except (Refusal, Unavailable):
                raise
            except Exception as error:  # noqa: BLE001 - `_failed` logs it with its trace
                met = await self._failed(turn, error)
                if met.tries >= TRIES_MAX:
                    return say(UNEXPECTED, reference=met.reference)

    async def _failed(self, turn: Turn, error: Exception) -> Failure:
        channel, last = turn.incoming.channel, traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} in {last.name} ({Path(last.filename).name}:{last.lineno})"
        failure = Failure(secrets.token_hex(3).upper(), channel, place, 1, turn.system_now)
        async with self._database.transaction() as db:
            met = await failures.count(db, turn.cause, failure)
        log.error(
            "reference %s: a turn failed, %s, try %s", *(met.reference, channel, met.tries),
            exc_info=error,
        )  # fmt: skip
        return met

    async def _note(self, turn: Turn) -> None:
        """Note what a channel tells of a person or a group, who say nothing themselves."""
        async with self._database.transaction() as db:
            await gathering.note(db, turn.incoming, at=turn.system_now)

    async def reaches(self, account: Account) -> bool:
        """Say whether something sent to an account can arrive, as far as its channel has told."""
        async with self._database.reading() as db:
            person = await citizens.find(db, account)
        return person is not None and person.reachable

    async def render(self, account: Account, reply: Reply) -> Rendered:
        """Say something to an account that has not just spoken, in its language."""
        async with self._database.reading() as db:
            person = await citizens.find(db, account)
        language = reply.language or (None if person is None else person.language)
        return await self.files.add(account, reply, self._texts.render(reply, language))

    def worded(self, reply: Reply, language: str | None) -> Rendered:
        """Put something that is pushed into words; the menu stands below if it asks for it."""
        if reply.menu:
            reply = replace(reply, buttons=reply.buttons + self._menu)
        return self._texts.render(reply, language)

    def _language(self, turn: Turn, reply: Reply) -> str | None:
        """Return the language to answer in: the chosen one if it is known, else the client's."""
        return reply.language or self._spoken.get(turn.account) or turn.incoming.language

    def excuse(self, language: str | None) -> Rendered:
        """Return what a person is told while the database is away, or stores nothing more."""
        key = "errors.refused" if self._database.refuses else "errors.unavailable"
        return self._texts.render(say(key), language)

    def commands(self, language: str) -> list[tuple[str, str]]:
        """Return the slash commands citizens see on a channel, each with its name in a language."""
        shown = (route for route in self._commands.values() if not isinstance(route.right, Right))
        return [(r.command, self._texts.plain(f"commands.{r.command}", language)) for r in shown]

    def _turn(self, incoming: Incoming) -> Turn:
        clock = self._place.clock
        now = clock.now()
        acted_at = calendar.acted_at(incoming.stamped, now)
        return Turn(
            incoming=incoming,
            argument="",
            now=now,
            acted_at=acted_at,
            today=self._place.campaign.day(acted_at),
            system_now=clock.system(),
            campaign=self._place.campaign,
            campaign_id=self._place.campaign_id,
            till=self._till,
            standings=self._standings,
            secret=self._place.secret,
            rehearsal=clock if isinstance(clock, RehearsalClock) else None,
            looking=self._database.reading,
            noting=self._database.transaction,
            said=self._texts.everywhere,
            links=self._place.links,
            page=self._place.page,
            speed=self._place.speed,
            room=self._place.room,
        )

    def _find(self, incoming: Incoming) -> tuple[Route, str]:
        """Find the route of what was said, and the argument that came with it."""
        match incoming.said:
            case Tap(target):
                head, _, argument = target.partition(":")
                return self._taps.get(head, self._lost), argument
            case Command(name, rest):
                return self._commands.get(name, self._lost), rest
            case Text(text):
                route, argument = self._words.find(text, private=incoming.private)
                return route or self._lost, argument
            case File():
                return self._lost, ""
            case Other(kind):
                return self._lost, kind
            case Presence() | Moved():  # no words: `handle` has noted it
                return self._lost, ""

    async def _follow(self, turn: Turn) -> tuple[Route, str]:
        """Find what a bare number, text or file answers: the last list, or the open question."""
        said, lost = turn.incoming.said, (self._lost, turn.argument)
        if not isinstance(said, Text | File):
            return lost
        is_filed = isinstance(said, File) and turn.incoming.private
        filed = (self._filed[Right.IMPORT], "") if is_filed else lost
        async with self._database.reading() as db:
            person = await citizens.find(db, turn.account)
            if person is None:
                return filed
            open_now = await dialogs.open_for(db, person.citizen, turn.system_now)
        question, _, about = (open_now.question or "").partition(":")
        asked = self._taps.get(question, self._lost)
        if isinstance(said, File):
            return (asked, about) if asked.tap in self.asking else filed
        number = normal(said.text)
        if number.isdecimal() and 0 < int(number[:4]) <= len(open_now.listed):
            head, _, argument = open_now.listed[int(number[:4]) - 1].partition(":")
            return self._taps.get(head, self._lost), argument
        if asked is self._lost:
            return lost
        return asked, f"{about}:{said.text}" if about else said.text

    async def _run(self, turn: Turn) -> Reply | None:
        route, argument = self._find(turn.incoming)
        if route is self._lost:
            route, argument = await self._follow(replace(turn, argument=argument))
        turn = replace(turn, argument=argument) if argument != turn.argument else turn
        match route.work:
            case Work.PAYS:
                return await self._pay(turn, route)
            case Work.READS:
                async with self._database.reading() as db:
                    turn = await self._known(db, turn, route)
                    if self._gate(turn, route) is route:
                        return _about(turn, await route.handler(turn))
                return await self._write(turn, self._greeting)
            case Work.WRITES:
                return await self._write(turn, route)

    async def _pay(self, turn: Turn, route: Route) -> Reply | None:
        """Run a paying turn; who it is is looked up for guarded ones and a reader's buttons."""
        if isinstance(route.right, Right) or CARRIED in turn.argument:
            async with self._database.reading() as db:
                turn = await self._known(db, turn, route)
            turn = replace(turn, opened=None)
            if self._gate(turn, route) is not route:
                return await self._write(turn, self._greeting)
        try:
            return await route.handler(turn)
        except Unregistered:
            return await self._write(turn, self._greeting)

    async def _write(self, turn: Turn, route: Route) -> Reply | None:
        """Run a writing turn once, whatever the platform repeats."""
        for _ in range(CONFLICT_TRIES_MAX - 1):
            try:
                return await self._write_once(turn, route)
            except Conflict:  # somebody wrote the same at the same moment: look again
                log.info("a turn met another, %s", turn.incoming.channel)
        return await self._write_once(turn, route)

    async def _write_once(self, turn: Turn, route: Route) -> Reply | None:
        cause = turn.cause
        async with self._database.transaction() as db:
            if (kept := await handled.reply(db, cause)) is not None:
                return messages.load(kept)
            turn = await self._known(db, turn, route)
            if turn.known is not None and turn.known.elsewhere:
                await accounts.note_use(db, turn.account, at=turn.system_now)
            reply = _about(turn, await self._gate(turn, route).handler(turn))
            if reply is not None:
                kept = messages.dump(reply)
                known = None if turn.known is None else turn.known.citizen
                await handled.add(db, cause, kept, citizen=known, at=turn.system_now)
            return reply

    def _remember_language(self, account: Account, language: str | None) -> None:
        """Keep the language for answers that look nobody up; it decides nothing else."""
        self._spoken.pop(account, None)
        self._spoken[account] = language
        if len(self._spoken) > SPOKEN_MAX:
            del self._spoken[next(iter(self._spoken))]

    async def _known(self, db: Db, turn: Turn, route: Route) -> Turn:
        """Look up who speaks and, for a guarded route, what they are in charge of."""
        duties: tuple[Duty, ...] = ()
        person = await citizens.find(db, turn.account)
        guarded = isinstance(route.right, Right)
        named = guarded and turn.account in self._place.owners
        named = named and (person is None or person.holder is None)  # not for whom they hold
        if person is None and named and route.work is Work.WRITES:  # an owner who was erased
            person = await citizens.add(db, turn.account, at=turn.now)
        if person is not None:
            self._remember_language(turn.account, person.language)
        if person is not None and (guarded or not person.registered):
            duties = await roles.duties(db, turn.campaign_id, person.citizen)
            owner = Duty(Role.OWNER)
            duties = (owner, *duties) if named and owner not in duties else duties
        return replace(turn, known=person, duties=duties, opened=db)

    def _gate(self, turn: Turn, route: Route) -> Route:
        """Return the route if this person may use it, or first contact for who is new.

        Raises:
            Refusal: the person is known and is not in charge of this, or is not alone with us.

        """
        if route in self._filed.values() and isinstance(turn.incoming.said, File):
            route = rights.first(turn.duties, self._filed) or route
        guard = route.right
        if guard is EVERYONE or (guard is KNOWN and turn.known is not None):
            return route
        if isinstance(guard, Right) and rights.reach(turn.duties, guard):
            if guard not in rights.IN_GROUPS and not turn.incoming.private:
                raise Refusal("errors.in_private")  # what they see is not for the whole group
            return route
        registered = turn.known is not None and turn.known.registered
        if route in self._filed.values() and registered:
            return self._lost  # their files are nothing we asked for
        if isinstance(guard, Right) and (registered or turn.duties):
            raise Refusal("errors.not_allowed")
        if registered or (turn.duties and (route is self._lost or guard is IN_CHARGE)):
            return route
        return self._greeting


def _about(turn: Turn, reply: Reply | None) -> Reply | None:
    """Say whom a reply is about, where several people read on one account; not to a group."""
    called = turn.known.called if turn.known and turn.incoming.private else ""
    return reply if reply is None or reply.reader or not called else replace(reply, reader=called)
