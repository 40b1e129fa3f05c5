"""Filling in the form of a livestream: what its lines mean, and which rule a line breaks."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.feature import Turn
from bot.livestream_file import LENGTHS
from bot.messages import Lines, Param, Phrase
from bot.operations import airing
from bot.rules import calendar, deadlines, forms, moments
from bot.rules.calendar import ONE_DAY
from bot.rules.forms import Form
from bot.rules.moments import Marks
from bot.rules.rights import Right
from bot.sheets import is_address
from storage import livestreams, programme, proposals, units
from storage.proposals import CLASS, PLAN, Entry

FIELDS = {
    CLASS: ("topic", "time", "minutes", "lecturer", "summary", "address", "unit"),
    PLAN: ("topic", "month", "lecturer", "unit"),
}
REFERENCES = ("number", "live")
"""Name the proposal that is sent again, or the class that is to be changed."""
LABELS = (*FIELDS[CLASS], "month", *REFERENCES)
WORDS = ("topic", "lecturer", "summary", "address")
MINUTES_MIN, MINUTES_MAX = 10, 240
GIVEN_MAX = 40
DIGITS_MAX = 12
MONTHS = 12
USUAL_TIME = "19:00"


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was sent: what it means, or what is wrong with it, line by line."""

    is_form: bool
    """There is a label in it at all."""
    given: str
    """What it begins with."""
    entry: Entry | None
    problems: tuple[Phrase, ...]
    again: Lines
    """What was typed, with the lines that are missing: to be put right and sent again."""


def label_of(name: str) -> Phrase:
    """Return a label as it stands in the form."""
    return Phrase(f"filling.label_{name}")


def line(name: str, value: Param = "") -> Phrase:
    """Return a line of the form."""
    return Phrase("filling.line", {"label": label_of(name), "value": value})


async def read(turn: Turn, text: str) -> Filled:
    """Read a form that was sent."""
    known = forms.labels(
        {
            name: (*turn.said(f"filling.label_{name}"), *turn.said(f"filling.also_{name}"))
            for name in LABELS
        }
    )
    form = forms.read(text, known)
    reading = _Reading(turn, form)
    entry = await reading.entry()
    typed = [Phrase("filling.typed", {"line": each}) for each in map(forms.tidy, text.splitlines())]
    absent = (line(name) for name in reading.missing if name not in form.values)
    return Filled(
        bool(form.values),
        _short(" ".join(text.split())),
        None if reading.problems else entry,
        tuple(reading.problems),
        Lines((*(phrase for phrase in typed if phrase.params["line"]), *absent)),
    )


