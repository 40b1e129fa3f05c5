"""The selection as staff work on it: which one it is, in which state it may be, who is told."""

from bot.feature import Turn, button
from bot.messages import Phrase, Refusal, Rows
from bot.operations import auditing, pushing
from bot.rules import calendar, taps
from bot.rules.selection import READER, UNIT
from storage import candidates, citizens, selections
from storage.candidates import Kept
from storage.selections import Award, Selection

MOVED, MOVED_URGENCY = "publishing.moved", 3
"""The push by which staff hear how far a selection is."""
LETTERS = {"r": READER, "u": UNIT}
PLACE_DIGITS = 3


async def at_hand(turn: Turn, *states: str, lock: bool = False) -> Selection:
    """Return the selection that counts, if it is in one of these states, or in any.

    Raises:
        Refusal: there is none, or it is further, or not so far.

    """
    found = await selections.current(turn.db, turn.campaign_id, lock=lock)
    if found is None:
        raise Refusal("selections.missing")
    if states and found.state not in states:
        raise Refusal(f"selections.now_{found.state}")
    return found


async def same(turn: Turn, argument: str, *states: str) -> Selection:
    """Return the selection a confirming button was about, locked, if it still is as it was.

    Raises:
        Refusal: it was changed, or another one stands in its place.

    """
    found = await at_hand(turn, *states, lock=True)
    if stamp(found) != argument:
        raise Refusal("sealing.changed")
    return found


def stamp(selection: Selection) -> str:
    """Return what a button carries, so that it is about this selection as it is now."""
    return f"{selection.id}.{selection.revision}"


def awarded(selection: Selection, name: str) -> Award:
    """Return a list by its place in the rules.

    Raises:
        Refusal: there is none.

    """
    if not name.isdecimal() or len(name) > PLACE_DIGITS or int(name) >= len(selection.awards):
        raise Refusal("selections.missing")
    return selection.awards[int(name)]


async def candidate(turn: Turn, selection: Selection, argument: str) -> Kept:
    """Return the candidate a button names, as `r12` or `u3`.

    Raises:
        Refusal: there is none.

    """
    who = LETTERS.get(argument[:1])
    number = taps.number(argument[1:], most=taps.COUNT_MAX)
    kept = None
    if who is not None and number:
        kept = await candidates.of(turn.db, selection.id, who=who, number=number)
    if kept is None:
        raise Refusal("selections.missing")
    return kept


def ref(kept: Kept) -> str:
    """Return how a button names a candidate."""
    return f"{'u' if kept.unit else 'r'}{kept.number}"


def scores_until(turn: Turn) -> Refusal | None:
    """Return why the lists cannot be drawn up for good yet: points are still earned."""
    _, until = calendar.scoring(turn.campaign.spans)
    return Refusal("sealing.too_early", day=until) if turn.today < until else None


async def moved(turn: Turn, selection: Selection, *, act: str, what: str, **more: str) -> None:
    """Note a move in the audit, and tell staff."""
    digest = selection.digest or ""
    await auditing.note(turn, act, str(selection.id), selection=selection.id, digest=digest, **more)
    by = await citizens.number(turn.db, turn.person.citizen)
    content = {"what": what, "digest": digest, "by": by, "citizen": turn.person.citizen}
    once = f"selection:{selection.id}:{what}:{selection.revision}{more.get('place', '')}"
    await pushing.store(turn, MOVED, urgency=MOVED_URGENCY, once=once, content=content)


def back() -> Rows:
    """Return the button that leads to the selection."""
    return ((button("selections", Phrase("selections.name")),),)
