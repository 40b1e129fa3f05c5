"""Exports as XLSX: streamed, formula-safe, each column with its definition."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import selection_book, workbooks
from bot.campaign import Campaign
from bot.i18n import FALLBACK, Texts
from bot.messages import plain
from bot.rules import cards
from bot.rules.points import SESSION
from bot.rules.rewards import State
from bot.workbooks import Book, Cell
from storage import reports, units
from storage.db import Database, Db
from storage.reports import Wanted
from storage.units import Unit

SELECTION = "selection"
REPORTS: Mapping[str, tuple[str, ...]] = {
    "participants": ("participants",),
    "ledger": ("ledger",),
    "units": ("units",),
    "standings": ("week_units", "week_best"),
    "livestreams": ("livestreams",),
    "plans": ("plans",),
    "unreached": ("unreached",),
    "rewards": ("rewards", "vouchers"),
}
"""Reports of rows, each with its sheets."""
OFFERED = (*REPORTS, SELECTION)
"""What can be exported; the selection makes sheets of its own."""
HEADS: Mapping[str, tuple[str, ...]] = {
    "participants": (
        *("number", "town", "unit", "since", "participant", "earned", "balance"),
        *("visits", "finished", "lives", "erased", "team", "town_name", "unit_name", "team_name"),
    ),
    "ledger": (
        *("number", "line", "day", "activity", "kind", "points", "net", "cap", "town", "acted_at"),
        "attested",
    ),
    "units": (
        *("code", "unit_kind", "name", "unit_town", "target", "participants", "registered"),
        *("must_join", "reporter", "share", "town_name"),
    ),
    "week_units": ("week", "unit", "week_participants", "week_points", "unit_name"),
    "week_best": (
        *("week", "rank", "listed_name", "alias", "number", "town", "week_points"),
        *("week_visits", "streak", "town_name"),
    ),
    "livestreams": (
        *("topic", "start", "unit", "state", "booked", "joined", "replayed", "live_points"),
        "unit_name",
    ),
    "plans": (
        *("proposal", "form", "unit", "topic", "month", "planned_start", "length", "lecturer"),
        *("proposal_state", "handed_in", "unit_name"),
    ),
    "unreached": (
        *("broadcast", "sent_at", "number", "town", "unit", "team", "fate", "call", "called_at"),
        *("town_name", "unit_name", "team_name"),
    ),
    "rewards": (
        *("reward", "price", "stock", "sold", *(f"count_{state}" for state in State)),
        "points_spent",
    ),
    "vouchers": (
        *("reward", "number", "town", "unit", "price", "redeemed_at", "last_day"),
        *("voucher_state", "ended_at", "place", "handed_by", "town_name", "unit_name"),
    ),
}
NAMED: Mapping[str, tuple[int, ...]] = {
    "participants": (1, 2, 11),
    "units": (3,),
    "week_units": (1,),
    "week_best": (5,),
    "livestreams": (2,),
    "plans": (2,),
    "unreached": (3, 4, 5),
    "vouchers": (2, 3),
}
"""The columns with a unit's code, by number: its name stands at the end."""
TOLD_EVERY = 1000
Tell = Callable[[int, int], Awaitable[None]]
"""Told how many rows are written, of how many."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to export, of which units if not of all, in which language, as of when.

    `secret` makes the aliases of those who do not want their name on boards; without it they have
    none.
    """

    what: str
    campaign: Campaign
    campaign_id: int
    at: datetime
    units: tuple[str, ...] | None = None
    language: str = FALLBACK
    secret: bytes = b""

    @property
    def wanted(self) -> Wanted:
        """Return which rows these are."""
        sessions = tuple(each.id for each in self.campaign.activities if each.repeat == SESSION)
        return Wanted(self.campaign_id, self.units, sessions)


