"""Link pages: what an item is, the way to it, and 我读完了 after its minimum time.

GET and HEAD change nothing, whoever asks: previews, prefetching browsers and crawlers open links
too. The way to the item is an ordinary link to the address the catalogue has, never a redirect, and
nothing in a page's own address can change it.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.messages import Named
from bot.operations.finishing import done_label
from bot.reading import Look, Reading, Stage
from bot.web.front import Front
from bot.web.guard import POLICY
from bot.web.markup import Html, away, tag
from bot.web.shell import NOT_FOR_SEARCH, answer, language_of
from bot.web.uploads import same_origin
from storage.db import Unavailable

TOKEN_LENGTH_MAX = 100
MINUTE = 60
FORBIDDEN, GONE, AWAY = 403, 410, 503


class Links:
    """Serves link pages."""

    def __init__(self, front: Front, reading: Reading) -> None:
        self._front = front
        self._shell = front.shell
        self._reading = reading
        self.routes: list[BaseRoute] = [
            Route("/go/{token}", self.page, methods=["GET"]),
            Route("/go/{token}", self.finish, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """Show an item and how far its reader is."""
        token = request.path_params["token"]
        try:
            look = await self._reading.look(token) if len(token) <= TOKEN_LENGTH_MAX else None
        except Unavailable:
            return self._front.trouble(request, "go.away", AWAY)
        return self._shown(request, look)

    async def finish(self, request: Request) -> Response:
        """Finish the item; only our own page may ask."""
        token = request.path_params["token"]
        if not same_origin(request):
            return self._front.trouble(request, "go.foreign", FORBIDDEN)
        if len(token) > TOKEN_LENGTH_MAX:
            return self._shown(request, None)
        try:
            look = await self._reading.finish(token, language_of(request))
        except Unavailable:
            return self._front.trouble(request, "go.away", AWAY)
        return self._shown(request, look, pressed=True)

    def _shown(self, request: Request, look: Look | None, *, pressed: bool = False) -> Response:
        if look is None:
            return self._front.trouble(request, "go.gone", GONE)
        asked = request.query_params.get("lang")
        language = language_of(request) if asked else look.language or language_of(request)
        item, shell = look.item, self._shell
        shown = tag(
            "main",
            tag("h1", shell.say("go.title", language, title=item.title)),
            tag(
                "p",
                shell.say("go.about", language, author=item.author, minutes=item.minutes),
                class_="note",
            ),
            tag("p", item.summary) if item.summary else None,
            self._way(look, language),
            self._state(look, language, pressed=pressed),
            tag("p", shell.say("go.yours", language), class_="note"),
            class_="go",
        )
        page = shell.page(
            language,
            shell.masthead(language, shell.switch(request, language)),
            shown,
            title=item.title,
            head=tag("script", type="module", src="/static/go.js"),
        )
        return answer(page, policy=POLICY, more=NOT_FOR_SEARCH)

    def _way(self, look: Look, language: str) -> Html:
        """Return the way to the item itself, in a window of its own: this page is needed again."""
        activity, shell = look.activity, self._shell
        told = activity.go_en if language == "en" else activity.go
        words = told or shell.say("go.go", language)
        hint = tag("span", shell.say("page.new_window", language), class_="unseen")
        first = look.stage in {Stage.UNOPENED, Stage.EARLY}  # afterwards it is to be finished
        press = "press" if first else "press second"
        link = away(look.item.url, words, hint, class_=press, target="_blank")
        return tag("p", link)

    def _state(self, look: Look, language: str, *, pressed: bool) -> Html:
        shell, done = self._shell, done_label(look.activity)
        if look.answer is not None and (pressed or look.stage is Stage.DONE):
            return tag("p", Html(look.answer.text), class_="told", role="status")
        match look.stage:
            case Stage.UNOPENED:
                return tag("p", shell.say("go.unopened", language), class_="told", role="status")
            case Stage.DONE:
                return tag("p", shell.say("go.done", language), class_="told", role="status")
            case Stage.EARLY:
                minutes = -(-look.left // MINUTE)
                words = shell.say("go.early", language, minutes=minutes, done=done)
                return tag("p", words, class_="told", role="status", data_left=look.left)
            case Stage.READY:
                press = tag("button", _called(done, language), type="submit", class_="press")
                return tag("form", press, method="post")


def _called(label: Named, language: str) -> str:
    return label.name_en if language == "en" else label.name
