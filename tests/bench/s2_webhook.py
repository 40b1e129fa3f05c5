"""S1b, S2, S3, S4, S10: whole bots over HTTP, webhook in and answer out, against honest peers.

Every contender is a process of its own and does the same durable work per check-in, but for the
bound, which keeps nothing. The load generator, the emulated Bot API and the databases share the
machine's cores with them, so ratios inside one run count.
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

from tests.bench.contenders import Bound, Contender, Ours, compare
from tests.bench.figures import Figure
from tests.bench.town import Town, towns

PEOPLE = 20_000
ROUNDS = 5
TAPS_PER_SECOND, TAPS_SECONDS = 500, 12
OURS, PER_EVENT, BOUND, AIOGRAM, PTB = "ours", "per_event", "bound", "aiogram_bot", "plain_ptb"
NAMES = {OURS: "shuxiang", PER_EVENT: "without till", BOUND: "no database"}
# Bench: the contender ours is compared with, and per database the gate and the aim.
GOALS: dict[str, tuple[str, dict[str, tuple[float, float]]]] = {
    "S1b": (PER_EVENT, {"SQLite": (2, 3), "PostgreSQL": (1.8, 2.7)}),
    "S2": (BOUND, {"SQLite": (0.5, 0.75), "PostgreSQL": (0.5, 0.75)}),
    "S3 aiogram": (AIOGRAM, {"SQLite": (4, 6), "PostgreSQL": (3, 5)}),
    "S3 plain PTB": (PTB, {"SQLite": (6, 10), "PostgreSQL": (6, 10)}),
}
LATENCY_GATE_MS = 150
START_GATE_SECONDS = 3

Tell = Callable[[str], None]


class PerEvent(Ours):
    """Our own bot without the till."""

    command = (sys.executable, "-m", f"tests.bench.peers.{PER_EVENT}")


KINDS: dict[str, type[Contender]] = {
    PTB: Contender,
    AIOGRAM: Contender,
    BOUND: Bound,
    PER_EVENT: PerEvent,
    OURS: Ours,
}


async def run(tell: Tell) -> list[Figure]:
    """Measure all contenders on both databases."""
    figures: list[Figure] = []
    tell("S2: preparing the databases")
    async with towns(PEOPLE, each=len(KINDS)) as opened:
        for kind, places in opened.items():
            figures += await _compared(kind, places, tell)
    return figures


async def _compared(kind: str, towns_of: Sequence[Town], tell: Tell) -> list[Figure]:
    places = dict(zip(KINDS, towns_of, strict=True))
    async with AsyncExitStack() as stack:
        tell(f"{kind}: starting ours, {TAPS_PER_SECOND} taps a second")
        ours = await stack.enter_async_context(Ours.at_work(OURS, places.pop(OURS), PEOPLE))
        cold, memory = await ours.first_answer(), ours.resident_mb()
        await ours.warm_up()
        done = await ours.taps(TAPS_PER_SECOND, TAPS_SECONDS)
        await ours.verify()
        rivals: dict[str, Contender] = {}
        for name, town in places.items():
            tell(f"{kind}: starting {NAMES.get(name, name)}")
            made = KINDS[name].at_work(name, town, PEOPLE)
            rivals[name] = await stack.enter_async_context(made)
        rivals[OURS] = ours
        await compare(list(rivals.values()), rounds=ROUNDS, tell=tell)
    figures = [figure for bench in GOALS for figure in _pair(bench, kind, rivals)]
    rate = (done.events / done.seconds,)
    figures.append(
        _alone("S4", kind, rates=rate, lone_ms=done.latencies_ms, lone_gate=LATENCY_GATE_MS)
    )
    tell(f"{kind}: first answer {cold:.2f} s after the start, {memory:.0f} MB")
    return [*figures, _start(kind, cold, memory)]


def _pair(bench: str, kind: str, rivals: dict[str, Contender]) -> list[Figure]:
    against, goals = GOALS[bench]
    gate, aim = goals[kind]
    other = rivals[against].figure(bench)
    return [other, rivals[OURS].figure(bench, against=against, gate=gate, aim=aim)]


def _alone(bench: str, kind: str, **reached: Any) -> Figure:
    return Figure(bench, kind, OURS, **reached)


def _start(kind: str, seconds: float, memory: float) -> Figure:
    """Show a start's seconds as the latency of its one event, and its memory in the name."""
    name = f"{OURS}, {memory:.0f} MB resident"
    times = (seconds * 1000,) * 2
    return Figure(
        "S10", kind, name, rates=(1 / seconds,), lone_ms=times, lone_gate=START_GATE_SECONDS * 1000
    )
