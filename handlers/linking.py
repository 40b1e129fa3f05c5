"""关联: one person on several channels, joined by a one-time code."""

import secrets

from bot.feature import EVERYONE, Feature, Turn, Work, button, rows, say
from bot.messages import Button, Lines, Param, Phrase, Refusal, Reply
from bot.operations import linking
from bot.rules import cards, taps
from storage import accounts, citizens, links, twins
from storage.accounts import Own
from storage.twins import Who

feature = Feature("linking")


@feature.on(
    command="link",
    words=["绑定", "关联"],
    tap="linking",
    work=Work.WRITES,
    right=EVERYONE,
    takes=True,
)
async def link(turn: Turn) -> Reply:
    """Make a code, or show what entering one would do."""
    if not turn.incoming.private:
        raise Refusal("errors.in_private")
    if turn.argument.strip():
        return await linking.entered(turn, turn.argument)
    if turn.known is None or not turn.known.registered:
        return say("linking.first", buttons=((button("start"),),))
    code = cards.from_chance(secrets.randbits(64))
    until = await links.offer(
        turn.db, turn.known.citizen, code=linking.hashed(turn, code), now=turn.system_now
    )
    there = turn.links(f"{linking.START}{code}")[-1:]  # the page, where there is one
    ways = tuple((Button(Phrase("linking.open"), url=link),) for link in there)
    back = ((_to_mine(), button("settings"), button("menu")),)
    page = Phrase("linking.by_page") if there else ""
    return say("linking.code", code=code, until=until, page=page, buttons=(*ways, *back))


@feature.on(tap="linking.join", work=Work.WRITES, right=EVERYONE)
async def join(turn: Turn) -> Reply:
    """Make one person of two, as it was seen; both are looked at again under their locks."""
    code = turn.confirmed("linking.join")
    maker = await _maker(turn, code)
    if maker is None:
        raise Refusal("linking.gone")
    two, told = await linking.make(turn, maker)
    if not await links.use(turn.db, linking.hashed(turn, code), now=turn.system_now):
        raise Refusal("linking.gone")
    params = linking.stays(turn, two)
    if told is None:
        return Reply("linking.done_new", params, menu=True)
    ways = ((button("me"), button("log")),)
    return Reply("linking.done", {**params, **linking.done(turn, told)}, ways, menu=True)


async def _maker(turn: Turn, code: str) -> Who | None:
    maker = await links.maker(turn.db, linking.hashed(turn, code), now=turn.system_now)
    found = await twins.who(turn.db, maker or 0)
    return None if found is None or found.consented_at is None else found


@feature.on(words=["我的账号", "accounts"], tap="linking.accounts")
async def mine(turn: Turn) -> Reply:
    """List the own accounts: each platform, each browser; any but the last can be left."""
    every = await accounts.of(turn.db, turn.person.owner)
    leaving = (
        button(f"linking.leave:{each.id}", Phrase("linking.leave", {"number": number}))
        for number, each in enumerate(every, start=1)
        if len(every) > 1
    )
    lines = tuple(_line(turn, number, each) for number, each in enumerate(every, start=1))
    back = (button("linking"), button("settings"), button("menu"))
    return say("linking.accounts", lines=Lines(lines), buttons=(*rows(leaving, wide=2), back))


def _to_mine() -> Button:
    return button("linking.accounts", Phrase("linking.mine"))


def _line(turn: Turn, number: int, own: Own) -> Phrase:
    here = Phrase("linking.here") if own.account == turn.account else ""
    told: dict[str, Param] = {"number": number, "where": _where(own), "at": own.last, "here": here}
    return Phrase("linking.account", told)


def _where(own: Own) -> Phrase:
    return Phrase(f"linking.on_{own.account.channel}")


@feature.on(tap="linking.leave")
async def leave(turn: Turn) -> Reply:
    """Say what leaving an account means."""
    own, _ = await _own(turn, taps.number(turn.argument))
    confirm = button(turn.confirming(f"linking.left:{own.id}"), Phrase("buttons.confirm"))
    cancel = button("linking.accounts", Phrase("buttons.cancel"))
    return say("linking.ask_leave", where=_where(own), at=own.last, buttons=((confirm, cancel),))


@feature.on(tap="linking.left", work=Work.WRITES)
async def left(turn: Turn) -> Reply:
    """Leave an account: whoever is there, or has its cookie, is a stranger from now on."""
    owner = turn.person.owner
    await citizens.lock_one(turn.db, owner)
    own, others = await _own(turn, taps.number(turn.confirmed("linking.left")))
    await accounts.leave(turn.db, owner, own, others=others)
    where = _where(own)
    if own.account == turn.account:
        return say("linking.left_here", where=where)
    return say("linking.left", where=where, buttons=((_to_mine(), button("menu")),))


async def _own(turn: Turn, number: int) -> tuple[Own, list[Own]]:
    """Return one of the speaker's accounts, and the others.

    Raises:
        Refusal: it is not theirs, or the only one.

    """
    every = await accounts.of(turn.db, turn.person.owner)
    found = [each for each in every if each.id == number]
    if not found:
        raise Refusal("linking.account_gone")
    if len(every) == 1:
        raise Refusal("linking.only_one")
    return found[0], [each for each in every if each.id != number]
