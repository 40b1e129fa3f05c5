"""Proposals as people read them: the form to fill in, what one says, how it stands."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from bot.feature import Sending, Turn, button, rows, say
from bot.messages import Lines, Param, Phrase, Refusal, Reply, Rows
from bot.operations import filling
from bot.operations.filling import FIELDS, line
from bot.rules import taps
from bot.rules.rights import Right
from storage import approvals, citizens, programme, proposals, units
from storage.approvals import Approval, Matter
from storage.livestreams import Livestream
from storage.proposals import APPROVED, CLASS, OPEN, PLAN, RETURNED, WAITING, Entry, Proposal

Where = Turn | Sending
KIND = "proposals"  # of its approvals
BOUND_LENGTH = 8
CLASHES_MAX = 3
SAMPLE_MINUTES = "60"


async def asked_for(turn: Turn, argument: str, right: Right = Right.PROPOSALS) -> Proposal:
    """Return the proposal a button names, if this person may see it.

    Raises:
        Refusal: there is none, or it is another unit's.

    """
    found = await proposals.of(turn.db, taps.number(argument))
    if found is None or found.campaign != turn.campaign_id or found.state == proposals.DRAFT:
        raise Refusal("proposals.unknown")
    turn.require(right, found.entry.unit)
    return found


def plans_open(turn: Turn) -> bool:
    """Say whether this person may hand in a plan today: until its day, staff also after it."""
    due = turn.campaign.campaign.deadlines.live_plans
    return turn.today <= due or turn.reach(Right.PROPOSALS).everything


def matter(where: Where, proposal: int) -> Matter:
    """Return what the approval of a proposal is about."""
    return Matter(where.campaign_id, KIND, str(proposal))


def digest(entry: Entry) -> str:
    """Return what stands for exactly what a form says."""
    said = {name: getattr(entry, name) for name in Entry.__slots__}
    if entry.starts_at is not None:
        said["starts_at"] = entry.starts_at.astimezone(UTC).isoformat()
    return hashlib.sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()


async def drafted(turn: Turn, entry: Entry) -> str:
    """Keep a draft, and return what its confirming tap stands for: exactly this."""
    draft = await proposals.draft(
        turn.db, turn.campaign_id, entry, by=turn.person.citizen, at=turn.now
    )
    return f"{draft}.{digest(entry)[:BOUND_LENGTH]}"


async def draft_of(turn: Turn, act: str) -> Proposal:
    """Return the draft that a confirmed tap stands for, handed in or not, and hold it.

    Raises:
        Refusal: it was thrown away, or another took its place and its number.

    """
    draft, _, bound = act.partition(".")
    found = await proposals.hold(turn.db, taps.number(draft))
    if found is None or digest(found.entry)[:BOUND_LENGTH] != bound:
        raise Refusal("proposing.no_draft")
    return found


def own_units(turn: Turn) -> tuple[str, ...] | None:
    """Return whose proposals somebody sees; None is everybody's."""
    reach = turn.reach(Right.PROPOSALS)
    return None if reach.everything else reach.units


async def called(where: Where, unit: str) -> Param:
    """Name a unit."""
    found = await units.of(where.db, where.campaign_id, unit)
    return found.named if found else unit


async def template(turn: Turn, kind: str) -> Lines:
    """Return the empty form of a kind, with what can be known of whoever asks."""
    reach = turn.reach(Right.PROPOSALS)
    known: dict[str, Param] = {"unit": await called(turn, reach.units[0])} if reach.units else {}
    if kind == CLASS:
        known["minutes"] = SAMPLE_MINUTES
    return _form(kind, known)


async def form_again(where: Where, proposal: Proposal) -> Lines:
    """Return the form as it was filled in, to be sent again in place of what it was."""
    form = _form(proposal.entry.form, await _typed(where, proposal.entry))
    return Lines((line("number", str(proposal.id)), *form.phrases))


async def form_of_class(turn: Turn, livestream: Livestream) -> Lines:
    """Return the form of a class on the programme, to be changed."""
    form = _form(CLASS, await _typed(turn, _entry(livestream)))
    return Lines((line("live", str(livestream.id)), *form.phrases))


def _entry(livestream: Livestream) -> Entry:
    """Return what a class on the programme says, as a filled form would."""
    return Entry(
        CLASS,
        livestream.unit or "",
        livestream.topic,
        livestream.lecturer,
        livestream.summary,
        livestream.address,
        starts_at=livestream.starts_at,
        minutes=livestream.minutes,
    )


async def said_by_class(turn: Turn, livestream: Livestream) -> Lines:
    """Return what a class on the programme says, line by line."""
    return Lines(tuple(await _said(turn, _entry(livestream))))


async def form_of_plan(turn: Turn, proposal: Proposal) -> Lines:
    """Return the form of the class that was planned."""
    plan = proposal.entry
    known: dict[str, Param] = {"topic": plan.topic, "lecturer": plan.lecturer}
    return _form(CLASS, known | {"minutes": SAMPLE_MINUTES, "unit": await called(turn, plan.unit)})


def _form(kind: str, values: Mapping[str, Param]) -> Lines:
    return Lines(tuple(line(name, values.get(name, "")) for name in FIELDS[kind]))


