"""People who look at the board, in a process of their own: `python -m tests.bench.viewers PORT N`.

It says `watching` when every one of them has the page's first event. Each line of its input is
answered with how many events came since the last one, over all viewers.
"""

import asyncio
import sys

from tests.bench.wire import HOST

REQUEST = f"GET /board/events?lang=zh HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
EVENT = b"\ndata: "
AT_ONCE = 50


class Viewer(asyncio.Protocol):
    """One open page."""

    events = 0

    def __init__(self) -> None:
        self.seen = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the events."""
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        """Count the events; a few that fall between two pieces are missed."""
        if (found := data.count(EVENT)) and not self.seen.is_set():
            self.seen.set()
        Viewer.events += found


async def watch(port: int, count: int) -> None:
    """Open so many pages and count until the input ends."""
    loop = asyncio.get_running_loop()
    viewers = []
    for first in range(0, count, AT_ONCE):
        some = range(first, min(first + AT_ONCE, count))
        pairs = [loop.create_connection(Viewer, HOST, port) for _ in some]
        viewers += [viewer for _, viewer in await asyncio.gather(*pairs)]
        await asyncio.gather(*(viewer.seen.wait() for viewer in viewers[first:]))
    print("watching", flush=True)  # noqa: T201 - what the bench waits for
    while await asyncio.to_thread(sys.stdin.readline):
        print(Viewer.events, flush=True)  # noqa: T201
        Viewer.events = 0


if __name__ == "__main__":
    asyncio.run(watch(int(sys.argv[1]), int(sys.argv[2])))
