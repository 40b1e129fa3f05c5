"""WeCom 企业微信: `hear` and `show`, the calls in `client`, the app in `channel`.

Members write to a self-built app of their corporation; WeCom posts what they say to `Callback`.
"""

from bot.channels.wecom.callback import Callback
from bot.channels.wecom.channel import Voice, Waits, WeCom
from bot.channels.wecom.client import Api, Corp
from bot.channels.wecom.crypto import Envelope
from bot.channels.wecom.directory import Directory
from bot.channels.wecom.examining import examine
from bot.channels.wecom.hear import NAME
from bot.channels.wecom.limits import APP, MARGIN, Ledger, Limits
from bot.channels.wecom.offers import Board, Offers
from bot.channels.wecom.robots import PER_MINUTE, Robots
from bot.channels.wecom.show import Words, menu_of
from bot.channels.wecom.tokens import Shelf

__all__ = [
    "APP",
    "MARGIN",
    "NAME",
    "PER_MINUTE",
    "Api",
    "Board",
    "Callback",
    "Corp",
    "Directory",
    "Envelope",
    "Ledger",
    "Limits",
    "Offers",
    "Robots",
    "Shelf",
    "Voice",
    "Waits",
    "WeCom",
    "Words",
    "examine",
    "menu_of",
]
