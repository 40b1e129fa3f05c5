"""Telegram: `hear` and `show` in `talk`, the calls in `api`, the bot itself in `channel`."""

from bot.channels.telegram.api import Api
from bot.channels.telegram.channel import Telegram, Waits, examine
from bot.channels.telegram.parts import split
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.talk import Back, Call, Heard, Me, hear, parsed, show
from bot.channels.telegram.webhook import Answer, Webhook

__all__ = [
    "Answer",
    "Api",
    "Back",
    "Call",
    "Heard",
    "Me",
    "Polling",
    "Telegram",
    "Waits",
    "Webhook",
    "examine",
    "hear",
    "parsed",
    "show",
    "split",
]
