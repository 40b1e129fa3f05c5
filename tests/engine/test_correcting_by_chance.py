"""Chance acts at the till, many at once: whatever is corrected, the books agree."""

import asyncio
import random

import pytest

from bot.booking import Deed
from bot.correcting import Adjustment, Makeup, Reversal
from tests.engine.test_correcting import audit


async def chance_act(chat, chance, person, once):
    """Prepare some act at the till for somebody."""
    who, now = await person.id(), chat.clock.now()
    day, cause = chat.campaign.day(now), f"t:{once}"
    match chance.randrange(6):
        case 0:
            points = chance.choice([-30, -3, 4, 20])
            act = Adjustment(who, points, f"c:{once}", cause, day, now, debt=chance.choice([0, 99]))
        case 1:
            points = chance.randint(1, 5)
            activity = chance.choice(["video", "checkin", "live"])
            act = Makeup(who, activity, points, f"m:{once}", cause, day, now)
        case 2 | 3:
            act = Reversal(who, chance.randint(1, 12), cause, now, debt=chance.choice([0, 99]))
        case _:
            activity = chance.choice(["video", "book", "checkin"])
            once = f"checkin:{day}" if activity == "checkin" else f"i:{once}"
            when = {"day": day, "cause": cause, "acted_at": now}
            return chat.till.award(Deed(person.account, activity, once, **when))
    return chat.till.correct(act)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_corrected_the_books_agree(chat, clock, seed):
    """Chance deeds, adjustments, makeups and reversals, many at once: no invariant is broken."""
    chance = random.Random(seed)
    people = [await chat.join(f"p{n}", town=t) for n, t in enumerate(("xiayang", "baihe", "jinze"))]
    for step in range(12):
        crowd = enumerate(chance.choices(people, k=8))
        acts = [await chance_act(chat, chance, person, f"{step}.{n}") for n, person in crowd]
        await asyncio.gather(*acts)
        clock.ahead(hours=chance.choice([1, 9, 26]))

    assert await audit(chat) == {}
