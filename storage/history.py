"""A citizen's history for their own eyes: deeds, and ledger lines that no deed earned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Select, String, cast, literal, null, select, union_all

from storage import attests, corrections, disputes, items, ledger, livestreams, vouchers
from storage.db import Db
from storage.deeds import DeedRow
from storage.disputes import Dispute
from storage.ledger import MAKEUP, REDEMPTION, REFUND, SCORED, LineRow

SPENDING = frozenset({REDEMPTION, REFUND})


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: its day, activity and title, how it ended, and its points.

    `today` and `cap` are what the activity had paid that day after it, and could pay. `ref` names
    the entry: a deed as `d12`, another line of the ledger as `l3`. `line` is its line, if any.
    """

    ref: str
    day: date
    acted_at: datetime
    activity: str | None
    subject: str
    title: str | None
    outcome: str
    points: int
    today: int
    cap: int
    line: ledger.Line | None = None
    reason: str | None = None
    """Why staff corrected something, in their words."""
    dispute: Dispute | None = None
    attested: str = ""
    """How it stands, if an organiser attested it; see `storage/attests`."""


async def subjects(db: Db, named: Iterable[str]) -> dict[str, str]:
    """Return the titles of the items and the topics of the livestreams that deeds name."""
    wanted = set(named)
    about_items = {each: each.removeprefix(OF_NOTE) for each in wanted}
    known = {each: int(digits) for each, digits in about_items.items() if digits.isdecimal()}
    titles = await items.titles(db, sorted(set(known.values())))
    classes = {subject: livestreams.number(subject) for subject in wanted}
    topics = await livestreams.topics(db, [n for n in classes.values() if n is not None])
    found = {subject: titles[number] for subject, number in known.items() if number in titles}
    about = {livestreams.subject(number): topic for number, topic in topics.items()}
    return found | about


OF_NOTE = "note:"
"""Begins the subject of a deed that is a reading note; the item's number follows."""
Rows = Select[*tuple[Any, ...]]
OF_DEED, OF_LINE = "d", "l"
REF_DIGITS_MAX = {OF_DEED: 15, OF_LINE: 9}
"""As many as fit into the columns."""


def _deeds(citizen: int, campaign: int) -> Rows:
    return select(
        literal(OF_DEED).label("source"),
        DeedRow.id.label("n"),
        DeedRow.day,
        DeedRow.acted_at,
        DeedRow.activity,
        DeedRow.subject,
        DeedRow.outcome,
        DeedRow.points,
        DeedRow.today,
        DeedRow.cap,
        DeedRow.once,
        DeedRow.recorded_at,
    ).where(DeedRow.citizen == citizen, DeedRow.campaign == campaign)


def _lines(citizen: int, campaign: int) -> Rows:
    return select(
        literal(OF_LINE).label("source"),
        cast(LineRow.line, BigInteger).label("n"),
        LineRow.day,
        LineRow.acted_at,
        LineRow.activity,
        literal("").label("subject"),
        LineRow.kind.label("outcome"),
        LineRow.points,
        literal(0).label("today"),
        literal(0).label("cap"),
        cast(null(), String).label("once"),
        LineRow.recorded_at,
    ).where(LineRow.citizen == citizen, LineRow.campaign == campaign, LineRow.kind.not_in(SCORED))


async def page(db: Db, citizen: int, campaign: int, *, offset: int, limit: int) -> list[Entry]:
    """Return one page, newest first by when it was booked."""
    both = union_all(_deeds(citizen, campaign), _lines(citizen, campaign)).subquery()
    wanted = select(both).order_by(both.c.recorded_at.desc(), both.c.n.desc())
    return await _entries(db, citizen, campaign, wanted=wanted.offset(offset).limit(limit))


async def on_day(db: Db, citizen: int, campaign: int, *, day: date, most: int) -> list[Entry]:
    """Return what happened on one campaign day, in the order of the acts."""
    mine = _deeds(citizen, campaign).where(DeedRow.day == day)
    both = union_all(mine, _lines(citizen, campaign).where(LineRow.day == day)).subquery()
    wanted = select(both).order_by(both.c.acted_at, both.c.source, both.c.n)
    return await _entries(db, citizen, campaign, wanted=wanted.limit(most))


async def entry(db: Db, citizen: int, campaign: int, *, ref: str) -> Entry | None:
    """Return one entry of somebody's log by its name, None if they have no such one."""
    source, digits = ref[:1], ref[1:]
    if not (digits.isascii() and digits.isdecimal()):
        return None
    if len(digits) > REF_DIGITS_MAX.get(source, 0):
        return None
    number = int(digits)
    if source == OF_DEED:
        wanted = _deeds(citizen, campaign).where(DeedRow.id == number)
    else:
        wanted = _lines(citizen, campaign).where(LineRow.line == number)
    found = await _entries(db, citizen, campaign, wanted=wanted)
    return found[0] if found else None


async def _entries(db: Db, citizen: int, campaign: int, *, wanted: Rows) -> list[Entry]:
    """Return entries with everything that is known of them; five or six statements for a page."""
    rows = (await db.execute(wanted)).all()
    titles = await subjects(db, [row.subject for row in rows])
    onces = [row.once for row in rows if row.once]
    by_once = await ledger.booked_as(db, campaign, citizen, onces=onces)
    numbers = [row.n for row in rows if row.source == OF_LINE]
    by_number = await ledger.numbered(db, campaign, citizen, lines=numbers)
    booked = [line.line for line in (*by_once.values(), *by_number.values())]
    corrected = await corrections.of_lines(db, campaign, citizen, lines=booked)
    spent = [row.n for row in rows if row.outcome in SPENDING]
    redeemed = await vouchers.titles(db, campaign, citizen, lines=spent) if spent else {}
    on_word = await attests.about(db, campaign, citizen, days={row.day for row in rows})
    refs = [f"{row.source}{row.n}" for row in rows]
    disputed = await disputes.of_entries(db, campaign, citizen, about=refs)
    found = []
    for ref, row in zip(refs, rows, strict=True):
        line = by_once.get(row.once) if row.source == OF_DEED else by_number.get(row.n)
        correction = corrected.get(line.line) if line else None
        made_up = line is not None and line.kind == MAKEUP
        found.append(
            Entry(
                ref,
                row.day,
                row.acted_at,
                row.activity,
                row.subject,
                redeemed.get(row.n) if row.outcome in SPENDING else titles.get(row.subject),
                MAKEUP if made_up else row.outcome,
                row.points,
                row.today,
                row.cap,
                line,
                correction.reason if correction else None,
                disputed.get(ref),
                on_word.get((row.activity, row.acted_at), "") if row.source == OF_DEED else "",
            )
        )
    return found
