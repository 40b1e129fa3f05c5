"""Runs of `shuxiang` with a planted fault, and the tests' side of them; the product knows nothing.

    echo inside 3 | python -m tests.faults.killed

Each line on standard input starts one run: `inside N` is killed in its N-th transaction that pays,
after its statements and before COMMIT; `committed N` right after that COMMIT, before anybody is
answered; in `poison N` booking for the sender N always fails; `none 0` is sound. A run is forked
from this process, which has everything imported: it starts in 50 ms instead of a second.
"""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path

from bot.booking import Act, Booking, Told
from bot.till import Till
from storage.citizens import Account
from storage.db import Db
from tests.processes import START_SECONDS_MAX, STOP_SECONDS_MAX, environment

LOADED = ("bot.app", "bot.channels.telegram", "uvicorn", "uvloop", "aiosqlite", "asyncpg")
PROGRAM = (sys.executable, "-m", "tests.faults.killed")
INSIDE, COMMITTED, POISON, NONE = "inside", "committed", "poison", "none"


def main() -> None:
    """Start one run per line, each after the end of the one before."""
    for name in (*LOADED, "bot.cli"):
        import_module(name)
    for line in sys.stdin:
        fault, number = line.split()
        if not (child := os.fork()):
            _serve(fault, int(number))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        _say(f"ended {status}")


def _say(line: str) -> None:
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def _serve(fault: str, number: int) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    _say(f"pid {os.getpid()}")
    if fault == POISON:
        _poison(str(number))
    elif fault != NONE:
        _arm(fault, number)
    import_module("bot.cli").cli(["run"])


def _arm(point: str, after: int) -> None:
    """Make the program die at a point of its N-th transaction that pays."""
    write, attempt = Booking.write, Till._attempt  # noqa: SLF001 - the point is inside
    booked: list[list[str]] = []

    def die() -> None:
        _say(f"died {' '.join(booked[-1])}")
        os.kill(os.getpid(), signal.SIGKILL)

    async def written(self: Booking, db: Db) -> None:
        await write(self, db)
        if causes := [line.cause for line in self._new_lines]:
            booked.append(causes)
        if point == INSIDE and len(booked) == after:
            die()

    async def attempted(self: Till, batch: Sequence[object]) -> object:
        answers = await attempt(self, batch)  # type: ignore[arg-type]
        if point == COMMITTED and len(booked) == after:
            die()
        return answers

    Booking.write = written  # type: ignore[method-assign]
    Till._attempt = attempted  # type: ignore[assignment, method-assign]  # noqa: SLF001


def _poison(sender: str) -> None:
    """Make booking fail whenever one person is in the batch."""
    decide = Booking.decide

    def decided(self: Booking, act: Act) -> Told | None:
        if isinstance(act.who, Account) and act.who.sender == sender:
            raise RuntimeError("poison")
        return decide(self, act)

    Booking.decide = decided  # type: ignore[assignment, method-assign]


class Runs:
    """Runs of the program one after the other, each with its fault, as a test sees them."""

    def __init__(self, parent: asyncio.subprocess.Process, errors: Path) -> None:
        self._parent = parent
        self._errors = errors
        self._pid = 0
        self.address = ""
        """Where the run that is alive takes posts."""

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, **settings: str) -> AsyncIterator["Runs"]:
        """Load the program; nothing runs yet. What still runs at the end is killed."""
        errors = folder / "errors"
        with errors.open("wb") as file:
            parent = await asyncio.create_subprocess_exec(
                *PROGRAM,
                cwd=folder,
                env=environment(folder, settings),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=file,
            )
        runs = cls(parent, errors)
        try:
            yield runs
        finally:
            parent.kill()
            runs.kill()
            await parent.communicate()

    @property
    def errors(self) -> str:
        """Return everything the runs logged."""
        return self._errors.read_text()

    async def _line(self, seconds: float) -> str:
        assert self._parent.stdout is not None
        async with asyncio.timeout(seconds):
            line = (await self._parent.stdout.readline()).decode()
        assert line, self.errors
        return line

    async def start(self, fault: str = NONE, number: int = 0) -> None:
        """Start a run and wait until it has greeted."""
        assert self._parent.stdin is not None
        self._parent.stdin.write(f"{fault} {number}\n".encode())
        self._pid = int((await self._line(START_SECONDS_MAX)).removeprefix("pid "))
        greeting = await self._line(START_SECONDS_MAX)
        found = re.search(r"http://[^/]+", greeting)
        assert found is not None, (greeting, self.errors)
        self.address = f"{found[0]}/telegram/webhook"

    def signal(self, number: signal.Signals) -> None:
        """Send the run a signal."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, number)

    def kill(self) -> None:
        """Kill the run as a power cut would."""
        self.signal(signal.SIGKILL)

    async def end(self) -> tuple[int, list[str]]:
        """Wait for the run's end; return its status and the causes in the batch it died in."""
        causes: list[str] = []
        while not (line := await self._line(STOP_SECONDS_MAX)).startswith("ended "):
            causes = line.split()[1:]
        self._pid = 0
        return int(line.removeprefix("ended ")), causes


if __name__ == "__main__":
    main()
