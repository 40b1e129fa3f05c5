"""The campaign file as frozen, validated models: what differs from one campaign to the next.

A wrong file is refused in one sentence with the file, the line, the field and the reason.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, model_validator

from bot import campaign_badges, campaign_selection
from bot.campaign_file import CampaignError, Place, read, wrong
from bot.campaign_selection import Award, Selection
from bot.campaign_types import (
    Count,
    Day,
    Frozen,
    Id,
    Many,
    Named,
    Some,
    SpotId,
    Time,
    UnitId,
    Url,
    Words,
    Zone,
)
from bot.rules import calendar
from bot.rules.points import Rate

__all__ = ["Activity", "Award", "Campaign", "CampaignError", "Period", "Unit", "load"]

BUNDLED = Path(__file__).parent / "campaigns"
DAYS_MAX = 300  # check-in days are the bits of one number, whose column ends somewhere


class Platform(Named):
    """A place the bot stands beside; an account inside another app has no address."""

    url: Url = ""


class Deadlines(Frozen):
    """What member units hand in, and the last day on which it is in time."""

    live_plans: Day
    live_details_days: Count
    report: Day
    report_characters_min: Count
    report_cases_min: Count
    report_cases_max: Count
    report_pictures_min: Count


class Head(Named):
    """What the campaign is called, what it is for and who is behind it."""

    id: Id
    theme: Words
    theme_en: Words
    purpose: Words
    purpose_en: Words
    lead: Words
    lead_en: Words
    organiser: Words
    organiser_en: Words
    zone: Zone
    platforms: Many[Platform]
    reserved_names: Many[Words]
    """Words in a display name that would pass for staff."""
    deadlines: Deadlines


class Period(Named):
    """A phase as the file gives it; `end` is its last day."""

    id: Id
    start: Day
    end: Day
    scores: bool


class Activity(Named):
    """Something that scores; `cap` is the most points on one day, `minutes_min` a wait.

    A livestream lets people in from `join_before_minutes` before its start.
    """

    id: Id
    section: Words
    section_en: Words
    about: Words
    about_en: Words
    points: Some
    cap: Some
    repeat: Literal["once", "daily", "session"]
    minutes_min: Count
    join_before_minutes: Annotated[int, Field(ge=0, le=1440)] = 0
    replay_scores: bool = False
    done: Words | None = None
    done_en: Words | None = None
    """The words of the button that finishes an item; whoever has them has a catalogue section."""
    go: Words | None = None
    go_en: Words | None = None
    """The words of the link that leads from an item's page to the item itself."""


class Unit(Named):
    """A town with its target in participants, or a bureau or school without one (0)."""

    id: UnitId
    kind: Literal["town", "bureau", "school"]
    target: Count = 0


class Spot(Named):
    """A place with a QR code: a walk's stop, a base to experience, a learning point."""

    id: SpotId
    kind: Literal["walk", "base", "point"]


class PushKind(Named):
    """A kind of push; `usual` says whether it is on until somebody switches it."""

    id: Id
    usual: bool
    quiet: Literal["move", "skip"]


class Pushes(Frozen):
    """When pushes go out: weekly ones on Mondays, a phase's on its first day.

    Lists say minutes and days before the event.
    """

    quiet_from: Time
    quiet_until: Time
    weekly_freeze: Time
    weekly_push: Time
    weekly_top: Some
    picks_push: Time
    phase_push: Time
    nudge_at: Time
    live_minutes: Many[Count]
    live_eve: Time
    replay_days: Count
    deadline_push: Time
    deadline_days: Many[Count]
    report_days: Many[Count]
    late_minutes_max: Count
    daily_budget: Some
    second_person: bool
    second_person_points: Count
    kinds: Many[PushKind]


class PublicBoard(Frozen):
    """What the public board may show; comparing towns is for who asked all of them."""

    compare_towns: bool = False


class Contact(Frozen):
    """Who answers questions."""

    person: Words
    person_en: Words
    phone: Words
    mailbox: Words


