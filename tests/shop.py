"""Rewards in tests: something to redeem, somebody who can, and the acts at the till."""

import itertools
from datetime import date
from typing import Any

from bot.correcting import Adjustment
from bot.rules import signing, vouchers
from bot.rules.rewards import Offer, Place, State
from bot.spending import Purchase, Return, Spent
from storage import rewards
from storage import vouchers as stored
from storage.rewards import Move, Reward
from storage.vouchers import Voucher
from tests.chat import SECRET, Chat, Person
from tests.corrections import booked

_asked = itertools.count(1)
PLACES = (Place("社区学院前台"), Place("朱家角文化中心", "zhujiajiao"))


def fan(chat: Chat, **more: Any) -> Offer:
    """Describe a reward."""
    given: dict[str, Any] = {
        "title": "竹扇",
        "about": "手绘竹扇一把",
        "price": 5,
        "each_max": 2,
        "opens": chat.campaign.start,
        "closes": chat.campaign.last_day,
        "days": 30,
        "places": PLACES,
    }
    return Offer(**given | more)


async def offer(chat: Chat, *, stock: int = 5, **more: Any) -> int:
    """Put a reward on the list and return its number."""
    async with chat.database.transaction() as db:
        made = await rewards.add(db, chat.campaign_id, fan(chat, **more), at=chat.clock.now())
        if stock:
            move = Move(made, stock, rewards.DELIVERED, "first delivery")
            await rewards.move(db, [move], at=chat.clock.now())
    return made


async def rich(chat: Chat, sender: str, points: int, *, by: int, town: str = "xiayang") -> Person:
    """Bring somebody in who can spend so many points, given by somebody in charge."""
    person = await chat.join(sender, town=town)
    now = chat.clock.now()
    once = f"c:{next(_asked)}"
    day = chat.campaign.day(now)
    await booked(chat, Adjustment(await person.id(), points, once, once, day, now), by=by)
    return person


def purchase(chat: Chat, who: Any, reward: int, **more: Any) -> Purchase:
    """Describe that somebody buys a reward as it was offered; the first one they buy."""
    n = next(_asked)
    seed = f"seed{n}"
    code = signing.keyed(SECRET, f"voucher:{vouchers.code(SECRET, seed)}")
    now = chat.clock.now()
    given: dict[str, Any] = {
        "price": 5,
        "version": 1,
        "once": f"redeem:{reward}:1",
        "cause": f"t:{n}",
        "day": chat.campaign.day(now),
        "acted_at": now,
        "seed": seed,
        "code": code,
        "last": chat.campaign.last_day,
    }
    return Purchase(who, reward, **given | more)


async def buy(chat: Chat, person: Person, reward: int, **more: Any) -> Spent:
    """Buy a reward."""
    return await chat.till.spend(purchase(chat, person.account, reward, **more))


def returned(
    chat: Chat, who: Any, voucher: int, to: State = State.CANCELLED, **more: Any
) -> Return:
    """Describe that a voucher goes back."""
    now = chat.clock.now()
    given: dict[str, Any] = {"cause": f"t:{next(_asked)}", "day": chat.campaign.day(now)}
    return Return(who, voucher, to, **given | more, acted_at=now)


async def give_back(
    chat: Chat, person: Person, voucher: int, to: State = State.CANCELLED, **more: Any
) -> Spent:
    """Give a voucher back, or let it expire."""
    return await chat.till.spend(returned(chat, person.account, voucher, to, **more))


async def look(chat: Chat, reward: int) -> Reward:
    """Read a reward through a fresh session."""
    async with chat.database.reading() as db:
        found = await rewards.of(db, reward)
    assert found is not None
    return found


async def held(chat: Chat, person: Person) -> list[Voucher]:
    """Read somebody's vouchers through a fresh session."""
    async with chat.database.reading() as db:
        return await stored.held_by(db, chat.campaign_id, await person.id())


async def edit(chat: Chat, reward: int, **more: Any) -> None:
    """Change what is said of a reward."""
    async with chat.database.transaction() as db:
        await rewards.edit(db, reward, fan(chat, **more))


def day(text: str) -> date:
    """Read a day."""
    return date.fromisoformat(text)
