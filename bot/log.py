"""Logging: one line an event, as text or JSON, and never a secret in it."""

import json
import logging
import sys
from collections.abc import Collection

MASK = "•••"
# These write addresses, and a Telegram address holds the token.
CHATTY = (
    "alembic",
    "httpx",
    "httpcore",
    "aiohttp",
    "telegram",
    "aiosqlite",
    "asyncio",
    "websockets",
    "uvicorn",
)


class _Formatter(logging.Formatter):
    """Writes a record, then masks what is secret: traces and arguments included."""

    def __init__(self, secrets: Collection[str], *, as_json: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = sorted(secrets, key=len, reverse=True)
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = super().format(record)
        if self._as_json:
            said = {
                "at": self.formatTime(record),
                "level": record.levelname,
                "logger": record.name,
                "text": record.getMessage(),
            }
            if record.exc_info:
                said["trace"] = self.formatException(record.exc_info)
            line = json.dumps(said, ensure_ascii=False)
        elif not record.exc_info:
            line = line.replace("\n", "\\n")  # what people wrote cannot forge an entry
        for secret in self._secrets:
            line = line.replace(secret, MASK)
        return line


def set_up(level: str, form: str, secrets: Collection[str]) -> None:
    """Send every record to standard error at this level, in this form, without these secrets."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(secrets, as_json=form == "json"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns of each look that begins while the last one goes on, which is what we asked for.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
