"""A reward as staff see it: what is said of it, what is left, what is out, and what to do."""

from bot.feature import Turn, button, rows
from bot.messages import Lines, Param, Phrase, Refusal, Reply, Rows
from bot.operations import redeeming
from bot.rules import taps
from bot.rules.rewards import State
from storage import rewards, units, vouchers
from storage.rewards import Reward

MOVES_SHOWN = 6


async def asked_for(turn: Turn, argument: str, *, lock: bool = False) -> Reward:
    """Return the reward that a button names, on the list or not.

    Raises:
        Refusal: there is none.

    """
    number = taps.number(argument)
    locked = (await rewards.lock(turn.db, [number])).get(number) if lock else None
    reward = locked if lock else await rewards.of(turn.db, number)
    if reward is None or reward.campaign != turn.campaign_id:
        raise Refusal("stocking.gone")
    return reward


def entry(n: int, reward: Reward, out: int) -> Phrase:
    """Say in a line of a list what is left of a reward, and how many are out."""
    params: dict[str, Param] = {
        "n": n,
        "title": reward.offer.title,
        "price": reward.offer.price,
        "left": reward.stock,
        "out": out,
        "state": Phrase("stocking.closed") if reward.closed_at else "",
    }
    return Phrase("stocking.entry", params)


async def page(turn: Turn, reward: Reward, *, first: Param = "") -> Reply:
    """Show a reward to staff."""
    offer, counts = reward.offer, await vouchers.states(turn.db, reward.id)
    listed = await rewards.moves(turn.db, reward.id, most=MOVES_SHOWN)
    lines = tuple(
        Phrase(
            "stocking.move",
            {
                "at": each.at,
                "change": f"{each.change:+}",
                "why": each.words or Phrase(f"stocking.why_{each.reason}"),
            },
        )
        for each in listed
    )
    params: dict[str, Param] = {
        "first": first,
        "title": offer.title,
        "state": Phrase("stocking.is_closed" if reward.closed_at else "stocking.is_open"),
        "about": offer.about or Phrase("stocking.nothing"),
        "price": offer.price,
        "most": offer.each_max,
        "opens": offer.opens,
        "closes": offer.closes,
        "days": offer.days,
        "places": await _places(turn, reward),
        "left": reward.stock,
        "open": counts.get(State.OPEN, 0),
        "used": counts.get(State.USED, 0),
        "moves": Lines(lines) if lines else Phrase("stocking.nothing"),
    }
    return Reply("stocking.page", params, _buttons(turn, reward), picture=reward.picture)


async def _places(turn: Turn, reward: Reward) -> Lines:
    named = {each.code: each.named for each in await units.listed(turn.db, turn.campaign_id)}
    return Lines(
        tuple(
            Phrase("stocking.place_of", {"place": each.name, "unit": named[each.unit]})
            if each.unit in named
            else Phrase("rewards.place", {"place": each.name})
            for each in reward.offer.places
        )
    )


def _buttons(turn: Turn, reward: Reward) -> Rows:
    number = reward.id
    shut = reward.closed_at is None
    act = "close" if shut else "open"
    found = (
        button(f"stocking.put:{number}", Phrase("stocking.put")),
        button(f"offering.edit:{number}", Phrase("stocking.edit")),
        button(f"stocking.picture:{number}", Phrase("stocking.picture")),
        button(turn.confirming(f"stocking.{act}:{number}"), Phrase(f"stocking.{act}")),
    )
    return (*rows(found, wide=2), (button("stocking", Phrase("stocking.back")), button("roles")))


async def warn(turn: Turn, reward: Reward, *, after: int) -> None:
    """Tell staff if what was taken out left little."""
    await redeeming.warn(turn, reward, before=reward.stock, after=after)
