"""Rewards as staff write them: in a file, row by row, or in a form of one message."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot import sheets
from bot.messages import Param, Phrase, normal
from bot.rules.rewards import (
    ABOUT_MAX,
    DAYS_MAX,
    EACH_MAX,
    PLACE_MAX,
    PLACES_MAX,
    PRICE_MAX,
    STOCK_MAX,
    TITLE_MAX,
    Offer,
    Place,
)
from bot.sheets import Parsed, Table, whole

BUNDLED = Path(__file__).parent / "campaigns"
REQUIRED = ("reward", "price", "stock")
OPTIONAL = ("limit", "opens", "closes", "days", "places", "about")
ROWS_MAX = 1000
USUAL_EACH, USUAL_DAYS = 1, 30
SHOWN_MAX = 40
BETWEEN = re.compile(r"[;；|\n]")
COLON = re.compile("[:：]")
NUMBERS = {"price": (1, PRICE_MAX), "limit": (1, EACH_MAX), "days": (1, DAYS_MAX)}
LENGTHS = {"reward": TITLE_MAX, "about": ABOUT_MAX}


@dataclass(frozen=True, slots=True)
class Row:
    """One reward as it is offered, and how many staff have put in altogether; None says nothing."""

    offer: Offer
    stock: int | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What rewards are read under: the campaign's days, units by what they are called.

    `out` says how many of each reward, by its title, are out already: no stock is less than that.
    """

    first: date
    last: date
    units: Mapping[str, str]
    out: Mapping[str, int]


def bundled(campaign: str) -> bytes | None:
    """Return the sample rewards beside a bundled campaign, if there are any."""
    path = BUNDLED / f"{campaign}_rewards.csv"
    return path.read_bytes() if path.is_file() else None


def table(setting: Setting) -> Table[Row]:
    """Describe a file of rewards."""
    return Table(
        REQUIRED,
        OPTIONAL,
        "rewards_file.none",
        row=lambda texts: row(texts, setting),
        key=lambda one: one.offer.title,
        rows_max=ROWS_MAX,
    )


def read(data: bytes, setting: Setting) -> Parsed[Row]:
    """Read a file of rewards.

    Raises:
        UnreadableError: it is none, or nothing of it can be read.

    """
    return sheets.parse(data, table(setting))


def row(texts: Mapping[str, str], setting: Setting) -> Row | Phrase:
    """Return a reward, or what is wrong with it, the first thing only."""
    if (wrong := _wrong(texts, setting)) is not None:
        return wrong
    window = _window(texts, setting)
    if isinstance(window, Phrase):
        return window
    places = _places(texts["places"], setting)
    if isinstance(places, Phrase):
        return places
    stock = whole(texts["stock"], STOCK_MAX) if texts["stock"] else None
    offer = Offer(
        texts["reward"],
        texts["about"],
        price=int(whole(texts["price"], PRICE_MAX) or 0),
        each_max=int(whole(texts["limit"], EACH_MAX) or USUAL_EACH),
        opens=window[0],
        closes=window[1],
        days=int(whole(texts["days"], DAYS_MAX) or USUAL_DAYS),
        places=places,
    )
    return Row(offer, stock)


def _wrong(texts: Mapping[str, str], setting: Setting) -> Phrase | None:
    if not texts["reward"]:
        return Phrase("rewards_file.no_title")
    for name, most in LENGTHS.items():
        if len(texts[name]) > most:
            return Phrase("rewards_file.too_long", {"length": len(texts[name]), "most": most})
    for name, (least, most) in NUMBERS.items():
        given = whole(texts[name], most)
        if (texts[name] or name == "price") and (given is None or given < least):
            told = _told(texts[name], least, most)
            return Phrase(f"rewards_file.{name}", told)
    if not texts["stock"]:
        return None
    stock, out = whole(texts["stock"], STOCK_MAX), setting.out.get(texts["reward"], 0)
    if stock is None:
        return Phrase("rewards_file.stock", _told(texts["stock"], 0, STOCK_MAX))
    return Phrase("rewards_file.below", {"stock": stock, "out": out}) if stock < out else None


def _told(given: str, least: int, most: int) -> dict[str, Param]:
    return {"given": given[:SHOWN_MAX], "least": least, "most": most}


def _window(texts: Mapping[str, str], setting: Setting) -> tuple[date, date] | Phrase:
    """Return the first and the last day; by itself it is the whole campaign."""
    days = {"opens": setting.first, "closes": setting.last}
    for name in days:
        if texts[name]:
            found = _day(texts[name])
            if found is None or not setting.first <= found <= setting.last:
                given = texts[name][:SHOWN_MAX]
                span: dict[str, Param] = {
                    "given": given,
                    "first": setting.first,
                    "last": setting.last,
                }
                return Phrase("rewards_file.day", span)
            days[name] = found
    if days["opens"] > days["closes"]:
        return Phrase("rewards_file.turned", dict(days))
    return days["opens"], days["closes"]


def _day(cell: str) -> date | None:
    """Read a day like 2022-05-01; a workbook's own dates end in a time."""
    try:
        return date.fromisoformat(cell.replace("/", "-")[: len("2022-05-01")])
    except ValueError:
        return None


def _places(cell: str, setting: Setting) -> tuple[Place, ...] | Phrase:
    """Read places, each alone or behind the unit whose organisers hand out there.

    A place that is called like a unit is that unit's.
    """
    found = []
    for part in filter(None, map(str.strip, BETWEEN.split(cell))):
        head, *rest = COLON.split(part, maxsplit=1)
        unit = setting.units.get(normal(head), "")
        name = rest[0].strip() if rest and unit else part
        if len(name) > PLACE_MAX or not name:
            return Phrase("rewards_file.place", {"given": part[:SHOWN_MAX], "most": PLACE_MAX})
        found.append(Place(name, unit))
    names = {each.name for each in found}
    if not found or len(found) > PLACES_MAX or len(names) < len(found):
        return Phrase("rewards_file.places", {"most": PLACES_MAX})
    return tuple(found)
