"""A selection as a workbook: lists, score sheets, rules, exclusions, definitions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

from bot import selecting, workbooks
from bot.i18n import Texts
from bot.messages import plain
from bot.rules import selection as rules
from bot.rules.selection import READER, UNIT, Outcome
from bot.selecting import Tell, Written
from bot.workbooks import Book, Cell
from storage import behind, places, selections
from storage.behind import Behind
from storage.candidates import READER_COUNTS, UNIT_COUNTS, Kept
from storage.db import Database, Db
from storage.places import CHOSEN, LEFT, Place
from storage.selections import Award, Selection

ROWS_AT_ONCE = 2000
FACE = ("number", "card", "name", "town", "why", "reason")
LIST = ("rank", *FACE[:4], "score", "above_by", "standing", "replaces", "left_for")
EXCLUSION = ("kind", *FACE[:4], "reason")
Standing = tuple[int, int, str]
"""Rank, score, and what put somebody before the next one."""


class MissingError(Exception):
    """There is no selection to write down; the text is the key of the sentence that says so."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which selection to write, by its campaign and what that is called, and how."""

    campaign_id: int
    campaign: str
    texts: Texts
    language: str
    zone: tzinfo


async def write(database: Database, order: Order, file: Path, *, tell: Tell) -> int:
    """Write the selection of a campaign that counts, and return how many candidates it has.

    Raises:
        MissingError: there is none.

    """
    async with database.snapshot() as db:
        found = await selections.current(db, order.campaign_id)
        if found is None:
            raise MissingError("selections.missing")
        drawn: dict[str, _Drawn] = {}

        async def collect(award: Award, outcome: Outcome) -> None:
            drawn[award.id] = _Drawn(
                {
                    each.candidate.number: (each.rank, each.score, each.above_by)
                    for each in outcome.order
                },
                outcome.bests,
            )

        written = await selecting.write(db, found, order.campaign, place=collect)
        with workbooks.writing(file) as book:
            maker = _Maker(db, order, found, written, drawn, book)
            for award in found.awards:
                await maker.list_of(award)
            total = found.readers + found.units
            await maker.sheets(READER, written.document["readers"], tell=tell, total=total)
            await maker.sheets(UNIT, maker.units, tell=tell, total=total)
            await maker.exclusions()
            maker.explain()
    return total


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A list that was drawn up: everybody's standing by number, and the best values."""

    standings: Mapping[int, Standing]
    bests: Sequence[rules.Value]


