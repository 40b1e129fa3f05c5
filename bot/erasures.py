"""The list of erasures beside the database: what a restored backup does not know.

A line is an erased citizen's number in the database, a fingerprint of it and of the moment in which
that person began, and when they were erased: enough to erase the same person again, nothing to tell
who it was. Lines are only ever added. Erased rows stay in the database, so the list is made from
them: it can lag, and never says more than what was committed.
"""

import fcntl
import hashlib
import logging
import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import merging
from bot.campaign import Campaign
from bot.clock import Clock
from bot.merging import Terms
from bot.operations import erasing, unlinking
from bot.settings import StartError
from storage import audit, citizens, erasure, links, twins
from storage.db import Database, Db

log = logging.getLogger(__name__)

NAME = "erasures.txt"
LINE = re.compile(r"(\d{1,18}) ([0-9a-f]{32}) (\S+)")
FINGERPRINT_LENGTH = 32
OVERLAP = timedelta(days=1)  # clocks are set back, and late commits come in


def fingerprint(citizen: int, began: datetime) -> str:
    """Tell a citizen from whoever else gets the same number in a restored database."""
    said = f"{citizen} {began.astimezone(UTC).isoformat(timespec='microseconds')}"
    return hashlib.sha256(said.encode()).hexdigest()[:FINGERPRINT_LENGTH]


class ErasureList:
    """The file. It is read whole, and only appended to."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / NAME

    def read(self) -> dict[int, set[str]]:
        """Return the fingerprints under each number; empty without a file.

        Raises:
            StartError: there is a list and it cannot be read: whoever is in it must not come back.

        """
        return read(self.file) if self.file.exists() else {}

    def add(self, lines: Iterable[str]) -> None:
        """Append lines, durably; a line that a crash cut off stays by itself.

        Raises:
            OSError: it cannot be written.

        """
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            end = file.seek(0, os.SEEK_END)
            file.seek(max(end - 1, 0))
            torn = b"" if file.read(1) in {b"", b"\n"} else b"\n"
            file.write(torn + "".join(f"{line}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())


def read(file: Path) -> dict[int, set[str]]:
    """Read a list.

    Raises:
        StartError: it cannot be read.

    """
    try:
        lines = file.read_text("utf-8", errors="replace").splitlines()
    except OSError as error:
        raise StartError(f"{file} cannot be read: {error.strerror}.") from None
    found: dict[int, set[str]] = {}
    for line in lines:
        if matched := LINE.fullmatch(line.strip()):
            found.setdefault(int(matched[1]), set()).add(matched[2])
    return found


class Noting:
    """Keeps the list of one process up with its database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._list = ErasureList(folder)
        self._known: Mapping[int, set[str]] | None = None
        self._since: datetime | None = None

    async def note(self) -> int:
        """Add who was erased and is not in the list yet, and return how many.

        Raises:
            OSError: the list cannot be written.

        """
        async with self._database.reading() as db:
            found = await erasure.gone(db, self._since)
        if self._known is None:
            self._known = self._list.read()
        marked = [(one, fingerprint(one, began), ended) for one, began, ended in found]
        new = [each for each in marked if each[1] not in self._known.get(each[0], ())]
        if new:
            self._list.add(f"{citizen} {mark} {at.isoformat()}" for citizen, mark, at in new)
            self._known = {**self._known, **{citizen: {mark} for citizen, mark, _ in new}}
        if found:
            self._since = max(ended for _, _, ended in found) - OVERLAP
        return len(new)


@dataclass(frozen=True, slots=True)
class Place:
    """What an erasure is done with."""

    campaign: Campaign
    campaign_id: int
    clock: Clock
    secret: bytes


async def returned(database: Database, listed: Mapping[int, set[str]]) -> list[int]:
    """Return who is in a list and is not erased in the database, in order."""
    async with database.reading() as db:
        there = await erasure.here(db, sorted(listed))
    return sorted(one for one, began in there.items() if fingerprint(one, began) in listed[one])


async def apply(database: Database, listed: Mapping[int, set[str]], place: Place) -> int:
    """Erase again whoever a restored backup brought back, and return how many.

    One transaction each, so that it can be interrupted and done again, by several processes.
    """
    done, again = 0, await returned(database, listed)
    for citizen in again:
        done += await _erase(database, citizen, place, others=again)
    if done:
        log.warning("a restored backup brought %s erased people back; they are erased again", done)
    return done


async def _part(db: Db, citizen: int, terms: Terms, *, others: Collection[int]) -> None:
    """Undo the links by which a restored backup has them as somebody who stays, the newest first.

    They were undone before: else nobody could have erased this one alone.
    """
    while (survivor := await twins.survivor(db, citizen)) is not None and survivor not in others:
        made = await links.latest(db, survivor)
        if made is None:
            return
        await merging.hold(db, *made.people)
        await unlinking.undo(db, terms, made, by=survivor)


async def _erase(
    database: Database, citizen: int, place: Place, *, others: Collection[int]
) -> bool:
    now, system = place.clock.now(), place.clock.system()
    async with database.transaction() as db:
        await citizens.lock_one(db, citizen)
        if not await erasure.here(db, [citizen]):
            return False
        when = erasure.When(place.campaign_id, place.campaign.day(now), now)
        terms = Terms(place.campaign, place.campaign_id, when.day, now, recorded_at=system)
        await _part(db, citizen, terms, others=others)
        await erasing.erase(db, citizen, when, campaign=place.campaign, secret=place.secret)
        line = audit.NewLine(
            campaign=place.campaign_id,
            citizen=citizen,
            role="",
            act="erased_again",
            subject=str(citizen),
            details={},
            cause=f"erasures:{citizen}",
            at=now,
            recorded_at=system,
        )
        await audit.add(db, line)
    return True
