"""关联: one person on several channels, joined by a one-time code."""

import secrets

from bot.feature import EVERYONE, Feature, Turn, Work, button, say
from bot.messages import Refusal, Reply
from bot.operations import linking
from bot.rules import cards
from storage import links, twins
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
    back = ((button("settings"), button("menu")),)
    return say("linking.code", code=code, until=until, buttons=back)


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
    return Reply("linking.done", {**params, **linking.facts(told)}, ways, menu=True)


async def _maker(turn: Turn, code: str) -> Who | None:
    maker = await links.maker(turn.db, linking.hashed(turn, code), now=turn.system_now)
    found = await twins.who(turn.db, maker or 0)
    return None if found is None or found.consented_at is None else found
