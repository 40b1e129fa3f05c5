"""S13: numbers by command at a million ledger lines, as whole turns of a member of staff."""

import random
import time
from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy import insert, text, update

from bot.messages import Incoming, Rendered, Said, Tap, read
from bot.operations import founding
from bot.rules.rights import Duty, Role
from bot.till import Till
from storage import roles, units
from storage.citizens import CitizenRow
from storage.tallies import BACK, DEEDS, JOINED, NEW, WORKERS_MAX, TallyRow
from storage.totals import TotalsRow
from storage.units import Unit
from tests.bench.figures import Figure
from tests.bench.town import ROWS_AT_ONCE, SEED, START, Town, dispatcher_of, towns

CITIZENS, LINES_EACH = 20_000, 50
TEAM = Unit("benchers", "team", "长凳读书会", "Bench Readers", town="xiayang")
MEMBERS = 1000
PLACES, ITEMS = 20, 5000
DAYS = 167
AT_ONCE = 2000
TURNS = 210
GATE_MS = 300
NOW = date(2022, 10, 6)
LINES = """
WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < {each} - 1)
INSERT INTO ledger (citizen, campaign, line, kind, points, net, day, activity, slot, rate, cap,
                    once, cause, town, acted_at, recorded_at)
SELECT z.id, {campaign}, n.n + 1, 'deed', 5, 5 * (n.n + 1), {day}, 'checkin', 0, 5, 5,
       'checkin:' || n.n, 'bench:' || z.id || ':' || n.n, 'xiayang', {at}, {at}
  FROM citizens z CROSS JOIN n WHERE z.id > {after} AND z.id <= {after} + {many}
"""

Tell = Callable[[str], None]


async def run(tell: Tell) -> list[Figure]:
    """Measure on both databases."""
    figures = []
    async with towns(CITIZENS, each=1) as opened:
        for kind, (town,) in opened.items():
            tell(f"S13 {kind}: filling {CITIZENS * LINES_EACH:,} lines")
            await _fill(town)
            tell(f"S13 {kind}: asking")
            figures.append(await _measure(town))
    return figures


def _said() -> list[Said]:
    asked: list[Said] = [
        read("/stats"),
        read("/stats 夏阳街道"),
        read(f"/stats {TEAM.name}"),
        read("/stats week 20"),
        read("/stats day 2022-09-01"),
        read("/stats live"),
        Tap("stats.towns"),
        Tap("stats.more:activities"),
        Tap("stats.more:days"),
    ]
    return asked * (TURNS // len(asked))


async def _measure(town: Town) -> Figure:
    """Let a member of staff ask for one number after the other, and note how long each took."""
    till = Till(town.database, town.campaign, town.campaign_id, clock=town.clock)
    dispatcher = dispatcher_of(town, till)
    waited = []
    for number, what in enumerate(_said()):
        since = time.perf_counter()
        answer = await dispatcher.handle(Incoming("telegram", "1", what, f"S13:{number}"))
        waited.append((time.perf_counter() - since) * 1000)
        _check(answer)
    rate = 1000 * len(waited) / sum(waited)
    return Figure("S13 numbers", town.kind, "whole turn", (rate,), tuple(waited), lone_gate=GATE_MS)


def _check(answer: Rendered | None) -> None:
    if answer is None or not any(word in answer.text for word in ("截至", "直播", "最近两周")):
        raise AssertionError(f"a turn was not answered: {answer}")


async def _fill(town: Town) -> None:
    """Give a season's ledger, and what tills would have counted of it."""
    chance = random.Random(SEED)
    town.clock.set(f"{NOW}T20:00:00+08:00")
    for after in range(0, CITIZENS, AT_ONCE):
        async with town.database.transaction() as db:
            await db.execute(text(_lines(town, after)))
    async with town.database.transaction() as db:
        await founding.found(db, town.campaign)
        await units.put(db, town.campaign_id, [TEAM])
        joined = update(CitizenRow).where(CitizenRow.id <= MEMBERS).values(team=TEAM.code)
        await db.execute(joined)
        await roles.add(db, town.campaign_id, 1, duty=Duty(Role.STAFF), at=START)
        rows = [*_tallies(town, chance)]
        for first in range(0, len(rows), ROWS_AT_ONCE):
            await db.execute(insert(TallyRow), rows[first : first + ROWS_AT_ONCE])
        totals = [_totals(town, citizen) for citizen in range(1, CITIZENS + 1)]
        for first in range(0, len(totals), ROWS_AT_ONCE):
            await db.execute(insert(TotalsRow), totals[first : first + ROWS_AT_ONCE])
    async with town.database.transaction() as db:
        await db.execute(text("ANALYZE"))


def _lines(town: Town, after: int) -> str:
    sqlite = town.database.is_sqlite
    start = town.campaign.start
    day = f"date('{start}', '+' || (3 * n.n) || ' days')" if sqlite else f"DATE '{start}' + 3 * n.n"
    return LINES.format(
        each=LINES_EACH,
        campaign=town.campaign_id,
        day=day,
        at="'2022-05-01 01:00:00.000000'" if sqlite else "TIMESTAMPTZ '2022-05-01 01:00:00+00'",
        after=after,
        many=AT_ONCE,
    )  # fmt: skip


def _tallies(town: Town, chance: random.Random) -> list[dict[str, object]]:
    """Count by day, town, activity, item and place, once for each worker there may be."""
    workers = 1 if town.database.is_sqlite else WORKERS_MAX  # one process serves SQLite
    keys: list[tuple[str, date, str, str]] = []
    for n in range(DAYS):
        day = town.campaign.start + timedelta(days=n)
        for home in town.campaign.towns:
            keys += [(DEEDS, day, home.id, each.id) for each in town.campaign.activities]
            keys += [(kind, day, home.id, "") for kind in (NEW, BACK, JOINED)]
    never = date(1970, 1, 1)
    keys += [("of:book", never, "", str(n)) for n in range(ITEMS)]
    keys += [("of:checkin", never, "", f"place_{n}") for n in range(PLACES)]
    return [
        {
            "campaign": town.campaign_id, "kind": kind, "day": day, "town": home, "key": key,
            "worker": worker + 1, "n": chance.randint(1, 50), "paid": 1, "points": 5,
        }
        for kind, day, home, key in keys
        for worker in range(workers)
    ]  # fmt: skip


def _totals(town: Town, citizen: int) -> dict[str, object]:
    return {
        "citizen": citizen, "campaign": town.campaign_id, "lines": LINES_EACH,
        "earned": 5 * LINES_EACH, "balance": 5 * LINES_EACH, "debt": 0, "visits": b"",
        "town": "xiayang", "haste": -citizen, "visit_days": LINES_EACH, "finished": 0, "lives": 0,
        "erased": False, "first_day": town.campaign.start + timedelta(days=citizen % DAYS),
        "back_day": None,
    }  # fmt: skip
