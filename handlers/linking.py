"""关联: one person on several channels, joined by a one-time code."""

import secrets
from dataclasses import replace

from bot import merging
from bot.feature import EVERYONE, Feature, Turn, Work, button, named, say
from bot.messages import Param, Phrase, Refusal, Reply
from bot.operations import household, linking, registering
from bot.operations.linking import Two
from bot.rules import cards, signing
from storage import accounts, citizens, links, seats, twins
from storage.citizens import YOUNG
from storage.twins import Who

feature = Feature("linking")

CONSENT_WORDS = "link-2022-04"
"""The version of the sentence by which an account agrees to belong to somebody."""


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
        return await _preview(turn, turn.argument)
    if turn.known is None or not turn.known.registered:
        return say("linking.first", buttons=((button("start"),),))
    code = cards.from_chance(secrets.randbits(64))
    until = await links.offer(
        turn.db, turn.known.citizen, code=_hashed(turn, code), now=turn.system_now
    )
    back = ((button("settings"), button("menu")),)
    return say("linking.code", code=code, until=until, buttons=back)


async def _preview(turn: Turn, typed: str) -> Reply:
    """Judge a code: what is unknown, used, too old or mistyped is answered alike."""
    code = cards.read(typed) or ""
    refused, found = await linking.tried(turn, _hashed(turn, code))
    maker = await twins.who(turn.db, found or 0) if refused is None else None
    if maker is None:
        return refused or say("linking.gone", buttons=((button("menu"),),))
    if turn.known is not None and turn.known.citizen == maker.citizen:
        return say("linking.own", buttons=((button("settings"), button("menu")),))
    two = await linking.judged(turn, maker)
    confirm = button(turn.confirming(f"linking.join:{code}"), Phrase("buttons.confirm"))
    cancel = button("menu", Phrase("buttons.cancel"))
    key = "linking.preview" if two.goes else "linking.preview_new"
    params = {**_stays(turn, two), **await linking.foreseen(turn, two)}
    return Reply(key, params, ((confirm, cancel),))


@feature.on(tap="linking.join", work=Work.WRITES, right=EVERYONE)
async def join(turn: Turn) -> Reply:
    """Make one person of two, as it was seen; both are looked at again under their locks."""
    code = turn.confirmed("linking.join")
    hashed = _hashed(turn, code)
    maker = await _maker(turn, code)
    if maker is None:
        raise Refusal("linking.gone")
    await merging.hold(turn.db, maker.citizen, turn.known.citizen if turn.known else maker.citizen)
    maker = await twins.who(turn.db, maker.citizen)
    turn = replace(turn, known=await citizens.find(turn.db, turn.account))
    if maker is None or maker.consented_at is None:
        raise Refusal("linking.gone")
    if turn.known is not None and turn.known.citizen == maker.citizen:
        raise Refusal("linking.already")  # they linked us a moment ago
    two = await linking.judged(turn, maker)
    if not await links.use(turn.db, hashed, now=turn.system_now):
        raise Refusal("linking.gone")
    await household.linked(turn, two.stays, two.goes)
    if two.goes is None:
        return await _attached(turn, two)
    _, told = await merging.link(
        turn.db, linking.terms(turn), survivor=two.stays.citizen, absorbed=two.goes.citizen
    )
    await accounts.note_use(turn.db, turn.account, at=turn.system_now)
    await seats.share(turn.db, [two.stays.citizen, two.goes.citizen])
    params = {**_stays(turn, two), **linking.facts(told)}
    return Reply("linking.done", params, ((button("me"), button("log")),), menu=True)


async def _attached(turn: Turn, two: Two) -> Reply:
    """Give a new account to somebody who is here already."""
    stays = two.stays
    made = await accounts.attach(
        turn.db, turn.account, stays.citizen, at=turn.now, used_at=turn.system_now
    )
    await citizens.agree(
        turn.db,
        stays.citizen,
        words=CONSENT_WORDS,
        by_guardian=stays.band == YOUNG,
        at=turn.now,
    )
    await registering.choose(turn, None)
    number = await links.begin(
        turn.db, turn.campaign_id, stays.citizen, absorbed=None, was={}, at=turn.now
    )
    await links.note(turn.db, number, "account", rows=[(made, "")])
    return Reply("linking.done_new", _stays(turn, two), menu=True)


async def _maker(turn: Turn, code: str) -> Who | None:
    maker = await links.maker(turn.db, _hashed(turn, code), now=turn.system_now)
    found = await twins.who(turn.db, maker or 0)
    return None if found is None or found.consented_at is None else found


def _hashed(turn: Turn, code: str) -> str:
    return signing.keyed(turn.secret, f"link:{code}")


def _stays(turn: Turn, two: Two) -> dict[str, Param]:
    town = turn.campaign.unit(two.stays.town or "")
    goes = two.goes.number if two.goes else ""
    return {"number": two.stays.number, "town": named(town) if town else "", "goes": goes}