class _Reading:
    """Goes through a form's fields, and notes which rule each breaks."""

    def __init__(self, turn: Turn, form: Form) -> None:
        self.turn = turn
        self.form = form
        self.reach = turn.reach(Right.PROPOSALS)
        self.problems: list[Phrase] = []
        self.missing: tuple[str, ...] = ()
        self.revises: int | None = None
        self.livestream: int | None = None
        self.starts: set[datetime | None] = set()  # those that were in time once

    async def entry(self) -> Entry:
        """Return what the form means, if there are no problems."""
        is_plan = self._has("month") and not (self._has("time") or self._has("address"))
        kind = PLAN if is_plan else CLASS
        self._read_lines(kind)
        await self._read_references()
        unit = await self._unit()
        lacks = self.form.missing(FIELDS[kind])
        self.missing = tuple(name for name in lacks if not (name == "unit" and unit))
        for name in self.missing:
            self._refuse(name, "missing")
        words = {name: self._value(name) for name in WORDS}
        entry = replace(
            Entry(kind, unit or "", words["topic"], words["lecturer"]),
            summary=words["summary"],
            address=words["address"],
            revises=self.revises,
            livestream=self.livestream,
        )
        entry = self._with_month(entry) if is_plan else self._with_time(entry)
        if not self.problems:
            await self._refuse_twins(entry)
        return entry

    def _value(self, name: str) -> str:
        value = self.form.values.get(name, "")
        return value if name == "summary" else " ".join(value.split())

    def _has(self, name: str) -> bool:
        return bool(self._value(name))

    def _refuse(self, name: str, why: str, **params: Param) -> None:
        """Note which rule a line breaks."""
        reason = Phrase(f"filling.{why}", params)
        self.problems.append(Phrase("filling.problem", {"label": label_of(name), "why": reason}))

    def _read_lines(self, kind: str) -> None:
        for word in self.form.unknown:
            self.problems.append(Phrase("filling.unknown", {"label": word}))
        for name in self.form.doubled:
            self._refuse(name, "doubled")
        for stray in self.form.stray:
            self.problems.append(Phrase("filling.stray", {"line": stray}))
        if kind == CLASS and self._has("month"):
            self._refuse("month", "both")
        for name in WORDS:
            if (length := len(self._value(name))) > (most := LENGTHS[name]):
                self._refuse(name, "too_long", length=length, most=most)
        if self._has("address") and not is_address(self._value("address")):
            self._refuse("address", "address_wrong", given=_short(self._value("address")))

    async def _read_references(self) -> None:
        """Find what the form is sent in place of."""
        for name in REFERENCES:
            given = self._value(name)
            if not given:
                continue
            if not given.isdecimal() or len(given) > DIGITS_MAX:
                self._refuse(name, "no_reference")
            elif name == "live":
                await self._read_class(int(given))
            else:
                await self._read_proposal(int(given))

    async def _read_class(self, number: int) -> None:
        """Find the class that is to be changed."""
        found = await livestreams.of(self.turn.db, number)
        if found is None or not self._covers(found.campaign, found.unit):
            self._refuse("live", "no_reference")
        elif not airing.may_change(found, self.turn.now):
            self._refuse("live", "class_closed", topic=found.topic)
        else:
            self.livestream = found.id
            self.starts.add(found.starts_at)

    async def _read_proposal(self, number: int) -> None:
        """Find the proposal that is sent again."""
        found = await proposals.of(self.turn.db, number)
        is_draft = found is not None and found.state == proposals.DRAFT
        if found is None or is_draft or not self._covers(found.campaign, found.entry.unit):
            self._refuse("number", "no_reference")
        elif found.state not in proposals.OPEN:
            self._refuse("number", "proposal_closed", number=number)
        else:
            self.revises = found.id
            self.starts.add(found.entry.starts_at)
            if found.entry.livestream is not None:
                await self._read_class(found.entry.livestream)

    def _covers(self, campaign: int, unit: str | None) -> bool:
        return campaign == self.turn.campaign_id and self.reach.covers(unit or "")

    async def _unit(self) -> str | None:
        """Return the unit it is for: the one that is named, or the only one this person has."""
        given = self._value("unit")
        if not given:
            alone = len(self.reach.units) == 1 and not self.reach.everything
            return self.reach.units[0] if alone else None
        found = await units.found(self.turn.db, self.turn.campaign_id, given)
        meant = [unit for unit in found if self.reach.covers(unit.code)]
        if len(meant) == 1:
            return meant[0].code
        if not found:
            self._refuse("unit", "unit_unknown", given=_short(given))
        elif meant or len(found) > 1:
            self._refuse("unit", "unit_several", given=_short(given))
        else:
            self._refuse("unit", "unit_not_yours", unit=found[0].named)
        return None

    def _with_month(self, entry: Entry) -> Entry:
        """Read the month; after the day for plans only staff hand one in, or who sends it again."""
        first, last = span(self.turn)
        given = self._value("month")
        month = moments.month(given, (first, last + ONE_DAY), _marks(self.turn))
        if month is None:
            self._refuse("month", "month_unread", given=_short(given))
        elif not max(first, self.turn.today).replace(day=1) <= month <= last:
            self._refuse("month", "month_outside", first=first, last=last)
        due = self.turn.campaign.campaign.deadlines.live_plans
        if self.turn.today > due and not self.reach.everything and self.revises is None:
            self.problems.insert(0, Phrase("filling.plans_closed", {"day": due}))
        return replace(entry, month=month)

    def _with_time(self, entry: Entry) -> Entry:
        """Read the time, and the minutes."""
        minutes = start = None
        if given := self._value("minutes"):
            minutes = moments.number(given, self.turn.said("filling.minute_words"))
            if minutes is None or not MINUTES_MIN <= minutes <= MINUTES_MAX:
                least, most = MINUTES_MIN, MINUTES_MAX
                self._refuse(
                    "minutes", "minutes_wrong", given=_short(given), least=least, most=most
                )
        if given := self._value("time"):
            start = moments.moment(given, self.turn.campaign.zone, _marks(self.turn))
            if start is None:
                sample = sample_time(self.turn)
                self._refuse("time", "time_unread", given=_short(given), sample=sample)
            elif start not in self.starts or start <= self.turn.now:
                self._read_start(self.turn.campaign.day(start))
        return replace(entry, starts_at=start, minutes=minutes)

    def _read_start(self, day: date) -> None:
        """Hold a start to the days on which classes are held, and to the notice they need."""
        first, last = span(self.turn)
        if not first <= day <= last:
            self._refuse("time", "time_outside", first=first, last=last)
        elif day < (earliest := first_day(self.turn)):
            days = self.turn.campaign.campaign.deadlines.live_details_days
            self._refuse("time", "time_early", days=days, day=earliest)

    async def _refuse_twins(self, entry: Entry) -> None:
        """Refuse what is on the programme, or waits already."""
        same = await proposals.twin(self.turn.db, self.turn.campaign_id, entry)
        if same is not None:
            self.problems.append(Phrase("filling.twin", {"number": same}))
        elif await is_taken(self.turn, entry):
            self._refuse("topic", "taken")
        elif entry.livestream is not None and not await changes(self.turn, entry):
            self.problems.append(Phrase("filling.nothing_new"))


