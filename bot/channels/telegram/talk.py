"""What Telegram's people say and are shown: `hear` and `show`, both pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeGuard

import telegram

from bot.channels.telegram.parts import split, units
from bot.messages import (
    Command,
    Document,
    File,
    Incoming,
    Moved,
    Other,
    Presence,
    Pressable,
    Rendered,
    Said,
    Tap,
    Text,
    Traits,
    clean,
    plain,
    read,
)

CAPTION_UNITS_MAX = 1024  # UTF-16 units, counted after the markup is taken away
PHOTO_BYTES_MAX = 10_000_000  # what is larger goes as a file
TAP_BYTES_MAX = 64
ROW_BUTTONS_MAX = 8
BUTTONS_MAX = 100
ID_MAX = 2**52
CHATS = {"private": True, "group": False, "supergroup": False}
# What a message can hold besides text; an animation also has a document, a venue a location.
KINDS = (
    "animation", "audio", "checklist", "contact", "dice", "document", "game", "live_photo",
    "paid_media", "photo", "poll", "sticker", "story", "venue", "location", "video", "video_note",
    "voice",
)  # fmt: skip
NAME = "telegram"
PHOTO_NAME = "photo.jpg"
REF_LENGTH_MAX, NAME_LENGTH_MAX = 200, 200
PRESENT = {"member": True, "kicked": False}
IN_GROUP = {
    "member": True,
    "administrator": True,
    "restricted": True,
    "left": False,
    "kicked": False,
}
TITLE_LENGTH_MAX = 64
ABROAD = Traits(abroad=True, resends=True)
MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)

Keyboard = list[list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's own account; the name is without @."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Back:
    """The way back to who spoke."""

    chat: int
    private: bool = True
    thread: int | None = None
    tapped: int = 0
    """The message whose button was tapped; 0 when there is none that can be edited."""
    query: str = ""
    """The tap's own id, to be answered; empty when there was no tap."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said, and the way back."""

    incoming: Incoming
    back: Back


@dataclass(frozen=True, slots=True)
class Call:
    """One method of the Bot API and its parameters."""

    method: str
    parameters: Mapping[str, Any]


def parsed(raw: object) -> telegram.Update | None:
    """Make an update of its JSON; None when it is malformed."""
    if not isinstance(raw, dict):
        return None
    try:
        return telegram.Update.de_json(raw, None)
    except MALFORMED:
        return None


def hear(update: telegram.Update, me: Me) -> Heard | None:
    """Translate an update; None for what is malformed or not meant for the bot. Pure."""
    if not _number(update.update_id):
        return None
    if update.callback_query is not None:
        return _hear_tap(update, update.callback_query)
    if update.my_chat_member is not None:
        return _hear_presence(update.update_id, update.my_chat_member)
    message = update.message or update.edited_message
    if message is None:
        return None
    moved = _hear_move(update.update_id, update.message) if update.message else None
    return moved or _hear_message(update, message, me)


def _hear_message(update: telegram.Update, message: telegram.Message, me: Me) -> Heard | None:
    who = message.from_user
    if not _person(who) or not _place(message.chat, who):
        return None
    if message.sender_chat is not None or message.via_bot is not None:
        return None  # an anonymous administrator, a linked channel, another bot's words
    said = _said(message) if update.message else Other("edited")
    if said is None or not _addressed(said, message, me):
        return None
    back = Back(message.chat.id, CHATS[message.chat.type], _thread(message))
    return _heard(update.update_id, who, said=said, back=back, date=message.date, chat=message.chat)


def _hear_tap(update: telegram.Update, query: telegram.CallbackQuery) -> Heard | None:
    user, message, target = query.from_user, query.message, _words(query.data)
    if not _person(user) or not _words(query.id) or not target:
        return None
    if message is None:  # too old for Telegram to remember: answer in private
        back = Back(user.id, query=query.id)
    elif not _place(message.chat, user):
        return None
    else:
        private, tapped, thread = CHATS[message.chat.type], 0, None
        if isinstance(message, telegram.Message):
            thread = _thread(message)
            if message.is_accessible and _named(message.message_id):
                tapped = message.message_id
        back = Back(message.chat.id, private, thread, tapped, query.id)
    # A tap carries no time: the date of its message is when the bot wrote it.
    said, chat = Tap(clean(target)), message.chat if message else None
    return _heard(update.update_id, user, said=said, back=back, date=None, chat=chat)


