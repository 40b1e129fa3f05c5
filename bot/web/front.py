"""The front: where to take part, joining a unit by its code, what is said when all else fails."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.messages import Named, plain
from bot.rules import vouchers
from bot.web import drawing
from bot.web.markup import Html, away, tag
from bot.web.shell import NOT_FOR_SEARCH, Shell, answer, language_of
from storage.db import Unavailable

START = re.compile(r"[A-Za-z0-9_-]{1,64}")
CODE = re.compile(r"[a-z0-9_]{1,32}")
TELEGRAM = "Telegram"
CODE_LENGTH_MAX = 60
NOT_FOUND, AWAY, FAULT = 404, 503, 500
ICON = Path(__file__).with_name("static") / "icon.svg"
ROBOTS = """User-agent: *
Disallow: /go/
Disallow: /files/
Disallow: /join/
Disallow: /v/
Disallow: /card/
Disallow: /chat
Disallow: /board/events
"""


@dataclass(frozen=True, slots=True)
class Doors:
    """The ways in: an address on Telegram, WeCom's app, a path of the web chat; empty is closed."""

    telegram: str = ""
    wecom: bool = False
    web: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """A unit one can join: its name, and the start parameter that leads to it."""

    name: Named
    start: str


class Front:
    """Serves the landing page, the pages of units, and pages that say what went wrong."""

    def __init__(
        self,
        shell: Shell,
        doors: Callable[[str], Doors],
        unit: Callable[[str], Awaitable[Joined | None]],
    ) -> None:
        self.shell = shell
        self.doors = doors
        self._unit = unit
        self.routes: list[BaseRoute] = [  # pages of others are added
            Route("/join/{code}", self.join),
            Route("/v/{code}", self.voucher),
            Route("/robots.txt", _robots),
            Route("/favicon.ico", _icon),
        ]

    async def landing(self, request: Request) -> Response:
        """Show where to take part; a start parameter goes along."""
        language = language_of(request)
        start = request.query_params.get("start", "")
        start = start if START.fullmatch(start) else ""
        return answer(self._page(request, language, heading=None, start=start))

    async def join(self, request: Request) -> Response:
        """Show where to join a unit, town or team."""
        code = request.path_params["code"]
        try:
            found = await self._unit(code) if CODE.fullmatch(code) else None
        except Unavailable:
            return self.trouble(request, "front.away", AWAY)
        if found is None:
            return self.trouble(request, "front.no_unit", NOT_FOUND)
        language = language_of(request)
        heading = self.shell.say("front.join", language, unit=found.name)
        page = self._page(request, language, heading=heading, start=found.start)
        return answer(page, more=NOT_FOR_SEARCH)

    def _page(self, request: Request, language: str, *, heading: Html | None, start: str) -> Html:
        shell, doors = self.shell, self.doors(start)
        ways = [self._telegram(doors, language), self._web(doors, language)]
        ways.append(self._wecom(doors, language))
        there = [way for way in ways if way is not None]
        if not there:
            there = [tag("p", shell.say("page.off", language))]
        board = tag("a", shell.say("front.board", language), href="/board")
        return shell.page(
            language,
            shell.masthead(language, shell.switch(request, language)),
            tag(
                "main",
                tag("h1", heading or shell.say("front.title", language)),
                tag("div", there, class_="doors"),
                tag("p", board),
                class_="front",
            ),
        )

    def _telegram(self, doors: Doors, language: str) -> Html | None:
        if not doors.telegram:
            return None
        shell = self.shell
        words = shell.say("front.telegram", language, app=TELEGRAM)
        said = plain(shell.say("front.telegram_code", language, app=TELEGRAM))
        return tag(
            "section",
            tag("h2", TELEGRAM),
            drawing.code(doors.telegram, said=said),
            tag("p", away(doors.telegram, words, class_="press")),
            class_="card",
        )

    def _web(self, doors: Doors, language: str) -> Html | None:
        if not doors.web:
            return None
        shell = self.shell
        link = tag("a", shell.say("front.web", language), href=doors.web, class_="press")
        return tag(
            "section",
            tag("h2", shell.say("front.web_title", language)),
            tag("p", shell.say("front.web_means", language)),
            tag("p", link),
            class_="card",
        )

    def _wecom(self, doors: Doors, language: str) -> Html | None:
        if not doors.wecom:
            return None
        shell = self.shell
        return tag(
            "section",
            tag("h2", shell.say("front.wecom_title", language)),
            tag("p", shell.say("front.wecom", language)),
            class_="card",
        )

    async def voucher(self, request: Request) -> Response:
        """Show a scanned voucher's code as staff say it; asks nothing, so it tells nothing."""
        plain_code = vouchers.read(request.path_params["code"][:CODE_LENGTH_MAX])
        if plain_code is None:
            return self.trouble(request, "front.no_voucher", NOT_FOUND)
        language, shell = language_of(request), self.shell
        main = tag(
            "main",
            tag("h1", shell.say("front.voucher", language)),
            tag("p", vouchers.grouped(plain_code), class_="voucher"),
            tag("p", shell.say("front.voucher_holder", language)),
            tag("p", shell.say("front.voucher_staff", language), class_="note"),
            tag("div", *ways_in(shell, self.doors(f"{vouchers.START}{plain_code}"), language)),
            class_="front",
        )
        switch = shell.switch(request, language)
        page = shell.page(language, shell.masthead(language, switch), main)
        return answer(page, more=NOT_FOR_SEARCH)

    def trouble(self, request: Request, key: str, status: int) -> Response:
        """Say in words what is wrong, and where to go on."""
        language = language_of(request)
        shell = self.shell
        main = tag(
            "main",
            tag("h1", shell.say(key, language)),
            tag("p", tag("a", shell.say("front.home", language), href="/", class_="press")),
            class_="front",
        )
        page = shell.page(language, shell.masthead(language, shell.switch(request, language)), main)
        return answer(page, status, more=NOT_FOR_SEARCH)

    async def lost(self, request: Request, error: Exception) -> Response:
        """Answer what is not there, or not there in this way."""
        status = error.status_code if isinstance(error, HTTPException) else NOT_FOUND
        headers = error.headers if isinstance(error, HTTPException) else None
        response = self.trouble(
            request, "front.lost" if status == NOT_FOUND else "front.not_so", status
        )
        response.headers.update(headers or {})
        return response

    async def fault(self, request: Request, _error: Exception) -> Response:
        """Answer when a fault of ours met a request."""
        return self.trouble(request, "page.fault", FAULT)


def ways_in(shell: Shell, doors: Doors, language: str) -> list[Html]:
    """Return what leads into the chat from a scanned page, a line for each open door."""
    ways = []
    if doors.telegram:
        words = shell.say("cardpage.open", language, app=TELEGRAM)
        ways.append(tag("p", away(doors.telegram, words, class_="press")))
    if doors.web:
        words = shell.say("cardpage.open_web", language)
        ways.append(tag("p", tag("a", words, href=doors.web, class_="press")))
    return ways


async def _robots(_request: Request) -> Response:
    return PlainTextResponse(ROBOTS, headers={"cache-control": "public, max-age=86400"})


async def _icon(_request: Request) -> Response:
    return FileResponse(ICON, headers={"cache-control": "public, max-age=86400"})
