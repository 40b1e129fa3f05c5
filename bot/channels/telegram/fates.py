"""What an answer of the Bot API means for a call, and for the calls after it. Pure."""

from collections.abc import Callable
from enum import Enum

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.channels.telegram.talk import Call
from bot.messages import plain

FLOODED_CHATS_MAX = 3  # so many at once, and it is the bot that sends too much, not a chat
# A picture Telegram does not show as one: too long, too large, or not to its taste.
UNSHOWN = ("photo", "image", "too big", "too large", "dimensions")
LONG_SECONDS = 30.0  # Telegram asks so long only of whoever floods it from many chats


class NotSent(NetworkError):  # noqa: N818 - it says what is known
    """No connection was made, so nothing can have been carried out."""


class Fate(Enum):
    """What becomes of a call that was refused."""

    DONE = "done"
    """It stands there already, or its moment has passed: nothing is missing."""
    GONE = "gone"
    """The person blocked the bot, or the chat is no more: not again until they come back."""
    MOVED = "moved"
    """The group lives on under another number."""
    FLOODED = "flooded"
    """Later: this chat, or the bot, wrote too much."""
    WRONG = "wrong"
    """This content will never be taken."""
    STOPPED = "stopped"
    """The token is refused, or another program has taken the bot over."""
    NOT_SENT = "not sent"
    """Nothing was carried out; it may be tried again."""
    UNSURE = "unsure"
    """It may have been carried out; sending again could say it twice."""


def fate(call: Call, error: TelegramError) -> Fate:
    """Tell what became of a call by the error it met."""
    match error:
        case InvalidToken() | Conflict():
            return Fate.STOPPED
        case RetryAfter():
            return Fate.FLOODED
        case ChatMigrated():
            return Fate.MOVED
        case Forbidden():
            return Fate.GONE
        case BadRequest():
            return _refused(call, error.message.lower())
        case NotSent():
            return Fate.NOT_SENT
        case _:
            return Fate.UNSURE


def _refused(call: Call, reason: str) -> Fate:
    if call.method == "answerCallbackQuery" or "is not modified" in reason:
        return Fate.DONE
    return Fate.GONE if "chat not found" in reason else Fate.WRONG


def instead(call: Call, error: TelegramError) -> Call | None:
    """Say what to send in place of a call that was refused, if anything."""
    parameters = dict(call.parameters)
    if isinstance(error, ChatMigrated) and "chat_id" in parameters:
        return Call(call.method, parameters | {"chat_id": error.new_chat_id})
    if not isinstance(error, BadRequest):
        return None
    reason = error.message.lower()
    if "can't parse entities" in reason and parameters.pop("parse_mode", None):
        said = "caption" if "caption" in parameters else "text"
        return Call(call.method, parameters | {said: plain(parameters[said])})
    if call.method == "sendPhoto" and any(word in reason for word in UNSHOWN):
        parameters["document"] = parameters.pop("photo")
        return Call("sendDocument", parameters)
    if call.method == "editMessageText" and (
        "can't be edited" in reason
        or "not found" in reason
        or "message_id_invalid" in reason
        or "no text in the message" in reason  # it stands below a picture
    ):
        parameters.pop("message_id", None)
        return Call("sendMessage", parameters)
    return None


class Pauses:
    """Who is to be left alone for how long, since Telegram said so: one chat, or everybody.

    A 429 does not tell which of the two it means. Several chats at once, or a long wait, mean
    everybody.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a clock in seconds that never goes back."""
        self._clock = clock
        self._chats: dict[object, float] = {}
        self._all_until = 0.0

    def note(self, chat: object, seconds: float) -> None:
        """Remember a 429 that a chat's call met; None stands for a call without a chat."""
        now = self._clock()
        self._chats = {other: until for other, until in self._chats.items() if until > now}
        if chat is not None:
            self._chats[chat] = now + seconds
        if len(self._chats) >= FLOODED_CHATS_MAX or seconds >= LONG_SECONDS:
            self._all_until = max(self._all_until, now + seconds)

    def left(self, chat: object) -> float:
        """Return the seconds to wait before the next call of a chat."""
        until = max(self._chats.get(chat, 0.0), self._all_until)
        return max(0.0, until - self._clock())
