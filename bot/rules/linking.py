"""Making one person of two: which lines the survivor gets again, and which are void. Pure.

A line never changes owner. Each line of the absorbed one that stands is taken back there; where
its once key and its slot are free at the survivor, a twin stands in for it. What the survivor had
already, or what a day has no room for, is void. Undoing takes the twins back, and lets the
absorbed one's lines stand again.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

DEED, MAKEUP, REVERSAL = "deed", "makeup", "reversal"
LINK, UNLINK = "link:", "unlink:"
"""How the causes of lines begin that a link or its undoing booked."""
AGAIN = "again:"
UNDO_WITHIN = timedelta(days=7)


class Fate(StrEnum):
    """What becomes of a line of the absorbed one."""

    MOVED = "moved"  # taken back there, and a twin at the survivor
    VOID = "void"  # taken back there: the survivor has its like, or the day is full
    PAIR = "pair"  # taken back before; the survivor gets it and its reversal, so the cap stays used


@dataclass(frozen=True, slots=True)
class Booked:
    """A line of the ledger as linking looks at it."""

    line: int
    kind: str
    points: int
    net: int
    day: date
    activity: str | None
    slot: int | None
    rate: int | None
    cap: int | None
    once: str
    cause: str
    town: str | None
    acted_at: datetime
    recorded_at: datetime
    reverses: int | None

    @property
    def scored(self) -> bool:
        """Say whether it stands for a deed."""
        return self.kind in {DEED, MAKEUP}


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one line, and what the survivor gets: a twin, and with a pair its mirror.

    Their nets are still those of the absorbed one.
    """

    of: Booked
    fate: Fate
    twin: Booked | None = None
    mirror: Booked | None = None
    kept: bool = False
    """It is void, but the survivor has done nothing like it: its deed stays, without points."""


class Book:
    """Somebody's lines, by what linking asks of them. Grows by the twins it takes."""

    def __init__(
        self, lines: Iterable[Booked], burnt: Collection[str] = (), freed: Collection[str] = ()
    ) -> None:
        """Take also the once keys of deeds, with or without a line, and those an undoing freed."""
        self.lines: dict[int, Booked] = {}
        self.by_once: dict[str, Booked] = {}
        self.back: dict[int, Booked] = {}
        self._burnt, self._freed = frozenset(burnt), frozenset(freed)
        self._slots: set[tuple[date, str | None, int | None]] = set()
        self._paid: Counter[tuple[date, str | None]] = Counter()
        self._net: Counter[tuple[date, str | None]] = Counter()
        for line in lines:
            self.add(line)

    def add(self, line: Booked) -> None:
        """Enter a line."""
        self.lines[line.line] = self.by_once[line.once] = line
        if line.reverses is not None:
            self.back[line.reverses] = line
        self._net[line.day, line.activity] += line.points
        if line.kind == DEED:
            self._slots.add((line.day, line.activity, line.slot))
            self._paid[line.day, line.activity] += line.points

    @property
    def next(self) -> int:
        """Return the number of the next line."""
        return max(self.lines, default=0) + 1

    def first(self, line: Booked) -> Booked:
        """Return the line a line stands for again, which may be itself."""
        while line.once.startswith(AGAIN) and (
            gone := self.lines.get(int(line.once[len(AGAIN) :]))
        ):
            line = self.lines[gone.reverses or 0]
        return line

    def base(self, line: Booked) -> str:
        """Return the once key a line had when it was first booked: again and again is the same."""
        return self.first(line).once

    def knows(self, once: str) -> bool:
        """Say whether a key is used up."""
        return once in self.by_once or once in self._burnt

    def again(self, once: str) -> str | None:
        """Return the key under which something may stand that only linking took back, if it may."""
        if once not in self.by_once:
            return None if once in self._burnt else once
        while (line := self.by_once.get(once)) is not None:
            gone = self.back.get(line.line)
            if gone is None or not gone.cause.startswith((LINK, UNLINK)):
                return None
            if self.by_staff(line):
                return None
            once = f"{AGAIN}{gone.line}"
        return once

    def by_staff(self, line: Booked) -> bool:
        """Say whether staff took a deed back: here or, if both came by a link, where it was before.

        What came by a link that was undone is nothing any more.
        """
        gone = self.back.get(line.line)
        if gone is None or not line.scored:
            return False
        if gone.cause == line.cause:
            return line.once not in self._freed
        return not gone.cause.startswith((LINK, UNLINK))

    def standing(self, line: Booked) -> Booked | None:
        """Return the line that stands for a line now, which may be itself; None if none does."""
        while (gone := self.back.get(line.line)) is not None:
            again = self.by_once.get(f"{AGAIN}{gone.line}")
            if again is None:
                return None
            line = again
        return line

    def has_slot(self, line: Booked) -> bool:
        """Say whether the slot of a line is free here, and the day has room for its points."""
        room = self._paid[line.day, line.activity] + line.points <= (line.cap or 0)
        return (line.day, line.activity, line.slot) not in self._slots and room

    def has_room(self, line: Booked) -> bool:
        """Say whether what stands of a day leaves room for the points of a line."""
        return self._net[line.day, line.activity] + line.points <= (line.cap or 0)