async def _typed(where: Where, entry: Entry) -> dict[str, Param]:
    """Return a form's values as somebody would type them."""
    values: dict[str, Param] = {name: getattr(entry, name) for name in filling.WORDS}
    values["unit"] = await called(where, entry.unit)
    if entry.month is not None:
        values["month"] = f"{entry.month:%Y-%m}"
    if entry.starts_at is not None:
        values["time"] = f"{entry.starts_at.astimezone(where.campaign.zone):%Y-%m-%d %H:%M}"
        values["minutes"] = str(entry.minutes)
    return values


def when(entry: Entry) -> Param:
    """Say in which month or when a class is to be."""
    return month(entry.month) if entry.month is not None else entry.starts_at or ""


def month(first: date) -> Phrase:
    """Name a month."""
    return Phrase("proposals.month", {"year": str(first.year), "month": first.month})


async def shown(turn: Turn, entry: Entry, proposal: Proposal | None = None) -> Lines:
    """Return what a form says, and what whoever reads it must know beside.

    `proposal` is what it was handed in as, if it was.
    """
    said = await _said(turn, entry)
    if proposal is not None and proposal.state == APPROVED:
        return Lines((Phrase(f"proposals.form_{entry.form}"), *said))
    head = Phrase(f"proposals.form_{'change' if entry.livestream else entry.form}")
    day = turn.today if proposal is None else turn.campaign.day(proposal.made_at)
    return Lines((head, *said, *await _beside(turn, entry, day)))


async def _said(turn: Turn, entry: Entry) -> list[Phrase]:
    values = await _typed(turn, entry) | {"month": when(entry), "time": when(entry)}
    values["minutes"] = Phrase("proposals.minutes", {"minutes": entry.minutes or 0})
    return [line(name, values[name]) for name in FIELDS[entry.form]]


async def _beside(turn: Turn, entry: Entry, handed_in: date) -> list[Phrase]:
    """Say what a change changes, what is on the air at the same time, how many days are left."""
    due = turn.campaign.campaign.deadlines.live_plans
    if entry.starts_at is None:
        return [Phrase("proposals.late_plan", {"day": due})] if handed_in > due else []
    was = [
        Phrase("proposals.was", {"label": filling.label_of(name), "value": said})
        for name, said in await filling.changes(turn, entry)
    ]
    ends = entry.starts_at + timedelta(minutes=entry.minutes or 0)
    found = await programme.clashing(
        turn.db, turn.campaign_id, start=entry.starts_at, end=ends, but=entry.livestream
    )
    clashes = [
        Phrase("proposals.clash", {"topic": clash.topic, "start": clash.starts_at})
        for clash in found[:CLASHES_MAX]
    ]
    return [*was, *clashes, _left(turn, entry.starts_at)]


def _left(turn: Turn, start: datetime) -> Phrase:
    if start <= turn.now:
        return Phrase("proposals.over")
    days = (turn.campaign.day(start) - turn.campaign.day(turn.now)).days
    return Phrase("proposals.days_left", {"days": days})


async def page(turn: Turn, proposal: Proposal) -> Reply:
    """Show a proposal as it stands, to those whose it is."""
    proposal = await proposals.of(turn.db, proposal.id) or proposal
    return say(
        "proposals.one",
        number=str(proposal.id),
        details=await shown(turn, proposal.entry, proposal),
        state=await standing(turn, proposal),
        buttons=_ways(proposal),
    )


def _ways(proposal: Proposal) -> Rows:
    can = []
    is_plan = proposal.entry.form == PLAN
    if is_plan and proposal.state in {WAITING, APPROVED}:
        can.append(button(f"proposals.details:{proposal.id}", Phrase("proposals.details")))
    if proposal.state in OPEN:
        can.append(button(f"proposals.edit:{proposal.id}", Phrase("proposals.edit")))
        can.append(button(f"proposals.withdraw:{proposal.id}", Phrase("proposals.withdraw")))
    if proposal.entry.livestream is not None:
        can.append(button(f"programme.one:{proposal.entry.livestream}", Phrase("proposals.class")))
    return (*rows(can), (button("proposals"), button("roles")))


async def standing(turn: Turn, proposal: Proposal) -> Phrase:
    """Say how a proposal stands: who decided, when and why."""
    answer = await approvals.of(turn.db, matter(turn, proposal.id))
    return Phrase(f"proposals.is_{proposal.state}", await _decision(turn, answer))


async def _decision(turn: Turn, answer: Approval | None) -> dict[str, Param]:
    if answer is None or answer.decided_by is None or answer.decided_at is None:
        return {"number": "", "at": "", "reason": ""}
    return {
        "number": await citizens.number(turn.db, answer.decided_by),
        "at": answer.decided_at,
        "reason": answer.reason or "",
    }


async def asked(turn: Turn, proposal: Proposal) -> Phrase:
    """Say who handed a proposal in, and when."""
    number = await citizens.number(turn.db, proposal.asked_by)
    return Phrase("proposals.asked", {"number": number, "at": proposal.made_at})


async def told(sending: Sending, proposal: Proposal, *, reason: str) -> Reply:
    """Tell a unit the answer; what was asked back comes as a form to send again."""
    entry, opens = proposal.entry, button(f"proposals.one:{proposal.id}", Phrase("proposals.back"))
    params: dict[str, Param] = {"topic": entry.topic, "when": when(entry), "reason": reason}
    if proposal.state == RETURNED:
        params["form"] = await form_again(sending, proposal)
    if proposal.state == APPROVED and entry.livestream is not None:
        opens = button(f"programme.one:{entry.livestream}", Phrase("proposals.class"))
    return Reply(f"proposals.told_{proposal.state}", params, ((opens, button("proposals")),))
