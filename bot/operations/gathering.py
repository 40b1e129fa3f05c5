"""Group chats that are bound to a unit: whose they are, what their channel tells of them."""

from collections.abc import Sequence
from datetime import datetime

from bot.feature import Turn, button, rows, say
from bot.messages import Button, Incoming, Moved, Phrase, Presence, Refusal, Reply
from bot.operations import unit_view
from bot.rules import signing
from bot.rules.rights import Right
from storage import citizens, group_messages, groups, units
from storage.citizens import Account
from storage.db import Db
from storage.groups import Chat, Group
from storage.units import Unit

REMOVED, UNBOUND = "removed", "unbound"
MARK_LENGTH = 6
ON, OFF = "on", "off"


def chat(incoming: Incoming) -> Chat:
    """Return the group chat in which something was said."""
    return Chat(incoming.channel, incoming.group)


def mark(turn: Turn) -> str:
    """Return a sign of this very group chat, for buttons that serve in no other."""
    return signing.keyed(turn.secret, f"{turn.account.channel}:{turn.incoming.group}")[:MARK_LENGTH]


async def here(turn: Turn) -> Group | None:
    """Return the group that something was said in, if it is or was bound."""
    return await groups.of(turn.db, turn.campaign_id, chat(turn.incoming))


async def own(turn: Turn, code: str) -> Unit:
    """Return a unit or team to which this person may bind groups, as of now.

    Raises:
        Refusal: it is not theirs, or is not known.

    """
    return await unit_view.own(turn, code, Right.BIND)


async def taken(turn: Turn, group: Group) -> Refusal:
    """Say whose a group is, to somebody whose it is not."""
    unit = await units.of(turn.db, turn.campaign_id, group.unit)
    return Refusal("groups.taken", unit=unit.named if unit else group.unit)


async def settings(turn: Turn, group: Group) -> Reply:
    """Show what a group is told, each with its button.

    Raises:
        Refusal: the group is somebody else's.

    """
    if not turn.reach(Right.BIND).covers(group.unit):
        raise await taken(turn, group)
    unit = await own(turn, group.unit)
    return say(
        "groupsettings.text",
        unit=unit.named,
        lives=Phrase(f"groupsettings.lives_{group.lives}"),
        weekly=Phrase(f"groupsettings.weekly_{ON if group.weekly else OFF}"),
        trouble=Phrase("groupsettings.trouble") if group.trouble else "",
        buttons=rows(_switches(group)),
    )


def _switches(group: Group) -> Sequence[Button]:
    lives = [
        button(f"groupsettings.lives:{group.id}:{each}", Phrase(f"groupsettings.to_lives_{each}"))
        for each in groups.LIVES
        if each != group.lives
    ]
    turned = OFF if group.weekly else ON
    weekly = button(
        f"groupsettings.weekly:{group.id}:{turned}", Phrase(f"groupsettings.to_weekly_{turned}")
    )
    return [
        *lives,
        weekly,
        button(f"groupsettings.untie:{group.id}", Phrase("groupsettings.untie")),
    ]


async def note(db: Db, incoming: Incoming, *, at: datetime) -> None:
    """Note what a channel tells: somebody is out of reach or back, a group moved or lets us go.

    Whoever lets the bot into a group again has to bind it again.
    """
    match incoming.said:
        case Presence(reachable) if not incoming.group:
            account = Account(incoming.channel, incoming.sender)
            await citizens.note_presence(db, account, gone_at=None if reachable else at)
        case Moved(to):
            await groups.move(db, chat(incoming), to=to, at=at)
            await group_messages.drop(db, at=at)
        case Presence(reachable=False):
            await groups.lost(db, chat(incoming), at=at, reason=REMOVED)
            await group_messages.drop(db, at=at)
        case _:
            pass
