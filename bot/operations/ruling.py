"""A dispute as staff look at it: what is known, and which corrections would answer it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.feature import Turn
from bot.messages import Param, Phrase, Refusal
from bot.operations import watching
from bot.rules import corrections as rules
from bot.rules import taps
from bot.rules.corrections import Kind
from bot.rules.points import VISIT, item_once
from storage import deeds, evidence, history, ledger, livestreams, profiles, signals
from storage import disputes as stored
from storage.corrections import NewCorrection
from storage.disputes import Dispute
from storage.history import Entry
from storage.ledger import Line

MAKE_UP, REVERSE, ADJUST = "m", "r", "a"


@dataclass(frozen=True, slots=True)
class Case:
    """A dispute and the entry of the log it is about."""

    dispute: Dispute
    entry: Entry


async def case(turn: Turn, number: str) -> Case:
    """Return the dispute a button names.

    Raises:
        Refusal: there is none, or its citizen has left.

    """
    dispute = await stored.of(turn.db, taps.number(number))
    if dispute is None or dispute.campaign != turn.campaign_id:
        raise Refusal("amending.gone")
    entry = await history.entry(turn.db, dispute.citizen, turn.campaign_id, ref=dispute.about)
    if entry is None:
        raise Refusal("amending.gone")
    return Case(dispute, entry)


async def waiting(turn: Turn, number: str) -> Case:
    """Return a dispute that nobody has decided.

    Raises:
        Refusal: somebody has, and it says who; or it was withdrawn.

    """
    found = await case(turn, number)
    if found.dispute.state == stored.OPEN:
        return found
    if found.dispute.state not in stored.DECIDED:
        raise Refusal("rulings.withdrawn")
    decider = await profiles.shown(turn.db, found.dispute.by or 0)
    raise Refusal("amending.decided_by", number=decider.number if decider else "")


async def known(turn: Turn, found: Case) -> list[Phrase]:
    """Return what else is known: the opening, the code word, what looks odd about the day."""
    entry, citizen = found.entry, found.dispute.citizen
    told: list[Phrase] = []
    if entry.subject.isdecimal():
        told += await _opening(turn, citizen, int(entry.subject))
    if (number := livestreams.number(entry.subject)) is not None:
        told += await _seat(turn, citizen, number)
    odd = await signals.of_day(turn.db, turn.campaign_id, citizen, day=entry.day)
    told += [
        Phrase("rulings.odd", {"told": watching.told(each.kind, each.count, each.value)})
        for each in odd
    ]
    return told


async def _opening(turn: Turn, citizen: int, item: int) -> list[Phrase]:
    opening = await evidence.opening(turn.db, turn.campaign_id, citizen, item=item)
    if opening is None:
        return [Phrase("rulings.not_opened")]
    params: dict[str, Param] = {"opened": opening.opened_at, "minutes": opening.minutes}
    if opening.closed_at is None:
        return [Phrase("rulings.opened", params)]
    seconds = int((opening.closed_at - opening.opened_at).total_seconds())
    params |= {"closed": opening.closed_at, "after": seconds // 60, "seconds": seconds % 60}
    return [Phrase("rulings.finished", params)]


async def _seat(turn: Turn, citizen: int, number: int) -> list[Phrase]:
    seat = await evidence.seat(turn.db, citizen, livestream=number)
    livestream = await livestreams.of(turn.db, number)
    told = []
    if livestream is not None:
        params = {"start": livestream.starts_at, "end": livestream.ends_at}
        told.append(Phrase("rulings.class", params))
    if seat.joined_at is not None:
        told.append(Phrase("rulings.joined", {"at": seat.joined_at}))
    if livestream is not None and livestream.word and seat.asked_at is not None:
        told.append(Phrase("rulings.word", {"tries": seat.tries}))
    return told


async def answers(turn: Turn, found: Case) -> list[str]:
    """Return which corrections would answer a dispute, the likeliest first."""
    offered = [how for how in (MAKE_UP, REVERSE) if await _correction(turn, found, how) is not None]
    return [*offered, ADJUST]


async def correction(turn: Turn, found: Case, how: str, *, reason: str) -> NewCorrection:
    """Return the correction that answers a dispute in one of the ways offered.

    Raises:
        Refusal: it does not, any more.

    """
    new = await _correction(turn, found, how)
    if new is None:
        raise Refusal("amending.again")
    return replace(new, reason=reason)


async def _correction(turn: Turn, found: Case, how: str) -> NewCorrection | None:
    entry = found.entry
    blank = NewCorrection(
        turn.campaign_id,
        found.dispute.citizen,
        Kind.REVERSAL,
        0,
        entry.day,
        "",
        turn.person.citizen,
        dispute=found.dispute.id,
    )
    line = entry.line
    if how == MAKE_UP:
        return await _makeup(turn, entry, blank)
    if line is None or line.kind not in rules.REVERSIBLE or line.reversed_by is not None:
        return None
    return replace(blank, points=-line.points, activity=line.activity, reverses=line.line)


async def _makeup(turn: Turn, entry: Entry, blank: NewCorrection) -> NewCorrection | None:
    """Return what makes up for a deed that paid nothing, or for a line that was taken back."""
    deed = entry
    if entry.line is not None:
        taken = entry.line.reverses
        lines = await ledger.numbered(
            turn.db, turn.campaign_id, blank.citizen, lines=[taken] if taken else []
        )
        if taken not in lines or lines[taken].activity is None:
            return None
        subject = await deeds.subject(
            turn.db, turn.campaign_id, blank.citizen, once=lines[taken].once
        )
        deed = replace(entry, activity=lines[taken].activity, subject=subject)
    known = {activity.id: activity for activity in turn.campaign.activities}
    if deed.activity not in known:
        return None
    net = await ledger.net_of(
        turn.db, turn.campaign_id, blank.citizen, day=entry.day, activity=deed.activity or ""
    )
    points = rules.room(turn.campaign.rate(deed.activity or ""), net)
    if not points:
        return None
    once = _again(entry.line) or next(_once(turn, deed), "")
    return replace(
        blank,
        kind=Kind.MAKEUP,
        points=points,
        activity=deed.activity,
        subject=deed.subject,
        once=once,
    )


def _again(line: Line | None) -> str:
    """Return the key under which a line that was taken back is made up for, once."""
    return "" if line is None else f"again:{line.line}"


def _once(turn: Turn, deed: Entry) -> Iterator[str]:
    """Return the key of a deed, so that it is not paid a second time when it comes late."""
    if deed.activity == VISIT:
        yield f"{VISIT}:{deed.day}"
    elif livestreams.number(deed.subject) is not None:
        yield deed.subject
    elif deed.subject.isdecimal():
        repeat = turn.campaign.activity(deed.activity or "").repeat
        yield item_once(repeat, int(deed.subject), deed.day)
