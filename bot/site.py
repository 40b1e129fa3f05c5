"""The web part: every page with what it asks, behind what platforms post to."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bot import sample, web
from bot.board import Boards
from bot.clock import Clock
from bot.metrics import MEDIA_TYPE
from bot.outlets import House, Outlets
from bot.reading import Reading
from bot.rules import links, signing
from bot.settings import Settings
from bot.state import State
from bot.web import feed, hooks
from bot.web import metrics as counts
from bot.web.board import BoardPages
from bot.web.card import Cards, Looking
from bot.web.front import Doors, Front, Joined
from bot.web.go import Links
from bot.web.guard import Guarded
from bot.web.shell import Shell
from bot.web.visitors import Visitors
from storage import units

if TYPE_CHECKING:
    from starlette.types import ASGIApp

DEMO_PEOPLE = ("visitor", *sample.DEMO_PEOPLE, *sample.DEMO_IN_CHARGE, "owner")


class Site:
    """All that is served; `feed` is the board's line of events, which the app runs and closes."""

    def __init__(self, house: House, outlets: Outlets, state: State) -> None:
        self._house = house
        self._outlets = outlets
        secret = house.facts.secret
        place = (house.database, house.campaign, house.facts.campaign_id, house.clock, secret)
        about = self._about()
        shell = Shell(house.texts, about["name"], about["theme"])
        front = Front(shell, self._doors, self._unit)
        boards = Boards(*place, monotonic=time.monotonic)
        board = BoardPages(shell, house.campaign, boards.latest, address=house.settings.site)
        going = Links(front, Reading(*place, house.dispatcher.handle))
        looking = Looking(house.database, house.facts.campaign_id, secret)
        cards = Cards(front, looking.look)
        front.routes += [*board.routes, *going.routes, *cards.routes]
        self.feed = board.feed
        pages = web.build(
            chat=outlets.chat,
            ready=state.ready,
            front=front,
            about=about,
            visitors=Visitors(secret, house.clock.system, house.settings.site),
            files=self._file,
        )
        told: Mapping[str, ASGIApp] = {
            counts.PATH: Guarded(counts.page(state.metrics, MEDIA_TYPE)),
            feed.PATH: board.feed,
        }
        self.app = hooks.before(pages, {**outlets.posts, **told})

    async def _file(self, token: str) -> tuple[str, bytes] | None:
        found = await self._house.dispatcher.files.file(token)
        return None if found is None else (found.name, found.content)

    def _doors(self, start: str) -> Doors:
        """Return the ways in that there are, a start parameter going along."""
        chat = self._outlets.chat
        path = "" if chat is None else "/" if chat.demo else "/chat"
        return Doors(
            links.chat(self._outlets.name("telegram"), start),
            self._house.settings.wecom,
            f"{path}?start={start}" if path and start else path,
        )

    async def _unit(self, code: str) -> Joined | None:
        async with self._house.database.reading() as db:
            found = await units.of(db, self._house.facts.campaign_id, code)
        if found is None:
            return None
        head = "town_" if found.kind == units.TOWN else "unit_"
        return Joined(found.named, f"{head}{code}")

    def _about(self) -> Mapping[str, Any]:
        texts, campaign = self._house.texts, self._house.campaign
        head = campaign.campaign
        languages = texts.languages
        people = [
            {
                "person": person,
                "name": {code: texts.plain(f"demo.{person}", code) for code in languages},
                "note": {code: texts.plain(f"demo.{person}_note", code) for code in languages},
            }
            for person in DEMO_PEOPLE
        ]
        offset = self._house.clock.now().astimezone(campaign.zone).strftime("%z")
        return {
            "name": {code: head.spoken("name", code) for code in languages},
            "theme": {code: head.spoken("theme", code) for code in languages},
            "words": {code: texts.block("page", code) for code in languages},
            "people": people,
            "offset": f"{offset[:3]}:{offset[3:]}",
        }


def page_of(settings: Settings, clock: Clock, secret: bytes) -> Callable[[int, int], str]:
    """Return what gives the address of a citizen's page about an item, empty without a site."""
    site = settings.site

    def address(citizen: int, item: int) -> str:
        token = signing.sign_page(secret, citizen, item, at=clock.system())
        return f"{site}/go/{token}" if site else ""

    return address


def scanned_of(settings: Settings) -> Callable[[str], str]:
    """Return what gives what a voucher's picture holds: the page for staff, or the code alone."""
    site = settings.site
    return lambda code: f"{site}/v/{code}" if site else code