class Campaign(Frozen):
    """One campaign, as its file says."""

    campaign: Head
    phases: Many[Period]
    activities: Many[Activity]
    units: Many[Unit]
    places: tuple[Spot, ...] = Field(default=(), strict=False)
    selection: Selection
    pushes: Pushes
    board: PublicBoard = PublicBoard()
    badges: tuple[campaign_badges.Badge, ...] = Field(default=(), strict=False)
    contact: Contact

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        for place, reason in _faults(self):
            raise wrong(reason, *place)
        return self

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the time zone whose dates are the campaign's days."""
        return ZoneInfo(self.campaign.zone)

    @property
    def start(self) -> date:
        """Return the first day."""
        return self.phases[0].start

    @cached_property
    def until(self) -> date:
        """Return the day after the last."""
        return self.last_day + calendar.ONE_DAY

    @property
    def last_day(self) -> date:
        """Return the last day."""
        return self.phases[-1].end

    @cached_property
    def spans(self) -> tuple[calendar.Phase, ...]:
        """Return the phases for the pure rules, half-open."""
        return tuple(
            calendar.Phase(phase.id, phase.start, phase.end + calendar.ONE_DAY, phase.scores)
            for phase in self.phases
        )

    @cached_property
    def item_kinds(self) -> tuple[str, ...]:
        """Return the activities that have items in the catalogue."""
        return tuple(activity.id for activity in self.activities if activity.done)

    @cached_property
    def rates(self) -> dict[str, Rate]:
        """Return what each activity pays."""
        return {each.id: Rate(each.points, each.cap) for each in self.activities}

    @cached_property
    def counts(self) -> dict[str, tuple[str, ...]]:
        """Return the activities that make a measure of the selection.

        Without a word of the file: what is watched once, what is read daily, what has sessions.
        """
        if self.selection.counts:
            return dict(self.selection.counts)
        items = [each for each in self.activities if each.done]
        return {
            "online_learning": tuple(each.id for each in items if each.repeat == "daily"),
            "videos": tuple(each.id for each in items if each.repeat == "once"),
            "livestreams": tuple(each.id for each in self.activities if each.repeat == "session"),
        }

    @cached_property
    def towns(self) -> tuple[Unit, ...]:
        """Return the towns, in the file's order."""
        return tuple(unit for unit in self.units if unit.kind == "town")

    @cached_property
    def _activities(self) -> dict[str, Activity]:
        return {activity.id: activity for activity in self.activities}

    @cached_property
    def _units(self) -> dict[str, Unit]:
        return {unit.id: unit for unit in self.units}

    def day(self, moment: datetime) -> date:
        """Return the campaign day of a moment."""
        return calendar.campaign_day(moment, self.zone)

    def midnight(self, moment: datetime) -> datetime:
        """Return when the campaign day of a moment begins."""
        local = moment.astimezone(self.zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    def quiet_end(self, moment: datetime) -> datetime | None:
        """Return when the quiet hours around a moment end, None if it lies in none of them."""
        rules = self.pushes
        return calendar.quiet_end(moment, rules.quiet_from, rules.quiet_until, zone=self.zone)

    def phase(self, day: date) -> calendar.Phase | None:
        """Return the phase of a day, None outside the campaign."""
        return calendar.phase_on(day, self.spans)

    def activity(self, activity_id: str) -> Activity:
        """Return an activity; KeyError if there is none of this id."""
        return self._activities[activity_id]

    def rate(self, activity_id: str) -> Rate:
        """Return what an activity pays; KeyError if there is none of this id."""
        return self.rates[activity_id]

    def place(self, name: str) -> Spot | None:
        """Return a place by its id, None if there is none."""
        return next((place for place in self.places if place.id == name), None)

    def unit(self, unit_id: str) -> Unit | None:
        """Return a unit the file knows, else None."""
        return self._units.get(unit_id)


def _faults(it: Campaign) -> Iterator[tuple[Place, str]]:
    """Find what single fields cannot see: the place and the reason of each fault."""
    yield from _faults_of_days(it.phases)
    yield from _faults_of_entries(it)
    yield from campaign_selection.faults_of_weights(it.selection)
    yield from _faults_of_limits(it)
    yield from _twins(it)
    yield from campaign_badges.faults(it.badges, {each.id for each in it.activities})
    yield from campaign_selection.faults_of_counts(
        it.selection, {activity.id for activity in it.activities}
    )


def _faults_of_entries(it: Campaign) -> Iterator[tuple[Place, str]]:
    yield from _faults_of_activities(it)
    for n, unit in enumerate(it.units):
        if (unit.kind == "town") != bool(unit.target):
            yield ("units", n, "target"), "must be given for a town, and only for a town"
    if not it.towns:
        yield ("units",), "must have at least one town"


def _faults_of_activities(it: Campaign) -> Iterator[tuple[Place, str]]:
    for n, activity in enumerate(it.activities):
        if activity.cap < activity.points:
            yield ("activities", n, "cap"), f"must be at least points, {activity.points}"
        if activity.join_before_minutes and activity.repeat != "session":
            yield ("activities", n, "join_before_minutes"), "is only for what repeats by session"
        if activity.id == "note" and (activity.repeat != "once" or activity.done):
            yield ("activities", n, "repeat"), "must be once for a note, which has no done"
    if all(activity.id != "checkin" for activity in it.activities):
        yield ("activities",), "must have one whose id is checkin"


def _faults_of_limits(it: Campaign) -> Iterator[tuple[Place, str]]:
    if it.pushes.quiet_from == it.pushes.quiet_until:
        yield ("pushes", "quiet_until"), "must differ from quiet_from"
    if it.pushes.weekly_push < it.pushes.weekly_freeze:
        yield ("pushes", "weekly_push"), "must not be before weekly_freeze"
    for name in ("weekly_push", "picks_push", "phase_push", "live_eve", "deadline_push"):
        if _is_quiet(getattr(it.pushes, name), it.pushes):
            yield ("pushes", name), "must not lie in the quiet hours"
    if it.campaign.deadlines.report_cases_max < it.campaign.deadlines.report_cases_min:
        yield ("campaign", "deadlines", "report_cases_max"), "must be at least report_cases_min"


def _is_quiet(at: time, rules: Pushes) -> bool:
    begins, ends = rules.quiet_from, rules.quiet_until
    return (at >= begins or at < ends) if begins > ends else begins <= at < ends


def _faults_of_days(phases: tuple[Period, ...]) -> Iterator[tuple[Place, str]]:
    for n, phase in enumerate(phases):
        if phase.end < phase.start:
            yield ("phases", n, "end"), f"must not be before start, {phase.start}"
    for n, (phase, after) in enumerate(pairwise(phases), start=1):
        if after.start != (day := phase.end + calendar.ONE_DAY):
            yield ("phases", n, "start"), f"must be {day}, the day after the phase before it"
    if (phases[-1].end - phases[0].start).days >= DAYS_MAX:
        yield ("phases", len(phases) - 1, "end"), f"makes the campaign longer than {DAYS_MAX} days"


def _twins(it: Campaign) -> Iterator[tuple[Place, str]]:
    lists: tuple[tuple[Place, tuple[BaseModel, ...], str], ...] = (
        (("phases",), it.phases, "id"),
        (("activities",), it.activities, "id"),
        (("units",), it.units, "id"),
        (("places",), it.places, "id"),
        (("units",), it.units, "name"),
        (("selection", "lists"), it.selection.lists, "id"),
        (("pushes", "kinds"), it.pushes.kinds, "id"),
    )
    for place, entries, field in lists:
        seen = set()
        for n, value in enumerate(getattr(entry, field) for entry in entries):
            if value in seen:
                yield (*place, n, field), f"{value!r} is used twice"
            seen.add(value)


def load(name_or_path: str = "qingpu_2022") -> Campaign:
    """Read a bundled campaign by its name, or any by the path of its file.

    Raises:
        CampaignError: the file cannot be read or is wrong, said in one sentence.

    """
    return read(path_of(name_or_path), Campaign)


def path_of(name_or_path: str) -> Path:
    """Return where the file of a campaign lies; `load` says what may be wrong with its name."""
    if name_or_path.endswith(".toml") or "/" in name_or_path:
        return Path(name_or_path)
    known = sorted(file.stem for file in BUNDLED.glob("*.toml"))
    if name_or_path not in known:
        raise CampaignError(
            f"There is no campaign {name_or_path!r}: give the path of a .toml file"
            f" or one of {', '.join(known)}."
        )
    return BUNDLED / f"{name_or_path}.toml"
