"""Taking roles away: shown first, at once when confirmed, and told to whom it was taken from."""

from collections.abc import Mapping

from bot.feature import Feature, Sending, Turn, Work, button, say
from bot.messages import Lines, Phrase, Refusal, Reply
from bot.operations import auditing, charge, pushing
from bot.rules import cards
from bot.rules.rights import Duty, Right, Role
from storage import citizens, roles
from storage.citizens import Person

feature = Feature("revoking")


@feature.on(command="revoke", tap="revoking", right=Right.GRANT)
async def ask(turn: Turn) -> Reply:
    """Show what somebody is in charge of, before it is taken away."""
    person = await _meant(turn, turn.argument)
    which = await _revocable(turn, person)
    if not which:
        raise Refusal("revoking.nothing", number=person.number)
    called = [await charge.called(turn.db, turn.campaign_id, duty) for duty in which]
    lines = tuple(Phrase("roles.line", {"duty": duty}) for duty in called)
    confirm = button(turn.confirming(f"revoking.now:{person.number}"), Phrase("buttons.confirm"))
    keep = button("grants.holders", Phrase("buttons.cancel"))
    return say(
        "revoking.ask", number=person.number, duties=Lines(lines), buttons=((confirm, keep),)
    )


@feature.on(tap="revoking.now", work=Work.WRITES, right=Right.GRANT)
async def revoke(turn: Turn) -> Reply:
    """Take away what this person may take, now."""
    person = await _meant(turn, turn.confirmed("revoking.now"))
    which = await _revocable(turn, person)
    gone = await roles.revoke(turn.db, turn.campaign_id, person.citizen, which=which)
    if not gone:
        raise Refusal("revoking.nothing", number=person.number)
    for duty in gone:
        await auditing.note(turn, "revoked", person.number, role=duty.role, unit=duty.unit)
    content = {"citizens": [person.citizen]}
    await pushing.push(turn, told, once=f"revoked:{turn.cause}", content=content)
    back = button("grants.holders", Phrase("grants.holders"))
    return say("revoking.done", number=person.number, count=len(gone), buttons=((back,),))


async def _meant(turn: Turn, number: str) -> Person:
    read = cards.read(number)
    if read is None:
        raise Refusal("revoking.ask_number" if not number else "errors.wrong_number", number=number)
    person = await citizens.by_number(turn.db, read)
    if person is None:
        raise Refusal("errors.unknown_number", number=read)
    return person


async def _revocable(turn: Turn, person: Person) -> list[Duty]:
    """Return what this person may take from somebody: owners stand in the settings."""
    held = await roles.duties(turn.db, turn.campaign_id, person.citizen)
    may_staff = bool(turn.reach(Right.GRANT_STAFF))
    return [
        duty
        for duty in held
        if duty.role is not Role.OWNER and (may_staff or duty.role is not Role.STAFF)
    ]


@feature.push("told", switch="", urgency=0, audience=pushing.named_ones, duty=True)
async def told(sending: Sending) -> Mapping[int, Reply]:
    """Tell somebody that they are not in charge any more."""
    return dict.fromkeys(sending.citizens, say("revoking.told", buttons=((button("menu"),),)))
