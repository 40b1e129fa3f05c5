"""S15: check-ins while nobody, and while 1,000 people, look at the board; one worker.

The viewers are a process of their own on the same cores; their board changes with the check-ins,
and they are told so. A round without and one with them are a pair, and every second pair begins
with them, so that what the machine does meanwhile falls on both. The middle of the pairs' ratios
counts.
"""

import asyncio
import statistics
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from tests import processes
from tests.bench.contenders import Ours
from tests.bench.figures import Figure
from tests.bench.load import Done
from tests.bench.town import towns

PEOPLE = 6_000
VIEWERS = 1_000
PAIRS = 5  # odd: the middle one is one that was measured
TAPS_PER_SECOND, TAPS_SECONDS = 200, 12
RATIO_GATE = 1.3  # the 99th percentile against that without viewers
WATCHING_SECONDS_MAX = 60

Tell = Callable[[str], None]


async def run(tell: Tell) -> list[Figure]:
    """Measure on both databases."""
    figures: list[Figure] = []
    async with towns(PEOPLE, each=1) as opened:
        for kind, (town,) in opened.items():
            tell(f"S15 {kind}: starting")
            async with Ours.at_work("ours", town, PEOPLE) as ours:
                await ours.warm_up()
                figures += await _compared(ours, tell)
                await ours.verify()
    return figures


async def _compared(ours: Ours, tell: Tell) -> list[Figure]:
    rates: dict[int, list[float]] = {0: [], VIEWERS: []}
    pairs: list[dict[int, tuple[float, ...]]] = []
    for number in range(PAIRS):
        order = (0, VIEWERS) if number % 2 == 0 else (VIEWERS, 0)
        pairs.append({})
        for viewers in order:
            tell(f"S15 {ours.town.kind}: {viewers} viewers, pair {number + 1} of {PAIRS}")
            done = await _round(ours, viewers)
            rates[viewers].append(done.events / done.seconds)
            pairs[-1][viewers] = done.latencies_ms
    middle = sorted(pairs, key=_ratio)[PAIRS // 2]
    return [
        Figure(
            "S15",
            ours.town.kind,
            f"{viewers} viewers" if viewers else "nobody looks",
            rates=tuple(rates[viewers]),
            lone_ms=middle[viewers],
            lone_gate=RATIO_GATE * _late(middle[0]) if viewers else 0,
        )
        for viewers in rates
    ]


async def _round(ours: Ours, viewers: int) -> Done:
    """Check in for a while, with so many looking on.

    Raises:
        AssertionError: they were not told of what changed.

    """
    async with _watched(ours.load.port, viewers) as audience:
        done = await ours.taps(TAPS_PER_SECOND, TAPS_SECONDS)
        told = await audience.told()
    if told < viewers:
        raise AssertionError(f"{viewers} viewers were told of {told} changes only")
    return done


def _ratio(pair: Mapping[int, Sequence[float]]) -> float:
    """Return how many times later the latest answers come while they look on."""
    return _late(pair[VIEWERS]) / _late(pair[0])


def _late(latencies_ms: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(latencies_ms, n=100, method="inclusive")[98]


class Audience:
    """The process that looks on; None looks at nothing."""

    def __init__(self, process: asyncio.subprocess.Process | None) -> None:
        self._process = process

    async def told(self) -> int:
        """Return how many events came since the last time, over all viewers."""
        if self._process is None:
            return 0
        return int(await self._asked(self._process))

    @staticmethod
    async def _asked(process: asyncio.subprocess.Process) -> bytes:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the viewers cannot be asked")
        process.stdin.write(b"\n")
        async with asyncio.timeout(WATCHING_SECONDS_MAX):
            return await process.stdout.readline()


@asynccontextmanager
async def _watched(port: int, viewers: int) -> AsyncIterator[Audience]:
    """Let so many look on meanwhile."""
    if not viewers:
        yield Audience(None)
        return
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "tests.bench.viewers", str(port), str(viewers))
    process = await asyncio.create_subprocess_exec(
        *command, cwd=processes.ROOT, stdin=pipe, stdout=pipe
    )
    try:
        async with asyncio.timeout(WATCHING_SECONDS_MAX):
            if process.stdout is None or not await process.stdout.readline():
                raise RuntimeError("the viewers did not get to the board")
        audience = Audience(process)
        await audience.told()
        yield audience
    finally:
        process.kill()
        await process.wait()
