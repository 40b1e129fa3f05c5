"""The public board: its page, its line of events, its data as JSON. Nothing is personal."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.campaign import Campaign
from bot.messages import plain
from bot.operations.board import Board
from bot.web import drawing
from bot.web.board_page import Face
from bot.web.feed import Feed, Shown
from bot.web.guard import POLICY
from bot.web.markup import Html, tag
from bot.web.shell import SPOKEN, Shell, answer, is_known, language_of, marked
from storage.db import Unavailable

VERSION = 1
KEPT = "public, max-age=4"
REFRESH_SECONDS = 30  # of a page without JavaScript
HEADINGS = ("people", "days", "lives", "towns", "read", "streaks")


class BoardPages:
    """Serves the board; `latest` returns it, at most a few seconds old.

    `address` is where people who see it on a big screen go to take part; empty if not known.
    """

    def __init__(
        self,
        shell: Shell,
        campaign: Campaign,
        latest: Callable[[], Awaitable[Board]],
        *,
        address: str = "",
    ) -> None:
        self._shell = shell
        self._campaign = campaign
        self._latest = latest
        self._address = address
        self._faces = {code: Face(shell, campaign, code) for code in SPOKEN.values()}
        self._shown: dict[str, tuple[Board, Shown]] = {}
        self._data: tuple[Board, bytes, str] | None = None
        self.feed = Feed(self.show)
        self.routes: list[BaseRoute] = [
            Route("/board", self.page),
            Route("/board.json", self.data),
        ]

    async def show(self, language: str) -> Shown:
        """Return the board's parts in a language, made once for everybody.

        Raises:
            Unavailable: the database is away, and was never read.

        """
        board = await self._latest()
        made, shown = self._shown.get(language, (None, None))
        if shown is None or made is not board:
            parts = self._faces[language].parts(board)
            shown = Shown(parts, marked("".join(parts.values()).encode()))
            self._shown[language] = board, shown
        return shown

    async def page(self, request: Request) -> Response:
        """Serve the board as it is now; it is whole without a script."""
        language = language_of(request)
        headers = {"cache-control": KEPT, "vary": "accept-language"}
        try:
            shown = await self.show(language)
        except Unavailable:
            return self._away(language)
        if is_known(request, shown.mark):
            return Response(None, 304, headers | {"etag": shown.mark})
        page = self._page(request, language, shown)
        return answer(page, policy=POLICY, more=headers | {"etag": shown.mark})

    def _page(self, request: Request, language: str, shown: Shown) -> Html:
        say, parts = self._shell.plain, shown.parts
        sections = [tag("section", Html(parts[name]), id=name, class_="card") for name in HEADINGS]
        line = tag(
            "p",
            id="line",
            class_="line",
            role="status",
            data_lost=say("board.lost", language),
        )
        refresh = tag("meta", http_equiv="refresh", content=REFRESH_SECONDS)
        return self._shell.page(
            language,
            self._shell.masthead(language, self._shell.switch(request, language)),
            tag(
                "main",
                tag("h1", say("board.title", language), class_="unseen"),
                tag("div", Html(parts["as-of"]), id="as-of", class_="as-of"),
                line,
                sections,
                self._code(language),
                id="board",
                data_version=shown.mark.strip('"'),
            ),
            tag("footer", tag("a", self._shell.say("board.join", language), href="/")),
            title=say("board.title", language),
            head=Html(
                tag("script", type="module", src="/static/board.js") + tag("noscript", refresh)
            ),
            look="board",
        )

    def _code(self, language: str) -> Html | None:
        """Return what a passer-by scans from the big screen; elsewhere the link below is enough."""
        if not self._address:
            return None
        words = self._shell.say("board.scan", language)
        drawn = drawing.code(self._address, said=plain(words))
        shown = self._address.partition("://")[2]
        told = tag("div", tag("p", words), tag("p", shown, class_="note"))
        return tag("section", drawn, told, id="scan", class_="card")

    def _away(self, language: str) -> Response:
        words = tag("main", tag("h1", self._shell.say("board.away", language)))
        page = self._shell.page(language, self._shell.masthead(language), words)
        return answer(page, 503, more={"retry-after": "10"})

    async def data(self, request: Request) -> Response:
        """Serve the board as JSON; other sites may read it."""
        headers = {"cache-control": KEPT, "access-control-allow-origin": "*"}
        try:
            board = await self._latest()
        except Unavailable:
            fault = orjson.dumps({"version": VERSION, "error": "unavailable"})
            return Response(fault, 503, headers | {"retry-after": "10"}, "application/json")
        if self._data is None or self._data[0] is not board:
            told = data_of(board, self._campaign)
            mark = marked(orjson.dumps({**told, "as_of": None}))
            self._data = board, orjson.dumps(told), mark
        _, content, mark = self._data
        headers["etag"] = mark
        if is_known(request, mark):
            return Response(None, 304, headers)
        return Response(content, 200, headers, "application/json")


def data_of(board: Board, campaign: Campaign) -> dict[str, Any]:
    """Return the board as plain data, the form that README describes as version 1."""
    return {
        "version": VERSION,
        "campaign": campaign.campaign.id,
        "as_of": board.at.astimezone(campaign.zone).isoformat(timespec="seconds"),
        "day": board.day.isoformat(),
        "participants": board.participants,
        "target": board.target,
        "registered": board.registered,
        "today": {"checkins": board.visits_today, "points": board.points_today},
        "points_by_day": [{"day": day.isoformat(), "points": counts} for day, counts in board.days],
        "towns": [
            {
                "id": town.code,
                "name": town.name.name,
                "name_en": town.name.name_en,
                "participants": town.participants,
                "target": town.target,
            }
            for town in board.towns
        ],
        "livestreams": [
            {
                "topic": live.topic,
                "unit": None if live.unit is None else live.unit.name,
                "starts_at": live.starts_at.astimezone(campaign.zone).isoformat(),
                "ends_at": live.ends_at.astimezone(campaign.zone).isoformat(),
            }
            for live in board.lives
        ],
        "most_read": [
            {
                "title": each.title,
                "author": each.author,
                "activity": each.activity,
                "times": each.times,
            }
            for each in board.read
        ],
        "streaks": [{"alias": each.alias, "days": each.days} for each in board.streaks],
    }
