"""What single fields of a campaign file may hold."""

import re
from datetime import date, time
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from bot.campaign_file import wrong

TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")

Item = TypeVar("Item")


def _time_of_day(value: object) -> time:
    if not isinstance(value, str) or not TIME_OF_DAY.fullmatch(value):
        raise wrong("must be a time of day like 22:00")
    return time.fromisoformat(value)


def _zone(value: object) -> object:
    try:
        return ZoneInfo(value).key if isinstance(value, str) else value
    except (KeyError, ValueError, OSError):
        raise wrong(f"{value!r} is not a known time zone") from None


Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
UnitId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,23}$")]  # in 64-byte buttons
SpotId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,21}$")]  # beside a town's
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=500)]
Zone = Annotated[str, BeforeValidator(_zone)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2100, 1, 1))]
Time = Annotated[time, BeforeValidator(_time_of_day)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Some = Annotated[int, Field(gt=0, le=1_000_000)]
Many = Annotated[tuple[Item, ...], Field(strict=False, min_length=1, max_length=1000)]


class Frozen(BaseModel):
    """What a campaign file holds: it never changes, and knows no other fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def spoken(self, field: str, language: str) -> str:
        """Return a bilingual field: its `_en` twin for English, else the field itself."""
        return str(getattr(self, f"{field}_en" if language.startswith("en") else field))


class Named(Frozen):
    """Something with a name in both languages."""

    name: Words
    name_en: Words

    def called(self, language: str) -> str:
        """Return the name in a language."""
        return self.spoken("name", language)
