"""The emulated WeCom's members, and how it posts what they say to the app's callback.

WeCom waits five seconds and then cuts the connection; only that, or a connection that breaks,
makes it post again, three times in all. A status it does not like ends it.
"""

import asyncio
import itertools
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import aiohttp
from defusedxml.ElementTree import fromstring

from bot.channels.wecom.crypto import Envelope, Stamp
from bot.clock import SystemClock

if TYPE_CHECKING:
    from tests.wecom_api import WeComApi

CORP, AGENT, SECRET = "wwtest0123456789ab", 1_000_002, "canary-secret-of-the-app"
TOKEN, AES_KEY = "canaryToken42", "KGpOyQNcdOyZbkBFTFoOxtzHq8STZHE6svi34zWH8xM"
Json = dict[str, Any]
POST_SECONDS, POSTS_MAX = 5.0, 3


class Refused(Exception):  # noqa: N818 - an answer, not an error of ours
    """What the API answers instead of a result."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Fault:
    """How one call goes wrong: a body instead of the answer, or no answer at all."""

    body: str = ""
    status: int = 200
    hang: bool = False
    executed: bool = False
    """The call is carried out before it goes wrong."""


HTML = Fault("<html><body>502 Bad Gateway</body></html>", 502)
HTML_AFTER = Fault("<html><body>502 Bad Gateway</body></html>", 502, executed=True)
HANG = Fault(hang=True)
CLOSE_BEFORE, CLOSE_AFTER = Fault(), Fault(executed=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a member sees: a text, or a card with its buttons as labels and keys."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    changed: bool = False
    """A card that stood there before looks like this now."""


def card_seen(card: Json, *, changed: bool = False) -> Seen:
    """Check a card as WeCom does, and return what is seen of it."""
    buttons = card.get("button_list", [])
    if card.get("card_type") != "button_interaction" or not 1 <= len(buttons) <= 6:
        raise Refused(40058, "button_list")
    lines = [card.get("main_title", {}).get("title", ""), card.get("sub_title_text", "")]
    if not any(lines):
        raise Refused(40058, "main_title and sub_title_text")
    for button in buttons:
        if not button.get("text") or not 0 < len(button.get("key", "u").encode()) <= 1024:
            raise Refused(40058, "button")
    if card.get("replace_text"):
        return Seen("\n".join(filter(None, lines)), changed=changed)
    seen = tuple((button["text"], button.get("key") or button["url"]) for button in buttons)
    return Seen("\n".join(filter(None, lines)), seen, changed)


class Member:
    """A member of the corporation, at the app's chat."""

    def __init__(self, api: "WeComApi", name: str) -> None:
        self.api = api
        self.name = name
        self.id = name.lower()
        self.called = name
        """The name in the directory; an app that may not know it is told the id."""
        self.entry: Json = {}
        """What else the directory says: department, main_department."""
        self.inbox: deque[Seen] = deque()
        self.history: list[Seen] = []

    def sees(self, seen: Seen) -> None:
        """Show something."""
        self.inbox.append(seen)
        self.history.append(seen)
        self.api.changed()

    async def hears(self) -> Seen:
        """Return what is seen next."""
        await self.api.until(lambda: self.inbox)
        return self.inbox.popleft()

    async def says(self, text: str) -> None:
        """Write something."""
        await self.sends(MsgType="text", Content=text, MsgId=self.api.posting.number())

    async def clicks(self, key: str) -> None:
        """Tap an entry of the app's menu."""
        await self.sends(MsgType="event", Event="click", EventKey=key)

    async def presses(self, label: str) -> None:
        """Press a button of the newest card that has it."""
        cards = (seen for seen in reversed(self.history) if seen.buttons)
        key = next(key for seen in cards for text, key in seen.buttons if text == label)
        code = f"code{self.api.posting.number()}"
        self.api.codes[code] = {}
        await self.sends(
            MsgType="event",
            Event="template_card_event",
            EventKey=key,
            TaskId="t",
            CardType="button_interaction",
            ResponseCode=code,
        )

    async def happens(self, event: str) -> None:
        """Let something happen to the app: subscribe, enter_agent, unsubscribe."""
        await self.sends(MsgType="event", Event=event, EventKey="")

    async def sends(self, **fields: object) -> None:
        """Have something posted, in the background."""
        at = int(self.api.posting.clock())
        self.api.posting.begin(self, {"FromUserName": self.name, "CreateTime": at, **fields})


