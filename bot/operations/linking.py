"""Whether two may become one person, and what is said of it before."""

from dataclasses import dataclass, replace
from itertools import chain

from bot import merging
from bot.feature import Turn, button, named, say
from bot.merging import Merged, Terms
from bot.messages import Param, Phrase, Refusal, Reply
from bot.operations import badging, household, registering
from bot.rules import cards, linking, signing
from storage import accounts, attests, citizens, links, roles, seats, twins
from storage.citizens import YOUNG
from storage.db import Conflict
from storage.twins import Who

ACCOUNTS_MAX = 6
START = "link_"
"""How the start parameter of a deep link begins that carries a code."""
CONSENT_WORDS = "link-2022-04"
"""The version of the sentence by which an account agrees to belong to somebody."""


@dataclass(frozen=True, slots=True)
class Two:
    """Who stays, and who becomes them; nobody when the account belongs to no one yet."""

    stays: Who
    goes: Who | None


def hashed(turn: Turn, code: str) -> str:
    """Return what stands for a code of linking."""
    return signing.keyed(turn.secret, f"link:{code}")


async def entered(turn: Turn, typed: str) -> Reply:
    """Show what entering a code would do; what is unknown, used, too old or mistyped is no code.

    Whoever it was typed for or came by a link: nothing happens before they confirm.
    """
    if not turn.incoming.private:
        raise Refusal("errors.in_private")
    code = cards.read(typed.removeprefix(START)) or ""
    refused, found = await tried(turn, hashed(turn, code))
    maker = await twins.who(turn.db, found or 0) if refused is None else None
    if maker is None:
        return refused or say("linking.gone", buttons=((button("menu"),),))
    if turn.known is not None and turn.known.citizen == maker.citizen:
        return say("linking.own", buttons=((button("settings"), button("menu")),))
    two = await judged(turn, maker)
    confirm = button(turn.confirming(f"linking.join:{code}"), Phrase("buttons.confirm"))
    cancel = button("menu", Phrase("buttons.cancel"))
    key = "linking.preview" if two.goes else "linking.preview_new"
    params = {**stays(turn, two), **await foreseen(turn, two)}
    return Reply(key, params, ((confirm, cancel),))


async def tried(turn: Turn, hashed: str) -> tuple[Reply | None, int | None]:
    """Return whose code this is, or the answer to one that is no good; tries are few."""
    account, now = registering.stand_in(turn), turn.system_now
    tries = await links.tried(turn.db, account, now=now)
    maker = await links.maker(turn.db, hashed, now=now)
    found = await twins.who(turn.db, maker or 0)
    back = ((button("menu"),),)
    if tries >= links.TRIES_MAX:
        minutes = int(links.TRIES_WITHIN.total_seconds()) // 60
        return say("linking.no_tries", minutes=minutes, buttons=back), None
    if found is None or found.consented_at is None:
        await links.count_try(turn.db, account, now=now)
        return say("linking.wrong_code", left=links.TRIES_MAX - tries - 1, buttons=back), None
    return None, found.citizen


async def make(turn: Turn, maker: Who, *, by_card: bool = False) -> tuple[Two, Merged | None]:
    """Make one person of the speaker and somebody; both are looked at again under their locks.

    With `by_card` it is somebody with a paper card, who has no account yet. Nothing was merged
    where the speaker's account belonged to nobody.

    Raises:
        Refusal: these two may not become one, or are by now.

    """
    gone = Refusal("claiming.gone" if by_card else "linking.gone")
    await merging.hold(turn.db, maker.citizen, turn.known.citizen if turn.known else maker.citizen)
    seen = await twins.who(turn.db, maker.citizen)
    turn = replace(turn, known=await citizens.find(turn.db, turn.account))
    if seen is None or seen.consented_at is None:
        raise gone
    if turn.known is not None and turn.known.citizen == seen.citizen:
        raise Refusal("linking.already")  # they linked us a moment ago
    if by_card and await accounts.has_way(turn.db, seen.citizen):
        raise Refusal("claiming.taken")
    two = await judged(turn, seen)
    sat = await household.linked(turn, two.stays, two.goes)
    if two.goes is None:
        await _attach(turn, two.stays)
        await seats.share(turn.db, [two.stays.citizen])
        return two, None
    number, told = await merging.link(
        turn.db, terms(turn), survivor=two.stays.citizen, absorbed=two.goes.citizen
    )
    for kind, ones in sat.items():
        await links.note(turn.db, number, kind, rows=[(seat, "") for seat in ones])
    await attests.own_void(turn.db, two.stays.citizen, at=turn.now)
    await accounts.note_use(turn.db, turn.account, at=turn.system_now)
    await seats.share(turn.db, [two.stays.citizen, two.goes.citizen])
    return two, told


async def _attach(turn: Turn, stays: Who) -> None:
    """Give a new account to somebody who is here already."""
    made = await accounts.attach(
        turn.db, turn.account, stays.citizen, at=turn.now, used_at=turn.system_now
    )
    by_guardian = stays.band == YOUNG
    await citizens.agree(
        turn.db, stays.citizen, words=CONSENT_WORDS, by_guardian=by_guardian, at=turn.now
    )
    await registering.choose(turn, None)
    number = await links.begin(
        turn.db, turn.campaign_id, stays.citizen, absorbed=None, was={}, at=turn.now
    )
    await links.note(turn.db, number, "account", rows=[(made, "")])


