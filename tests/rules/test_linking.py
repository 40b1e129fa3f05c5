"""Linking two books of lines: no cap is passed, nothing pays twice, undoing brings it all back."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.linking import REVERSAL, Book, Booked, Fate, plan, undo

AT = datetime(2022, 5, 1, tzinfo=UTC)
CAP, RATE = 10, 2
# Day, item, and whether staff took it back; or points that staff gave.
DONE = st.tuples(st.integers(1, 3), st.integers(1, 12), st.booleans())
BOOKS = st.lists(st.one_of(DONE, st.integers(-9, 9).filter(bool)), max_size=30)


def booked(wanted, name):
    """Book what was done as the till would: once an item, so many slots a day."""
    lines: list[Booked] = []
    slots: Counter[date] = Counter()
    for each in wanted:
        number = len(lines) + 1
        base = Booked(
            *(number, "adjustment", 0, 0, date(2022, 5, 1), None, None, None, None),
            *(f"{name}:{number}", "x", "xiayang", AT, AT + timedelta(seconds=number), None),
        )
        if isinstance(each, int):
            lines.append(replace(base, points=each))
            continue
        day, item, is_back = date(2022, 5, each[0]), each[1], each[2]
        if slots[day] == CAP // RATE or any(line.once == f"item:{item}" for line in lines):
            continue
        rate = {"points": RATE, "rate": RATE, "cap": CAP, "day": day, "activity": "video"}
        once = f"item:{item}"
        lines.append(replace(base, kind="deed", slot=slots[day], once=once, **rate))
        slots[day] += 1
        if is_back:
            of = lines[-1]
            gone = {"line": number + 1, "points": -RATE, "reverses": number, "slot": None}
            lines.append(replace(of, kind=REVERSAL, once=f"{REVERSAL}:{number}", **gone))
    return lines


def taken(steps, lines, link):
    """Return the absorbed one's lines with those that a link adds there."""
    more = [
        replace(
            *(step.of,),
            line=len(lines) + place,
            kind=REVERSAL,
            points=-step.of.points,
            once=f"{step.fate}:{step.of.line}",
            cause=f"link:{link}:{step.of.line}",
            slot=None,
            reverses=step.of.line,
        )
        for place, step in enumerate((s for s in steps if s.fate is not Fate.PAIR), start=1)
    ]
    return [*lines, *more]


@given(BOOKS, BOOKS)
def test_a_union_passes_no_cap_and_pays_nothing_twice(one, other):
    """Each slot and key once, each day at most its cap; every line is seen to, and comes back."""
    survivor, absorbed = booked(one, "s"), booked(other, "a")
    book = Book(survivor)

    steps = plan(Book(absorbed), book, link=7)

    lines = list(book.lines.values())
    deeds = [line for line in lines if line.kind == "deed"]
    slots = Counter((line.day, line.slot) for line in deeds)
    onces = Counter(line.once for line in lines)
    paid: Counter[date] = Counter()
    for line in deeds:
        paid[line.day] += line.points
    assert max(slots.values(), default=1) == max(onces.values(), default=1) == 1
    assert max(paid.values(), default=0) <= CAP
    gone = {line.reverses for line in absorbed if line.reverses}
    standing = [line for line in absorbed if line.kind != REVERSAL and line.line not in gone]
    assert [step.of for step in steps if step.fate is not Fate.PAIR] == standing
    moved = sum(step.of.points for step in steps if step.fate is Fate.MOVED)
    assert sum(line.points for line in lines) == sum(line.points for line in survivor) + moved

    after = Book(taken(steps, absorbed, 7))
    assert sum(line.points for line in after.lines.values()) == 0
    back = undo(after, book, link=7)
    assert [line for _, line in back.back] == standing
    assert sum(line.points for line in back.gone) == moved
