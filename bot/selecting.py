"""The selection at work: a snapshot is taken, lists are drawn up, all of it can be recomputed."""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from fractions import Fraction
from typing import Any

from bot.campaign import Campaign
from bot.rules import calendar
from bot.rules import selection as rules
from bot.rules.selection import Candidate, Outcome, Placed
from storage import candidates, places, selections, unit_counts
from storage.candidates import ROWS_AT_ONCE, Counting, Kept
from storage.db import Database, Db
from storage.places import CHOSEN, LEFT, OTHER, RESERVE, Place
from storage.selections import Award, Selection
from storage.tallies import Span

FORMAT = "shuxiang-selection-1"
DIFFERENCES_MAX = 20
Tell = Callable[[int, int], Awaitable[None]]
"""Told how far it is, of how much."""


def rules_of(campaign: Campaign) -> dict[str, Any]:
    """Write the rules of a campaign down, as they are kept with each snapshot."""
    named = ("id", "name", "name_en", "who", "size", "reserve")
    return {
        "version": campaign.selection.rule_version,
        "scale": rules.SCALE,
        "ties": list(campaign.selection.ties),
        "counts": {name: list(activities) for name, activities in campaign.counts.items()},
        "lists": [
            {name: getattr(award, name) for name in named}
            | {"exclude": list(award.exclude), "weights": dict(award.weights)}
            for award in campaign.selection.lists
        ],
    }


@dataclass(frozen=True, slots=True)
class Wish:
    """A snapshot that is asked for: of what, by whom, as of when."""

    campaign: Campaign
    campaign_id: int
    by: int
    as_of: datetime


async def take(database: Database, wish: Wish, *, tell: Tell) -> Selection | None:
    """Take a snapshot of all candidates, in place of the draft there was.

    None if a selection is out by then. What a crash leaves is given up by the next snapshot.
    """
    campaign = wish.campaign
    counting = Counting(wish.campaign_id, campaign.counts)
    span = Span(*calendar.scoring(campaign.spans))
    async with database.transaction() as db:
        told = rules_of(campaign)
        selection = await selections.begin(
            db, wish.campaign_id, by=wish.by, rules=told, as_of=wish.as_of
        )
    readers = 0
    async with database.snapshot() as seen:
        async for part in _parts(candidates.participants(seen, counting)):
            async with database.transaction() as db:
                await candidates.add(db, selection, part)
            readers += len(part)
            await tell(readers, readers + ROWS_AT_ONCE)
        ends = datetime.combine(span.until, time(), campaign.zone)
        held_by = min(wish.as_of, ends)
        units = await unit_counts.candidates(seen, counting, span=span, held_by=held_by)
    async with database.transaction() as db:
        for start in range(0, len(units), ROWS_AT_ONCE):
            await candidates.add(db, selection, units[start : start + ROWS_AT_ONCE])
        done = await selections.complete(
            db, selection, wish.campaign_id, readers=readers, units=len(units)
        )
        return await selections.of(db, selection) if done else None


async def _parts(kept: AsyncIterator[Kept]) -> AsyncIterator[list[Kept]]:
    part: list[Kept] = []
    async for each in kept:
        part.append(each)
        if len(part) == ROWS_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


async def draw(
    db: Db, selection: Selection, award: Award, *, readers: Sequence[Kept] | None = None
) -> Outcome:
    """Draw a list up from the snapshot, whose readers may be at hand."""
    decided = await places.excluded(db, selection.id, award.who)

    def candidate(kept: Kept) -> Candidate:
        return kept.candidate(award.rule, decided=kept.number in decided)

    if award.who == rules.UNIT:
        made = [candidate(unit) for unit in await candidates.units(db, selection.id)]
    elif readers is not None:
        made = [candidate(reader) for reader in readers]
    else:
        made = [candidate(reader) async for reader in candidates.readers(db, selection.id)]
    return rules.select(made, award.rule)


