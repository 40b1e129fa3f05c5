"""Run the benchmarks: `python -m tests.bench [--only S2] [--json FILE]`.

S7 fills ten million lines and takes minutes: it runs only when it is asked for.
"""

import argparse
import asyncio
import json
import time
from pathlib import Path

import uvloop
from rich.console import Console

from tests.bench import (
    s1_till,
    s2_webhook,
    s5_pushes,
    s7_growth,
    s8_places,
    s9_export,
    s9_selection,
    s13_numbers,
    s14_wecom,
    s15_board,
    s16_linking,
    s16_rewards,
)
from tests.bench.figures import Figure, machine, plain, table
from tests.bench.town import DURABILITY, SEED

BENCHES = {
    "S1": s1_till.run,
    "S2": s2_webhook.run,
    "S5": s5_pushes.run,
    "S7": s7_growth.run,
    "S8": s8_places.run,
    "S9": s9_export.run,
    "S9b": s9_selection.run,
    "S13": s13_numbers.run,
    "S14": s14_wecom.run,
    "S15": s15_board.run,
    "S16": s16_rewards.run,
    "S16b": s16_linking.run,
}
LONG = {"S7"}  # runs only when it is asked for
WIDTH_MIN = 130  # the table stays whole when it goes into a file


async def _run(only: str | None, console: Console, figures: list[Figure]) -> None:
    with console.status("starting") as status:
        for name, run in BENCHES.items():
            if only == name or (only is None and name not in LONG):
                figures += await run(status.update)


def main() -> None:
    """Say where this runs, measure, and show one table."""
    told = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    told.add_argument("--only", choices=sorted(BENCHES))
    told.add_argument("--json", type=Path, metavar="FILE")
    arguments = told.parse_args()
    console = Console(highlight=False)
    console.width = max(console.width, WIDTH_MIN)
    where = machine() | {"event loop": "uvloop", "seed": str(SEED)} | DURABILITY
    for name, value in where.items():
        console.print(f"{name:>20}  {value}")
    since, figures = time.perf_counter(), list[Figure]()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(arguments.only, console, figures))
    finally:  # what was measured before a fault stands as well
        console.print(table(figures))
    console.print(f"in {time.perf_counter() - since:.0f} s; every total was verified")
    if arguments.json:
        found = {"where": where, "figures": plain(figures)}
        arguments.json.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main()
