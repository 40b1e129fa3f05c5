"""What WeCom's members are shown: a reply becomes texts, cards and files. Pure.

A card holds six buttons at most. More of them, or longer ones, become a numbered list below the
text, whose numbers work: `Shown.offered` says what each stands for.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from xml.sax.saxutils import escape

from bot.channels.wecom.crypto import Stamp
from bot.channels.wecom.hear import WITHIN
from bot.messages import Document, Pressable, Rendered, plain

TEXT_BYTES_MAX = 2048
CARD_BUTTONS_MAX = 6
CARD_LENGTH_MAX, TITLE_LENGTH_MAX, LABEL_COLUMNS_MAX = 160, 36, 26  # what clients show whole
KEY_BYTES_MAX = 1024
AFTERWARDS = "menu"  # where a card leads that has no buttons left, should a client press it
LINK = re.compile(r"<(?=/?a\b)", re.IGNORECASE)
NUMBERED = re.compile(r"^\s*(\d{1,3})[.、)]?\s")
LEADING = re.compile(r"^\W+")
# Where a text may be cut, the best first: after a line, a sentence, a part of it, a word.
BORDERS = ("\n", "。！？!?", "；;，,、:：", " \u3000")
JOINING = {"\u200d", "\ufe0e", "\ufe0f", "\u20e3"}
SKIN_TONES, FLAGS = range(0x1F3FB, 0x1F400), range(0x1F1E6, 0x1F200)
GRAPHEME_SIGNS_MAX = 32
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML


@dataclass(frozen=True, slots=True)
class Words:
    """The channel's own words, in the receiver's language."""

    choose: str
    """Stands over the buttons of a card whose text is too long for it."""
    number: str
    """Stands over a numbered list."""
    done: str
    """Stands in the place of the buttons of a card that was pressed."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text that fits in one message."""

    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """A text with buttons; without any, `done` stands in their place."""

    text: str
    buttons: tuple[Pressable, ...]
    done: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file or a picture, to be uploaded first."""

    document: Document


Message = Said | Card | File


@dataclass(frozen=True, slots=True)
class Shown:
    """The messages that say a reply, and what numbers stand for in them."""

    messages: tuple[Message, ...]
    offered: Mapping[int, str] = field(default_factory=dict)


def show(rendered: Rendered, words: Words, *, cards: bool = True) -> Shown:
    """Make the messages that say a reply; `cards` allows them, else buttons are numbered.

    Raises:
        ValueError: a button WeCom would not take.

    """
    above = () if rendered.before is None else show(rendered.before, words, cards=cards).messages
    text = LINK.sub("＜", plain(rendered.text))
    buttons = [button for row in rendered.buttons for button in row]
    _check(buttons)
    files = () if rendered.document is None else (File(rendered.document),)
    if not buttons:
        return Shown((*above, *map(Said, split(text)), *files))
    if cards and _fit(buttons):
        if len(text) <= CARD_LENGTH_MAX and text.strip():
            return Shown((*above, *files, Card(text, tuple(buttons))))
        return Shown((*above, *map(Said, split(text)), *files, Card(words.choose, tuple(buttons))))
    options, offered = _numbered(text, buttons)
    listed = "\n".join([text, "", words.number, *options] if options else [text])
    return Shown((*above, *map(Said, split(listed)), *files), offered)


def _check(buttons: Sequence[Pressable]) -> None:
    for button in buttons:
        if not button.url and not 1 <= len(button.tap.encode()) <= KEY_BYTES_MAX:
            raise ValueError(f"the target {button.tap!r} is not 1 to {KEY_BYTES_MAX} bytes long")


def _fit(buttons: Sequence[Pressable]) -> bool:
    few = len(buttons) <= CARD_BUTTONS_MAX
    return few and all(_columns(button.label) <= LABEL_COLUMNS_MAX for button in buttons)


def _columns(label: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in label)


def _numbered(text: str, buttons: Sequence[Pressable]) -> tuple[list[str], dict[int, str]]:
    """Give numbers to buttons; the nth has n where the text's own line n begins with its label.

    The others go on after the text's numbers, so that no number means two things.
    """
    lines = {int(found[1]): line for line in text.splitlines() if (found := NUMBERED.match(line))}
    options: list[str] = []
    offered: dict[int, str] = {}
    following = max(lines, default=0)
    for place, button in enumerate(buttons, start=1):
        if button.url:
            options.append(f"{button.label} {button.url}")
        elif _begins(lines.get(place, ""), button.label):
            offered[place] = button.tap
        else:
            following += 1
            offered[following] = button.tap
            options.append(f"{following} {button.label}")
    return options, offered


def _begins(line: str, label: str) -> bool:
    """Say whether a numbered line begins with a label, whatever marks stand around it."""
    said, stem = LEADING.sub("", NUMBERED.sub("", line)), LEADING.sub("", label.rstrip("…"))
    return bool(stem) and said.startswith(stem)


def split(text: str) -> list[str]:
    """Split a text so that each part fits in a message, counted in bytes, at sensible places."""
    parts = []
    left = text.strip("\n")
    while len(left.encode(errors="replace")) > TEXT_BYTES_MAX:
        cut = _cut(left)
        parts.append(left[:cut].rstrip("\n"))
        left = left[cut:].lstrip("\n")
    return [part for part in (*parts, left) if part.strip()]


def _cut(text: str) -> int:
    """Return where to cut: at the best border in the last half of what fits, else at a sign."""
    # Every sign is a byte at least, so what is left over here cannot fit.
    head = text[:TEXT_BYTES_MAX].encode(errors="replace")[:TEXT_BYTES_MAX]
    fits = len(head.decode(errors="ignore"))
    for border in BORDERS:
        found = max(text.rfind(sign, fits // 2, fits) for sign in border)
        if found >= 0:
            return found + 1
    return next(_whole(text, fits), fits)


def _whole(text: str, cut: int) -> Iterator[int]:
    """Yield the last place at or before a cut that leaves no sign of several parts torn."""
    for place in range(cut, max(cut - GRAPHEME_SIGNS_MAX, 1), -1):
        before, after = text[place - 1], text[place]
        joined = before == "\u200d" or after in JOINING or unicodedata.combining(after)
        toned = ord(after) in SKIN_TONES or unicodedata.category(after) in {"Mn", "Me"}
        flags = ord(after) in FLAGS and ord(before) in FLAGS
        if not (joined or toned or flags):
            yield place


def _title(text: str) -> tuple[str, str]:
    """Return a card's headline and the rest; without a short first line there is no headline."""
    first, _, rest = text.partition("\n")
    return (first, rest.strip("\n")) if len(first) <= TITLE_LENGTH_MAX else ("", text)