async def holds(turn: Turn, entry: Entry) -> bool:
    """Say whether what was understood a while ago can still be handed in.

    Raises:
        Refusal: what it takes the place of is not this person's any more.

    """
    known: set[datetime | None] = {None}
    if entry.revises is not None:
        revised = await proposals.hold(turn.db, entry.revises)
        if revised is None or revised.state not in proposals.OPEN:
            return False
        turn.require(Right.PROPOSALS, revised.entry.unit)
        known.add(revised.entry.starts_at)
    if entry.livestream is not None:
        livestream = await livestreams.of(turn.db, entry.livestream)
        if livestream is None or not airing.may_change(livestream, turn.now):
            return False
        turn.require(Right.PROPOSALS, livestream.unit or "")
        known.add(livestream.starts_at)
    start = entry.starts_at
    if start and start not in known and turn.campaign.day(start) < first_day(turn):
        return False
    twin = await proposals.twin(turn.db, turn.campaign_id, entry)
    return twin is None and not await is_taken(turn, entry)


async def is_taken(turn: Turn, entry: Entry) -> bool:
    """Say whether another class of the same topic was first given the same start."""
    start = entry.starts_at
    if entry.livestream is not None:
        start = await programme.planned_at(turn.db, entry.livestream)
    if start is None:
        return False
    found = await programme.taken(
        turn.db, turn.campaign_id, entry.topic, planned_at=start, but=entry.livestream
    )
    return found is not None


async def changes(turn: Turn, entry: Entry) -> tuple[tuple[str, Param], ...]:
    """Return what of its class an entry changes: the labels, each with what the class says now."""
    now = await livestreams.of(turn.db, entry.livestream or 0)
    if now is None:
        return ()
    unit = await units.of(turn.db, turn.campaign_id, now.unit or "")
    pairs: tuple[tuple[str, object, Param], ...] = (
        ("topic", entry.topic == now.topic, now.topic),
        ("time", entry.starts_at == now.starts_at, now.starts_at),
        ("minutes", entry.minutes == now.minutes, now.minutes),
        ("lecturer", entry.lecturer == now.lecturer, now.lecturer),
        ("summary", entry.summary == now.summary, now.summary),
        ("address", entry.address == now.address, now.address),
        ("unit", entry.unit == now.unit, unit.named if unit else ""),
    )
    return tuple((name, said) for name, same, said in pairs if not same)


def span(turn: Turn) -> tuple[date, date]:
    """Return the first and the last day on which classes are held: those that score."""
    first, until = calendar.scoring(turn.campaign.spans)
    if first == until:  # no day scores
        return turn.campaign.start, turn.campaign.last_day
    return first, until - ONE_DAY


def first_day(turn: Turn) -> date:
    """Return the first day for which details that are handed in now are in time."""
    days = turn.campaign.campaign.deadlines.live_details_days
    return max(deadlines.earliest(turn.today, days), span(turn)[0])


def sample_time(turn: Turn) -> str:
    """Return a time as it can be written."""
    return f"{first_day(turn)} {USUAL_TIME}"


def _marks(turn: Turn) -> Marks:
    names = turn.said("filling.months")
    months = [names[place : place + MONTHS] for place in range(0, len(names), MONTHS)]
    year, month, day = (turn.said(f"filling.{name}_marks") for name in ("year", "month", "day"))
    return Marks(year, month, day, months)


def _short(text: str) -> str:
    return text if len(text) <= GIVEN_MAX else f"{text[: GIVEN_MAX - 1]}…"