def stays(turn: Turn, two: Two) -> dict[str, Param]:
    """Say, for a sentence, whose number and town stay, and which number goes."""
    town = turn.campaign.unit(two.stays.town or "")
    goes = two.goes.number if two.goes else ""
    return {"number": two.stays.number, "town": named(town) if town else "", "goes": goes}


async def hold(turn: Turn, *others: int) -> None:
    """Lock the speaker, whose account it is, and others, in the order of their ids.

    Raises:
        Conflict: the account is somebody else's by now, so the turn begins anew.

    """
    me = turn.person
    await merging.hold(turn.db, me.citizen, me.owner, *others)
    now = await citizens.find(turn.db, turn.account)
    if now is None or (now.citizen, now.owner) != (me.citizen, me.owner):
        raise Conflict("accounts", None, RuntimeError("its person became another meanwhile"))


def terms(turn: Turn) -> Terms:
    """Return what a link is made under."""
    return Terms(
        turn.campaign,
        turn.campaign_id,
        turn.today,
        turn.now,
        turn.system_now,
        turn.till.worker,
    )


async def judged(turn: Turn, maker: Who) -> Two:
    """Say who stays, of the speaker and whoever made the code.

    No right is gained by linking: who has a role is never absorbed, and says the code themselves,
    so that nobody gets a role by a code that slipped.

    Raises:
        Refusal: these two may not become one.

    """
    me = None if turn.known is None else await twins.who(turn.db, turn.known.citizen)
    if turn.known is not None and (me is None or me.consented_at is None):
        raise Refusal("linking.paused")
    await _may_meet(turn, me, maker)
    if me is None or me.consented_at is None or maker.consented_at is None:
        two = Two(maker, None)
    elif me.band != maker.band:
        raise Refusal("linking.bands")
    else:
        two = _by_age(me, maker)
    await _without_roles(turn, two)
    if two.goes is not None:
        await _as_one_family(turn, two.stays, two.goes)
        if await links.is_waiting(turn.db, two.goes.citizen):
            raise Refusal("linking.waiting", number=two.goes.number)
    return two


async def _as_one_family(turn: Turn, stays: Who, goes: Who) -> None:
    """Let pass two who hold no more readers together than one may, nor are held by more."""
    both = (stays.citizen, goes.citizen)
    held = [await seats.of(turn.db, one) for one in both]
    if len({each.reader for one in held for each in one}) >= seats.READERS_MAX:
        raise Refusal("family.full", most=seats.READERS_MAX)
    if stays.band == YOUNG:
        guardians = [await seats.holders(turn.db, one) for one in both]
        if len(set(chain(*guardians))) > seats.HOLDERS_MAX:
            raise Refusal("linking.guardians", most=seats.HOLDERS_MAX)


async def _may_meet(turn: Turn, me: Who | None, maker: Who) -> None:
    if turn.known is not None and turn.known.holder is not None:
        raise Refusal("linking.as_reader")
    if me is not None and await seats.are_family(turn.db, me.citizen, maker.citizen):
        raise Refusal("linking.family")
    if turn.traits.abroad and maker.band == YOUNG:
        raise Refusal("linking.young_abroad")
    if maker.accounts + (me.accounts if me else 1) > ACCOUNTS_MAX:
        raise Refusal("linking.too_many_accounts", most=ACCOUNTS_MAX)


def _by_age(me: Who, maker: Who) -> Two:
    if me.consented_at is None or maker.consented_at is None or me.town is None:
        return Two(maker, me)
    stays, _ = linking.merged((me.consented_at, me.citizen), (maker.consented_at, maker.citizen))
    return Two(me, maker) if stays == me.citizen else Two(maker, me)


async def _without_roles(turn: Turn, two: Two) -> None:
    if two.goes is not None and await roles.duties(turn.db, turn.campaign_id, two.goes.citizen):
        raise Refusal("linking.role_lost", number=two.goes.number)
    speaker = turn.known.citizen if turn.known else None
    if two.stays.citizen != speaker and await roles.duties(
        turn.db, turn.campaign_id, two.stays.citizen
    ):
        raise Refusal("linking.role_confirms", number=two.stays.number)


async def foreseen(turn: Turn, two: Two) -> dict[str, Param]:
    """Return what is told of a link before it is made."""
    if two.goes is None:
        return {}
    told = await merging.foresee(
        turn.db, terms(turn), survivor=two.stays.citizen, absorbed=two.goes.citizen
    )
    return facts(told)


def done(turn: Turn, told: Merged) -> dict[str, Param]:
    """Return what is told of a link that was made: its numbers, and a badge that it brought."""
    before, days = told.days
    return {**facts(told), "badge": badging.line(turn.campaign, before=before, days=days)}


def facts(told: Merged) -> dict[str, Param]:
    """Return the numbers of a link, for a sentence."""
    void = {"count": told.void, "points": told.void_points}
    return {
        "balance": told.balance,
        "earned": told.earned,
        "void": Phrase("linking.void", void) if told.void else "",
        "debt": Phrase("linking.debt", {"debt": told.debt}) if told.debt else "",
    }
