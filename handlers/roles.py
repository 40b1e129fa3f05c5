"""Taking a role with a one-time code, and the workbench of those who have one."""

from bot.feature import EVERYONE, Feature, Turn, Work, button, rows, say
from bot.messages import Lines, Phrase, Refusal, Reply, Rows
from bot.operations import charge
from bot.rules import cards, rights, signing
from bot.rules.rights import Duty, Right, Role
from storage import citizens, roles

feature = Feature("roles")

FIRST = {Right.STATS: "stats", Right.UNIT: "units"}
"""What somebody in charge wants most often; it stands above the groups."""
DESK = {
    "numbers": (
        (Right.UNIT, "units"),
        (Right.STATS, "stats"),
        (Right.EXPORT, "exports"),
        (Right.REPORTS, "summaries"),
        (Right.REPORTS, "cases"),
    ),
    "notices": ((Right.BROADCASTS, "composing"), (Right.BIND, "groups")),
    "classes": ((Right.PROPOSALS, "proposals"), (Right.ROLL, "rolls")),
    "rewards": (
        (Right.VERIFY, "verifying"),
        (Right.REWARDS, "stocking"),
        (Right.SELECTION, "selections"),
    ),
    "readers": (
        (Right.NOTES, "reviews"),
        (Right.CARDS, "papercards"),
        (Right.ADJUST, "adjusting"),
        (Right.DISPUTES, "rulings"),
    ),
    "settings": (
        (Right.GRANT, "grants"),
        (Right.IMPORT, "imports"),
        (Right.AUDIT, "audits"),
        (Right.CLOCK, "clock"),
    ),
}
"""What stands on the workbench, in groups that fit on a screen, each thing for whom it is."""
DESK_WIDE = 2


@feature.on(command="role", tap="roles.take", work=Work.WRITES, right=EVERYONE)
async def take(turn: Turn) -> Reply:
    """Take the role a code stands for; who is new gets a person, consent comes later."""
    code = cards.read(turn.argument)
    if code is None:
        raise Refusal("roles.ask_code" if not turn.argument else "roles.wrong_code")
    hashed = signing.keyed(turn.secret, f"grant:{code}")
    giver = await roles.giver(turn.db, hashed)
    person = turn.known or await citizens.add(turn.db, turn.account, at=turn.now)
    duty = await roles.take(
        turn.db, turn.campaign_id, hashed, citizen=person.citizen, now=turn.system_now
    )
    if duty is None or giver is None or not await _may_give(turn, giver, duty):
        raise Refusal("roles.wrong_code")
    if not await roles.add(
        turn.db, turn.campaign_id, person.citizen, duty=duty, at=turn.system_now
    ):
        raise Refusal("roles.held", duty=await charge.called(turn.db, turn.campaign_id, duty))
    turn = await charge.known(turn, person)
    await charge.note(turn, "role_taken", duty)
    called = await charge.called(turn.db, turn.campaign_id, duty)
    return say("roles.taken", duty=called, buttons=_desk(turn))


async def _may_give(turn: Turn, giver: int, duty: Duty) -> bool:
    """Say whether who made the code may still do so: a right that was revoked gives nothing."""
    held = await roles.duties(turn.db, turn.campaign_id, giver)
    right = Right.GRANT_STAFF if duty.role is Role.STAFF else Right.GRANT
    return rights.reach(held, right).covers(duty.unit)


@feature.on(command="work", words=["工作台"], tap="roles", right=Right.UNIT)
async def workbench(turn: Turn) -> Reply:
    """Show somebody in charge what they can do, in groups."""
    held = [await charge.called(turn.db, turn.campaign_id, duty) for duty in turn.duties]
    lines = tuple(Phrase("roles.line", {"duty": duty}) for duty in held)
    return say("roles.text", duties=Lines(lines), buttons=_desk(turn))


@feature.on(tap="roles.group", right=Right.UNIT)
async def group(turn: Turn) -> Reply:
    """Show what there is in one group, and what each thing is for; no such group is all of them."""
    offered = _offered(turn, turn.argument)
    if not offered:
        return await workbench(turn)
    lines = tuple(
        Phrase("roles.way", {"name": Phrase(f"{way}.name"), "does": Phrase(f"roles.does_{way}")})
        for way in offered
    )
    back = (button("roles", Phrase("roles.back")), button("menu"))
    return say(
        "roles.group",
        group=Phrase(f"roles.group_{turn.argument}"),
        ways=Lines(lines),
        buttons=(*rows(map(button, offered), wide=DESK_WIDE), back),
    )


def _offered(turn: Turn, group: str) -> list[str]:
    return [way for right, way in DESK.get(group, ()) if turn.reach(right)]


def _desk(turn: Turn) -> Rows:
    """Lay out the groups; what would be alone in its group stands here itself."""
    first = rights.first(turn.duties, FIRST)
    shown = [] if first is None else [button(first)]
    for name in DESK:
        match [way for way in _offered(turn, name) if way != first]:
            case []:
                pass
            case [alone]:
                shown.append(button(alone))
            case _:
                shown.append(button(f"roles.group:{name}", Phrase(f"roles.group_{name}")))
    return rows([*shown, button("menu")], wide=DESK_WIDE)
