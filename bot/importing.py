"""Importing files: preview what a file would do, then do it, in parts."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from bot import campaign as campaigns
from bot import catalogue, livestream_file, rewards_file, sheets, units_file
from bot.campaign import Campaign
from bot.messages import normal
from bot.sheets import Parsed, Problem, UnreadableError
from storage import catalogue as stored
from storage import livestreams, reward_files, rewards, units, vouchers
from storage.catalogue import ROWS_AT_ONCE, Compared
from storage.db import Database, Db
from storage.units import Unit

Tell = Callable[[int], Awaitable[None]]
"""Told how many rows are done."""
Row = TypeVar("Row")
CATALOGUE, LIVESTREAMS, UNITS, REWARDS = "catalogue", "livestreams", "units", "rewards"
KINDS = (CATALOGUE, LIVESTREAMS, UNITS, REWARDS)
REQUIRED = {
    LIVESTREAMS: livestream_file.REQUIRED,
    CATALOGUE: catalogue.REQUIRED,
    UNITS: units_file.REQUIRED,
    REWARDS: rewards_file.REQUIRED,
}
COLUMNS = {
    LIVESTREAMS: (*livestream_file.REQUIRED, *livestream_file.OPTIONAL),
    CATALOGUE: (*catalogue.REQUIRED, *catalogue.OPTIONAL),
    UNITS: (*units_file.REQUIRED, *units_file.OPTIONAL),
    REWARDS: (*rewards_file.REQUIRED, *rewards_file.OPTIONAL),
}
MARKS = {LIVESTREAMS: "topic", CATALOGUE: "title", UNITS: "name", REWARDS: "reward"}
"""The column by which each kind of file is known."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where files are imported to."""

    database: Database
    campaign: Campaign
    campaign_id: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that was read: what it holds, and how to preview it and take it over."""

    kind: str
    """What it holds: one of `KINDS`."""
    rows: int
    problems: Sequence[Problem]
    ignored: tuple[str, ...]
    preview: Callable[[], Awaitable[Compared]]
    take_over: Callable[[datetime, Tell], Awaitable[Compared]]


async def offer(place: Place, data: bytes) -> Offer:
    """Read a file, which is what its header says.

    Raises:
        UnreadableError: it is none of ours, or nothing of it can be read.

    """
    async with place.database.reading() as db:
        known = await units.listed(db, place.campaign_id)
        out = await issued(db, place.campaign_id)
    return await asyncio.to_thread(_offer, place, data, (known, out))


async def issued(db: Db, campaign: int) -> dict[str, int]:
    """Return how many of each reward are out, by its title."""
    counts = await vouchers.issued(db, campaign)
    titles = await rewards.titles(db, counts)
    return {titles[reward]: n for reward, n in counts.items()}


def _offer(place: Place, data: bytes, there: tuple[Sequence[Unit], Mapping[str, int]]) -> Offer:
    known, out = there
    match _kind(data):
        case "livestreams":
            classes = livestream_file.read(data, setting(place.campaign, known))
            merge = _livestreams(place)
            return _offered(LIVESTREAMS, classes, merge)
        case "rewards":
            offered = rewards_file.read(data, for_rewards(place.campaign, known, out))
            return _offered(REWARDS, offered, _rewards(place))
        case "units":
            found = units_file.read(data, units_file.Setting(_towns(place.campaign)))
            return _offered(UNITS, found, _units(place))
        case _:
            items = catalogue.read(data, place.campaign.item_kinds)
            return _offered(CATALOGUE, items, _items(place))


@dataclass(frozen=True, slots=True)
class _Merge(Generic[Row]):
    """How a part of a file is compared with what is there, and taken over; by the database."""

    database: Database
    compare: Callable[[Db, Sequence[Row]], Awaitable[Compared]]
    merge: Callable[[Sequence[Row], datetime], Awaitable[Compared]]


def _offered(kind: str, parsed: Parsed[Row], how: _Merge[Row]) -> Offer:
    async def preview() -> Compared:
        async with how.database.reading() as db:
            return await _in_parts(parsed.rows, lambda part: how.compare(db, part))

    async def take_over(at: datetime, tell: Tell) -> Compared:
        return await _in_parts(parsed.rows, lambda part: how.merge(part, at), tell)

    rows, problems, ignored = len(parsed.rows), parsed.problems, parsed.ignored
    return Offer(kind, rows, problems, ignored, preview=preview, take_over=take_over)


def _kind(data: bytes) -> str:
    """Tell what a file holds by the names in its first line."""
    first, *more = sheets.heads(data) or [[]]
    for kind, mark in MARKS.items():
        if mark in first:
            return kind
    for line, names in enumerate(more, start=2):
        if any(set(required) <= set(names) for required in REQUIRED.values()):
            raise UnreadableError("sheets.header_line", line=line)
    raise UnreadableError("sheets.unknown", **{k: ", ".join(v) for k, v in REQUIRED.items()})


def setting(campaign: Campaign, known: Sequence[Unit] = ()) -> livestream_file.Setting:
    """Return what a livestream file is read under; units go by their id or either name.

    A name that several units have stands for none of them.
    """
    return livestream_file.Setting(campaign.zone, _units_by_name(campaign, known))


def for_rewards(
    campaign: Campaign, known: Sequence[Unit], out: Mapping[str, int]
) -> rewards_file.Setting:
    """Return what rewards are read under; `out` is how many of each are out, by its title."""
    called = _units_by_name(campaign, known)
    return rewards_file.Setting(campaign.start, campaign.last_day, called, out)


def _units_by_name(campaign: Campaign, known: Sequence[Unit]) -> dict[str, str]:
    named = Counter(normal(unit.name) for unit in known)
    others = {
        normal(called): unit.code
        for unit in known
        for called in (unit.code, unit.name)
        if named[normal(called)] <= 1
    }
    return others | _called(campaign.units)


def _called(listed: Sequence[campaigns.Unit]) -> dict[str, str]:
    return {
        normal(called): unit.id for unit in listed for called in (unit.id, unit.name, unit.name_en)
    }


def _towns(campaign: Campaign) -> dict[str, str]:
    """Return the towns by all they are called."""
    return _called(campaign.towns)


async def furnish(place: Place, *, at: datetime) -> None:
    """Take over the samples that stand beside a bundled campaign."""
    name = place.campaign.campaign.id
    samples = (catalogue, livestream_file, rewards_file)
    for data in (kind.bundled(name) for kind in samples):
        if data is not None:
            found = await offer(place, data)
            await found.take_over(at, _tell_nobody)


async def _tell_nobody(_done: int) -> None:
    pass


async def _in_parts(
    rows: Sequence[Row],
    act: Callable[[Sequence[Row]], Awaitable[Compared]],
    tell: Tell = _tell_nobody,
) -> Compared:
    """Do something with a limited number of rows at a time, and add up what it came to."""
    compared = Compared()
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        compared += await act(part)
        await tell(start + len(part))
    return compared


def _items(place: Place) -> _Merge[catalogue.Row]:
    """Take a catalogue over; the letters of the titles are found outside of any transaction."""

    async def merge(part: Sequence[catalogue.Row], at: datetime) -> Compared:
        letters = await asyncio.to_thread(catalogue.initials, [row.title for row in part])
        found = {
            row: (catalogue.found(row), initials)
            for row, initials in zip(part, letters, strict=True)
        }
        async with place.database.transaction() as db:
            return await stored.merge(db, part, found=found, at=at)

    return _Merge(place.database, stored.compare, merge)


def _livestreams(place: Place) -> _Merge[livestream_file.Row]:
    async def compare(db: Db, part: Sequence[livestream_file.Row]) -> Compared:
        return await livestreams.compare(db, place.campaign_id, part)

    async def merge(part: Sequence[livestream_file.Row], at: datetime) -> Compared:
        async with place.database.transaction() as db:
            return await livestreams.merge(db, place.campaign_id, part, at=at)

    return _Merge(place.database, compare, merge)


def _rewards(place: Place) -> _Merge[rewards_file.Row]:
    async def compare(db: Db, part: Sequence[rewards_file.Row]) -> Compared:
        return await reward_files.compare(db, place.campaign_id, part)

    async def merge(part: Sequence[rewards_file.Row], at: datetime) -> Compared:
        async with place.database.transaction() as db:
            return await reward_files.merge(db, place.campaign_id, part, at=at)

    return _Merge(place.database, compare, merge)


def _units(place: Place) -> _Merge[units_file.Row]:
    async def compare(db: Db, part: Sequence[units_file.Row]) -> Compared:
        known = await units.listed(db, place.campaign_id)
        return _sorted_units(place.campaign, known, part)[0]

    async def merge(part: Sequence[units_file.Row], at: datetime) -> Compared:
        del at  # a unit does not remember since when it is one
        async with place.database.transaction() as db:
            known = await units.listed(db, place.campaign_id)
            compared, moved = _sorted_units(place.campaign, known, part)
            await units.put(db, place.campaign_id, moved)
            return compared

    return _Merge(place.database, compare, merge)


def _sorted_units(
    campaign: Campaign, known: Sequence[Unit], part: Sequence[units_file.Row]
) -> tuple[Compared, list[Unit]]:
    """Count the rows, and return the units that are new or changed."""
    by_code = {unit.code: unit for unit in known}
    by_name = {(unit.kind, unit.town, normal(unit.name)): unit for unit in known}
    listed = {unit.id for unit in campaign.units}
    new, changed = [], []
    for row in part:
        if row.kind == units.TOWN:
            before = by_code.get(row.town or "")
        else:
            before = by_name.get((row.kind, row.town, normal(row.name)))
        after = _unit(row, before, keeps_name=before is not None and before.code in listed)
        if before is None:
            new.append(after)
        elif before != after:
            changed.append(after)
    same = len(part) - len(new) - len(changed)
    return Compared(len(new), len(changed), same), [*new, *changed]


def _unit(row: units_file.Row, before: Unit | None, *, keeps_name: bool) -> Unit:
    """Return what a row makes of a unit; a name of the campaign's file is not a row's to change."""
    if before is None:
        before = Unit(units.code_for(row.kind, row.town, row.name), row.kind, row.name, row.name)
        before = replace(before, town=row.town)
    if not keeps_name and before.name != row.name:
        before = replace(before, name=row.name, name_en=row.name)
    return replace(
        before,
        target=before.target if row.target is None else row.target,
        must_join=before.must_join if row.must_join is None else row.must_join,
        reporter=before.reporter if row.reporter is None else row.reporter,
    )