@dataclass(slots=True)
class _Maker:
    """Makes what is shown of what was drawn up."""

    db: Db
    order: Order
    selection: Selection
    written: Written
    drawn: Mapping[str, _Drawn]
    book: Book
    decided: dict[str, dict[int, str]] = field(default_factory=dict)

    @property
    def units(self) -> list[Kept]:
        """Return the units as the document has them."""
        names = UNIT_COUNTS
        return [
            Kept(
                each["number"],
                tuple(each["marks"]),
                tuple(each[name] for name in names),
                unit=each["unit"],
            )
            for each in self.written.document["units"]
        ]

    def said(self, key: str, **params: Any) -> str:
        return plain(self.order.texts.text(key, self.order.language, params))

    def head(self, name: str) -> str:
        return self.said(f"selection_book.{name}")

    def measure(self, name: str) -> str:
        return self.said(f"scoring.measure_{name}")

    def called(self, award: Award) -> str:
        return award.name_en if self.order.language == "en" else award.name

    def face(self, number: int, who: Behind) -> tuple[Any, ...]:
        name = who.shown
        if who.named is not None:
            is_english = self.order.language == "en"
            name = who.named.name_en if is_english else who.named.name
        return (number, who.card, name or "", who.town or who.unit or "")

    async def excluded(self, who: str) -> dict[int, str]:
        if who not in self.decided:
            self.decided[who] = await places.excluded(self.db, self.selection.id, who)
        return self.decided[who]

    async def list_of(self, award: Award) -> None:
        """Write who is chosen and who stands by, as it is now."""
        sheet = self.book.sheet(self.called(award), [self.head(name) for name in LIST])
        kept = await self._listed(award)
        numbers = [each.number for each in kept]
        who = await behind.of(self.db, self.selection, who=award.who, numbers=numbers)
        for each in kept:
            cells = (
                each.rank,
                *self.face(each.number, who[each.number]),
                rules.written(each.score),
                self.measure(each.above_by) if each.above_by else "",
                self.said(f"contenders.is_{each.standing}"),
                each.replaces,
                each.reason if each.standing == LEFT else None,
            )
            sheet.add(self._cells(cells))

    async def _listed(self, award: Award) -> list[Place]:
        size, last = award.rule.size, award.rule.size + award.rule.reserve
        if self.selection.digest:
            kept = await places.listed(self.db, self.selection.id, award.id, limit=last)
            came = await places.listed(self.db, self.selection.id, award.id, standings=[CHOSEN])
            return kept + [each for each in came if each.rank > last]
        ranked = sorted((each, n) for n, each in self.drawn[award.id].standings.items())
        return [
            Place(
                *(award.id, award.who, number, rank, score),
                above_by=by,
                standing=CHOSEN if rank <= size else places.RESERVE,
            )
            for (rank, score, by), number in ranked[:last]
        ]

    async def sheets(self, who: str, kept: Sequence[Kept], *, tell: Tell, total: int) -> None:
        """Write every candidate of a kind: what counted, and for each list parts, score, place."""
        counts = UNIT_COUNTS if who == UNIT else READER_COUNTS
        awards = [award for award in self.selection.awards if award.who == who]
        heads = [*map(self.head, FACE), *map(self.measure, counts)]
        heads += [head for award in awards for head in self._heads(award)]
        sheet = self.book.sheet(self.head(f"sheet_{who}"), heads)
        decided = await self.excluded(who)
        for start in range(0, len(kept), ROWS_AT_ONCE):
            part = kept[start : start + ROWS_AT_ONCE]
            numbers = [each.number for each in part]
            faces = await behind.of(self.db, self.selection, who=who, numbers=numbers)
            for each in part:
                marks = ", ".join(self.said(f"scoring.why_{m}", reason="") for m in each.marks)
                cells = [*self.face(each.number, faces[each.number]), marks]
                cells += [decided.get(each.number), *map(self._count, counts, each.counts)]
                cells += [cell for award in awards for cell in self._score(each, award)]
                sheet.add(self._cells(cells))
            await tell(start + len(part), total)

    def _heads(self, award: Award) -> Iterator[str]:
        name = self.called(award)
        for measure, weight in award.rule.weights.items():
            yield f"{name}: {self.measure(measure)} × {weight}"
        yield f"{name}: {self.head('score')}"
        yield f"{name}: {self.head('rank')}"

    def _score(self, kept: Kept, award: Award) -> Iterator[Any]:
        drawn = self.drawn[award.id]
        standing = drawn.standings.get(kept.number)
        for (measure, weight), best in zip(award.rule.weights.items(), drawn.bests, strict=True):
            part = rules.part(weight, kept.value(measure), best)
            yield None if standing is None else part / rules.SCALE
        yield None if standing is None else standing[1] / rules.SCALE
        yield None if standing is None else standing[0]

    def _count(self, name: str, value: int) -> Any:
        """Tell who got there first as a moment; a unit's is a day."""
        if name != "first" or not value:
            return value
        if -value < date.max.toordinal():
            return date.fromordinal(-value)
        return datetime.fromtimestamp(-value / 1_000_000, self.order.zone)

    async def exclusions(self) -> None:
        """Write whom staff excluded, and why."""
        sheet = self.book.sheet(self.head("sheet_exclusions"), [*map(self.head, EXCLUSION)])
        for who in (READER, UNIT):
            decided = await self.excluded(who)
            faces = await behind.of(self.db, self.selection, who=who, numbers=[*decided])
            for number, reason in decided.items():
                face = self.face(number, faces[number])
                sheet.add(self._cells((self.head(f"sheet_{who}"), *face, reason)))

    def explain(self) -> None:
        """Say by which rules it was made, its digest, and what each column means."""
        found = self.selection
        rows: list[tuple[str, ...]] = [
            (self.head("as_of"), str(workbooks.cell(found.as_of, self.order.zone))),
            (self.head("state"), self.head(f"state_{found.state}")),
            (self.head("version"), str(found.rule_version)),
            (self.head("digest"), self.written.digest()),
        ]
        for name, activities in found.rules["counts"].items():
            rows.append((self.measure(name), ", ".join(activities)))
        ties = (self.measure(name) for name in (*found.rules["ties"], rules.NUMBER))
        rows.append((self.head("ties"), ", ".join(ties)))
        for award in found.awards:
            weights = (f"{self.measure(n)} {weight}" for n, weight in award.rule.weights.items())
            exclude = (self.said(f"scoring.why_{n}", reason="") for n in award.rule.exclude)
            bests = map(str, self.drawn[award.id].bests)
            rows += [
                (self.called(award), f"{award.rule.size} + {award.rule.reserve}"),
                (self.head("weights"), ", ".join(weights)),
                (self.head("bests"), ", ".join(bests)),
                (self.head("exclude"), ", ".join(exclude)),
            ]
        self.book.note(self.head("sheet_rules"), rows)
        named = dict.fromkeys((*FACE, *LIST))
        means = [(self.head(name), self.head(f"{name}_means")) for name in named]
        formulas = (
            (self.head(f"sheet_{who}"), self.head(f"formula_{who}")) for who in (READER, UNIT)
        )
        self.book.note(self.said("export.definitions"), [*means, *formulas])

    def _cells(self, values: Sequence[Any]) -> list[Cell]:
        return [workbooks.cell(value, self.order.zone) for value in values]
