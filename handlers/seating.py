"""Who has a seat: taking a reader in with their consent, a second guardian, leaving."""

import secrets
from dataclasses import replace
from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, named, rows, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import erasing, household, linking, registering
from bot.rules import cards, names, taps
from storage import citizens, dialogs, links, profiles, seats
from storage.citizens import ADULT, YOUNG
from storage.profiles import Profile

feature = Feature("seating")

ASKED_FOR = timedelta(minutes=10)
KINDS = {"adult": ADULT, "child": YOUNG}
CONSENT_WORDS = "seat-2022-04"
PROBLEMS = {
    names.Problem.EMPTY: "settings.name_empty",
    names.Problem.LONG: "settings.name_long",
    names.Problem.STAFF: "settings.name_staff",
}


@feature.on(tap="seating")
async def seating(turn: Turn) -> Reply:
    """List the readers with what can be done for each."""
    found = await household.of(turn)
    offered = []
    for each in found.held:
        name = {"name": household.called(each)}
        offered.append(button(f"seating.leave:{each.reader}", Phrase("seating.leave", name)))
        if each.band == YOUNG:
            invite = Phrase("seating.invite", name)
            offered.append(button(f"seating.invite:{each.reader}", invite))
    return say("seating.text", buttons=(*rows(offered), (button("family"), button("menu"))))


@feature.on(tap="seating.add", work=Work.WRITES)
async def add(turn: Turn) -> Reply:
    """Say what a seat means, and ask for the consent of the reader or their guardian."""
    kind = turn.argument if turn.argument in KINDS else "adult"
    await _has_room(turn, kind)
    agree = button(f"seating.agree:{kind}", Phrase("seating.agree"))
    cancel = button("family", Phrase("buttons.cancel"))
    return say(f"seating.ask_{kind}", buttons=((agree,), (cancel,)), replaces=True)


@feature.on(tap="seating.agree", work=Work.WRITES)
async def agree(turn: Turn) -> Reply:
    """Ask what the reader is called."""
    kind = turn.argument if turn.argument in KINDS else "adult"
    await _has_room(turn, kind)
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, f"seating.name:{kind}", until=until)
    return say("seating.ask_name", most=names.LENGTH_MAX, buttons=((button("family"),),))


@feature.on(tap="seating.name", work=Work.WRITES)
async def name(turn: Turn) -> Reply:
    """Take the reader in under this name."""
    kind, _, words = turn.argument.partition(":")
    kind = kind if kind in KINDS else "adult"
    wanted = names.tidy(words)
    wrong = names.problem(wanted, turn.campaign.campaign.reserved_names)
    if wrong is not None:
        return say(PROBLEMS[wrong], most=names.LENGTH_MAX, buttons=((button("family"),),))
    await linking.hold(turn)
    await _has_room(turn, kind)
    await dialogs.answered(turn.db, turn.person.citizen)
    reader = await citizens.add_reader(turn.db, at=turn.now, band=KINDS[kind])
    await citizens.consent(
        turn.db, reader, words=CONSENT_WORDS, by_guardian=kind == "child", at=turn.now
    )
    await registering.settle(turn, reader, town=turn.person.town)
    await profiles.put(turn.db, reader, replace(Profile(), name=wanted))
    await seats.take(turn.db, turn.person.owner, reader, account=turn.account, at=turn.now)
    town = turn.campaign.unit(turn.person.town or "")
    switch = button(f"family.be:{reader}", Phrase("family.be", {"name": wanted}))
    return say(
        "seating.taken",
        name=wanted,
        town=named(town) if town else "",
        buttons=((switch,), (button("family"), button("menu"))),
    )


@feature.on(tap="seating.invite", work=Work.WRITES)
async def invite(turn: Turn) -> Reply:
    """Make a code for the second guardian of a child."""
    seat = (await household.of(turn)).seat(taps.number(turn.argument))
    if seat.band != YOUNG or seat.holders >= seats.HOLDERS_MAX:
        raise Refusal("family.held")
    code = cards.from_chance(secrets.randbits(64))
    hashed = household.hashed(turn, code)
    until = await links.offer(turn.db, seat.reader, code=hashed, now=turn.system_now)
    buttons = ((button("family"), button("menu")),)
    return say("seating.code", name=household.called(seat), code=code, until=until, buttons=buttons)


@feature.on(tap="seating.leave")
async def leave(turn: Turn) -> Reply:
    """Say what leaving means: another guardian keeps a child, nobody else's reader is erased."""
    found = await household.of(turn)
    seat = found.seat(taps.number(turn.argument))
    confirm = button(turn.confirming(f"seating.gone:{seat.reader}"), Phrase("buttons.confirm"))
    alone = seat.reader in await seats.alone(turn.db, found.owner)
    key = "seating.ask_erase" if alone else "seating.ask_leave"
    buttons = ((confirm, button("family", Phrase("buttons.cancel"))),)
    return say(key, name=household.called(seat), buttons=buttons)


@feature.on(tap="seating.gone", work=Work.WRITES)
async def gone(turn: Turn) -> Reply:
    """End the seat; who is nobody else's leaves with everything."""
    found = await household.of(turn)
    seat = found.seat(taps.number(turn.confirmed("seating.gone")))
    await linking.hold(turn, seat.reader)
    alone = seat.reader in await seats.alone(turn.db, found.owner)
    await seats.end(turn.db, seat.reader, at=turn.now, holder=found.owner)
    if alone:
        await erasing.now(turn, seat.reader)
    buttons = ((button("family"), button("menu")),)
    return say("seating.left", name=household.called(seat), reader=found.name, buttons=buttons)


async def _has_room(turn: Turn, kind: str) -> None:
    """Let pass who may give one more seat.

    Raises:
        Refusal: the account is full, abroad for a child, or a child's own.

    """
    if kind == "child" and turn.traits.abroad:
        raise Refusal("start.young_abroad")
    found = await household.of(turn)
    if turn.person.holder is None and turn.person.band == YOUNG:
        raise Refusal("family.young_holder")
    too_often = await seats.ever(turn.db, found.owner) >= seats.EVER_MAX
    if len(found.held) + 1 >= seats.READERS_MAX or too_often:
        raise Refusal("family.full", most=seats.READERS_MAX)
