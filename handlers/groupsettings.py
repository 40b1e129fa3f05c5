"""What a bound group is told, and letting it go; for who has the right over its unit now."""

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import auditing, gathering
from bot.rules import taps
from bot.rules.rights import Right
from storage import group_messages, groups
from storage.groups import Group

feature = Feature("groupsettings")


@feature.on(tap="groupsettings", right=Right.BIND)
async def show(turn: Turn) -> Reply:
    """Show the settings of a group."""
    return await gathering.settings(turn, await _group(turn, turn.argument))


@feature.on(tap="groupsettings.lives", work=Work.WRITES, right=Right.BIND)
async def lives(turn: Turn) -> Reply:
    """Choose which livestreams a group is reminded of."""
    number, _, wanted = turn.argument.partition(":")
    group = await _group(turn, number)
    if wanted in groups.LIVES:
        await groups.switch(turn.db, group.id, lives=wanted)
        await auditing.note(turn, "group_switched", group.unit, lives=wanted)
    return await gathering.settings(turn, await _group(turn, number))


@feature.on(tap="groupsettings.weekly", work=Work.WRITES, right=Right.BIND)
async def weekly(turn: Turn) -> Reply:
    """Switch a group's weekly standing."""
    number, _, wanted = turn.argument.partition(":")
    group = await _group(turn, number)
    if wanted in {gathering.ON, gathering.OFF}:
        await groups.switch(turn.db, group.id, weekly=wanted == gathering.ON)
        await auditing.note(turn, "group_switched", group.unit, weekly=wanted)
    return await gathering.settings(turn, await _group(turn, number))


@feature.on(tap="groupsettings.untie", right=Right.BIND)
async def untie(turn: Turn) -> Reply:
    """Ask before a group is let go."""
    group = await _group(turn, turn.argument)
    unit = await gathering.own(turn, group.unit)
    target = turn.confirming(f"groupsettings.release:{group.id}")
    confirm = button(target, Phrase("buttons.confirm"))
    keep = button(f"groupsettings:{group.id}", Phrase("buttons.cancel"))
    return say("groupsettings.ask_untie", unit=unit.named, buttons=((confirm, keep),))


@feature.on(tap="groupsettings.release", work=Work.WRITES, right=Right.BIND)
async def release(turn: Turn) -> Reply:
    """Let a group go, as confirmed; what still waits for it is not said any more."""
    group = await _group(turn, turn.confirmed("groupsettings.release"))
    unit, at = await gathering.own(turn, group.unit), turn.system_now
    reason = gathering.UNBOUND
    if await groups.unbind(turn.db, group.id, unit=group.unit, at=at, reason=reason):
        await group_messages.drop(turn.db, at=at)
        await auditing.note(turn, "group_unbound", group.unit, chat=group.chat)
    return say("groupsettings.released", unit=unit.named)


async def _group(turn: Turn, number: str) -> Group:
    """Return a bound group this person has the right over now."""
    group = await groups.by_id(turn.db, turn.campaign_id, taps.number(number))
    if group is None or not group.bound:
        raise Refusal("groupsettings.gone")
    if not turn.reach(Right.BIND).covers(group.unit):
        raise await gathering.taken(turn, group)
    return group
