"""Channel-neutral types: what came in, what goes out.

Rendered text is *rich*: HTML-escaped, with `<b>` as its only tag. Values are escaped where a
sentence is filled in (`bot/i18n.py`), so no channel can forget to. A channel without formatting
uses `plain()`.
"""

import html
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from typing import Any

TEXT_LENGTH_MAX = 4096
COMMAND = re.compile(r"/(?P<name>[a-z0-9_]{1,32})(?:@(?P<bot>\w+))?(?:\s+(?P<rest>.*))?", re.DOTALL)
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
TAG = re.compile(r"</?b>")
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Traits:
    """What a channel is able to do, declared by the channel; features ask for these only."""

    abroad: bool = False
    """Its servers stand outside the country, so people under 14 are not served there."""
    resends: bool = False
    """A picture that somebody sent can be sent again by its name."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a channel knows of somebody: to be suggested, never to be taken as said."""

    name: str = ""
    units: tuple[str, ...] = ()
    """What the departments there are called, the nearest first."""


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command: its name, the bot it was addressed to, and what followed."""

    name: str
    rest: str = ""
    bot: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Anything else that was written."""

    text: str


@dataclass(frozen=True, slots=True)
class Tap:
    """A pressed button; what stands behind the first colon is for the handler."""

    target: str


@dataclass(frozen=True, slots=True)
class File:
    """A file or a picture that was sent; its channel knows it by `ref`, and has its content.

    Name and size are what the sender's program says of it.
    """

    name: str
    size: int
    ref: str
    caption: str = ""
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """Something the bot has no use for: a sticker, a voice message, an edited message."""

    kind: str


@dataclass(frozen=True, slots=True)
class Presence:
    """Not words, but news: the person blocked the bot on this channel, or takes it back.

    Of a group it is told when the bot was removed there, or came in.
    """

    reachable: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """The group this comes from lives on under another number."""

    to: str


