"""Redeeming as citizens see it: what a reward costs them, and the voucher they get for it."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.feature import Tick, Turn, button
from bot.messages import Lines, Param, Phrase, Refusal, Reply, Rows
from bot.operations import pushing
from bot.rules import rewards as rules
from bot.rules import signing, taps
from bot.rules import vouchers as codes
from bot.rules.rewards import Place, State, Verdict
from bot.spending import Also, Purchase
from storage import rewards, totals, vouchers
from storage.citizens import Person
from storage.db import Db
from storage.rewards import Reward
from storage.vouchers import Voucher

LOW = "rewards.low"  # the push by which staff hear that little is left
LOW_URGENCY = 2
PARTS = 5  # of what a confirming button says: reward, price, version, whose, after which line


def hashed(secret: bytes, code: str) -> str:
    """Return what is kept of a voucher's code."""
    return signing.keyed(secret, f"voucher:{code}")


def said_to(person: Person | None, reply: Reply) -> Reply:
    """Return a reply in the language of whoever was found after the till, under their name."""
    if person is None:
        return reply
    return replace(reply, language=person.language, reader=person.called)


def alone(turn: Turn) -> None:
    """Let pass who is alone with us: what can be picked up with it is not for a whole group.

    Raises:
        Refusal: others read along.

    """
    if not turn.incoming.private:
        raise Refusal("errors.in_private")


async def offered(turn: Turn, argument: str) -> Reward:
    """Return the reward that a button names.

    Raises:
        Refusal: there is none, or it is off the list.

    """
    reward = await rewards.of(turn.db, taps.number(argument))
    if reward is None or reward.campaign != turn.campaign_id or reward.closed_at is not None:
        raise Refusal("rewards.gone")
    return reward


async def page(turn: Turn, reward: Reward, *, first: Param = "") -> Reply:
    """Show a reward with its price, and the button that redeems it as it is shown now."""
    terms, citizen = reward.terms, turn.person.citizen
    has = await totals.of(turn.db, turn.campaign_id, citizen)
    had = await vouchers.had(turn.db, {(citizen, reward.id)})
    kept = had.get((citizen, reward.id), 0)
    verdict = rules.buy(terms, balance=has.balance, held=kept, day=turn.today)
    told: dict[str, Param] = {
        "balance": has.balance,
        "after": has.balance - terms.price,
        "short": terms.price - has.balance,
        "opens": terms.opens,
        "closes": terms.closes,
        "most": terms.each_max,
    }
    params: dict[str, Param] = {
        **told,
        "first": first,
        "title": reward.offer.title,
        "about": Phrase("rewards.about", {"about": reward.offer.about})
        if reward.offer.about
        else "",
        "price": terms.price,
        "left": terms.stock,
        "until": rules.last_day(turn.today, terms.days, turn.campaign.last_day),
        "places": places(reward.offer.places),
        "ask": Phrase(f"rewards.is_{verdict}", told),
    }
    back = (button("rewards", Phrase("rewards.back")), button("menu"))
    buttons: Rows = (back,)
    if verdict is Verdict.BOOKED:
        # Named by the lines there are: until something is booked, it is the same one.
        act = f"{reward.id}:{terms.price}:{terms.version}:{citizen}:{has.lines}"
        confirm = button(turn.confirming(f"rewards.buy:{act}"), Phrase("buttons.confirm"))
        buttons = ((confirm, button("rewards", Phrase("buttons.cancel"))),)
    elif verdict is Verdict.POOR:
        buttons = ((button("shelf"), button("checkins")), back)
    return Reply("rewards.page", params, buttons, picture=reward.picture)


def places(listed: Sequence[Place]) -> Lines:
    """List where a reward is handed out."""
    return Lines(tuple(Phrase("rewards.place", {"place": each.name}) for each in listed))


def purchase(turn: Turn, confirmed: str, *, also: Also) -> Purchase:
    """Describe what a confirming button stands for: the reward as it was shown, once."""
    parts = confirmed.split(":")
    if len(parts) != PARTS:
        raise Refusal("errors.confirm_again")
    reward, price, version, citizen, line = map(taps.number, parts)
    seed = secrets.token_hex(8)
    return Purchase(
        turn.account,
        reward,
        price,
        version,
        once=f"redeem:{citizen}:{reward}:{line}",
        cause=turn.cause,
        day=turn.today,
        acted_at=turn.acted_at,
        seed=seed,
        code=hashed(turn.secret, codes.code(turn.secret, seed)),
        last=turn.campaign.last_day,
        also=also,
    )


async def warn(moment: Tick | Turn, reward: Reward, *, before: int, after: int) -> None:
    """Tell staff that little is left, or nothing: once for each delivery and threshold."""
    low = rules.crossed(before, after)
    if low is None:
        return
    nth = await rewards.deliveries(moment.db, reward.id)
    content = {"reward": reward.id, "title": reward.offer.title, "left": after}
    once = f"low:{reward.id}:{low}:{nth}"
    await pushing.store(moment, LOW, urgency=LOW_URGENCY, once=once, content=content)


async def mine(turn: Turn, argument: str) -> Voucher:
    """Return the own voucher that a button names.

    Raises:
        Refusal: there is none, or it is somebody else's.

    """
    number = taps.number(argument)
    voucher = (await vouchers.of(turn.db, [number])).get(number)
    if voucher is None or voucher.citizen != turn.person.citizen:
        raise Refusal("codes.gone")
    return voucher


async def facts(
    db: Db, voucher: Voucher, *, secret: bytes, reward: Reward | None = None
) -> dict[str, Param]:
    """Return what its holder is told of a voucher: its code, how long it lasts, and where."""
    reward = reward or await rewards.of(db, voucher.reward)
    offer = None if reward is None else reward.offer
    code = codes.grouped(codes.code(secret, voucher.seed))
    return {
        "title": offer.title if offer else "",
        "code": code,
        "price": voucher.price,
        "until": voucher.expires_on,
        "places": places(offer.places if offer else ()),
        "at": voucher.ended_at or voucher.made_at,
        "place": voucher.place or "",
    }


def standing(voucher: Voucher, day: date) -> str:
    """Say how a voucher stands on a day; what nobody picked up has ended before it goes back."""
    if voucher.state is State.OPEN and day > voucher.expires_on:
        return State.EXPIRED.value
    return voucher.state.value


def ways(voucher: Voucher, day: date) -> Rows:
    """Return where one goes from the own voucher; what has ended is not given back by hand."""
    drop = button(f"codes.drop:{voucher.id}", Phrase("codes.drop"))
    row = ((drop,),) if standing(voucher, day) == State.OPEN else ()
    return (*row, (button("codes"), button("rewards"), button("menu")))
