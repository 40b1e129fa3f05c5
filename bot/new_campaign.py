"""A new campaign file from an old one: the same text with its dates shifted and a new id.

The text is changed, not the data, so that comments and layout stay.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bot import campaign as campaigns
from bot.campaign import Campaign
from bot.campaign_file import TOKEN, CampaignError, parsed, text_of

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
SUFFIX = ".toml"
HEAD = "campaign"
NAMES = {"name", "name_en"}
LAST_YEAR = 2098
"""A campaign that begins later might end where a date of a campaign file may not lie."""


def write(old: str, new: Path, start: date) -> tuple[Campaign, list[int]]:
    """Write `new` from a campaign by its name or path, so that it begins on a day.

    Return it as the loader reads it, and the numbers of the lines that still name the old year.

    Raises:
        CampaignError: the old one is wrong, the new one would be, or its file is there already;
            nothing was written.

    """
    before, text = campaigns.load(old), text_of(campaigns.path_of(old))
    name = new.name.removesuffix(SUFFIX)
    if new.suffix != SUFFIX or not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name):
        raise CampaignError(
            f"{new} must be named like next_2023.toml, in small letters, digits and underscores:"
            " its name becomes the campaign's id."
        )
    if name == before.campaign.id:
        raise CampaignError(
            f"{new} would have the id of the old campaign, {name}: choose another name."
        )
    if not before.start.year <= start.year <= LAST_YEAR:
        raise CampaignError(
            f"The start must lie in the years {before.start.year} to {LAST_YEAR}, not in"
            f" {start.year}."
        )
    text = shifted(text, begins=before.start, start=start, name=name)
    made = parsed(text, new, Campaign)
    if (made.campaign.id, made.start) != (name, start):
        raise CampaignError(
            f"{old} is written so that its id or dates were not found: copy it by hand."
        )
    _put(new, text)
    return made, _lines_naming(str(before.start.year), text, start)


def shifted(text: str, *, begins: date, start: date, name: str) -> str:
    """Return the text of a campaign file with another id, and with its dates moved.

    All dates move by the same number of days, so that every duration stays. The year in the
    campaign's own name follows.
    """
    parts, end = [], 0
    year = re.compile(rf"(?<!\d){begins.year}(?!\d)")
    for place, token in _values(text):
        value = token[0]
        if DATE.fullmatch(value):
            value = (date.fromisoformat(value) + (start - begins)).isoformat()
        elif place == (HEAD, "id"):
            value = f'"{name}"'
        elif place[0] == HEAD and place[1] in NAMES:
            value = year.sub(str(start.year), value)
        parts += [text[end : token.start()], value]
        end = token.end()
    return "".join([*parts, text[end:]])


def _values(text: str) -> Iterator[tuple[tuple[str, str], re.Match[str]]]:
    """Go through the tokens that are no comment, each with its table and the last key."""
    table = key = word = ""
    depth = 0
    for token in TOKEN.finditer(text):
        sign = token[0].strip()
        if sign.startswith("#"):
            continue
        if token["header"] and not depth:
            table, key = sign.strip("[] \t"), ""
            continue
        if sign == "=":
            key = key if depth else word  # a platform's name is not the campaign's
        else:
            depth += (sign in "[{") - (sign in "]}")
        inside = key if not depth and word == "=" else ""
        yield (table, inside), token
        word = sign


def _lines_naming(year: str, text: str, start: date) -> list[int]:
    if year == str(start.year):
        return []
    lines = enumerate(text.splitlines(), start=1)
    return [number for number, line in lines if year in line]


def _put(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise CampaignError(f"{path} is there already; nothing was written.") from None
    except OSError as error:
        raise CampaignError(f"{path} cannot be written: {error.strerror}.") from None
