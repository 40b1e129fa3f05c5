"""The web chat: frames of a WebSocket in, frames out, and what each person was told of late.

In:  `{"person", "text" or "tap", "id"?, "lang"?, "label"?}`; `id` is the page's own name of the
message, `label` the words on the pressed button. A file comes before, by POST, and is named by
`{"file", "name", "size"}`.
Out: `{"id", "text", "buttons": [[{"label", "tap", "url"}]], "picture", "document"}` and beside
these `person`, `reply_to` (the page's id), `said` (what this answers), `rich` (runs of
`[text, bold]`), `picture_alt` (what the picture shows), `picture_sides` (its width and height in
dots, where known), `replaces`, `files` (a file is asked for), `before` (a message of its own above
this one), `live` (this takes the place of an earlier frame of that name), and at times `retry`
(send the same again) or `silent` (no answer).
"""

import html
import itertools
import logging
import re
import secrets
from asyncio import Lock
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakValueDictionary

import orjson

from bot.messages import (
    TAG,
    Command,
    File,
    Incoming,
    Rendered,
    Tap,
    Text,
    Traits,
    clean,
    plain,
    read,
)
from bot.rules import photos

NAME = "web"
TRAITS = Traits(abroad=False)
LANGUAGES = frozenset({"zh_CN", "en"})
VISITOR = "visitor"
PERSON = re.compile(r"[A-Za-z0-9_-]{1,32}")
RAW_BYTES_MAX = 16 * 1024
ID_LENGTH_MAX = 64
TAP_LENGTH_MAX = 256
FILE_REF = re.compile(r"[A-Za-z0-9_-]{16,64}")
NAME_LENGTH_MAX = 200
SIZE_MAX = 1 << 31
FRAMES_MAX = 100
PERSONS_MAX = 10_000
KEPT_BYTES_MAX = 64 * 1024 * 1024

Frame = dict[str, Any]
Deliver = Callable[[Frame], None]

log = logging.getLogger(__name__)


class Malformed(Exception):  # noqa: N818 - it names the frame
    """A frame cannot be understood; `key` names the sentence that says so."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def unpack(raw: str | bytes) -> Frame:
    """Return a frame as the page sent it.

    Raises:
        Malformed: too long, not JSON, or not an object.

    """
    if len(raw if isinstance(raw, bytes) else raw.encode(errors="replace")) > RAW_BYTES_MAX:
        raise Malformed("web.too_long")
    try:
        frame = orjson.loads(raw)
    except ValueError:
        raise Malformed("web.malformed") from None
    if not isinstance(frame, dict):
        raise Malformed("web.malformed")
    return frame


def named(frame: Frame, otherwise: str) -> str:
    """Return the person a frame of the demo speaks for.

    Raises:
        Malformed: the name is not 1 to 32 letters, digits, hyphens and underscores.

    """
    person = frame.get("person", otherwise)
    if not isinstance(person, str) or PERSON.fullmatch(person) is None:
        raise Malformed("web.person")
    return person


def language(frame: Frame) -> str | None:
    """Return the language a frame asks for, None when it names none of ours."""
    asked = frame.get("lang")
    return asked if isinstance(asked, str) and asked in LANGUAGES else None


def _own_id(frame: Frame) -> str | None:
    own = frame.get("id")
    return own if isinstance(own, str) and 0 < len(own) <= ID_LENGTH_MAX else None


def hear(frame: Frame, person: str, fresh: str = "") -> Incoming | None:
    """Return what a person said in a frame, or None if it says nothing or has wrong types.

    `fresh` names the message when the page has not.
    """
    said, own = _said(frame), _own_id(frame)
    if said is None or (own is None and frame.get("id") is not None):
        return None
    return Incoming(
        channel=NAME,
        sender=person,
        said=said,
        update=clean(f"{person}:{own or fresh}"),
        language=language(frame),
        traits=TRAITS,
    )


def understood(frame: Frame, person: str) -> Incoming:
    """Return what a person said in a frame; a message without a name gets a new one.

    Raises:
        Malformed: it says nothing or has wrong types.

    """
    incoming = hear(frame, person, secrets.token_hex(16))
    if incoming is None:
        raise Malformed("web.malformed")
    return incoming


def _said(frame: Frame) -> Command | Text | Tap | File | None:
    text, tap = frame.get("text"), frame.get("tap")
    if frame.get("file") is not None:
        return _file(frame) if text is None and tap is None else None
    if isinstance(text, str) and tap is None:
        said = read(text)
        return None if said == Text("") else said
    if isinstance(tap, str) and text is None and 0 < len(tap) <= TAP_LENGTH_MAX:
        return Tap(clean(tap))
    return None


def _file(frame: Frame) -> File | None:
    ref, name, size = frame["file"], frame.get("name", ""), frame.get("size", 0)
    if not isinstance(ref, str) or FILE_REF.fullmatch(ref) is None:
        return None
    if not isinstance(name, str) or type(size) is not int or not 0 <= size < SIZE_MAX:
        return None
    return File(clean(name)[:NAME_LENGTH_MAX], size, ref)


def runs(rich: str) -> list[tuple[str, bool]]:
    """Return rich text as runs of plain text, each bold or not."""
    found: list[tuple[str, bool]] = []
    bold, start = False, 0
    for tag in TAG.finditer(rich):
        found.append((html.unescape(rich[start : tag.start()]), bold))
        bold, start = tag.group() == "<b>", tag.end()
    found.append((html.unescape(rich[start:]), bold))
    return [run for run in found if run[0]]


def show(rendered: Rendered) -> Frame:
    """Return a reply as a frame that has no number yet."""
    document = rendered.document
    address = document and f"/files/{document.token}"
    shown = document is not None and document.is_picture
    more: Frame = {}
    if document is not None and shown:
        more["picture_alt"] = plain(rendered.text).partition("\n")[0]
        more["picture_sides"] = photos.sides(document.content)
    if rendered.files:
        more["files"] = True
    return {
        "text": plain(rendered.text),
        "rich": runs(rendered.text),
        "buttons": [
            [{"label": each.label, "tap": each.tap, "url": each.url} for each in row]
            for row in rendered.buttons
        ],
        "picture": address if shown else None,
        "document": None if shown else address,
        "document_name": document and document.name,
        "replaces": rendered.replaces,
        "before": rendered.before and show(rendered.before),
    } | more


@dataclass(frozen=True, slots=True)
class Kept:
    """A frame that was sent, packed, with what it answered."""

    id: int
    answers: tuple[str, str]
    """The page's id and what was said under it; empty for a push."""
    packed: bytes
    live: str = ""


