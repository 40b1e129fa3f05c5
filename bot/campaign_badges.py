"""The part of a campaign file that names its badges."""

from collections.abc import Collection, Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from bot.campaign_file import Place
from bot.campaign_types import Id, Named, Some


class Badge(Named):
    """What somebody gets for having done enough: what `of` says, `count` times.

    `days` are check-in days, `lives` livestreams joined, `kinds` different ones of the campaign's
    activities on one day, and `activity` anything done of one activity. `face` is the sign or two
    on its medal, where it is shown as a picture, and `face_en` those in English, if others.
    """

    id: Id
    of: Literal["days", "lives", "kinds", "activity"]
    count: Some = 1
    activity: str = ""
    face: Annotated[str, Field(min_length=1, max_length=3)] = "★"
    face_en: Annotated[str, Field(max_length=3)] = ""


def faults(badges: Sequence[Badge], activities: Collection[str]) -> Iterator[tuple[Place, str]]:
    """Find badges nobody can get, or that are named twice."""
    for n, badge in enumerate(badges):
        if (badge.of == "activity") != bool(badge.activity):
            yield ("badges", n, "activity"), "must be given with of = activity, and only there"
        if badge.activity and badge.activity not in activities:
            yield ("badges", n, "activity"), f"{badge.activity!r} is no activity"
        if badge.of == "kinds" and badge.count > len(activities):
            yield ("badges", n, "count"), f"must be at most {len(activities)}"
        if badge.id in {each.id for each in badges[:n]}:
            yield ("badges", n, "id"), f"{badge.id!r} is there already"
