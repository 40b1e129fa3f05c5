"""The pages over a bot that people talk to, asked without a network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import httpx2

from bot import web
from bot.board import Boards
from bot.i18n import Texts
from bot.messages import Named
from bot.reading import Reading
from bot.rules import signing
from bot.web.board import BoardPages
from bot.web.card import Cards, Looking
from bot.web.front import Doors, Front, Joined
from bot.web.go import Links
from bot.web.shell import Shell
from bot.web.visitors import Visitors
from tests.chat import SECRET, Chat

NAME = {"zh_CN": "书香青浦", "en": "Shuxiang Qingpu"}
THEME = {"zh_CN": "阅读悦心", "en": "Reading"}
HERE = "https://reading.example"
TEAM = Joined(Named("<b>读书会</b>", "Reading & circle"), "unit_a1")


def front(doors: Doors | None = None) -> Front:
    """Make a front behind which there is one unit, `a1`."""

    async def unit(code: str) -> Joined | None:
        return TEAM if code == "a1" else None

    def open_doors(start: str) -> Doors:
        return doors or Doors("https://t.me/B?start=" + start, wecom=True, web="/chat")

    return Front(Shell(Texts(ZoneInfo("Asia/Shanghai")), NAME, THEME), open_doors, unit)


@dataclass
class Site:
    """The web part of a bot; its monotonic clock moves by hand."""

    chat: Chat
    seconds: float = 0.0
    boards: Boards = field(init=False)
    reading: Reading = field(init=False)
    pages: BoardPages = field(init=False)
    cards: Cards = field(init=False)
    client: httpx2.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        chat = self.chat
        place = (chat.database, chat.campaign, chat.campaign_id, chat.clock, SECRET)
        self.boards = Boards(*place, monotonic=lambda: self.seconds)
        self.reading = Reading(*place, chat.dispatcher.handle)
        entrance = front()
        self.pages = BoardPages(entrance.shell, chat.campaign, self.boards.latest)
        self.cards = Cards(entrance, Looking(chat.database, chat.campaign_id, SECRET).look)
        entrance.routes += [*self.pages.routes, *Links(entrance, self.reading).routes]
        entrance.routes += self.cards.routes

        async def ready() -> Mapping[str, Any]:
            return {"ready": True}

        about = {"name": NAME, "theme": THEME, "words": {}}
        visitors = Visitors(SECRET, chat.clock.system)
        app = web.build(chat=None, ready=ready, front=entrance, about=about, visitors=visitors)
        self.client = self.client_of(app)

    @staticmethod
    def client_of(app: Any) -> httpx2.AsyncClient:
        """Return who asks an app, without a network."""
        through = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=through, base_url=HERE)

    def later(self) -> None:
        """Let enough time pass for everything to be read again."""
        self.seconds += 1000

    def path(self, citizen: int, item: int) -> str:
        """Return the path of a citizen's page about an item."""
        token = signing.sign_page(SECRET, citizen, item, at=self.chat.clock.system())
        return f"/go/{token}"