async def export(database: Database, order: Order, file: Path, *, texts: Texts, tell: Tell) -> int:
    """Write a report as a workbook, and return how many rows it has.

    A text is always a text: whatever it begins with, no cell of it is a formula.

    Raises:
        MissingError: there is nothing of the kind.

    """
    file.open("wb").close()  # says at once if it cannot be written
    if order.what == SELECTION:
        wish = selection_book.Order(
            *(order.campaign_id, order.campaign.campaign.id),
            texts=texts,
            language=order.language,
            zone=order.campaign.zone,
        )
        return await selection_book.write(database, wish, file, tell=tell)
    sheets = REPORTS[order.what]
    written = 0
    with workbooks.writing(file) as book:
        async with database.snapshot() as db:
            total = 0
            for sheet in sheets:
                total += await reports.count(db, sheet, order.wanted)
            known = await units.listed(db, order.campaign_id)
            maker = _Maker(order, texts, {unit.code: unit for unit in known})
            for sheet in sheets:
                shifted = _shifted(tell, written, total)
                written += await _fill(book, db, sheet, maker=maker, tell=shifted)
        maker.explain(book, sheets)
    await tell(written, written)
    return written


def _shifted(tell: Tell, before: int, total: int) -> Callable[[int], Awaitable[None]]:
    async def told(done: int) -> None:
        await tell(before + done, total)

    return told


async def _fill(
    book: Book, db: Db, name: str, *, maker: "_Maker", tell: Callable[[int], Awaitable[None]]
) -> int:
    sheet, written = book.sheet(maker.said(f"sheet_{name}"), maker.heads(name)), 0
    async for row in reports.rows(db, name, maker.order.wanted):
        written += 1
        sheet.add(maker.cells(name, row))
        if written % TOLD_EVERY == 0:
            await tell(written)
    return written


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes what is shown of what is stored."""

    order: Order
    texts: Texts
    known: Mapping[str, Unit]

    def said(self, key: str) -> str:
        return plain(self.texts.text(f"export.{key}", self.order.language, {}))

    def heads(self, sheet: str) -> list[str]:
        return [self.said(head) for head in HEADS[sheet]]

    def cells(self, sheet: str, row: Sequence[Any]) -> list[Cell]:
        match sheet:
            case "ledger":
                row = (*row[:10], self._attested(row[10]))
            case "units":
                share = round(100 * row[5] / row[4], 1) if row[4] else None
                row = (*row[:2], self._name(row[0]), *row[3:], share)
            case "week_best":
                row = self._best(row)
            case "plans":
                row = self._plan(row)
            case "vouchers":
                row = (*row[:7], self.said(f"count_{row[7]}"), *row[8:])
            case _:
                pass
        row = (*row, *(self._name(row[column]) for column in NAMED.get(sheet, ())))
        return [workbooks.cell(value, self.order.campaign.zone) for value in row]

    def _attested(self, state: str | None) -> str | None:
        """Say how something stands that an organiser attested for somebody with a paper card."""
        if state is None:
            return None
        return plain(self.texts.text(f"vouching.state_{state}", self.order.language, {}))

    def _plan(self, row: Sequence[Any]) -> tuple[Any, ...]:
        number, form, unit, topic, month, *rest, state, at = row
        said = [
            plain(self.texts.text(key, self.order.language, {}))
            for key in (f"proposals.form_{form}", f"proposals.state_{state}")
        ]
        when = f"{month:%Y-%m}" if month else None
        return (number, said[0], unit, topic, when, *rest, said[1], at)

    def _best(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """Name who wants it, the others by their alias; only staff know whose number it is."""
        first, rank, name, citizen, number, *rest = row
        alias = cards.alias(self.order.secret, citizen) if self.order.secret else None
        everything = self.order.units is None
        shown = (name, None if name else alias, number if everything else None)
        return (first, rank, *shown, *rest)

    def _name(self, code: str | None) -> str | None:
        unit = self.known.get(code or "")
        if unit is None:
            return None
        return unit.name_en if self.order.language == "en" else unit.name

    def explain(self, book: Book, sheets: Sequence[str]) -> None:
        """Say on a sheet of its own what each column means, and as of when this is."""
        rows: list[tuple[str, ...]] = []
        for sheet in sheets:
            if len(sheets) > 1:
                rows.append((self.said(f"sheet_{sheet}"),))
            rows += [(self.said(head), self.said(f"{head}_means")) for head in HEADS[sheet]]
        moment = str(workbooks.cell(self.order.at, self.order.campaign.zone))
        rows.append((self.said("as_of"), moment))
        if self.order.units is not None:
            rows.append(
                (self.said("only"), ", ".join(self._name(u) or u for u in self.order.units))
            )
        book.note(self.said("definitions"), rows)
