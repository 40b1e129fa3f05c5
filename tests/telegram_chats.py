"""What stands in the emulated Telegram: chats, people, refusals and faults; see telegram_api."""

import html
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.watched import PATIENCE_SECONDS

if TYPE_CHECKING:
    from tests.telegram_api import TelegramApi

TAGS = {
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "code",
    "pre",
    "a",
    "blockquote",
}
Json = dict[str, Any]


class Refused(Exception):  # noqa: N818 - an answer, not an error of ours
    """What the Bot API answers instead of a result."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.body: Json = {"ok": False, "error_code": status, "description": description}
        if parameters:
            self.body["parameters"] = parameters


def bad(description: str, **parameters: int) -> Refused:
    """Make a 400."""
    return Refused(400, f"Bad Request: {description}", **parameters)


def flood(seconds: int) -> Refused:
    """Make a 429."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@dataclass(frozen=True, slots=True)
class Fault:
    """How one call goes wrong: a body instead of the answer, or no answer at all."""

    body: str = ""
    status: int = 200
    hang: bool = False
    """Never answer."""
    executed: bool = False
    """The call is carried out before it goes wrong."""


BLOCKED = "Forbidden: bot was blocked by the user"
HTML_PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
BROKEN_JSON = Fault('{"ok":true,"resu')
BAD_GATEWAY = Fault(HTML_PAGE, 502)
HANG = Fault(hang=True)
HANG_AFTER = Fault(hang=True, executed=True)
CLOSE_BEFORE = Fault()
CLOSE_AFTER = Fault(executed=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as a person sees it; a button is its label and its target or address."""

    id: int
    text: str
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()
    edited: bool = False
    picture: bool = False


def units(text: str) -> int:
    """Count UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parsed(text: str, mode: str) -> str:
    """Take HTML entities and tags out of a text, as strictly as Telegram."""
    if mode.lower() != "html":
        return text
    opened: list[str] = []
    seen = []
    for token in re.split(r"(<[^>]*>?)", text):
        if not token.startswith("<"):
            seen.append(html.unescape(token))
            continue
        found = re.fullmatch(r"<(?P<end>/?)(?P<tag>[a-z]+)(?:\s[^>]*)?>", token)
        if found is None or found["tag"] not in TAGS:
            raise bad(f'can\'t parse entities: Unsupported start tag "{token[1:20]}"')
        if not found["end"]:
            opened.append(found["tag"])
        elif not opened or opened.pop() != found["tag"]:
            raise bad("can't parse entities: Unmatched end tag")
    if opened:
        raise bad(f"can't parse entities: Can't find end tag corresponding to \"{opened[-1]}\"")
    return "".join(seen)


def unpacked(value: Any) -> Any:
    """Return a parameter that may have come as JSON inside a form."""
    return json.loads(value) if isinstance(value, str) and value[:1] in {"{", "["} else value


def keyboard(value: Any) -> list[list[Json]]:
    """Check an inline keyboard and return its rows."""
    rows: list[list[Json]] = (unpacked(value) or {}).get("inline_keyboard", [])
    buttons = [button for row in rows for button in row]
    if len(buttons) > 100:
        raise bad("reply markup is too long")
    for button in buttons:
        data, url = button.get("callback_data"), button.get("url")
        if data is not None and not 1 <= len(data.encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
        if url is not None and not re.match(r"(https?|tg)://", url):
            raise bad("BUTTON_URL_INVALID")
        if not button.get("text") or (data is None) == (url is None):
            raise bad("can't parse inline keyboard button: Text buttons are unallowed")
    return rows


@dataclass(slots=True)
class Chat:
    """A private chat, a group or a channel, with all that was said in it."""

    api: "TelegramApi"
    id: int
    kind: str = "private"
    messages: dict[int, Json] = field(default_factory=dict)
    events: list[Seen] = field(default_factory=list)
    refusal: Refused | None = None
    """What sending here is answered with: blocked, kicked, migrated."""
    cursor: int = 0

    @property
    def json(self) -> Json:
        """Return the chat as Telegram writes it."""
        return {"id": self.id, "type": self.kind, "title": "群"}

    @property
    def view(self) -> list[Seen]:
        """Return what stands in the chat now, from the bot."""
        mine = (kept for kept in self.messages.values() if kept["from"]["is_bot"])
        return [seen_of(kept) for kept in mine]

    async def hears(self, seconds: float = PATIENCE_SECONDS) -> Seen:
        """Wait for the next message or edit of the bot in this chat."""
        await self.api.until(lambda: len(self.events) > self.cursor, seconds)
        self.cursor += 1
        return self.events[self.cursor - 1]


def seen_of(message: Json, *, edited: bool = False) -> Seen:
    """Return a message as a person sees it."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = tuple(
        tuple((button["text"], button.get("callback_data") or button["url"]) for button in row)
        for row in rows
    )
    said = str(message.get("text", message.get("caption", "")))
    return Seen(message["message_id"], said, buttons, edited, picture="photo" in message)


@dataclass(slots=True)
class Person:
    """Somebody with a Telegram client; `chat` is the private chat with the bot."""

    chat: Chat
    json: Json

    async def says(self, text: Any, *, chat: Chat | None = None, **more: Any) -> int:
        """Write a message, in private unless told; return the update's number."""
        return await self.sends(chat=chat, text=text, **more)

    async def sends(self, *, chat: Chat | None = None, **content: Any) -> int:
        """Send a message with any content, such as `sticker={…}`."""
        place = chat or self.chat
        message = place.api.message(place, self.json, **content)
        return place.api.push("message", message)

    async def edits(self, text: str) -> int:
        """Change the last message written in private."""
        mine = [kept for kept in self.chat.messages.values() if kept["from"] is self.json]
        changed = mine[-1] | {"text": text, "edit_date": self.chat.api.now()}
        return self.chat.api.push("edited_message", changed)

    async def blocks(self, *, back: bool = False) -> int:
        """Block the bot, or take it back; return the update's number."""
        now, before = ("member", "kicked") if back else ("kicked", "member")
        api = self.chat.api
        self.chat.refusal = None if back else Refused(403, BLOCKED)
        content = {"chat": self.chat.json, "from": self.json, "date": api.now()}
        states = {
            "old_chat_member": {"status": before, "user": api.me, "until_date": 0},
            "new_chat_member": {"status": now, "user": api.me, "until_date": 0},
        }
        return api.push("my_chat_member", content | states)

    async def taps(self, what: str, *, chat: Chat | None = None, forged: bool = False) -> str:
        """Tap the newest button with this target or label; return the query's id.

        A forged tap carries any target, on the newest message, or on one no longer remembered.
        """
        place = chat or self.chat
        mine = [kept for kept in place.messages.values() if kept["from"]["is_bot"]]
        for message in reversed(mine):
            shown = (pair for row in seen_of(message).buttons for pair in row)
            target = next((target for label, target in shown if what in {label, target}), "")
            if target:
                return place.api.tap(self, target, message)
        if not forged:
            raise AssertionError(f"no button {what!r} in {[seen_of(kept) for kept in mine]}")
        lost = {"message_id": 1, "date": 0, "chat": place.json}
        return place.api.tap(self, what, mine[-1] if mine else lost)

    async def hears(self, seconds: float = PATIENCE_SECONDS) -> Seen:
        """Wait for the next message or edit in the private chat."""
        return await self.chat.hears(seconds)
