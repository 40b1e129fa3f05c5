"""What an error of the database means: away or overloaded, or refusing to store anything more."""

import asyncio

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

FULL, READ_ONLY, FAILING = "full", "read-only", "failing"
# SQLSTATE classes: connection lost, no room, server stopping, disk failing, lock and time-outs.
POSTGRES_AWAY = ("08", "53", "57", "58", "55P03", "40001", "40P01", "25006")
SQLITE_AWAY = ("locked", "busy", "unable to open", "disk i/o", "full", "readonly")
POSTGRES_REFUSES = {"53100": FULL, "25006": READ_ONLY, "58030": FAILING}
SQLITE_REFUSES = {"full": FULL, "readonly": READ_ONLY, "disk i/o": FAILING}
NO_ROOM = "no space left"  # a file's, which is kept beside the database


def is_away(error: BaseException) -> bool:
    """Say whether an error means that the database is away or overloaded, not that we erred."""
    if isinstance(error, OSError | PoolTimeout | asyncio.TimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state, said = _told(error)
    return (
        error.connection_invalidated
        or state.startswith(POSTGRES_AWAY)
        or "connection is closed" in said
        or (not state and any(word in said for word in SQLITE_AWAY))
    )


def refusal(error: BaseException) -> str:
    """Return why nothing more is stored, if an error says so: full, read-only, failing; else ""."""
    if isinstance(error, OSError):
        return FULL if NO_ROOM in str(error).lower() else ""
    if not isinstance(error, DBAPIError):
        return ""
    state, said = _told(error)
    if state:
        return POSTGRES_REFUSES.get(state, "")
    return next((why for word, why in SQLITE_REFUSES.items() if word in said), "")


def _told(error: DBAPIError) -> tuple[str, str]:
    """Return the SQLSTATE, which only PostgreSQL has, and the words."""
    return str(getattr(error.orig, "sqlstate", None) or ""), str(error.orig).lower()