@dataclass(slots=True)
class _Drawer:
    """Draws the lists of a selection; lists that differ in their length only are drawn once."""

    db: Db
    selection: Selection
    readers: Sequence[Kept]
    key: object = None
    outcome: Outcome | None = None

    async def draw(self, award: Award) -> Outcome:
        rule = award.rule
        key = (award.who, tuple(rule.weights.items()), tuple(sorted(rule.exclude)))
        if self.outcome is None or key != self.key:
            self.outcome = None  # before the next one is made: they are big
            self.outcome = await draw(self.db, self.selection, award, readers=self.readers)
            self.key = key
        return replace(self.outcome, size=rule.size, reserved=rule.reserve)


def placed(award: Award, outcome: Outcome) -> Iterator[Place]:
    """Return everybody's place on a list, as it is kept."""
    on, by = outcome.size, outcome.size + outcome.reserved
    for each in outcome.order:
        standing = CHOSEN if each.rank <= on else RESERVE if each.rank <= by else OTHER
        number = each.candidate.number
        yield Place(
            *(award.id, award.who, number, each.rank, each.score),
            above_by=each.above_by,
            standing=standing,
        )


@dataclass(frozen=True, slots=True)
class Written:
    """A selection written down: the pieces of its canonical document."""

    document: Mapping[str, Any]

    def pieces(self) -> Iterator[tuple[str, bytes]]:
        """Return the document piece by piece, each with what it is about; as often as wanted."""
        lazy = {"readers": map(_entry, self.document["readers"])}
        return rules.pieces({**self.document, **lazy})

    def content(self) -> bytes:
        """Return the document as bytes."""
        return b"".join(piece for _, piece in self.pieces())

    @property
    def bests(self) -> dict[str, list[int | str]]:
        """Return the best values of each list's measures."""
        return {each["id"]: each["bests"] for each in self.document["lists"]}

    def digest(self) -> str:
        """Return the SHA-256 of the document, in hexadecimal."""
        made = hashlib.sha256()
        for _, piece in self.pieces():
            made.update(piece)
        return made.hexdigest()


Placing = Callable[[Award, Outcome], Awaitable[None]]


async def write(db: Db, selection: Selection, campaign: str, *, place: Placing) -> Written:
    """Recompute a selection from its snapshot; `place` is given each list in turn.

    The document holds what decides and what came of it. It holds nobody's identity, so erasing
    somebody later changes no byte.
    """
    readers = [each async for each in candidates.readers(db, selection.id)]
    drawer, lists = _Drawer(db, selection, readers), []
    for award in selection.awards:
        outcome = await drawer.draw(award)
        await place(award, outcome)
        lists.append(_list(award, outcome))
    del drawer
    exclusions = [
        {"who": who, "number": number, "reason": reason}
        for who in (rules.READER, rules.UNIT)
        for number, reason in (await places.excluded(db, selection.id, who)).items()
    ]
    return Written(
        {
            "format": FORMAT,
            "campaign": campaign,
            "as_of": selection.as_of.astimezone(UTC).isoformat(),
            "rules": selection.rules,
            "readers": readers,
            "units": [_entry(unit) for unit in await candidates.units(db, selection.id)],
            "exclusions": exclusions,
            "lists": lists,
        }
    )


def _entry(kept: Kept) -> dict[str, Any]:
    named = {"unit": kept.unit} if kept.unit else {}
    counts = dict(zip(kept.names, kept.counts, strict=True))
    return {"number": kept.number, **named, "marks": list(kept.marks), **counts}


def _list(award: Award, outcome: Outcome) -> dict[str, Any]:
    return {
        "id": award.id,
        "ranked": len(outcome.order),
        "bests": [_exact(best) for best in outcome.bests],
        "chosen": [_line(each) for each in outcome.chosen],
        "reserve": [_line(each) for each in outcome.reserve],
        "excluded": [{"number": each.number, "why": each.excluded} for each in outcome.excluded],
    }


def _exact(value: int | Fraction) -> int | str:
    return value if isinstance(value, int) else f"{value.numerator}/{value.denominator}"


