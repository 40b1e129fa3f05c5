"""The headers of every answer: each route there is, in each way it may be asked."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from bot.app import App
from bot.settings import Settings
from bot.web import feed, hooks, metrics
from bot.web.guard import Guarded
from tests.pages import HERE, Site

INLINE = re.compile(r"<style|\son\w+=|\sstyle=|<script(?![^>]*src)|javascript:", re.IGNORECASE)
FOREIGN = re.compile(r"(?:src|srcset|action)=\"(?:https?:)?//", re.IGNORECASE)
HTML_BYTES_MAX = 40_000
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE")
OWNER_UPLOAD = "/chat/upload?person=owner&name=x"
MOVED = range(300, 400)
# What may be kept, and how: nothing of it is about a person. All else is not to be kept at all.
KEPT = {
    "/static/board.css": "no-cache",
    "/robots.txt": "public, max-age=86400",
    "/favicon.ico": "public, max-age=86400",
    "/board": "public, max-age=4",
    "/board.json": "public, max-age=4",
}
ON, OFF, DEMO = {"web_chat": "on", "rehearsal": True}, {"web_chat": "off", "rehearsal": True}, {}


def core(app: Any) -> Starlette:
    """Return the app that has the routes, whatever stands before it."""
    while not isinstance(app, Starlette):
        app = app._app  # noqa: SLF001 - each hands on to the next
    return app


def paths(app: Starlette) -> Iterator[str]:
    """Return a path for each route there is; a kind of route nobody knows here is a fault."""
    for route in app.routes:
        if isinstance(route, Mount):
            yield f"{route.path}/board.css"
        elif isinstance(route, Route):
            yield re.sub(r"\{\w+(?::\w+)?\}", "x", route.path)
        else:
            assert route.path == "/chat/ws", route  # type: ignore[attr-defined]
            yield "/chat/ws"


def check(path: str, answer: Any) -> None:
    """Fail unless an answer is guarded as a whole."""
    headers, asked = answer.headers, (answer.request.method, path)
    policy = headers.get("content-security-policy", "")
    assert "default-src 'none'" in policy, asked
    assert "frame-ancestors 'none'" in policy, asked
    assert "unsafe" not in policy, asked
    assert headers["x-content-type-options"] == "nosniff", asked
    assert headers["cross-origin-opener-policy"] == "same-origin", asked
    assert headers["referrer-policy"] in {"no-referrer", "same-origin"}, asked
    assert "camera=()" in headers["permissions-policy"], asked
    assert "server" not in headers, asked
    shared = {name: told for name, told in headers.items() if name.startswith("access-control-")}
    assert shared in ({}, {"access-control-allow-origin": "*"}), asked
    assert not shared or path == "/board.json", asked  # what is public, and asked for by nobody
    kept = KEPT.get(path, "no-store") if answer.status_code < MOVED.start else "no-store"
    assert headers["cache-control"] == kept, asked
    assert re.fullmatch(r"(?:/[^/\\].*|/)?", headers.get("location", "")), asked
    if "html" in headers.get("content-type", ""):
        assert not INLINE.search(answer.text), asked
        assert not FOREIGN.search(answer.text), asked
        assert len(answer.content) < HTML_BYTES_MAX, asked


@pytest.mark.parametrize("mode", [ON, OFF, DEMO], ids=["on", "off", "demo"])
async def test_every_answer_is_guarded(tmp_path: Path, mode: dict[str, Any]) -> None:
    """All routes in all ways of asking, and when their insides break; nobody leads elsewhere."""
    settings = Settings(data_dir=tmp_path, public_url=HERE, **mode, _env_file=None)
    async with App.open(settings) as app, Site.client_of(app.web) as client:
        asked = {*paths(core(app.web)), "/", "/nothing", "/board/", "/metrics", "/join/jinze"}
        assert {"/board", "/board.json", "/go/x", "/healthz", "/robots.txt"} <= asked
        assert ("/chat" in asked) == (mode == ON)
        for path, method in itertools.product(sorted(asked), METHODS):
            if (path, method) != (feed.PATH, "GET"):  # it has no end, and its HEAD has the same
                check(path, await client.request(method, path))
        assert "扫码参加" in (await client.get("/board")).text  # where it leads is known
        assert "加入金泽镇" in (await client.get("/join/jinze")).text
        if mode == ON:
            policy = (await client.get("/chat")).headers["content-security-policy"]
            assert "wss://reading.example;" in policy
        if mode == DEMO:
            huge = {"content-type": "application/octet-stream", "content-length": "99999999"}
            check("413", refused := await client.post(OWNER_UPLOAD, headers=huge, content=b""))
            assert refused.status_code == 413
        await break_all(core(app.web), client)


async def test_nothing_but_pages_can_be_fetched(tmp_path: Path) -> None:
    """No history of the source, no settings and no data, whichever way a path goes about it."""
    settings = Settings(data_dir=tmp_path, **DEMO, _env_file=None)
    folders = ("", "/static", "/chat", "/board", "/data")
    names = (".git/config", ".git/HEAD", ".env", "pyproject.toml", "shuxiang.db", "bot/app.py")
    ways = ("", "../", "..%2f", "%2e%2e/", "....//", "..%5c")
    async with App.open(settings) as app, Site.client_of(app.web) as client:
        for folder, way, name in itertools.product(folders, ways, names):
            answer = await client.get(f"{folder}/{way}{name}")
            assert answer.status_code in {404, 405}, answer.request.url


async def break_all(app: Starlette, client: Any) -> None:
    """Let a fault of ours meet every route; each says so in a guarded page."""
    for route in app.routes:
        route.app = _broken  # type: ignore[attr-defined]
    for path in {*paths(app)} - {"/chat/ws", "/chat/upload"}:
        check("500", broken := await client.get(path))
        assert broken.status_code == 500, path


async def _broken(*_asked: Any) -> None:
    raise ZeroDivisionError


async def test_what_stands_before_the_app_is_guarded_too() -> None:
    """The hooks of the platforms, refusing or taking, and the metrics: no sniffing, no keeping."""

    class Taken:
        status, body = 200, b"{}"

    async def take(_body: bytes) -> Taken:
        return Taken()

    async def told() -> str:
        return "up 1"

    secret = "s" * 20
    hooked = {
        hooks.TELEGRAM_PATH: hooks.telegram(secret, take, seconds=9),
        metrics.PATH: metrics.page(told, "text/plain"),
    }
    head = {hooks.TELEGRAM_SECRET.decode(): secret}
    heads = ({}, head, {**head, "content-length": "99999999"})
    seen = set()
    async with Site.client_of(hooks.before(_broken, hooked)) as client:
        for path, method, headers in itertools.product(hooked, METHODS, heads):
            answer = await client.request(method, path, headers=headers)
            seen.add(answer.status_code)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert seen == {200, 403, 405, 413}


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_https_is_kept_to(scheme: str) -> None:
    """Whoever came by https comes by https again; a demo without it can be opened."""
    sent: list[Any] = []

    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def told(message: Any) -> None:
        sent.append(message)

    await Guarded(answer)({"type": "http", "path": "/", "scheme": scheme}, answer, told)
    names = {name.decode() for name, _ in sent[0]["headers"]}
    assert ("strict-transport-security" in names) is (scheme == "https")


async def test_another_sites_page_changes_nothing(tmp_path: Path) -> None:
    """Each route that takes more than a look is known here; none takes it from elsewhere."""
    settings = Settings(data_dir=tmp_path, public_url=HERE, **DEMO, _env_file=None)
    async with App.open(settings) as app, Site.client_of(app.web) as client:
        taking = {
            route.path
            for route in core(app.web).routes
            if not isinstance(route, Mount)
            and not (isinstance(route, Route) and {*(route.methods or ())} <= {"GET", "HEAD"})
        }
        assert taking == {"/go/{token}", "/chat/upload", "/chat/ws"}
        plain = {"content-type": "application/octet-stream"}
        for path in ("/go/x", OWNER_UPLOAD):
            for foreign in (
                {"origin": "https://evil.example"},
                {"origin": "null"},
                {"origin": HERE + ".evil.example"},
                {"origin": HERE, "sec-fetch-site": "cross-site"},
                {"sec-fetch-site": "cross-site"},  # and no origin at all
                {"sec-fetch-site": "same-site"},
            ):
                answer = await client.post(path, headers=plain | foreign, content=b"x")
                assert answer.status_code == 403, (path, foreign)
            for own in ({"origin": HERE, "sec-fetch-site": "same-origin"}, {}):
                answer = await client.post(path, headers=plain | own, content=b"x")
                assert answer.status_code == (410 if path == "/go/x" else 200), (path, own)
