"""Undoing a link at the till: what came goes back, and what was earned since stays."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.merging import Side, Terms, mirror, recount, side, tallied, uncounted, write
from bot.rules import linking
from bot.rules.linking import AGAIN, LINK, MAKEUP, UNLINK, Book, Booked, Fate, Undoing
from bot.rules.points import Outcome
from storage import deeds, links, tallies, twins
from storage.db import Db
from storage.deeds import UNDONE, NewDeed
from storage.links import Link
from storage.tallies import Tally
from storage.totals import Totals
from storage.twins import Done

Voucher = tuple[int, int, int | None]
"""A voucher, the line that paid for it, and the one that returned it."""


async def foresee(db: Db, terms: Terms, made: Link, *, absorbed: int) -> tuple[int, int]:
    """Return the points that would go back, and what the survivor would have then, net."""
    stays, goes = await side(db, terms, made.citizen), await side(db, terms, absorbed)
    undoing = (await _undoing(db, terms, made, stays=stays, goes=goes))[0]
    back = sum(line.points for _, line in undoing.back)
    gone = sum(line.points for line in undoing.gone)
    return back, stays.has.balance - stays.has.debt - gone


async def undo(db: Db, terms: Terms, made: Link, *, absorbed: int) -> tuple[Totals, Totals]:
    """Undo a link whose two are locked; return what the survivor and the other one have then."""
    stays, goes = await side(db, terms, made.citizen), await side(db, terms, absorbed)
    book, theirs, mine = stays.book(), stays.by_once, goes.by_once
    undoing, vouchers = await _undoing(db, terms, made, stays=stays, goes=goes)
    gone = [*_gone(undoing, book, made, terms=terms)]
    back = [*_back(undoing, goes, made)]
    kept = [deed for deed in stays.deeds if _is_kept(deed, made)]
    await links.move_back(db, made.id, source=made.citizen, target=absorbed)
    await twins.drop(db, [deed.id for deed in kept])
    again = [
        _paid(mine[line.once], new, absorbed)
        for new, (_, line) in zip(back, undoing.back, strict=True)
        if line.scored
    ]
    await deeds.add(db, terms.campaign_id, again)
    await twins.mark(db, [*_freed(undoing, book, theirs, gone=gone, made=made)])
    await write(db, terms, stays, lines=gone)
    await write(db, terms, goes, lines=back)
    await twins.hand_over(db, [*_theirs(vouchers, book, back)], target=absorbed)
    changed = [tally for line in undoing.gone for tally in tallied(line, theirs.get(line.once), -1)]
    for _, line in undoing.back:
        changed += tallied(line, mine.get(line.once), 1)
    lines = {line.line: line for _, line in undoing.back}
    for deed in kept:
        changed += uncounted(lines[int(deed.cause.rpartition(":")[2])], deed, -1)
    for each in (stays, goes):
        fresh = await side(db, terms, each.citizen)
        each.lines, each.deeds = fresh.lines, fresh.deeds
    changed += await recount(db, terms, stays, goes)
    await twins.restore(db, absorbed, made.citizen, was=made.was)
    if town := await twins.first_town(db, absorbed):
        changed.append(Tally(tallies.JOINED, terms.day, town))
    await tallies.add(db, terms.campaign_id, changed, worker=terms.worker)
    return stays.has, goes.has


async def _undoing(
    db: Db, terms: Terms, made: Link, *, stays: Side, goes: Side
) -> tuple[Undoing, Sequence[Voucher]]:
    """Return what undoing means, and the vouchers that go back.

    A voucher that was returned since stays: its points came to whoever they are now.
    """
    book, came = stays.book(), set(await links.came(db, made.id, links.VOUCHER))
    held = await twins.vouchers(db, terms.campaign_id, made.citizen)
    tag = f"{LINK}{made.id}:"
    mine = [one for one in held if one[0] in came]
    since = [one for one in mine if one[2] and not _first(book, one[2]).cause.startswith(tag)]
    kept = {_first(book, line).line for _, line, _ in since}
    undoing = linking.undo(goes.book(), book, link=made.id, kept=kept)
    return undoing, [one for one in mine if one not in since]


def _theirs(vouchers: Sequence[Voucher], book: Book, back: Sequence[Booked]) -> Iterator[Voucher]:
    """Give vouchers the lines that stand for theirs at the absorbed one."""
    now = {line.cause.rpartition(":")[2]: line.line for line in back}
    for voucher, line, returned in vouchers:
        there = None if returned is None else now[_origin(book, returned)]
        yield voucher, now[_origin(book, line)], there


def _first(book: Book, line: int) -> Booked:
    """Return the twin that a link had put there, whatever other links did to it since."""
    return book.first(book.lines[line])


def _origin(book: Book, line: int) -> str:
    """Return the number, at the absorbed one, of the line a twin stands for."""
    return _first(book, line).cause.rpartition(":")[2]


def _gone(undoing: Undoing, book: Book, made: Link, *, terms: Terms) -> Iterator[Booked]:
    for number, line in enumerate(undoing.gone, start=book.next):
        once, cause = f"{Fate.MOVED}:{line.line}", f"{UNLINK}{made.id}:{line.line}"
        yield mirror(line, number, once=once, cause=cause, terms=terms)


def _back(undoing: Undoing, goes: Side, made: Link) -> Iterator[Booked]:
    for number, (taker, line) in enumerate(undoing.back, start=goes.book().next):
        yield replace(
            line,
            line=number,
            kind=MAKEUP if line.scored else line.kind,
            slot=None,
            once=f"{AGAIN}{taker.line}",
            cause=f"{UNLINK}{made.id}:{line.line}",
        )


def _is_kept(deed: Done, made: Link) -> bool:
    """Say whether a deed without points is there only because of a link."""
    return deed.outcome == Outcome.CAPPED and deed.cause.startswith(f"{LINK}{made.id}:")


def _paid(deed: Done, line: Booked, citizen: int) -> NewDeed:
    return NewDeed(
        citizen=citizen,
        activity=deed.activity,
        subject=deed.subject,
        day=deed.day,
        outcome=Outcome.PAID,
        points=line.points,
        today=deed.today,
        cap=deed.cap,
        once=line.once,
        cause=line.cause,
        acted_at=deed.acted_at,
        recorded_at=deed.recorded_at,
    )


def _freed(
    undoing: Undoing,
    book: Book,
    known: dict[str, Done],
    *,
    gone: Sequence[Booked],
    made: Link,
) -> Iterator[tuple[int, str]]:
    """Say which deeds may be done again: those whose line only this link had put there."""
    taken = {line.reverses: line.line for line in gone}
    for twin in undoing.twins:
        deed, stood = known.get(twin.once), book.standing(twin)
        if deed is None:
            continue
        if stood is not None:
            yield deed.id, f"{UNDONE}{taken[stood.line]}"
        elif book.back[twin.line].cause.startswith(f"{LINK}{made.id}:"):
            yield deed.id, f"{UNDONE}{book.back[twin.line].line}"
