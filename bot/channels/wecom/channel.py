"""The app on WeCom: how it answers and pushes, within what WeCom lets through."""

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot import messages
from bot.channels.wecom.client import MEMBERS_MAX, Api, Json, Pause, Sent, kind_of
from bot.channels.wecom.fates import MEANING, ApiError, Fate, Flooded, fate
from bot.channels.wecom.hear import Back, Heard, within
from bot.channels.wecom.limits import Limits
from bot.channels.wecom.offers import Offers
from bot.channels.wecom.plan import Plan, planned
from bot.channels.wecom.show import (
    NUMBERED,
    Card,
    File,
    Message,
    Said,
    Shown,
    Words,
    card_of,
    for_group,
    show,
)
from bot.messages import Incoming, NoFile, Receipt, Rendered, Text, normal
from bot.rules.quota import rush

NUMBER_DIGITS_MAX = 3
# So many replies by call at once, and a second; beyond them replies are texts, which cost no call.
CALLS_MAX, CALLS_PER_SECOND = 16, 50
A_REPLY = 3  # messages, at most, as a rule
SPARE = 12  # of a member's minute, left to replies by what is pushed
MANY = 100  # receivers, from which on full and half hours are avoided
DAY_SECONDS_MAX = 3600.0  # what is beyond the day's budget looks again so soon
REASON_LENGTH_MAX = 100
FETCH_SECONDS = 30.0
BUSY = {Fate.BUSY, Fate.NOT_SENT, Fate.UNSURE, Fate.TOKEN, Fate.FLOODED}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the channel waits, in seconds; tests make it short."""

    pause: Pause = asyncio.sleep
    answer: float = 4.0
    """So long after a callback its answer may still hold the reply."""
    close: float = 4.5
    """So long a callback waits for its effect to be durable; WeCom itself waits 5."""
    again: float = 1.0
    """Between tries while the database is away."""
    tries: int = 15
    kept: float = 30.0
    """How long a reply is kept for a callback that comes again."""
    check: float = 60.0
    """Between looks after the app, and while it cannot be reached."""
    soon: float = 5.0
    closing: float = 4.0


@dataclass(frozen=True, slots=True)
class Voice:
    """What the channel calls for: the answer to a message, and its own few words."""

    handle: Callable[[Incoming], Awaitable[Rendered | None]]
    words: Callable[[str], Words]
    """Say the channel's words in a language."""
    menu: Callable[[], Json]
    """Make the app's menu, as the API takes it."""
    unavailable: type[Exception]
    """What `handle` raises while nothing can be stored."""


