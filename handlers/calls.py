"""Ringing up those a broadcast did not reach: a list, and what came of each call."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, Lines, Phrase, Refusal, Reply
from bot.operations import broadcasting, listing
from bot.rules import audiences, cards, compositions
from bot.rules.rights import Right
from storage import broadcasts
from storage import calls as noted
from storage.broadcasts import Broadcast, Unreached

feature = Feature("calls")

WIDE = 2


@feature.on(tap="calls", right=Right.BROADCASTS)
async def calls(turn: Turn) -> Reply:
    """List who was not reached, page by page, each with what came of the last call."""
    which, _, number = turn.argument.partition(":")
    return await _listed(turn, await _own(turn, which), number)


@feature.on(tap="calls.one", right=Right.BROADCASTS)
async def one(turn: Turn) -> Reply:
    """Ask what came of the call to one of them."""
    which, number, page = (*turn.argument.split(":"), "", "", "")[:3]
    found = await _own(turn, which)
    person = await _person(turn, found, number)
    outcomes = [
        button(
            f"calls.note:{found.id}:{person.number}:{outcome}:{page}",
            Phrase(f"calls.outcome_{outcome}"),
        )
        for outcome in noted.OUTCOMES
    ]
    back = button(f"calls:{found.id}:{page}", Phrase("composing.back"))
    return say("calls.ask", who=_called(person), buttons=(*rows(outcomes, wide=WIDE), (back,)))


@feature.on(tap="calls.note", work=Work.WRITES, right=Right.BROADCASTS)
async def note(turn: Turn) -> Reply:
    """Note what came of a call, with the time and by whom."""
    which, number, outcome, page = (*turn.argument.split(":"), "", "", "", "")[:4]
    found = await _own(turn, which)
    person = await _person(turn, found, number)
    if outcome not in noted.OUTCOMES:
        raise Refusal("broadcasts.unknown")
    await noted.note(
        turn.db,
        found.id,
        person.citizen,
        outcome=outcome,
        by=turn.person.citizen,
        at=turn.now,
    )
    await broadcasting.note(turn, "call_noted", found, person=person.number, outcome=outcome)
    return await _listed(turn, found, page)


async def _own(turn: Turn, which: str) -> Broadcast:
    """Return a broadcast whose people this person may still speak to.

    Raises:
        Refusal: it is not theirs, or has not gone out.

    """
    found = await broadcasting.of(turn, which)
    chosen = broadcasting.audience(found)
    reach = turn.reach(Right.BROADCASTS)
    if not reach.everything and (chosen is None or not audiences.may(reach, chosen, own=True)):
        raise Refusal("errors.not_yours")
    if found.push is None:
        raise Refusal("sendouts.not_yet")
    return found


async def _person(turn: Turn, found: Broadcast, number: str) -> Unreached:
    read = cards.read(number)
    missed = await broadcasts.unreached(turn.db, found, number=read or "")
    if not missed:
        raise Refusal("calls.not_listed")
    return missed[0]


def _called(person: Unreached) -> Phrase:
    """Name somebody as their unit may know them: by the display name and the card number."""
    key = "calls.named" if person.name else "calls.nameless"
    return Phrase(key, {"name": person.name or "", "number": person.number})


async def _listed(turn: Turn, found: Broadcast, number: str) -> Reply:
    total = await broadcasts.count_unreached(turn.db, found)
    page = listing.page_of(f"calls:{found.id}", number, total)
    shown = await broadcasts.unreached(turn.db, found, offset=page.offset, limit=listing.PAGE_SIZE)
    opens = [
        button(
            f"calls.one:{found.id}:{each.number}:{page.number}",
            Phrase("calls.open", {"n": n, "name": each.name or each.number}),
        )
        for n, each in enumerate(shown, start=page.offset + 1)
    ]
    back = Button(Phrase("composing.back"), f"broadcasts.open:{found.id}")
    lines = (_line(n, each) for n, each in enumerate(shown, start=page.offset + 1))
    return say(
        "calls.text" if shown else "calls.none",
        title=compositions.title(found.text),
        count=total,
        lines=Lines(tuple(lines)),
        page=page.number + 1,
        pages=page.of,
        buttons=(*rows(opens, wide=WIDE), *listing.neighbours(page), (back,)),
    )


def _line(n: int, each: Unreached) -> Phrase:
    outcome = Phrase("calls.not_called")
    if each.outcome is not None and each.called_at is not None:
        said = Phrase(f"calls.outcome_{each.outcome}")
        outcome = Phrase("calls.called", {"outcome": said, "at": each.called_at})
    why = Phrase(f"calls.why_{each.state}")
    return Phrase("calls.line", {"n": n, "who": _called(each), "why": why, "outcome": outcome})
