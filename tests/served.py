"""An ASGI app over real HTTP on loopback, in this process."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

HERE = "127.0.0.1"
START_SECONDS_MAX = 120


def listening() -> socket.socket:
    """Take a free port; who comes before the app serves waits."""
    taken = socket.create_server((HERE, 0))
    taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted ones inherit it
    return taken


def url_of(taken: socket.socket) -> str:
    """Return the address of a port that was taken."""
    return f"http://{HERE}:{taken.getsockname()[1]}"


@asynccontextmanager
async def served(app: ASGIApp, taken: socket.socket) -> AsyncIterator[str]:
    """Serve an app on a port and return its address."""
    config = uvicorn.Config(app, log_level="warning", lifespan="off", ws_max_size=1 << 16)
    server = uvicorn.Server(config)
    with taken:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve(sockets=[taken]))
            await _started(server, serving)
            yield url_of(taken)
            server.should_exit = True
            await serving


async def _started(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    async with asyncio.timeout(START_SECONDS_MAX):
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event
            await asyncio.sleep(0.01)
