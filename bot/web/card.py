"""The page that a paper card's code opens: what the card is, and the way into the chat.

It asks nobody who they are and changes nothing, so previews and crawlers do no harm; what may be
done with a card is decided in the chat, where it is known who speaks. It shows nothing of whose
card it is, not even a number of points.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.messages import Named
from bot.rules import papercards as rules
from bot.web.front import NOT_FOUND, Front, ways_in
from bot.web.markup import Html, tag
from bot.web.shell import NOT_FOR_SEARCH, answer, language_of
from storage import papercards, units
from storage.db import Database, Unavailable

AWAY = 503
TOKEN_LENGTH_MAX = 60


class State(StrEnum):
    """How a card stands."""

    UNUSED = "unused"
    USED = "used"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Look:
    """What a page shows: the card's number, its unit, how it stands, and what opens the chat."""

    number: str
    unit: Named | str
    state: State
    code: str


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks cards of a campaign up; `secret` signs their codes."""

    database: Database
    campaign_id: int
    secret: bytes

    async def look(self, code: str) -> Look | None:
        """Return what is shown of a card to whoever has its code; None if it is no card of ours.

        Raises:
            Unavailable: the database is away.

        """
        scan = rules.read(code)
        if scan is None or not rules.is_genuine(self.secret, scan):
            return None
        async with self.database.reading() as db:
            card = await papercards.numbered(db, scan.number)
            if card is None or card.campaign != self.campaign_id:
                return None
            unit = await units.of(db, self.campaign_id, card.unit)
        used = State.UNUSED if card.citizen is None else State.USED
        state = used if card.voided_at is None else State.VOID
        return Look(scan.number, unit.named if unit else card.unit, state, code)


class Cards:
    """Serves the pages of paper cards."""

    def __init__(self, front: Front, look: Callable[[str], Awaitable[Look | None]]) -> None:
        """Take what looks a code up; None if it is no card of ours."""
        self._front = front
        self._shell = front.shell
        self._look = look
        self.routes: list[BaseRoute] = [Route("/card/{code}", self.page, methods=["GET"])]

    async def page(self, request: Request) -> Response:
        """Show a card."""
        code = request.path_params["code"]
        try:
            look = await self._look(code) if len(code) <= TOKEN_LENGTH_MAX else None
        except Unavailable:
            return self._front.trouble(request, "front.away", AWAY)
        if look is None:
            return self._front.trouble(request, "cardpage.none", NOT_FOUND)
        language, shell = language_of(request), self._shell
        main = tag(
            "main",
            tag("h1", shell.say("cardpage.title", language)),
            tag("p", rules.grouped(look.number), class_="voucher"),
            tag("p", shell.say(f"cardpage.{look.state}", language, unit=look.unit)),
            self._ways(look, language) if look.state is not State.VOID else None,
            tag("p", shell.say("cardpage.private", language), class_="note"),
            class_="front",
        )
        page = shell.page(language, shell.masthead(language, shell.switch(request, language)), main)
        return answer(page, more=NOT_FOR_SEARCH)

    def _ways(self, look: Look, language: str) -> Html:
        """Return the ways into the chat, the card going along; at least the words to send."""
        doors = self._front.doors(rules.START + look.code)
        shell = self._shell
        ways = ways_in(shell, doors, language)
        if doors.wecom or not (doors.telegram or doors.web):
            say = shell.plain("cardpage.words", language)
            ways.append(
                tag(
                    "section",
                    tag("h2", shell.say("front.wecom_title", language)) if doors.wecom else None,
                    tag("p", shell.say("cardpage.send", language)),
                    tag("p", f"{say} {rules.START}{look.code}", class_="told"),
                    class_="card",
                )
            )
        heading = tag("h2", shell.say(f"cardpage.next_{look.state}", language))
        return tag("div", heading, *ways, class_="ways")