def _hear_move(number: int, message: telegram.Message) -> Heard | None:
    """Hear that a group became a supergroup, of which both chats tell.

    An anonymous administrator may have done it: then a bot of Telegram's own is the sender.
    """
    here, to, before = message.chat, message.migrate_to_chat_id, message.migrate_from_chat_id
    who = message.from_user
    if not _is_user(who) or not _is_chat(here) or CHATS[here.type]:
        return None
    left, now = (before, here.id) if to is None else (here.id, to)
    if left is None or not _number(left) or not _number(now):
        return None
    said = Moved(str(now))
    sender, group = str(who.id), str(left)
    incoming = Incoming("telegram", sender, said, str(number), private=False, group=group)
    return Heard(incoming, Back(now, private=False))


def _hear_presence(number: int, change: telegram.ChatMemberUpdated) -> Heard | None:
    """Hear that somebody blocked the bot or removed it from a group, or took that back."""
    user, status = change.from_user, _words(getattr(change.new_chat_member, "status", None))
    if not _is_user(user) or not _place(change.chat, user):
        return None
    private = CHATS[change.chat.type]
    known = PRESENT if private else IN_GROUP
    if status not in known or (private and not _person(user)):
        return None
    said, back = Presence(reachable=known[status]), Back(change.chat.id, private)
    return _heard(number, user, said=said, back=back, date=change.date, chat=change.chat)


def _heard(
    number: int,
    user: telegram.User,
    *,
    said: Said,
    back: Back,
    date: object,
    chat: telegram.Chat | None = None,
) -> Heard:
    group = None if back.private else chat
    incoming = Incoming(
        "telegram",
        str(user.id),
        said,
        str(number),
        stamped=date if isinstance(date, datetime) else None,
        language=_language(_words(user.language_code)),
        private=back.private,
        traits=ABROAD,
        group=str(group.id) if group else "",
        title=clean(_words(group.title))[:TITLE_LENGTH_MAX] if group else "",
    )
    return Heard(incoming, back)


def _words(value: object) -> str:
    """Return what should be text; updates come from outside, so it may be anything."""
    return value if isinstance(value, str) else ""


def _number(value: object) -> bool:
    return type(value) is int and abs(value) < ID_MAX


def _named(value: object) -> int | None:
    """Return a number that names something, None for anything else."""
    return value if type(value) is int and 0 < value < ID_MAX else None


def _is_user(user: object) -> TypeGuard[telegram.User]:
    return isinstance(user, telegram.User) and bool(_named(user.id))


def _person(user: object) -> TypeGuard[telegram.User]:
    return _is_user(user) and user.is_bot is False


def _is_chat(chat: object) -> TypeGuard[telegram.Chat]:
    return isinstance(chat, telegram.Chat) and _number(chat.id) and _words(chat.type) in CHATS


def _place(chat: object, user: telegram.User) -> TypeGuard[telegram.Chat]:
    """Tell whether somebody can have spoken there; a private chat is only its owner's."""
    return _is_chat(chat) and (not CHATS[chat.type] or chat.id == user.id)


def _thread(message: telegram.Message) -> int | None:
    return _named(message.message_thread_id) if message.is_topic_message else None


def _language(tag: str) -> str | None:
    if not tag:
        return None
    return "zh_CN" if tag.lower().startswith("zh") else "en"


def _said(message: telegram.Message) -> Said | None:
    """Tell what a message says; None for a service message."""
    if message.text is not None:
        text = _words(message.text)
        return read(text) if text else None
    if (file := _file(message)) is not None:
        return file
    return next((Other(kind) for kind in KINDS if getattr(message, kind)), None)


def _file(message: telegram.Message) -> File | None:
    """Tell which file or picture a message brings; an animation is no document to anybody."""
    caption = clean(_words(message.caption))
    if message.document and not message.animation:
        name, size = _words(message.document.file_name), message.document.file_size
        ref, picture = _words(message.document.file_id), False
    elif message.photo and isinstance(message.photo[-1], telegram.PhotoSize):
        name, size = PHOTO_NAME, message.photo[-1].file_size  # the largest comes last
        ref, picture = _words(message.photo[-1].file_id), True
    else:
        return None
    if not 0 < len(ref) <= REF_LENGTH_MAX or not ref.isascii():
        return None
    named = clean(name)[:NAME_LENGTH_MAX]
    return File(named, size if _number(size) and size else 0, ref, caption, picture)


