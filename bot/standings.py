"""Places at any size: exact for thousands, from a snapshot a few seconds old beyond.

Counting everybody above a citizen takes 30 ms among 100,000. So how many have earned how much is
read once for all who ask in the same seconds; ties and neighbours are looked up fresh. An answer
that rests on that says of which moment it is.
"""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from bot.clock import Clock
from storage import standings, totals
from storage.db import Db
from storage.standings import Neighbour

EXACT_MAX = 5000
FRESH_FOR = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a citizen stands, of how many: in the campaign, and in the town they count for."""

    earned: int
    rank: int
    of: int
    town: str | None
    town_rank: int
    town_of: int
    near: Sequence[Neighbour]


class _Spread:
    """How many have earned how much; answers by halving."""

    def __init__(self, counts: dict[int, int]) -> None:
        self._points = sorted(counts)
        self._up_to = [0, *accumulate(counts[points] for points in self._points)]

    @property
    def total(self) -> int:
        """Return how many there are."""
        return self._up_to[-1]

    def above(self, earned: int) -> int:
        """Return how many have earned more."""
        return self.total - self._up_to[bisect_right(self._points, earned)]


class Standings:
    """Answers where somebody stands, for one campaign."""

    def __init__(self, campaign_id: int, clock: Clock) -> None:
        self._campaign_id = campaign_id
        self._clock = clock
        self._lock = asyncio.Lock()
        self._read_at: datetime | None = None
        self._as_of: datetime | None = None
        self._everywhere = _Spread({})
        self._towns: dict[str | None, _Spread] = {}

    def of(self, campaign_id: int) -> "Standings":
        """Answer for another campaign, for as long as the answer is needed."""
        return Standings(campaign_id, self._clock)

    @property
    def as_of(self) -> datetime | None:
        """Return of which moment of campaign time the last answer is; None if it was exact."""
        return self._as_of if self._everywhere.total > EXACT_MAX else None

    async def participants(self, db: Db) -> int:
        """Return how many have a place."""
        await self._refresh(db)
        return self._everywhere.total

    async def place(self, db: Db, citizen: int, *, each: int) -> Place | None:
        """Return somebody's place and `each` neighbours a side; None if they earned nothing.

        Three statements, two while what is known of all is fresh enough.
        """
        has = await totals.of(db, self._campaign_id, citizen)
        if not has.earned:
            return None
        stands = await standings.at(db, self._campaign_id, citizen, has=has, each=each)
        await self._refresh(db)
        town = self._towns.get(has.town, _Spread({}))
        rank = self._everywhere.above(has.earned) + stands.ties + 1
        town_rank = town.above(has.earned) + stands.ties_at_home + 1
        return Place(
            has.earned,
            rank,
            of=max(rank, self._everywhere.total),
            town=has.town,
            town_rank=town_rank,
            town_of=max(town_rank, town.total),
            near=stands.near,
        )

    async def _refresh(self, db: Db) -> None:
        async with self._lock:
            now = self._clock.system()
            if (
                self._everywhere.total > EXACT_MAX
                and self._read_at
                and now < self._read_at + FRESH_FOR
            ):
                return
            as_of = self._clock.now()
            everywhere: dict[int, int] = defaultdict(int)
            towns: dict[str | None, dict[int, int]] = defaultdict(dict)
            for town, earned, count in await standings.spread(db, self._campaign_id):
                everywhere[earned] += count
                towns[town][earned] = count
            self._everywhere = _Spread(everywhere)
            self._towns = {town: _Spread(counts) for town, counts in towns.items()}
            self._read_at, self._as_of = now, as_of