class Posting:
    """Posts letters to the callback."""

    def __init__(self, api: "WeComApi") -> None:
        self._api = api
        self._agent, self._corp = AGENT, CORP
        self.envelope = Envelope(TOKEN, AES_KEY, CORP)
        self.url = ""
        self.clock: Callable[[], float] = lambda: SystemClock().system().timestamp()
        self.seconds = POST_SECONDS
        self.answers: list[tuple[int, bytes]] = []
        """Status and opened answer of each post; 0 where the connection was cut."""
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def number(self) -> int:
        """Return a number no message had yet."""
        return next(self._numbers)

    def begin(self, member: Member, fields: Mapping[str, object]) -> None:
        """Post in the background."""
        task = asyncio.get_running_loop().create_task(self._post(member, fields))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until nothing is being posted."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Stop posting."""
        for task in self._tasks:
            task.cancel()
        if self._session is not None:
            await self._session.close()

    def letter(self, fields: Mapping[str, object]) -> bytes:
        """Write what a member said."""
        known = {"ToUserName": self._corp, **fields, "AgentID": self._agent}
        told = (f"<{name}>{escape(str(value))}</{name}>" for name, value in known.items())
        return f"<xml>{''.join(told)}</xml>".encode()

    def sealed(self, letter: bytes, at: float | None = None) -> tuple[str, bytes]:
        """Seal a letter; return the query and the body to post."""
        stamp = Stamp(str(int(at or self.clock())), secrets.token_hex(5))
        sealed = self.envelope.sealed(letter, secrets.token_bytes(16))
        query = {
            "msg_signature": self.envelope.signature(stamp, sealed),
            "timestamp": stamp.timestamp,
            "nonce": stamp.nonce,
        }
        body = f"<xml><ToUserName>{self._corp}</ToUserName><Encrypt>{sealed}</Encrypt></xml>"
        return urlencode(query), body.encode()

    async def _post(self, member: Member, fields: Mapping[str, object]) -> None:
        letter = self.letter(fields)
        for _ in range(POSTS_MAX):
            query, body = self.sealed(letter)
            status, said = await self.post(query, body)
            if status:
                if status == 200 and said:
                    self._shown(member, said)
                return

    async def post(self, query: str, body: bytes) -> tuple[int, bytes]:
        """Post once; return status and the opened answer, 0 if the connection was cut."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(self.seconds)
        try:
            async with self._session.post(
                f"{self.url}?{query}", data=body, timeout=timeout
            ) as response:
                answer = response.status, self.opened(await response.read())
        except (aiohttp.ClientError, OSError, TimeoutError):
            answer = 0, b""
        self.answers.append(answer)
        self._api.changed()
        return answer

    def opened(self, answer: bytes) -> bytes:
        """Open an answer."""
        if not answer:
            return b""
        root = fromstring(answer)
        stamp = Stamp(root.findtext("TimeStamp") or "", root.findtext("Nonce") or "")
        signature, sealed = root.findtext("MsgSignature") or "", root.findtext("Encrypt") or ""
        return self.envelope.opened(signature, stamp, sealed)

    def _shown(self, member: Member, said: bytes) -> None:
        root = fromstring(said)
        match root.findtext("MsgType"):
            case "text":
                text = root.findtext("Content") or ""
                if len(text.encode()) > 2048:
                    raise AssertionError("WeCom would have cut the text")
                member.sees(Seen(text))
            case "update_button":
                member.sees(Seen(root.findtext("Button/ReplaceName") or "", changed=True))
            case "update_template_card":
                member.sees(card_seen(_card(root.find("TemplateCard")), changed=True))
            case other:
                raise AssertionError(f"WeCom knows no answer {other}")


def _card(card: Element | None) -> Json:
    """Read a card of XML as JSON has it."""
    assert card is not None
    found: Json = {
        "card_type": card.findtext("CardType"),
        "main_title": {"title": card.findtext("MainTitle/Title") or ""},
        "sub_title_text": card.findtext("SubTitleText") or "",
        "replace_text": card.findtext("ReplaceText") or "",
    }
    found["button_list"] = [
        {"text": each.findtext("Text"), "key": each.findtext("Key") or each.findtext("Url")}
        for each in card.findall("ButtonList")
    ]
    return found