class Memory:
    """The last frames sent to each person; the person longest silent is forgotten first."""

    def __init__(self) -> None:
        self._persons: OrderedDict[str, deque[Kept]] = OrderedDict()
        self._bytes = 0

    def keep(self, person: str, frame: Frame) -> None:
        """Remember a numbered frame."""
        answers = (frame.get("reply_to") or "", frame.get("said") or "")
        kept = Kept(frame["id"], answers, orjson.dumps(frame), frame.get("live") or "")
        frames = self._persons.setdefault(person, deque())
        if kept.live:
            self._forget(frames, kept.live)
        self._persons.move_to_end(person)
        frames.append(kept)
        self._bytes += len(kept.packed)
        if len(frames) > FRAMES_MAX:
            self._bytes -= len(frames.popleft().packed)
        while len(self._persons) > PERSONS_MAX or self._bytes > KEPT_BYTES_MAX:
            _, forgotten = self._persons.popitem(last=False)
            self._bytes -= sum(len(each.packed) for each in forgotten)

    def _forget(self, frames: deque[Kept], live: str) -> None:
        """Drop what a newer version takes the place of."""
        for each in [each for each in frames if each.live == live]:
            frames.remove(each)
            self._bytes -= len(each.packed)

    def since(self, person: str, after: int) -> list[Frame]:
        """Return the remembered frames with a number above this one, oldest first."""
        frames = self._persons.get(person, ())
        return [orjson.loads(each.packed) for each in frames if each.id > after]

    def answer(self, person: str, own: str, said: str) -> Frame | None:
        """Return the frame that answered the same message before."""
        for each in reversed(self._persons.get(person, ())):
            if each.answers == (own, said):
                return orjson.loads(each.packed)  # type: ignore[no-any-return]
        return None


@dataclass(frozen=True, slots=True)
class Voice:
    """What the channel calls for: the answer to a message, and its own few sentences."""

    handle: Callable[[Incoming], Awaitable[Rendered | None]]
    """Answer a message; None keeps silent."""
    refuse: Callable[[str, str, str | None], Rendered | None]
    """Tell a person by key (`web.malformed`, `web.too_long`, `web.person`), in a language if one is
    known, that a frame was not understood; None keeps silent."""
    excuse: Callable[[str | None], Rendered]
    """Say that the message could not be handled just now and is tried again."""
    unavailable: type[Exception] = ConnectionError
    """What `handle` raises while the database is away; it needs no trace."""


