"""绑定群聊: an organiser ties a group chat to a unit or team; the first who confirms has it."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import auditing, gathering, listing
from bot.rules.rights import Right
from storage import groups, units
from storage.groups import NewGroup

feature = Feature("groups")


@feature.on(
    command="bind",
    words=["绑定群聊"],
    words_in_groups=["绑定"],
    tap="groups",
    right=Right.BIND,
    takes=True,
)
async def bind(turn: Turn) -> Reply:
    """Show a bound group's settings, or begin to bind it; in private, list the own groups."""
    if turn.incoming.private:
        return await _list(turn)
    group = await gathering.here(turn)
    if group is not None and group.bound:
        return await gathering.settings(turn, group)
    codes = await _meant(turn)
    if len(codes) == 1:
        return await _ask(turn, codes[0])
    mine = [await units.of(turn.db, turn.campaign_id, code) for code in codes[: listing.PAGE_SIZE]]
    offered = [button(f"groups.choose:{unit.code}", unit.named) for unit in mine if unit]
    return say("groups.choose" if offered else "groups.name_it", buttons=rows(offered))


@feature.on(tap="groups.choose", right=Right.BIND)
async def choose(turn: Turn) -> Reply:
    """Ask before the group is tied to the unit or team of a button."""
    return await _list(turn) if turn.incoming.private else await _ask(turn, turn.argument)


@feature.on(tap="groups.tie", work=Work.WRITES, right=Right.BIND)
async def tie(turn: Turn) -> Reply:
    """Bind the group, as confirmed; the first of two at once has it."""
    code, _, mark = turn.confirmed("groups.tie").partition(":")
    if turn.incoming.private or mark != gathering.mark(turn):
        raise Refusal("errors.confirm_again")
    unit, chat = await gathering.own(turn, code), gathering.chat(turn.incoming)
    new = NewGroup(
        turn.campaign_id,
        chat.channel,
        chat.number,
        title=turn.incoming.title,
        unit=code,
        language=turn.person.language or turn.incoming.language,
        bound_by=turn.person.citizen,
        bound_at=turn.now,
    )
    is_new = await groups.bind(turn.db, new)
    group = await gathering.here(turn)
    if group is None:
        raise Refusal("errors.confirm_again")
    if not is_new:
        return await gathering.settings(turn, group)
    await auditing.note(turn, "group_bound", code, group=group.id)
    settings = button(f"groupsettings:{group.id}", Phrase("groups.to_settings"))
    return say("groups.bound", unit=unit.named, buttons=((settings,),))


async def _meant(turn: Turn) -> list[str]:
    """Return the codes this person may mean: those of the words, or else all their own."""
    reach = turn.reach(Right.BIND)
    if not turn.argument:
        return list(reach.units)
    found = await units.found(turn.db, turn.campaign_id, turn.argument)
    if not found:
        raise Refusal("units.unknown", words=turn.argument[:100])
    codes = [unit.code for unit in found if reach.covers(unit.code)]
    if not codes:
        raise Refusal("errors.not_yours")
    return codes


async def _ask(turn: Turn, code: str) -> Reply:
    """Ask before the group is tied; only this person in this group can confirm it."""
    unit = await gathering.own(turn, code)
    target = turn.confirming(f"groups.tie:{unit.code}:{gathering.mark(turn)}")
    confirm = button(target, Phrase("buttons.confirm"))
    cancel = button("groups.cancel", Phrase("buttons.cancel"))
    return say("groups.ask", unit=unit.named, buttons=((confirm, cancel),))


@feature.on(tap="groups.cancel", right=Right.BIND)
async def cancel(_turn: Turn) -> Reply:
    """Leave the group as it is."""
    return say("groups.cancelled")


async def _list(turn: Turn) -> Reply:
    """List the groups of the own units, and say how one is bound."""
    reach = turn.reach(Right.BIND)
    codes = None if reach.everything else reach.units
    total = await groups.count(turn.db, turn.campaign_id, units=codes)
    page = listing.page_of("groups", turn.argument, total)
    found = await groups.listed(
        turn.db, turn.campaign_id, units=codes, offset=page.offset, limit=listing.PAGE_SIZE
    )
    offered = [button(f"groupsettings:{group.id}", group.title or group.chat) for group in found]
    buttons = rows(offered) + listing.neighbours(page) + ((button("roles"), button("menu")),)
    return say("groups.list" if found else "groups.none", count=total, buttons=buttons)
