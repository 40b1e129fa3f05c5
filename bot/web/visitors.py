"""Who a browser is on the web chat: a signed cookie that holds for nine months after each visit.

It holds from a campaign's first day until its rewards are handed out, for whoever stays away in
between. Every visit renews it; one that was copied ends by itself, or at once where its account is
left (我的账号). By https its name begins with `__Host-`, so that no neighbouring site can set it.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

COOKIE = "shuxiang_person"
SAFE_COOKIE = f"__Host-{COOKIE}"
HOLDS = timedelta(days=270)  # browsers keep none longer than 400 days
VALUE = re.compile(r"(?P<person>[0-9a-f]{32})\.(?P<day>[0-9]{1,6})\.(?P<signature>[0-9a-f]{64})")
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
SAFE = frozenset({"https", "wss"})


@dataclass(frozen=True, slots=True)
class Visitors:
    """Tells visitors apart by cookies signed with `secret`."""

    secret: bytes
    now: Callable[[], datetime]
    """Returns the machine's moment."""
    site: str = ""
    """Where people find the pages; by its host https is known behind a proxy that tells less."""

    def who(self, connection: HTTPConnection) -> str | None:
        """Return whom a request comes from; None without a cookie of ours that still holds."""
        found = self._read(connection)
        return None if found is None else found[0]

    def welcome(self, request: HTTPConnection, response: Response) -> None:
        """Give a newcomer a cookie, and a visitor's a new day."""
        found, today = self._read(request), self._today()
        if found is not None and found[1] == today:
            return
        person = secrets.token_hex(16) if found is None else found[0]
        safe = self._is_safe(request)
        response.set_cookie(
            SAFE_COOKIE if safe else COOKIE,
            f"{person}.{today}.{self._signature(person, today)}",
            max_age=int(HOLDS.total_seconds()),
            secure=safe,
            httponly=True,
            samesite="strict",
        )

    def _read(self, connection: HTTPConnection) -> tuple[str, int] | None:
        """Return the person and the day of a genuine cookie."""
        name = SAFE_COOKIE if self._is_safe(connection) else COOKIE
        found = VALUE.fullmatch(connection.cookies.get(name, ""))
        if found is None:
            return None
        person, day = found["person"], int(found["day"])
        genuine = hmac.compare_digest(found["signature"], self._signature(person, day))
        return (person, day) if genuine and self._today() - day <= HOLDS.days else None

    def _signature(self, person: str, day: int) -> str:
        return hmac.digest(self.secret, f"web\0{person}\0{day}".encode(), hashlib.sha256).hex()

    def _today(self) -> int:
        return (self.now() - FIRST).days

    def _is_safe(self, connection: HTTPConnection) -> bool:
        if connection.url.scheme in SAFE:
            return True
        site = urlsplit(self.site)
        named = connection.headers.get("host", "").lower()
        return site.scheme == "https" and site.netloc.lower() == named