class WeCom:
    """The app and its way of answering; `Callback` brings what members say."""

    def __init__(
        self, api: Api, voice: Voice, *, limits: Limits, offers: Offers, waits: Waits = Waits()
    ) -> None:
        self.api = api
        self.voice = voice
        self.waits = waits
        self.offers = offers
        self.limits = limits
        self._state = "starting"
        self._calling = 0
        self._called: deque[float] = deque(maxlen=CALLS_PER_SECOND)

    @property
    def state(self) -> str:
        """Return "starting", "up", "away" or "refused: " with the reason."""
        return self._state

    async def run(self) -> None:
        """Publish the menu and look after the app, for ever."""
        async with self.api, asyncio.TaskGroup() as tasks:
            tasks.create_task(self.offers.run())
            tasks.create_task(self.limits.run(self.waits.pause))
            while True:
                await self._check()
                soon = self._state in {"starting", "away"}
                await self.waits.pause(self.waits.soon if soon else self.waits.check)

    async def _check(self) -> None:
        """See that the app may be used, and that its menu is ours."""
        try:
            if self._state == "up":
                await self.api.call("agent/get", agentid=self.api.corp.agent)
            else:
                await self._publish()
        except ApiError as error:
            self._met(error)
        else:
            if self._state == "away":
                log.info("wecom: back")
            self._state = "up"

    async def _publish(self) -> None:
        """Set the app's menu where it differs."""
        agent, wanted = self.api.corp.agent, self.voice.menu()
        try:
            there = await self.api.call("menu/get", agentid=agent)
        except ApiError as error:
            if fate(error) is not Fate.WRONG:  # as the API answers where there is none
                raise
            there = {}
        if _keys(there.get("button")) != _keys(wanted["button"]):
            await self.api.call("menu/create", wanted, agentid=agent)

    def _met(self, error: ApiError) -> None:
        """Note what an error says of the whole channel, and log it once."""
        before = self._state
        if fate(error) is Fate.STOPPED:
            self._state = f"refused: {error}"
            if self._state != before:
                log.error("wecom: the app is refused: %s", error)
        elif fate(error) in BUSY:
            self._state = "away" if before in {"up", "starting", "away"} else before
            if self._state != before:
                log.warning("wecom: away: %s", error)

    async def understood(self, heard: Heard) -> Incoming:
        """Return what was said; a number of the last numbered list is a tap on its entry."""
        incoming = heard.incoming
        if isinstance(incoming.said, Text) and incoming.private:
            number = normal(incoming.said.text)
            if number.isdecimal() and len(number) <= NUMBER_DIGITS_MAX:
                target = await self.offers.find(incoming.sender, int(number))
                return incoming if target is None else within(incoming, target)
        return incoming

    def plan(self, rendered: Rendered, back: Back) -> Plan:
        """Decide how to answer, and note what numbers stand for from now on."""
        calls = self._may_call() and self.limits.allows(back.member, A_REPLY)
        words = self.voice.words(rendered.language)
        if back.group:
            rendered = for_group(rendered, back.group)
        made = planned(rendered, words, pressed=bool(back.pressed), calls=calls)
        self._note(back.member, rendered, made.shown)
        return made

    def _may_call(self) -> bool:
        """Say whether replies may be sent by calls; on a busy morning they stand in the answers."""
        calm = len(self._called) < CALLS_PER_SECOND or time.monotonic() - self._called[0] > 1
        return self._state == "up" and calm and self._calling < CALLS_MAX

    def _note(self, member: str, rendered: Rendered, shown: Shown) -> None:
        """Remember a numbered list, and that an earlier one no longer holds."""
        if rendered.buttons or any(map(NUMBERED.match, rendered.text.splitlines())):
            self.offers.put(member, shown.offered)

    async def say(self, member: str, sends: Sequence[Message]) -> None:
        """Send a reply, best effort: never again on doubt."""
        self._calling += 1
        try:
            for message in sends:
                self._called.append(time.monotonic())
                self.limits.take([member], reply=True)
                await self._sent(message, [member])
        except ApiError as error:
            self._met(error)
            level = logging.INFO if fate(error) is Fate.GONE else logging.WARNING
            log.log(level, "wecom: a reply was dropped: %s", error)
        finally:
            self._calling -= 1

    async def say_late(self, plan: Plan, back: Back) -> None:
        """Say by calls what the answer to the callback can no longer hold."""
        match plan.passive:
            case Card() as card:
                await self._change(card, back)
                await self.say(back.member, plan.sends)
            case Said() as said:
                await self.say(back.member, (said, *plan.sends))
            case None:
                await self.say(back.member, plan.sends)

    async def _change(self, card: Card, back: Back) -> None:
        """Change a pressed card afterwards; its code serves once."""
        made: Json = {"userids": [back.member], "agentid": self.api.corp.agent}
        made["response_code"] = back.pressed
        look: Json = {"button": {"replace_name": card.done}}
        if card.text:
            look = {"template_card": card_of(card)}
        try:
            await self.api.call("message/update_template_card", made | look)
        except ApiError as error:
            log.warning("wecom: a card stays as it was: %s", error)

    async def _sent(
        self, message: Message, members: Sequence[str], *, surely: bool = False
    ) -> Sent:
        match message:
            case Said(text):
                content: Json = {"msgtype": "text", "text": {"content": text}}
            case Card():
                task = {"task_id": secrets.token_hex(16)}
                content = {"msgtype": "template_card", "template_card": card_of(message) | task}
            case File():
                return await self._sent_file(message, members, surely=surely)
        return await self.api.send(content, members, surely=surely)

    async def _sent_file(self, file: File, members: Sequence[str], *, surely: bool) -> Sent:
        kind = kind_of(file.document)
        for anew in (False, True):
            ref = await self.api.upload(file.document, kind, anew=anew)
            content: Json = {"msgtype": kind, kind: {"media_id": ref}}
            try:
                return await self.api.send(content, members, surely=surely)
            except ApiError as error:
                if anew or fate(error) is not Fate.MEDIA:
                    raise
        raise AssertionError("the last try returns or raises")

    async def fetch(self, ref: str) -> bytes:
        """Fetch a picture that a member sent.

        Raises:
            NoFile: it is gone after three days, or WeCom cannot be reached just now.

        """
        try:
            return await self.api.download(ref)
        except ApiError as error:
            seconds = FETCH_SECONDS if fate(error) in BUSY else 0.0
            raise NoFile("files.gone", seconds=seconds) from None

    async def push(self, member: str, rendered: Rendered) -> None:
        """Send something to a member who has not just spoken, best effort."""
        shown = show(rendered, self.voice.words(rendered.language))
        self._note(member, rendered, shown)
        await self.say(member, shown.messages)

    async def send_all(self, members: Sequence[str], rendered: Rendered) -> list[Receipt]:
        """Send one thing to many who have not just spoken, and say for each what became of it.

        A member counts by the first message: once that stands there, nothing is sent again.
        """
        shown = show(rendered, self.voice.words(rendered.language))
        if not shown.messages:
            return [Receipt(messages.Fate.FAILED, reason="nothing to say")] * len(members)
        receipts = self._held_back(members, len(shown.messages))
        going = [member for member in members if member not in receipts]
        for start in range(0, len(going), MEMBERS_MAX):
            some = going[start : start + MEMBERS_MAX]
            receipts |= dict(zip(some, await self._send_some(some, shown), strict=True))
        return [receipts[member] for member in members]

    def room(self, rendered: Rendered, day: date) -> int | None:
        """Return to how many members something can still be said on a day; None is no limit."""
        left = self.limits.budget.left(day)
        if left is None:
            return None
        words = self.voice.words(rendered.language)
        return left // max(1, len(show(rendered, words).messages))

    def _held_back(self, members: Sequence[str], count: int) -> dict[str, Receipt]:
        """Say who is to be sent something later: WeCom would drop it today, or just now."""
        quota, now = self.limits.quota, self.limits.now()
        if len(members) >= MANY and (seconds := rush(now)):
            return dict.fromkeys(members, _later("everybody sends now", seconds))
        held = {}
        for member in members:
            if seconds := quota.wait(member, count, spare=SPARE):
                held[member] = _later("the member's quota", seconds)
        going = [member for member in members if member not in held]
        missing = self.limits.budget.missing(len(going) * count, now.date())
        beyond = -(-missing // max(count, 1))
        for member in going[len(going) - beyond :]:
            held[member] = _later(f"the day's budget: {missing} missing", DAY_SECONDS_MAX)
        return held

    async def _send_some(self, members: Sequence[str], shown: Shown) -> list[Receipt]:
        first, *more = shown.messages
        self.limits.take(members)
        try:
            sent = await self._sent(first, members, surely=True)
        except ApiError as error:
            self._met(error)
            seconds = error.seconds if isinstance(error, Flooded) else 0.0
            reason = str(error)[:REASON_LENGTH_MAX]
            return [Receipt(MEANING[fate(error)], reason=reason, seconds=seconds)] * len(members)
        reached = [member for member in members if member not in sent.gone]
        for member in reached:
            if shown.offered:
                self.offers.put(member, shown.offered)
        await self._go_on(reached, more)
        gone = Receipt(messages.Fate.GONE, reason="the app does not reach this member")
        there = Receipt(messages.Fate.SENT, ref=sent.ref[:64] or "sent")
        return [gone if member in sent.gone else there for member in members]

    async def _go_on(self, members: Sequence[str], sends: Sequence[Message]) -> None:
        """Send what follows the first message, best effort."""
        if not members:
            return
        try:
            for message in sends:
                self.limits.take(members)
                await self._sent(message, members, surely=True)
        except ApiError as error:
            log.warning("wecom: a push lacks its end: %s", error)


def _later(reason: str, seconds: float) -> Receipt:
    return Receipt(messages.Fate.LATER, reason=reason, seconds=seconds)


def _keys(buttons: object) -> list[object]:
    """Return what tells one menu from another."""
    return list(_lines(buttons)) if isinstance(buttons, list) else []


def _lines(buttons: Sequence[Json]) -> Iterator[object]:
    for button in buttons:
        yield button.get("name"), button.get("key")
        yield from _lines(button.get("sub_button") or [])
