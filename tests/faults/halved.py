"""Upgrades of a database that are killed on the way; the product knows nothing of it.

    echo 40 | python -m tests.faults.halved sqlite:///bot.sqlite3

Each line on standard input starts one upgrade, which is killed before that statement of it, and
prints how it ended. It is forked from this process, which has everything imported.
"""

import asyncio
import itertools
import os
import signal
import sys
from importlib import import_module
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from storage.db import Database

PROGRAM = (sys.executable, "-m", "tests.faults.halved")


def main() -> None:
    """Upgrade once per line, each after the end of the one before."""
    for name in ("alembic.command", "storage.schema", "aiosqlite", "asyncpg"):
        import_module(name)
    for line in sys.stdin:
        if not (child := os.fork()):
            _arm(int(line))
            asyncio.run(_upgrade(sys.argv[1]))
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(sys.stdout.fileno(), f"{status}\n".encode())


def _arm(last: int) -> None:
    numbers = itertools.count(1)

    def counted(*_given: Any) -> None:
        if next(numbers) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", counted)


async def _upgrade(url: str) -> None:
    database = Database(url)
    await database.upgrade()
    await database.aclose()


if __name__ == "__main__":
    main()