class Inbox(Protocol):
    """Keeps the files people send."""

    async def allows(self, person: str) -> bool:
        """Say whether somebody may send files."""

    async def keep(self, person: str, name: str, content: bytes) -> str:
        """Keep a file and return what it is named by."""


@dataclass(slots=True)
class WebChannel:
    """The web chat's channel: one frame in, one frame out, and pushes to open pages."""

    voice: Voice
    demo: bool
    """In the demo a frame names its person; otherwise whoever opened the socket speaks."""
    base: int
    """The first frame's number; a later process needs a larger one (milliseconds since 1970)."""
    inbox: Inbox | None = None
    _memory: Memory = field(default_factory=Memory)
    _open: dict[str, dict[Deliver, None]] = field(default_factory=dict)
    _turns: WeakValueDictionary[str, Lock] = field(default_factory=WeakValueDictionary)
    _numbers: "itertools.count[int]" = field(init=False)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(self.base)

    def person(self, asked: str | None) -> str:
        """Return the person a socket of the demo stands for, by default the visitor."""
        return asked if asked and PERSON.fullmatch(asked) else VISITOR

    def join(self, person: str, deliver: Deliver) -> None:
        """Show a person's frames on one more open page, through a callable that never waits."""
        self._open.setdefault(person, {})[deliver] = None

    def leave(self, person: str, deliver: Deliver) -> None:
        """Forget an open page."""
        pages = self._open.get(person, {})
        pages.pop(deliver, None)
        if not pages:
            self._open.pop(person, None)

    def missed(self, person: str, after: int) -> list[Frame]:
        """Return what was sent to a person after a frame, oldest first."""
        return self._memory.since(person, after)

    def push(self, person: str, frame: Frame) -> int:
        """Send a shown reply to all open pages of a person and return how many there are.

        It is remembered in any case, for the page that comes back.
        """
        return self._publish(person, self._numbered(person, frame))

    async def hear(
        self, raw: str | bytes, person: str, mine: Deliver | None = None
    ) -> Frame | None:
        """Answer one frame that came from the page behind `mine`; other pages are told, too."""
        frame: Frame = {}
        try:
            frame = unpack(raw)
            if self.demo:
                person = named(frame, person)
            incoming = understood(frame, person)
        except Malformed as fault:
            told, own = self.voice.refuse(person, fault.key, language(frame)), _own_id(frame)
            if told is None:
                return _silence(person, own)
            return self._numbered(person, show(told), reply_to=own)
        # A message that is sent again while it is being answered waits for that answer.
        turn = self._turns.setdefault(incoming.update, Lock())
        async with turn:
            return await self._turn(incoming, frame, mine)

    async def _turn(self, incoming: Incoming, frame: Frame, mine: Deliver | None) -> Frame | None:
        person, own, said = incoming.sender, _own_id(frame), _words(frame)
        if own and (known := self._memory.answer(person, own, said)):
            return known
        try:
            rendered = await self.voice.handle(incoming)
        except Exception as error:  # the page tries again; a fault must not close its socket
            if not isinstance(error, self.voice.unavailable):
                log.exception("a message from the web chat was not handled")
            excuse = show(self.voice.excuse(incoming.language))
            return self._numbered(person, excuse, reply_to=own, retry=True)
        if rendered is None:
            return _silence(person, own)
        answer = self._numbered(person, show(rendered), reply_to=own, said=said)
        self._publish(person, answer, but=mine)
        return answer

    def _numbered(self, person: str, frame: Frame, **more: Any) -> Frame:
        return {"id": next(self._numbers), "person": person, "reply_to": None, **frame, **more}

    def _publish(self, person: str, frame: Frame, but: Deliver | None = None) -> int:
        self._memory.keep(person, frame)
        pages = [deliver for deliver in self._open.get(person, {}) if deliver != but]
        for deliver in pages:
            deliver(frame)
        return len(pages)


def _silence(person: str, own: str | None) -> Frame | None:
    """Return a receipt without an answer, for a page that named its message."""
    return {"person": person, "reply_to": own, "silent": True} if own else None


def _words(frame: Frame) -> str:
    """Return what another page of the same person shows as said: the text, or the label."""
    if isinstance(frame.get("text"), str):
        return clean(frame["text"]).strip()
    label = frame.get("label") or frame.get("name")
    if isinstance(label, str) and label:
        return clean(label)[:TAP_LENGTH_MAX]
    said = frame.get("tap") or frame.get("file")
    return str(said)