Said = Command | Text | Tap | File | Other | Presence | Moved


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message from one person on one channel."""

    channel: str
    sender: str
    said: Said
    update: str
    """Names this message on its channel; the same again when the platform tries again."""
    stamped: datetime | None = None
    """The platform's own time of the message, when it has one that means the act."""
    language: str | None = None
    """The language the person's client speaks, as one of ours; None when it does not say."""
    private: bool = True
    traits: Traits = Traits()
    group: str = ""
    """The group chat it was said in, by its number on the channel."""
    title: str = ""
    """What that group is called."""

    @property
    def cause(self) -> str:
        """Name this message among all channels' messages."""
        return f"{self.channel}:{self.update}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence by key, said later in the receiver's language."""

    key: str
    params: Mapping[str, "Param"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """A name from campaign data, in both languages; the receiver's is chosen when it is said."""

    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Phrases, one below the other."""

    phrases: tuple[Phrase, ...]


Param = str | int | date | datetime | Phrase | Named | Lines


@dataclass(frozen=True, slots=True)
class Button:
    """A button leads to a tap target, or to an address."""

    label: Phrase | Named | str
    target: str = ""
    url: str = ""


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler says: a key and its parameters, not text."""

    key: str
    params: Mapping[str, Param] = field(default_factory=dict)
    buttons: Rows = ()
    replaces: bool = False
    """Where the channel can, the tapped message becomes this one (a step of a dialogue)."""
    menu: bool = False
    """The main menu stands below."""
    language: str | None = None
    """The language this person chose, where the handler alone has learned it."""
    job: int | None = None
    """The piece of slow work whose file goes with it."""
    files: bool = False
    """It asks for a file, which a page then offers to choose."""
    before: "Reply | None" = None
    """Said first, as a message of its own: what it will look like to others."""
    picture: int | None = None
    """The picture that goes with it, by its number."""
    suggests: str = ""
    """What the channel may be asked for, to be offered with it; see `operations/introducing`."""
    voucher: int | None = None
    """The voucher whose code goes with it as a picture: only for its holder, alone with us."""
    reader: str = ""
    """Who it is about, where several people read on one account."""
    shared: bool = False
    """It is about a whole group: a tap there by anybody changes the message for all."""

    hides: str = ""  # the parameter that is a secret: said, and not kept to be said again

    @property
    def is_personal(self) -> bool:
        """Say whether a file goes with it that is for nobody else."""
        return self.job is not None or self.voucher is not None

    def for_all(self) -> "Reply":
        """Return the same, to take the place of the tapped message in a group as well."""
        return replace(self, replaces=True, shared=True)


@dataclass(frozen=True, slots=True)
class Pressable:
    """A button in the receiver's language."""

    label: str
    tap: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file that goes with a reply; `token` is what a page may fetch it by, for a while."""

    name: str
    content: bytes
    token: str
    known: tuple[str, str] | None = None
    """The channel that has this picture, and its name there; its content may not be here then."""

    @property
    def is_picture(self) -> bool:
        """Say whether it is shown as a picture, whatever its name; a chart is a PNG."""
        return self.known is not None or is_picture(self.content)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A reply in the receiver's language. The text is rich."""

    text: str
    buttons: tuple[tuple[Pressable, ...], ...] = ()
    replaces: bool = False
    document: Document | None = None
    files: bool = False
    before: "Rendered | None" = None
    language: str = "zh_CN"
    """The one it is rendered in, for what a channel adds of its own."""
    shared: bool = False
    """It takes the place of the tapped message in a group chat as well."""


class Fate(Enum):
    """What became of something that was sent to somebody who had not just spoken."""

    SENT = "sent"
    GONE = "gone"
    """Nothing reaches this person on this channel any more, until they come back."""
    LATER = "later"
    """Surely not sent; it may be tried again."""
    UNCERTAIN = "uncertain"
    """It may have arrived: never again."""
    FAILED = "failed"
    """This content will never be taken."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a channel says of something it was to send."""

    fate: Fate
    ref: str = ""
    """Names the message on its channel, if it was sent."""
    reason: str = ""
    seconds: float = 0
    """How long to wait before trying again."""
    moved_to: str = ""
    """Where the group lives now, if it has another number."""


def is_picture(content: bytes) -> bool:
    """Say whether a file's content is a picture that every channel shows."""
    return content.startswith((PNG, JPEG))


def dump(reply: Reply) -> str:
    """Write a reply as JSON, to be kept and said again."""

    def plain_of(value: Phrase | Button | Named | Lines | date) -> object:
        match value:
            case Named():
                return {"$named": [value.name, value.name_en]}
            case Lines():
                return {"$lines": value.phrases}
            case Phrase():
                return {"$phrase": [value.key, dict(value.params)]}
            case Button():
                return {"$button": [value.label, value.target, value.url]}
            case datetime():
                return {"$moment": value.isoformat()}
            case date():
                return {"$day": value.isoformat()}

    secret = {reply.hides: Phrase("errors.said_once")} if reply.hides else {}
    kept = [
        reply.key,
        dict(reply.params) | secret,
        reply.buttons,
        reply.replaces,
        reply.menu,
        reply.language,
        reply.job,
        reply.files,
        None if reply.before is None else dump(reply.before),
        reply.picture,
        reply.suggests,
        reply.voucher,
        reply.reader,
        reply.shared,
    ]
    return json.dumps(kept, ensure_ascii=False, default=plain_of)


def load(kept: str) -> Reply:
    """Read a reply that `dump` wrote."""

    def own_of(found: dict[str, Any]) -> Any:
        match found:
            case {"$phrase": [key, params]}:
                return Phrase(key, params)
            case {"$named": [name, name_en]}:
                return Named(name, name_en)
            case {"$lines": phrases}:
                return Lines(tuple(phrases))
            case {"$button": [label, target, url]}:
                return Button(label, target, url)
            case {"$moment": text}:
                return datetime.fromisoformat(text)
            case {"$day": text}:
                return date.fromisoformat(text)
            case _:
                return found

    key, params, buttons, *more = json.loads(kept, object_hook=own_of)
    reply = Reply(key, params, tuple(map(tuple, buttons)), *more)
    before: object = reply.before
    return replace(reply, before=load(before)) if isinstance(before, str) else reply


class Refusal(Exception):  # noqa: N818 - a refusal is an expected "no", not an error
    """An expected "no", with the key of the sentence that explains it."""

    def __init__(self, key: str, **params: Param) -> None:
        super().__init__(key)
        self.key = key
        self.params = params


class NoFile(Exception):  # noqa: N818 - what is said of a file, not an error
    """A file that was sent cannot be had; after so many seconds it may be, or with 0 never."""

    def __init__(self, key: str, *, seconds: float = 0, **params: Param) -> None:
        super().__init__(key)
        self.phrase = Phrase(key, params)
        self.seconds = seconds


def clean(text: str) -> str:
    """Return text that every database and every platform can hold: no NUL, no half characters."""
    return SURROGATE.sub("\ufffd", text.replace("\0", ""))[:TEXT_LENGTH_MAX]


def normal(text: str) -> str:
    """Return a text as it is compared: half-width, lower case, no blanks around or inside signs."""
    folded = unicodedata.normalize("NFKC", text)
    seen = "".join(sign for sign in folded if unicodedata.category(sign) not in {"Cf", "Cc"})
    return " ".join(seen.split()).lower()


def read(text: str) -> Command | Text:
    """Tell a slash command from other text; full-width forms and upper case are tolerated.

    The command's name is normalised, what follows it is kept as it was written.
    """
    text = clean(text).strip()
    head, blank, rest = text.partition(" ")
    head, line, more = head.partition("\n")
    found = COMMAND.fullmatch(normal(head))
    if found is None:
        return Text(text)
    return Command(
        found["name"], (more + blank + rest).strip() if line else rest.strip(), found["bot"] or ""
    )


def plain(rich: str) -> str:
    """Return rich text as plain text."""
    return html.unescape(TAG.sub("", rich))
