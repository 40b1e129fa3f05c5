"""Redeeming points for a reward, and giving it back: what the rules say. Pure.

Nobody pays what they did not see: a reward whose version or price is not the one that was shown is
shown again. Earned points are untouched by all of this.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

LOW = (5, 0)
"""The stocks at which staff are told, once each."""
TITLE_MAX, ABOUT_MAX, PLACE_MAX = 60, 500, 60
PRICE_MAX, STOCK_MAX, EACH_MAX, DAYS_MAX, PLACES_MAX = 100_000, 100_000, 99, 365, 20
WARN_DAYS = 3
"""So many days before a voucher ends, its holder is reminded."""


class Verdict(StrEnum):
    """How buying or giving back ended."""

    BOOKED = "booked"
    ALREADY = "already"  # this was booked before, by another message; nothing was written
    CHANGED = "changed"  # the reward is not as it was shown
    CLOSED = "closed"  # it cannot be had today
    SOLD_OUT = "sold_out"
    LIMIT = "limit"  # this person has had as many as one may have
    POOR = "poor"  # the balance does not cover it
    GONE = "gone"  # there is no such voucher, or it is not due yet
    USED = "used"  # the voucher was handed in


class State(StrEnum):
    """How a voucher stands."""

    OPEN = "open"
    USED = "used"
    CANCELLED = "cancelled"  # by its holder: points and stock came back
    EXPIRED = "expired"  # nobody came: points and stock came back
    VOID = "void"  # its holder left for good: the stock came back


KEPT = (State.OPEN, State.USED)
"""What counts towards the limit per person."""
RETURNED = (State.CANCELLED, State.EXPIRED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reward is handed out; whoever organises its unit, if it has one, may do it."""

    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What staff say of a reward: everything but its stock."""

    title: str
    about: str
    price: int
    each_max: int
    opens: date
    closes: date
    days: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a reward costs and who may have it; `opens` and `closes` are its first and last day."""

    price: int
    version: int
    stock: int
    each_max: int
    opens: date
    closes: date
    days: int
    """How many days a voucher lasts, the day it was made not counted."""
    is_closed: bool = False


def buy(terms: Terms, *, balance: int, held: int, day: date) -> Verdict:
    """Decide whether somebody may have a reward they see as it is; `held` is how many they have."""
    if terms.is_closed or not terms.opens <= day <= terms.closes:
        return Verdict.CLOSED
    if terms.stock <= 0:
        return Verdict.SOLD_OUT
    if held >= terms.each_max:
        return Verdict.LIMIT
    if balance < terms.price:
        return Verdict.POOR
    return Verdict.BOOKED


def give_back(state: State, last: date, *, to: State, day: date) -> Verdict:
    """Decide whether a voucher goes back now: cancelled at any time, expired after its last day."""
    if state is State.USED:
        return Verdict.USED
    if state is not State.OPEN:
        return Verdict.ALREADY
    if to is State.EXPIRED and day <= last:
        return Verdict.GONE
    return Verdict.BOOKED


def last_day(day: date, days: int, campaign: date) -> date:
    """Return the last day on which a voucher can be handed in; none outlives the campaign."""
    return min(day + timedelta(days=days), campaign)


def crossed(before: int, after: int) -> int | None:
    """Return the lowest threshold that the stock has just fallen to or below, None if none."""
    passed = [low for low in LOW if after <= low < before]
    return min(passed) if passed else None
