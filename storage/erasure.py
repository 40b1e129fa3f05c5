"""Erasing a citizen: identity goes, sums stay under nobody's name, used limits stay used."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, update

from bot.rules import cards
from storage import attests, enrolments, notes, papercards, seats, vouchers
from storage.attendances import BookingRow, GuessRow
from storage.broadcasts import DRAFT, BroadcastRow
from storage.calls import CallRow
from storage.candidates import ReaderRow
from storage.certificates import CertificateRow
from storage.citizens import Account, AccountRow, CitizenRow, ConsentRow
from storage.corrections import CorrectionRow
from storage.db import Db, insert
from storage.deeds import DeedRow
from storage.dialogs import DialogRow, ListRow
from storage.disputes import DisputeRow
from storage.experiences import ExperienceRow
from storage.handled import HandledRow
from storage.jobs import JobRow
from storage.links import LinkCodeRow
from storage.pictures import PictureRow
from storage.profiles import ProfileRow, SwitchRow
from storage.progress import ProgressRow
from storage.roles import DutyRow
from storage.rolls import PresenceRow
from storage.shelves import KeptRow, OpeningRow
from storage.signals import SignalRow
from storage.tombstones import TombstoneRow
from storage.totals import TotalsRow
from storage.uploads import UploadRow
from storage.vouchers import TryRow

SPENT = "spent"  # the outcome of a deed that only keeps a limit used
ONE_DAY = timedelta(days=1)
NUMBERS_AT_ONCE = 500
PERSONAL = (
    *(HandledRow, KeptRow, OpeningRow, DialogRow, ListRow, ProfileRow, SwitchRow, JobRow),
    *(BookingRow, GuessRow, DutyRow, UploadRow, ProgressRow, CallRow, PictureRow),
    *(CorrectionRow, DisputeRow, SignalRow, TryRow, LinkCodeRow, CertificateRow),
    *(ExperienceRow, PresenceRow),
)


@dataclass(frozen=True, slots=True)
class When:
    """The campaign, its day and the moment in which something happens."""

    campaign: int
    day: date
    at: datetime


async def erase(
    db: Db,
    citizen: int,
    when: When,
    *,
    keep_used: Sequence[str],
    stand_in: Callable[[Account], str],
) -> None:
    """Erase a citizen, locked by the caller.

    `keep_used` are the activities whose once keys stay used for whoever comes back;
    `stand_in` makes the keyed hash under which an account is remembered until the campaign ends.
    """
    await seats.forget(db, citizen, at=when.at)
    used = await db.scalars(
        select(DeedRow.once).where(
            DeedRow.citizen == citizen,
            DeedRow.campaign == when.campaign,
            DeedRow.activity.in_([*keep_used, SPENT]),
            DeedRow.once.is_not(None),
        )
    )
    limits = json.dumps(sorted(once for once in used if once))
    accounts = select(AccountRow.channel, AccountRow.sender).where(AccountRow.citizen == citizen)
    for channel, sender in await db.execute(accounts):
        values = {"day": when.day, "limits": limits, "at": when.at}
        key = {"account": stand_in(Account(channel, sender)), "campaign": when.campaign}
        made = insert(db, TombstoneRow).values(**key, **values)
        keys = [TombstoneRow.account, TombstoneRow.campaign]
        await db.execute(made.on_conflict_do_update(index_elements=keys, set_=values))
    await vouchers.void(db, citizen, at=when.at)
    for table in (*PERSONAL, AccountRow):
        await db.execute(delete(table).where(table.citizen == citizen))
    drafts = (BroadcastRow.author == citizen, BroadcastRow.state == DRAFT)
    await db.execute(delete(BroadcastRow).where(*drafts))
    await enrolments.forget(db, citizen)
    await notes.erase(db, citizen)
    await papercards.forget(db, citizen, at=when.at)
    await attests.forget(db, citizen, at=when.at)
    await db.execute(update(TotalsRow).where(TotalsRow.citizen == citizen).values(erased=True))
    was_reader = ReaderRow.citizen == citizen  # stays a number that is nobody's
    await db.execute(update(ReaderRow).where(was_reader).values(citizen=None))
    in_force = (ConsentRow.citizen == citizen, ConsentRow.withdrawn_at.is_(None))
    await db.execute(update(ConsentRow).where(*in_force).values(withdrawn_at=when.at))
    nobody = {"number": _free_number(), "unit": None, "team": None, "consented_at": None}
    gone = update(CitizenRow).where(CitizenRow.id == citizen)
    await db.execute(gone.values(**nobody, erased_at=when.at))


def _free_number() -> str:
    return cards.from_chance(secrets.randbits(64))


async def remembered(db: Db, account: str, campaign: int) -> tuple[date, list[str]] | None:
    """Return the day an account was erased, and the once keys it had used; None if never."""
    its = (TombstoneRow.account == account, TombstoneRow.campaign == campaign)
    row = (await db.execute(select(TombstoneRow.day, TombstoneRow.limits).where(*its))).first()
    return None if row is None else (row[0], json.loads(row[1]))


async def come_back(db: Db, citizen: int, when: When, *, left: date, used: Sequence[str]) -> None:
    """Let somebody who was erased begin anew: from the day after, with the used limits used.

    Done again, it changes nothing.
    """
    await db.execute(
        update(CitizenRow).where(CitizenRow.id == citizen).values(scores_from=left + ONE_DAY)
    )
    for once in used:
        made = insert(db, DeedRow).values(
            campaign=when.campaign,
            citizen=citizen,
            activity=SPENT,
            subject=once.split(":")[1] if ":" in once else "",
            day=when.day,
            outcome=SPENT,
            points=0,
            today=0,
            cap=0,
            once=once,
            cause=f"{SPENT}:{once}"[:40],
            acted_at=when.at,
            recorded_at=when.at,
        )
        await db.execute(made.on_conflict_do_nothing())


async def gone(db: Db, since: datetime | None = None) -> Sequence[tuple[int, datetime, datetime]]:
    """Return who is erased: the number, the beginning and the end; of all, or since a moment."""
    erased = CitizenRow.erased_at
    when = erased.is_not(None) if since is None else erased >= since
    rows = await db.execute(select(CitizenRow.id, CitizenRow.since, erased).where(when))
    return [(number, began, ended) for number, began, ended in rows if ended is not None]


async def here(db: Db, numbers: Sequence[int]) -> dict[int, datetime]:
    """Return which of these citizens are not erased, each with its beginning."""
    found: dict[int, datetime] = {}
    for first in range(0, len(numbers), NUMBERS_AT_ONCE):
        some = CitizenRow.id.in_(numbers[first : first + NUMBERS_AT_ONCE])
        wanted = select(CitizenRow.id, CitizenRow.since)
        rows = await db.execute(wanted.where(some, CitizenRow.erased_at.is_(None)))
        found |= {row.id: row.since for row in rows}
    return found


async def forget_for_good(db: Db, *, but: int | None = None) -> None:
    """Drop what was kept of erased accounts: after the campaign it protects nothing.

    `but` is a campaign for which it is kept.
    """
    await db.execute(delete(TombstoneRow).where(TombstoneRow.campaign.is_distinct_from(but)))