def plan(absorbed: Book, survivor: Book, *, link: int) -> list[Step]:
    """Say what becomes of each line of the absorbed one, in their order; the survivor grows."""
    number = survivor.next
    steps = []
    for line in absorbed.lines.values():
        gone = absorbed.back.get(line.line)
        if line.kind == REVERSAL or (gone is not None and not absorbed.by_staff(line)):
            continue
        step = _step(absorbed, survivor, line, tag=(link, number))
        if step is None or (gone is not None and step.fate is Fate.VOID):
            continue
        for twin in (step.twin, step.mirror):
            if twin is not None:
                survivor.add(twin)
                number += 1
        steps.append(step)
    return steps


def _step(own: Book, survivor: Book, line: Booked, *, tag: tuple[int, int]) -> Step | None:
    link, number = tag
    cause, base = f"{LINK}{link}:{line.line}", own.base(line)
    twin = replace(line, line=number, cause=cause)
    if line.activity is None:
        return Step(line, Fate.MOVED, replace(twin, once=cause))  # no key of its own to share
    new, gone = not survivor.knows(base), own.back.get(line.line)
    if line.kind == DEED and new and survivor.has_slot(line):
        if gone is not None:
            return Step(line, Fate.PAIR, twin, _mirror(gone, twin))
        if survivor.has_room(line):
            return Step(line, Fate.MOVED, twin)
    again = survivor.again(base)
    if again is None or (line.kind == DEED and new and gone is None):
        return Step(line, Fate.VOID, kept=new)
    twin = replace(twin, kind=MAKEUP, slot=None, once=again)
    if gone is not None:
        return Step(line, Fate.PAIR, twin, _mirror(gone, twin))
    if survivor.has_room(line):
        return Step(line, Fate.MOVED, twin)
    return Step(line, Fate.VOID, kept=new)


def _mirror(gone: Booked, twin: Booked) -> Booked:
    """Return what takes a twin back as staff took back the line it stands for."""
    number = twin.line
    once = f"{REVERSAL}:{number}"
    return replace(
        gone, line=number + 1, cause=twin.cause, once=once, points=-twin.points, reverses=number
    )


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing a link books and frees."""

    gone: tuple[Booked, ...]
    """Lines of the survivor to be taken back."""
    back: tuple[tuple[Booked, Booked], ...]
    """What stands again at the absorbed one: the line that took it back, and the line itself."""
    twins: tuple[Booked, ...]
    """All twins: their deeds may be done again by the survivor where nothing stands for them."""


def undo(absorbed: Book, survivor: Book, *, link: int, kept: Collection[int] = ()) -> Undoing:
    """Say what undoing a link means, after whatever was booked since.

    What staff took back from the survivor meanwhile does not come back, nor do lines that are
    `kept`, by their number there.
    """
    tag = f"{LINK}{link}:"
    twins = {
        line.cause: line
        for line in survivor.lines.values()
        if line.cause.startswith(tag) and line.kind != REVERSAL and line.line not in kept
    }
    standing = {cause: survivor.standing(line) for cause, line in twins.items()}
    back = []
    for line in absorbed.lines.values():
        if not line.cause.startswith(tag) or line.reverses is None:
            continue
        is_void = line.once.startswith(Fate.VOID)
        if is_void or standing.get(line.cause) is not None:
            back.append((line, absorbed.lines[line.reverses]))
    gone = tuple(line for line in standing.values() if line is not None)
    return Undoing(gone, tuple(back), tuple(twins.values()))


def merged(one: tuple[datetime, int], other: tuple[datetime, int]) -> tuple[int, int]:
    """Return who survives and who is absorbed: the older consent stays, then the smaller id."""
    first, second = sorted((one, other))
    return first[1], second[1]
