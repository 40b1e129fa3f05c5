"""Real processes of the program: started, talked to, stopped, killed."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.nursery import Run, forked

if TYPE_CHECKING:
    from tests.telegram_api import TelegramApi

ROOT = Path(__file__).parent.parent
# How long a test waits before it gives up, on a machine that does five things at once; what the
# program promises about its own times is asserted where it is measured.
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 60
SHUXIANG = (sys.executable, "-m", "bot")
WAITING = re.compile(
    r"\S+ \S+ WARNING bot\.\w+: the (database is away; .*|bell \S+ is too late for .*)\n"
)
"""What the loops beside the chat say of an outage or a jump of the clock, if they get to it."""


def unexplained(errors: str) -> str:
    """Return what a process logged beyond what the test did to its database or its clock."""
    return WAITING.sub("", errors)


class Process:
    """One running `shuxiang`."""

    def __init__(self, started: asyncio.subprocess.Process | Run, greeting: str) -> None:
        self.started = started
        self.greeting = greeting

    @property
    def url(self) -> str:
        """Return the address it serves at."""
        found = re.search(r"http://[^/]+", self.greeting)
        assert found is not None, self.greeting
        return found[0]

    async def stop(self) -> tuple[int, str]:
        """Ask it to end, and return its status and what it logged."""
        self.started.send_signal(signal.SIGTERM)
        _out, errors = await asyncio.wait_for(self.started.communicate(), STOP_SECONDS_MAX)
        return self.started.returncode or 0, errors.decode()

    async def stop_well(self) -> None:
        """Ask it to end, which must go well and without a complaint."""
        status, errors = await self.stop()
        assert (status, unexplained(errors)) == (0, ""), errors

    async def kill(self) -> None:
        """Kill it as a power cut would."""
        self.started.kill()
        await self.started.communicate()


def environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return a bare environment with these settings and nothing of ours."""
    bare = {"PATH": os.defpath, "HOME": str(folder), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    defaults = {"SHUXIANG_DATA_DIR": str(folder), "SHUXIANG_PORT": "0"}
    return {**bare, **defaults, **{f"SHUXIANG_{name}": value for name, value in settings.items()}}


async def run(folder: Path, *arguments: str, **settings: str) -> tuple[int, str]:
    """Run a command to its end and return its status and everything it printed."""
    process = await forked(arguments, folder, environment(folder, settings))
    printed, errors = await asyncio.wait_for(process.communicate(), START_SECONDS_MAX)
    return process.returncode or 0, (printed + errors).decode()


@asynccontextmanager
async def serving(
    folder: Path, *, program: Sequence[str] = (), **settings: str
) -> AsyncIterator[Process]:
    """Run `shuxiang run` until it has greeted; it is killed at the end if it still runs.

    It is forked from a process that has it imported; a program that is named is executed.
    """
    given = environment(folder, settings)
    started: asyncio.subprocess.Process | Run
    if program:
        started = await asyncio.create_subprocess_exec(
            *program,
            cwd=folder,
            env=given,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    else:
        started = await forked(["run"], folder, given)
    try:
        assert started.stdout is not None
        greeting = await asyncio.wait_for(started.stdout.readline(), START_SECONDS_MAX)
        assert greeting, (await started.communicate())[1].decode()
        yield Process(started, greeting.decode())
    finally:
        if started.returncode is None:
            started.kill()
            await started.communicate()


def hooking(api: "TelegramApi", secret: str) -> dict[str, str]:
    """Return the settings of webhook mode for tests that post themselves, not through the API."""
    return {
        "TELEGRAM_API_URL": api.url,
        "TELEGRAM_MODE": "webhook",
        "TELEGRAM_WEBHOOK_SECRET": secret,
        "PUBLIC_URL": "https://reading.example.org",
        "LOG_LEVEL": "WARNING",
    }


@asynccontextmanager
async def hooked(
    folder: Path,
    api: "TelegramApi",
    secret: str,
    *,
    program: Sequence[str] = (),
    **settings: str,
) -> AsyncIterator[tuple[Process, str]]:
    """Run `shuxiang run` until it takes posts; give it and where it does."""
    seen = len(api.called("getWebhookInfo"))
    given = {**settings, **hooking(api, secret)}
    async with serving(folder, program=program, **given) as process:
        await api.until(lambda: len(api.called("getWebhookInfo")) > seen, START_SECONDS_MAX)
        yield process, f"{process.url}/telegram/webhook"