def card_of(card: Card) -> dict[str, Any]:
    """Write a card as JSON has it."""
    title, rest = _title(card.text)
    made: dict[str, Any] = {"card_type": "button_interaction"}
    made |= {"main_title": {"title": title}} if title else {}
    made |= {"sub_title_text": rest} if rest else {}
    made["button_list"] = [
        {"type": 1, "text": button.label, "url": button.url}
        if button.url
        else {"text": button.label, "style": 1, "key": button.tap}
        for button in card.buttons or (Pressable(card.done, AFTERWARDS),)
    ]
    return made | ({"replace_text": card.done} if card.done else {})


def for_group(rendered: Rendered, group: str) -> Rendered:
    """Let each button name the group it is about."""
    marked = (
        tuple(replace(each, tap=f"{each.tap}{WITHIN}{group}") if each.tap else each for each in row)
        for row in rendered.buttons
    )
    return replace(rendered, buttons=tuple(marked))


MENU_COLUMNS, MENU_LINES = 2, 5
NAME_BYTES_MAX, LINE_BYTES_MAX = 16, 40


def menu_of(names: Sequence[str], entries: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Make the app's menu: the first entry stands alone, the others under two names."""
    (first, target), *others = entries[: 1 + MENU_COLUMNS * MENU_LINES]
    half = -(-len(others) // MENU_COLUMNS)
    buttons: list[dict[str, Any]] = [_line(first, target, NAME_BYTES_MAX)]
    for name, some in zip(names, (others[:half], others[half:]), strict=True):
        if some:
            lines = [_line(label, target, LINE_BYTES_MAX) for label, target in some]
            buttons.append({"name": _short(name, NAME_BYTES_MAX), "sub_button": lines})
    return {"button": buttons}


def _line(label: str, target: str, most: int) -> dict[str, str]:
    return {"type": "click", "name": _short(label, most), "key": target}


def _short(label: str, most: int) -> str:
    return label.encode()[:most].decode(errors="ignore")


def _tag(name: str, value: object) -> str:
    """Write a value as XML, escaped: a CDATA section would end at the first `]]>`."""
    match value:
        case dict():
            inside = "".join(_tag(key, item) for key, item in value.items())
        case list():
            return "".join(_tag(name, item) for item in value)
        case _:
            inside = escape(FORBIDDEN.sub("\ufffd", str(value)))
    return f"<{name}>{inside}</{name}>"


def _camel(value: Any) -> Any:
    """Name things as XML has them: `main_title` is `MainTitle`."""
    match value:
        case dict():
            return {
                "".join(part.capitalize() for part in key.split("_")): _camel(item)
                for key, item in value.items()
            }
        case list():
            return [_camel(item) for item in value]
        case _:
            return value


@dataclass(frozen=True, slots=True)
class Header:
    """Who answers whom, and when, in seconds since 1970."""

    member: str
    corp: str
    at: int


def passive(message: Said | Card, header: Header) -> bytes:
    """Write what stands in the answer to a callback: a text, or the pressed card's new look."""
    named = {"ToUserName": header.member, "FromUserName": header.corp, "CreateTime": header.at}
    match message:
        case Said(text):
            said: dict[str, Any] = {"MsgType": "text", "Content": text}
        case Card(text="", done=done):
            said = {"MsgType": "update_button", "Button": {"ReplaceName": done}}
        case Card():
            said = {"MsgType": "update_template_card", "TemplateCard": _camel(card_of(message))}
    return _tag("xml", named | said).encode(errors="replace")


def wrapped(sealed: str, signature: str, stamp: Stamp) -> bytes:
    """Write the envelope around a sealed answer; no sign in it needs escaping."""
    return (
        f"<xml><Encrypt>{sealed}</Encrypt><MsgSignature>{signature}</MsgSignature>"
        f"<TimeStamp>{stamp.timestamp}</TimeStamp><Nonce>{stamp.nonce}</Nonce></xml>"
    ).encode()
