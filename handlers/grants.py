"""授权: one-time codes that make somebody staff or organiser; who holds what."""

import secrets
from dataclasses import replace
from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, named, rows, say
from bot.messages import Button, Lines, Phrase, Refusal, Reply
from bot.operations import charge, listing
from bot.rules import cards, signing
from bot.rules.rights import Duty, Right, Role
from storage import roles, units
from storage.roles import NewGrant
from storage.units import Unit

feature = Feature("grants")

LASTS = timedelta(days=3)
LASTS_MAX_DAYS = 30
ROLE_WORDS = frozenset({"organiser", "organizer", "unit", "team"})
"""May stand before the unit's name, which alone says which role it is."""
OTHERS = (units.BUREAU, units.SCHOOL, units.TEAM)


@feature.on(
    command="grant", words=["授权"], tap="grants", work=Work.WRITES, right=Right.GRANT, takes=True
)
async def grant(turn: Turn) -> Reply:
    """Offer the roles there are, or make the code of the one that was named."""
    words, lasts = _lasting(turn.argument)
    if not words:
        return _offer(turn)
    head, _, rest = words.partition(" ")
    if words.lower() == Role.STAFF:
        return await _code(turn, Duty(Role.STAFF), lasts=lasts)
    if head.lower() in ROLE_WORDS:
        words = rest.strip()
    found = await units.found(turn.db, turn.campaign_id, words)
    if len(found) == 1:
        return await _code(turn, _duty(found[0]), lasts=lasts)
    if not found:
        raise Refusal("grants.unknown_unit", words=words[:100])
    meant = rows(map(_button, found[: listing.PAGE_SIZE]))
    return say("grants.which", words=words[:100], buttons=(*meant, (button("grants"),)))


@feature.on(words=["授权工作人员"], tap="grants.staff", work=Work.WRITES, right=Right.GRANT_STAFF)
async def staff(turn: Turn) -> Reply:
    """Make a code for a member of staff."""
    return await _code(turn, Duty(Role.STAFF), lasts=LASTS)


@feature.on(tap="grants.unit", work=Work.WRITES, right=Right.GRANT)
async def organiser(turn: Turn) -> Reply:
    """Make a code for an organiser of a unit or team."""
    unit = await units.of(turn.db, turn.campaign_id, turn.argument)
    if unit is None:
        raise Refusal("grants.unknown_unit", words=turn.argument)
    return await _code(turn, _duty(unit), lasts=LASTS)


@feature.on(tap="grants.kind", right=Right.GRANT)
async def kind(turn: Turn) -> Reply:
    """List the units of a kind, page by page."""
    chosen, _, number = turn.argument.partition(":")
    found = await units.listed(turn.db, turn.campaign_id, kind=chosen)
    page = listing.page_of(f"grants.kind:{chosen}", number, len(found))
    shown = found[page.offset : page.offset + listing.PAGE_SIZE]
    back = ((button("grants"),),)
    if not shown:
        return say("grants.none_of_kind", buttons=back)
    buttons = rows(map(_button, shown)) + listing.neighbours(page) + back
    return say("grants.ask_unit", page=page.number + 1, pages=page.of, buttons=buttons)


def _offer(turn: Turn) -> Reply:
    towns = turn.campaign.towns
    offered = [button(f"grants.unit:{town.id}", named(town)) for town in towns]
    others = [button(f"grants.kind:{each}", Phrase(f"grants.kind_{each}")) for each in OTHERS]
    if turn.reach(Right.GRANT_STAFF):
        others.append(button("grants.staff", Phrase("grants.staff")))
    holders = button("grants.holders", Phrase("grants.holders"))
    return say("grants.text", buttons=rows([*offered, *others, holders], wide=2))


def _button(unit: Unit) -> Button:
    return button(f"grants.unit:{unit.code}", unit.named)


def _duty(unit: Unit) -> Duty:
    return Duty(Role.TEAM if unit.kind == units.TEAM else Role.UNIT, unit.code)


def _lasting(argument: str) -> tuple[str, timedelta]:
    """Tell the words from how long the code shall last: a last word like 7d or 12h."""
    words, _, last = argument.rpartition(" ")
    number, sign = last[:-1], last[-1:].lower()
    if not (number.isdecimal() and sign in {"d", "h"} and len(number) <= len("999")):
        return argument.strip(), LASTS
    asked = timedelta(days=int(number)) if sign == "d" else timedelta(hours=int(number))
    if not timedelta() < asked <= timedelta(days=LASTS_MAX_DAYS):
        raise Refusal("grants.lasts_too_long", days=LASTS_MAX_DAYS)
    return words.strip(), asked


async def _code(turn: Turn, duty: Duty, *, lasts: timedelta) -> Reply:
    """Make a code, and say it once."""
    turn_right = Right.GRANT_STAFF if duty.role is Role.STAFF else Right.GRANT
    turn.require(turn_right, duty.unit)
    code = cards.from_chance(secrets.randbits(64))
    until = turn.system_now + lasts
    hashed = signing.keyed(turn.secret, f"grant:{code}")
    new = NewGrant(turn.campaign_id, hashed, duty, turn.person.citizen, until)
    await roles.offer(turn.db, new)
    called = await charge.called(turn.db, turn.campaign_id, duty)
    await charge.note(turn, "granted", duty, until=until)
    back = ((button("grants"),),)
    told = say("grants.code", duty=called, code=code, until=until, buttons=back)
    return replace(told, hides="code")


@feature.on(tap="grants.holders", right=Right.GRANT)
async def holders(turn: Turn) -> Reply:
    """List who is in charge of what, page by page, each with the way to take it away."""
    held = await roles.holders(turn.db, turn.campaign_id)
    page = listing.page_of("grants.holders", turn.argument, len(held))
    shown = held[page.offset : page.offset + listing.PAGE_SIZE]
    lines = []
    for holder in shown:
        called = await charge.called(turn.db, turn.campaign_id, holder.duty)
        lines.append(Phrase("grants.holder", {"number": holder.number, "duty": called}))
    if not lines:
        return say("grants.no_holders", buttons=((button("grants"),),))
    numbers = dict.fromkeys(holder.number for holder in shown)
    take = [
        button(f"revoking:{number}", Phrase("grants.revoke", {"number": number}))
        for number in numbers
    ]
    buttons = rows(take) + listing.neighbours(page) + ((button("grants"),),)
    holding = Lines(tuple(lines))
    return say("grants.held", holders=holding, page=page.number + 1, pages=page.of, buttons=buttons)