def _addressed(said: Said, message: telegram.Message, me: Me) -> bool:
    """Say whether it is meant for the bot; in a group only a command or an answer to it is."""
    if isinstance(said, Command) and said.bot not in {"", me.username.lower()}:
        return False
    if CHATS[message.chat.type] or isinstance(said, Command):
        return True
    answered = message.reply_to_message
    author = answered.from_user if answered is not None else None
    return isinstance(said, Text) and author is not None and author.id == me.id


def show(rendered: Rendered | None, back: Back) -> list[Call]:
    """Make the calls that say a reply; a tap is answered even without one. Pure.

    Raises:
        ValueError: a button Telegram would not take.

    """
    calls = []
    if back.query:
        calls.append(Call("answerCallbackQuery", {"callback_query_id": back.query}))
    if rendered is None:
        return calls
    if rendered.before is not None:
        calls += _messages(rendered.before, replace(back, tapped=0))
    return calls + _messages(rendered, back)


def _messages(rendered: Rendered, back: Back) -> list[Call]:
    calls: list[Call] = []
    keyboard = _keyboard(rendered)
    if (captioned := _captioned(rendered, keyboard, back)) is not None:
        return [*calls, captioned]
    calls += _texts(rendered, keyboard, back)
    if rendered.document is not None:
        calls.append(_document(rendered.document, back))
    return calls


def _texts(rendered: Rendered, keyboard: Keyboard, back: Back) -> Iterator[Call]:
    """Make the calls that say the words, the first in place of the tapped message if it can."""
    here = rendered.replaces and (back.private or rendered.shared)
    replaced = back.tapped if here and back.query else 0
    parts = split(rendered.text)
    for number, part in enumerate(parts, start=1):
        parameters: dict[str, Any] = {"chat_id": back.chat, "text": part, "parse_mode": "HTML"}
        parameters["link_preview_options"] = {"is_disabled": True}
        if back.thread is not None:
            parameters["message_thread_id"] = back.thread
        if keyboard and number == len(parts):
            parameters["reply_markup"] = {"inline_keyboard": keyboard}
        if number == 1 and replaced:
            yield Call("editMessageText", parameters | {"message_id": replaced})
        else:
            yield Call("sendMessage", parameters)


def _captioned(rendered: Rendered, keyboard: Keyboard, back: Back) -> Call | None:
    """Make the one call that shows a picture with its words and buttons below, if they fit."""
    document = rendered.document
    if document is None or not document.is_picture or rendered.replaces:
        return None
    if units(plain(rendered.text)) > CAPTION_UNITS_MAX:
        return None
    call = _document(document, back)
    caption: dict[str, Any] = {"caption": rendered.text, "parse_mode": "HTML"}
    if keyboard:
        caption["reply_markup"] = {"inline_keyboard": keyboard}
    return Call(call.method, {**call.parameters, **caption})


def _document(document: Document, back: Back) -> Call:
    """Make the call that sends a file, or shows it where it is a picture Telegram takes."""
    file: Any = telegram.InputFile(document.content, filename=document.name, attach=True)
    if document.known is not None and document.known[0] == NAME:
        file = document.known[1]  # Telegram has it, and takes its own name for it
    shown = document.is_picture and len(document.content) <= PHOTO_BYTES_MAX
    parameters: dict[str, Any] = {"chat_id": back.chat, "photo" if shown else "document": file}
    if back.thread is not None:
        parameters["message_thread_id"] = back.thread
    return Call("sendPhoto" if shown else "sendDocument", parameters)


def _keyboard(rendered: Rendered) -> Keyboard:
    rows = [
        [_button(button) for button in row[start : start + ROW_BUTTONS_MAX]]
        for row in rendered.buttons
        for start in range(0, len(row), ROW_BUTTONS_MAX)
    ]
    if sum(map(len, rows)) > BUTTONS_MAX:
        raise ValueError(f"more than {BUTTONS_MAX} buttons")
    return rows


def _button(button: Pressable) -> dict[str, str]:
    if button.url:
        return {"text": button.label, "url": button.url}
    if not 1 <= len(button.tap.encode()) <= TAP_BYTES_MAX:
        raise ValueError(f"the target {button.tap!r} is not 1 to {TAP_BYTES_MAX} bytes long")
    return {"text": button.label, "callback_data": button.tap}
