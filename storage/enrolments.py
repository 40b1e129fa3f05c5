"""How people took part in campaigns that do not run now.

A citizen's own row describes the campaign that runs. When another one begins, what it says is put
aside here, and whoever wants to take part is asked anew; should the earlier one run again, it is
brought back. Points, lines and ranks need none of this: they carry their campaign.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, and_, delete, func, literal, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.citizens import CitizenRow
from storage.db import Db, insert
from storage.profiles import ProfileRow


class EnrolmentRow(Base):
    """What a citizen's row said when its campaign ceased to run."""

    __tablename__ = "enrolments"

    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"), primary_key=True)
    citizen: Mapped[int] = mapped_column(
        Id, ForeignKey("citizens.id"), primary_key=True, index=True
    )
    town: Mapped[str | None] = mapped_column(String(32))
    unit: Mapped[str | None] = mapped_column(String(32))
    team: Mapped[str | None] = mapped_column(String(32))
    consented_at: Mapped[datetime | None]
    scores_from: Mapped[date | None]
    listed: Mapped[bool]


OWN = ("town", "unit", "team", "consented_at", "scores_from")
"""The columns of a citizen that are about one campaign."""


async def put_aside(db: Db, campaign: int) -> None:
    """Note how everybody takes part in a campaign, and let nobody take part any more."""
    await db.execute(delete(EnrolmentRow).where(EnrolmentRow.campaign == campaign))
    own = [getattr(CitizenRow, name) for name in OWN]
    listed = func.coalesce(ProfileRow.listed, literal(value=False))
    taking_part = (
        select(literal(campaign, ShortId), CitizenRow.id, *own, listed)
        .outerjoin(ProfileRow, ProfileRow.citizen == CitizenRow.id)
        .where(or_(CitizenRow.town.is_not(None), CitizenRow.consented_at.is_not(None)))
    )
    names = ["campaign", "citizen", *OWN, "listed"]
    await db.execute(insert(db, EnrolmentRow).from_select(names, taking_part))
    await db.execute(update(CitizenRow).values(dict.fromkeys(OWN)))
    await db.execute(update(ProfileRow).values(listed=False))


async def bring_back(db: Db, campaign: int) -> None:
    """Let everybody take part again who took part in a campaign before it was put aside."""
    theirs = and_(EnrolmentRow.citizen == CitizenRow.id, EnrolmentRow.campaign == campaign)
    own = {name: getattr(EnrolmentRow, name) for name in OWN}
    as_before = update(CitizenRow).where(theirs, CitizenRow.merged_into.is_(None)).values(own)
    await db.execute(as_before)
    named = select(EnrolmentRow.citizen).where(EnrolmentRow.campaign == campaign)
    on_boards = named.where(EnrolmentRow.listed)
    shown = update(ProfileRow).where(ProfileRow.citizen.in_(on_boards)).values(listed=True)
    await db.execute(shown)
    await db.execute(delete(EnrolmentRow).where(EnrolmentRow.campaign == campaign))


async def forget(db: Db, citizen: int) -> None:
    """Leave of somebody only in which town they once counted."""
    values = {"unit": None, "team": None, "consented_at": None, "listed": False}
    mine = update(EnrolmentRow).where(EnrolmentRow.citizen == citizen)
    await db.execute(mine.values(**values))
