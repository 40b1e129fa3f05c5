"""Who is behind the numbers of a selection: a reader's card and town now, or a unit's name."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select

from bot.messages import Named
from bot.rules.selection import UNIT as OF_UNIT
from storage.candidates import ReaderRow, UnitRow
from storage.citizens import YOUNG, CitizenRow
from storage.db import Db
from storage.profiles import ProfileRow
from storage.selections import Selection
from storage.units import UnitRow as Known


@dataclass(frozen=True, slots=True)
class Behind:
    """Who a candidate is. All of it is None or empty for a reader who was erased since.

    `shown` is the display name, of those only who want to be named on boards, and never of anyone
    under 14.
    """

    citizen: int | None = None
    card: str = ""
    town: str | None = None
    shown: str | None = None
    unit: str | None = None
    named: Named | None = None


async def of(
    db: Db, selection: Selection, *, who: str, numbers: Sequence[int]
) -> dict[int, Behind]:
    """Return who is behind candidates, by number; each has an entry."""
    found = dict.fromkeys(numbers, Behind())
    if who == OF_UNIT:
        its = and_(Known.campaign == selection.campaign, Known.code == UnitRow.unit)
        units = (
            select(UnitRow.number, UnitRow.unit, Known.name, Known.name_en)
            .outerjoin(Known, its)
            .where(UnitRow.selection == selection.id, UnitRow.number.in_(numbers))
        )
        for number, unit, name, name_en in await db.execute(units):
            found[number] = Behind(unit=unit, named=Named(name or unit, name_en or unit))
        return found
    readers = (
        select(
            ReaderRow.number,
            CitizenRow.id,
            CitizenRow.number,
            CitizenRow.town,
            CitizenRow.band,
            ProfileRow.name,
            ProfileRow.listed,
        )
        .join(CitizenRow, CitizenRow.id == ReaderRow.citizen)
        .outerjoin(ProfileRow, ProfileRow.citizen == CitizenRow.id)
        .where(ReaderRow.selection == selection.id, ReaderRow.number.in_(numbers))
    )
    for number, citizen, card, town, band, called, listed in await db.execute(readers):
        shown = called if listed and band != YOUNG else None
        found[number] = Behind(citizen, card, town, shown)
    return found
