"""Roll calls: the one message of a group that is edited in place, and who may do what with it."""

from datetime import timedelta

from bot.feature import Turn, button, rows, say
from bot.messages import Param, Phrase, Refusal, Reply, Rows
from bot.operations import gathering
from bot.rules import taps
from bot.rules.points import Outcome
from storage import accounts, groups, rolls, units
from storage.db import Db
from storage.groups import Group
from storage.profiles import Shown
from storage.rolls import Roll

NAMES_MAX = 30
VETO_WITHIN = timedelta(days=7)
"""How long somebody can say that a tick was wrong."""
SAY = {
    Outcome.PAID: "rolls.paid",
    Outcome.CAPPED: "rolls.capped",
    Outcome.TOMORROW: "rolls.tomorrow",
    Outcome.UNSCORED: "rolls.unscored",
    Outcome.ALREADY: "rolls.already",
}
"""What the message says of the one who came last."""


async def going_on(turn: Turn, number: str) -> Roll:
    """Return a roll call that is open today, in a group that still belongs to its unit.

    Raises:
        Refusal: it is closed, of another day, or its group belongs to somebody else by now.

    """
    roll = await rolls.of(turn.db, turn.campaign_id, taps.number(number))
    if roll is None:
        raise Refusal("rolls.gone")
    if roll.day != turn.today:
        raise Refusal("rolls.another_day", day=roll.day)
    group = await groups.by_id(turn.db, turn.campaign_id, roll.chat)
    if group is None or not group.bound or group.unit != roll.unit:
        raise Refusal("rolls.moved")
    if roll.closed_at is not None:
        raise Refusal("rolls.closed_already")
    return roll


async def here(turn: Turn) -> Group:
    """Return the bound group that something was said in.

    Raises:
        Refusal: it is bound to nothing.

    """
    group = await gathering.here(turn)
    if turn.incoming.private or group is None or not group.bound:
        raise Refusal("rolls.unbound")
    return group


async def stand_in(turn: Turn, roll: Roll) -> None:
    """See that a button is tapped in the very group of its roll call.

    Raises:
        Refusal: it was tapped elsewhere.

    """
    group = await gathering.here(turn)
    if turn.incoming.private or group is None or group.id != roll.chat:
        raise Refusal("rolls.gone")


async def shown(turn: Turn, roll: Roll, *, last: Param = "", replaces: bool = True) -> Reply:
    """Word the message of a roll call as it stands; nobody is named who does not show the name."""
    unit = await units.of(turn.db, turn.campaign_id, roll.unit)
    counted = await rolls.count(turn.db, roll.id)
    names = await rolls.named(turn.db, roll.id, NAMES_MAX)
    reply = say(
        "rolls.open" if roll.closed_at is None else "rolls.closed",
        day=roll.day,
        unit=unit.named if unit else roll.unit,
        own=counted.own,
        ticked=Phrase("rolls.ticked", {"count": counted.ticked}) if counted.ticked else "",
        guests=Phrase("rolls.guests", {"count": counted.guests}) if counted.guests else "",
        names=Phrase("rolls.names", {"names": "、".join(names)}) if names else "",
        last=last,
        buttons=_buttons(roll),
    )
    return reply.for_all() if replaces else reply


def _buttons(roll: Roll) -> Rows:
    if roll.closed_at is not None:
        return ()
    return rows(
        [
            button(f"rolls.in:{roll.id}", Phrase("rolls.here")),
            button(f"rolls.look:{roll.id}", Phrase("rolls.look")),
            button(f"rolls.close:{roll.id}", Phrase("rolls.close")),
        ],
        wide=1,
    )


async def of_unit(db: Db, roll: Roll, whom: Shown | None, *, card: str) -> Shown:
    """Return who was meant, if they belong to the unit of a roll call; of others nothing is told.

    Raises:
        Refusal: nobody there has this card number, or nothing reaches whom it is about: what is
            noted of them needs a second person, as it does on their paper card.

    """
    if whom is None or not await units.belongs_to(db, whom.citizen, [roll.unit]):
        raise Refusal("ticking.nobody", number=card or (whom.number if whom else ""))
    if not await accounts.has_way(db, whom.citizen):
        raise Refusal("ticking.by_card", number=whom.number)
    return whom
