"""Runs of `shuxiang` that begin in 50 ms: forked from a process that has everything imported.

    python -m tests.nursery 5

A fault test starts the program a dozen times, and a second of each start is imports. What is forked
is a process of its own all the same, with its own environment, folder and pipes, and is killed for
real. Requests come over the socket of that number; the process ends with whoever asked.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

LOADED = (
    *("bot.app", "bot.cli", "bot.channels.telegram", "bot.channels.wecom", "handlers"),
    *("uvicorn", "uvloop", "aiosqlite", "asyncpg", "storage.schema"),
)
REQUEST_BYTES_MAX = 1 << 16
PIPES = 3
"""Standard output, standard error, and one for the number and the status of the run."""


def main() -> None:
    """Fork one run for each request."""
    asked = socket.socket(fileno=int(sys.argv[1]))
    for name in LOADED:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    while True:
        told, descriptors, _flags, _from = socket.recv_fds(asked, REQUEST_BYTES_MAX, PIPES)
        if not told:
            return
        if not os.fork():
            asked.close()
            _see_through(json.loads(told), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _see_through(request: dict[str, Any], out: int, errors: int, status: int) -> NoReturn:
    """Start a run, tell its number, wait for its end, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if not child:
        os.close(status)
        _run(request, out, errors)
    for descriptor in (out, errors):
        os.close(descriptor)
    os.write(status, f"{child}\n".encode())
    _, ended = os.waitpid(child, 0)
    os.write(status, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
    os._exit(0)


def _run(request: dict[str, Any], out: int, errors: int) -> NoReturn:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, standard in ((out, 1), (errors, 2)):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    os.environ.clear()  # noqa: TID251 - it is the program's from here on
    os.environ.update(request["environment"])  # noqa: TID251
    time.tzset()
    os.chdir(request["folder"])
    sys.argv = ["shuxiang", *request["arguments"]]
    import_module("bot.cli").cli()
    sys.exit()


Pipe = tuple[asyncio.StreamReader, asyncio.ReadTransport]


class Run:
    """One forked run, as much like asyncio's subprocess as tests need."""

    def __init__(self, pid: int, pipes: Sequence[Pipe]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._transports = [transport for _, transport in pipes]
        self.stdout, self.stderr, self._status = (reader for reader, _ in pipes)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to a run that may have ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.send_signal(signal.SIGKILL)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Wait for the end, and return what was printed and what was logged."""
        out, errors = await asyncio.gather(self.stdout.read(), self.stderr.read())
        if self.returncode is None:
            self.returncode = int(await self._status.readline())
        for transport in self._transports:
            transport.close()
        return out, errors


@cache
def _nursery() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start the process that forks; it ends when this one does, and is kept until then."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    started = subprocess.Popen(
        (sys.executable, "-m", "tests.nursery", str(theirs.fileno())),
        cwd=Path(__file__).parents[1],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
    )
    theirs.close()
    return ours, started


async def forked(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Run:
    """Start `shuxiang` with these arguments, in a folder, with an environment of its own."""
    request = {"arguments": arguments, "folder": str(folder), "environment": environment}
    pipes = [os.pipe() for _ in range(PIPES)]
    socket.send_fds(_nursery()[0], [json.dumps(request).encode()], [end for _, end in pipes])
    for _, end in pipes:
        os.close(end)
    read = [await _read(start) for start, _ in pipes]
    pid = int(await read[-1][0].readline())
    return Run(pid, read)


async def _read(descriptor: int) -> Pipe:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return reader, transport


if __name__ == "__main__":
    main()
