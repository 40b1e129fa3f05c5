"""`GET /metrics`, for a Prometheus on this machine only.

Nothing in it is about a person, but how a city's bot fares is for those who run it. A proxy on
this machine comes from loopback as well, with the world behind it: what was passed on is not ours.
"""

import ipaddress
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.guard import Guarded

PATH = "/metrics"
PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-proto", "x-real-ip")


def page(told: Callable[[], Awaitable[str]], media_type: str) -> ASGIApp:
    """Make the app that answers what is told, to this machine; to others it does not exist."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        response: Response
        if not _is_from_here(request):
            response = PlainTextResponse("Not Found", 404)
        elif request.method not in {"GET", "HEAD"}:
            response = PlainTextResponse("Method Not Allowed", 405)
        else:
            response = Response(await told(), headers={"content-type": media_type})
        await response(scope, receive, send)

    return Guarded(answer)


def _is_from_here(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in PASSED_ON):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
