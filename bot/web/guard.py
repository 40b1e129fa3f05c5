"""The headers that every answer has: what a page may load, who may frame it, who may keep it."""

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, nothing written into a page; forms come back to us alone."""
PLAIN_POLICY = POLICY.replace("script-src 'self'", "script-src 'none'").replace(
    "connect-src 'self'", "connect-src 'none'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cache-control": "no-store",
}
CHAT = {
    **HEADERS,
    "content-security-policy": POLICY.replace("form-action 'self'", "form-action 'none'"),
    "referrer-policy": "no-referrer",
}
KEPT = {**CHAT, "cache-control": "no-cache"}  # kept by the browser, but asked for each time
KEPT_TO = "max-age=31536000"
"""Whoever came by https comes by nothing else for a year (HSTS)."""
HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")


def with_socket(host: str) -> str:
    """Return the chat's policy with its socket named: for older Safari, 'self' is no socket."""
    policy = CHAT["content-security-policy"]
    if not HOST.fullmatch(host):
        return policy
    here = "connect-src 'self'"
    return policy.replace(here, f"{here} ws://{host} wss://{host}")


class Guarded:
    """Puts the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through; an answer begins with our headers."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                static = scope["path"].startswith("/static/")
                for name, value in (KEPT if static else CHAT).items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("strict-transport-security", KEPT_TO)
            await send(message)

        await self.app(scope, receive, guarded)
