"""What a process counts of itself, in Prometheus' text format.

The format is a line a number, so no library is loaded for it, and counting is one addition. No
label says who: only channels, outcomes, states and bells, of which there are few.
"""

import math
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """A name, what it means, its labels, and for a histogram the upper ends of its buckets."""

    name: str
    kind: str
    about: str
    labels: tuple[str, ...] = ()
    ends: tuple[float, ...] = ()


TURNS = Metric("shuxiang_turns_total", COUNTER, "Messages answered.", ("channel", "outcome"))
TURN_SECONDS = Metric(
    "shuxiang_turn_seconds",
    HISTOGRAM,
    "How long a message took until its answer stood.",
    ("channel",),
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
DEEDS = Metric("shuxiang_deeds_total", COUNTER, "Deeds answered by the till.", ("outcome",))
BATCHES = Metric(
    "shuxiang_till_batch_size",
    HISTOGRAM,
    "How many deeds the till booked in one transaction.",
    ends=(1, 2, 5, 10, 20, 50, 100, 200),
)
DELIVERIES = Metric("shuxiang_deliveries_total", COUNTER, "Deliveries settled.", ("state",))
BELLS = Metric("shuxiang_bells_total", COUNTER, "Slots of bells worked off.", ("bell", "outcome"))
AWAY = Metric(
    "shuxiang_database_away_seconds_total", COUNTER, "How long the database could not be used."
)
QUEUES = Metric("shuxiang_queue_length", GAUGE, "How much waits to be worked off.", ("queue",))
AGES = Metric(
    "shuxiang_queue_oldest_seconds", GAUGE, "How long the oldest has been due.", ("queue",)
)
LATENESS = Metric(
    "shuxiang_bell_late_seconds", GAUGE, "How late a bell's newest slot was met.", ("bell",)
)
LEADS = Metric("shuxiang_leader", GAUGE, "1 while this process rings and delivers.")
BROKEN = Metric("shuxiang_broken_invariants", GAUGE, "What the last nightly look found broken.")
AUDIT_AGE = Metric("shuxiang_audit_age_seconds", GAUGE, "Since the last nightly look.")
QUEUED = (QUEUES, AGES, LATENESS)
ALL = (
    TURNS,
    TURN_SECONDS,
    DEEDS,
    BATCHES,
    DELIVERIES,
    BELLS,
    AWAY,
    *QUEUED,
    LEADS,
    BROKEN,
    AUDIT_AGE,
)

Labels = tuple[str, ...]
Sample = tuple[Metric, Labels, float]


@dataclass(slots=True)
class Timed:
    """A message being answered; whoever learns what becomes of it says so here."""

    outcome: str


@dataclass(slots=True)
class _Histogram:
    counts: list[int]
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Metrics:
    """The counters of one process."""

    _counts: dict[tuple[Metric, Labels], float] = field(default_factory=lambda: defaultdict(float))
    _spreads: dict[tuple[Metric, Labels], _Histogram] = field(default_factory=dict)

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Count something that happened, with a value for each of its labels."""
        self._counts[metric, labels] += by

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Add a value to a histogram."""
        spread = self._spreads.get((metric, labels))
        if spread is None:
            spread = _Histogram([0] * (len(metric.ends) + 1))
            self._spreads[metric, labels] = spread
        spread.counts[bisect_left(metric.ends, value)] += 1
        spread.total += value

    @contextmanager
    def turn(self, channel: str) -> Iterator[Timed]:
        """Count one message of a channel, and how long its answer takes."""
        timed, began = Timed("unavailable"), time.monotonic()
        try:
            yield timed
        finally:
            self.count(TURNS, channel, timed.outcome)
            self.observe(TURN_SECONDS, time.monotonic() - began, channel)

    def by(self, metric: Metric, label: str) -> dict[str, int]:
        """Add up what was counted, by the values of one label."""
        place, found = metric.labels.index(label), defaultdict[str, int](int)
        for (counted, labels), count in self._counts.items():
            if counted is metric:
                found[labels[place]] += int(count)
        return dict(sorted(found.items()))

    def text(self, now: Iterable[Sample] = ()) -> str:
        """Write everything down, with what is only known when asked."""
        samples = [*((metric, labels, n) for (metric, labels), n in self._counts.items()), *now]
        lines: list[str] = []
        for metric in ALL:
            lines += [f"# HELP {metric.name} {metric.about}", f"# TYPE {metric.name} {metric.kind}"]
            lines += [
                _line(metric.name, zip(metric.labels, labels, strict=True), value)
                for found, labels, value in samples
                if found is metric
            ]
            for (found, labels), spread in self._spreads.items():
                if found is metric:
                    lines += _spread(metric, labels, spread)
        return "\n".join(lines) + "\n"


def _spread(metric: Metric, labels: Sequence[str], spread: _Histogram) -> Iterator[str]:
    named, up_to = [*zip(metric.labels, labels, strict=True)], 0
    for end, count in zip((*metric.ends, math.inf), spread.counts, strict=True):
        up_to += count
        yield _line(f"{metric.name}_bucket", [*named, ("le", _number(end))], up_to)
    yield _line(f"{metric.name}_sum", named, spread.total)
    yield _line(f"{metric.name}_count", named, up_to)


def _line(name: str, labels: Iterable[tuple[str, str]], value: float) -> str:
    said = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{said}}} {_number(value)}" if said else f"{name} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return "+Inf" if math.isinf(value) else f"{value:g}" if value == int(value) else repr(value)
