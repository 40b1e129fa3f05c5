"""The bots ours is measured against, each a program of its own.

`python -m tests.bench.peers.NAME --port P --api URL --database URL --secret S` serves the webhook
on loopback, prints one line when it does, and ends on SIGTERM. All run on uvloop, as ours does.
"""

import argparse
import asyncio
import signal
from dataclasses import dataclass

from tests.bench.wire import HOST

PATH = "telegram/webhook"


@dataclass(frozen=True, slots=True)
class Orders:
    """What a bot is told at its start."""

    port: int
    api: str
    database: str
    secret: str

    @property
    def address(self) -> str:
        """Return where the platform is to post updates."""
        return f"http://{HOST}:{self.port}/{PATH}"


def orders() -> Orders:
    """Read the command line."""
    told = argparse.ArgumentParser()
    told.add_argument("--port", type=int, required=True)
    for name in ("--api", "--database", "--secret"):
        told.add_argument(name, required=True)
    return Orders(**vars(told.parse_args()))


async def serve_until_stopped() -> None:
    """Say that everything is up, and wait for SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    print("ready", flush=True)  # noqa: T201 - the bench waits for this line
    await stopped.wait()
