"""家人: several readers on one account, the one who reads chosen with one tap."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import household, linking
from bot.operations.household import Household
from bot.rules import cards, taps
from storage import links, seats, twins
from storage.citizens import YOUNG

feature = Feature("family")


@feature.on(command="family", words=["家人", "家庭"], tap="family", work=Work.WRITES, takes=True)
async def family(turn: Turn) -> Reply:
    """Show who reads here, each a tap away; or take a second guardian's code."""
    if not turn.incoming.private:
        raise Refusal("errors.in_private")
    if turn.argument.strip():
        return await _invited(turn, turn.argument)
    return _shown(turn, await household.of(turn))


@feature.on(tap="family.be", work=Work.WRITES)
async def be(turn: Turn) -> Reply:
    """Let another reader act on this account from now on."""
    reader = taps.number(turn.argument)
    await linking.hold(turn)
    found = await household.of(turn)
    name = found.name
    if reader != found.owner:
        seat = found.seat(reader)
        if seat.band == YOUNG and turn.traits.abroad:
            raise Refusal("start.young_abroad")
        name = household.called(seat)
    await seats.be(turn.db, turn.account, reader=reader, holder=found.owner)
    shown = name if found.held else ""
    return say("family.now", name=name, reader=shown, menu=True)


@feature.on(tap="family.join", work=Work.WRITES)
async def join(turn: Turn) -> Reply:
    """Hold a child that another guardian holds already, as it was seen."""
    code = turn.confirmed("family.join")
    hashed = household.hashed(turn, code)
    reader = await links.maker(turn.db, hashed, now=turn.system_now)
    child = await twins.who(turn.db, reader or 0)
    if child is None:
        raise Refusal("linking.gone")
    await linking.hold(turn, child.citizen)
    await _may_hold(turn, child.citizen)
    if not await links.use(turn.db, hashed, now=turn.system_now):
        raise Refusal("linking.gone")
    await seats.take(turn.db, turn.person.owner, child.citizen, account=turn.account, at=turn.now)
    return _shown(turn, await household.of(turn))


async def _invited(turn: Turn, typed: str) -> Reply:
    """Judge a code: what is unknown, used, too old or mistyped is answered alike."""
    code = cards.read(typed) or ""
    refused, reader = await linking.tried(turn, household.hashed(turn, code))
    if refused is not None:
        return refused
    child = await twins.who(turn.db, reader or 0)
    if child is None:
        raise Refusal("linking.gone")
    await _may_hold(turn, child.citizen)
    confirm = button(turn.confirming(f"family.join:{code}"), Phrase("buttons.confirm"))
    cancel = button("family", Phrase("buttons.cancel"))
    return say("family.ask_join", number=child.number, buttons=((confirm, cancel),))


async def _may_hold(turn: Turn, child: int) -> None:
    if turn.traits.abroad:
        raise Refusal("start.young_abroad")
    if turn.person.band == YOUNG:
        raise Refusal("family.young_holder")
    mine = await seats.of(turn.db, turn.person.owner)
    if len(mine) + 1 >= seats.READERS_MAX:
        raise Refusal("family.full", most=seats.READERS_MAX)
    held = await seats.holders(turn.db, child)
    if turn.person.owner in held or len(held) >= seats.HOLDERS_MAX or not held:
        raise Refusal("family.held")


def _shown(turn: Turn, found: Household) -> Reply:
    now = turn.person.citizen
    readers = [(found.owner, found.name)]
    readers += [(each.reader, household.called(each)) for each in found.held]
    switches = [
        button(
            f"family.be:{reader}",
            Phrase("family.is" if reader == now else "family.be", {"name": name}),
        )
        for reader, name in readers
    ]
    more = [button("seating.add:adult", Phrase("seating.adult"))]
    more.append(button("seating.add:child", Phrase("seating.child")))
    if found.held:
        more.append(button("seating", Phrase("seating.name")))
    return say(
        "family.text" if found.held else "family.alone",
        name=dict(readers).get(now, found.name),
        count=len(readers),
        most=seats.READERS_MAX,
        buttons=(*rows(switches, wide=2), *rows([*more, button("menu")], wide=2)),
    )