def _line(each: Placed) -> dict[str, Any]:
    number = each.candidate.number
    return {"rank": each.rank, "number": number, "score": each.score, "above_by": each.above_by}


async def seal(database: Database, selection: Selection, campaign: str, *, tell: Tell) -> Written:
    """Draw all lists up, keep everybody's place, and write it all down.

    The places are those of a draft still: they count once its digest is noted.
    """
    while True:
        async with database.transaction() as db:
            if not await places.clear(db, selection.id):
                break
    done = 0

    async def place(award: Award, outcome: Outcome) -> None:
        nonlocal done
        part: list[Place] = []
        for each in placed(award, outcome):
            part.append(each)
            if len(part) == ROWS_AT_ONCE:
                await keep(part)
                part = []
        await keep(part)

    async def keep(part: Sequence[Place]) -> None:
        nonlocal done
        async with database.transaction() as db:
            await places.add(db, selection.id, part)
        done += len(part)
        await tell(done, done + ROWS_AT_ONCE)

    async with database.snapshot() as seen:
        return await write(seen, selection, campaign, place=place)


async def written(database: Database, selection: Selection, campaign: str) -> Written:
    """Write down again what is sealed; its places stay as they are."""

    async def leave(_award: Award, _outcome: Outcome) -> None:
        """Keep what is there."""

    async with database.snapshot() as seen:
        return await write(seen, selection, campaign, place=leave)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a comparison: the digest of the database, and where a file differs."""

    digest: str
    theirs: str
    differences: tuple[str, ...]
    stored: str | None
    misplaced: tuple[str, ...]
    """Places in the database that are not what the snapshot comes to."""

    @property
    def is_equal(self) -> bool:
        """Say whether everything agrees."""
        sealed = self.stored in {None, self.digest}
        return self.digest == self.theirs and sealed and not self.misplaced


async def verify(db: Db, selection: Selection, campaign: str, *, content: bytes) -> Verdict:
    """Recompute a selection and compare a file with it, byte by byte."""
    misplaced: list[str] = []

    async def place(award: Award, outcome: Outcome) -> None:
        if selection.digest is None:
            return
        kept = await places.listed(db, selection.id, award.id)
        ours = {each.number: (each.rank, each.score) for each in placed(award, outcome)}
        theirs = {each.number: (each.rank, each.score) for each in kept}
        wrong = sorted(n for n in {*ours, *theirs} if ours.get(n) != theirs.get(n))
        misplaced.extend(f"{award.id} number {n}" for n in wrong[:DIFFERENCES_MAX])
        moved = [each for each in kept if each.standing in {CHOSEN, LEFT} and not each.replaces]
        if {each.rank for each in moved} != {each.rank for each in outcome.chosen}:
            misplaced.append(f"{award.id} chosen")

    written = await write(db, selection, campaign, place=place)
    digest, theirs = written.digest(), hashlib.sha256(content).hexdigest()
    told = () if digest == theirs else tuple(_differences(written, content))
    return Verdict(digest, theirs, told, selection.digest, tuple(misplaced))


def _differences(written: Written, content: bytes) -> Iterator[str]:
    """Say where a file differs: by field, or, if it is no JSON any more, by what stood there."""
    try:
        theirs = json.loads(content)
    except ValueError:
        yield f"byte {_first_byte(written, content)}: not readable as JSON"
        return
    ours = json.loads(written.content())
    found = False
    for n, each in enumerate(rules.differences(ours, theirs)):
        found = True
        if n == DIFFERENCES_MAX:
            yield "and more"
            return
        yield each
    if not found:
        yield f"byte {_first_byte(written, content)}: the same data, written differently"


def _first_byte(written: Written, content: bytes) -> str:
    place = 0
    for about, piece in written.pieces():
        theirs = content[place : place + len(piece)]
        if theirs != piece:
            same = next((n for n, b in enumerate(theirs) if b != piece[n]), len(theirs))
            return f"{place + same + 1} ({about or 'the end'})"
        place += len(piece)
    return f"{place + 1} (after the end)"
