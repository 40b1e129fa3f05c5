"""A city of a hundred thousand rows in every table, and all that happens in it often."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import text

from bot.feature import EVERYONE
from bot.operations import figures
from bot.operations.figures import Book
from bot.rules.rhythm import Hourly, Minutely
from bot.scheduler import Scheduler
from handlers import FEATURES
from storage import gaps, tallies
from storage.db import Database
from storage.gaps import Asked, Gap
from storage.tallies import Span
from storage.units import Unit
from tests.chat import Chat, Person
from tests.classes import on_air, row
from tests.fakes import FixedClock
from tests.plans import plan
from tests.push import Worker
from tests.statements import Sent, listening
from tests.stocked import stock

PEOPLE = 100_000
DAY, NOON = date(2022, 4, 30), "2022-04-30 04:00:00.000000"
MING, TEAM = 77, 19
CLASSES = 30
READ_THROUGH = ("GROUP BY totals.town, totals.earned",)
"""What is read through on purpose: places, once in ten seconds for all who ask (bot/standings)."""
LEFT_OUT = {"leaving.forget"}  # it would end the conversation
SERIES = {
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {n})"
    " SELECT n FROM s)",
    "postgresql": "generate_series(1, {n}) AS s(n)",
}
NOTHING = {"sqlite": "x''", "postgresql": "''::bytea"}
# Each table's columns and what stands there for the n-th citizen.
ROWS = {
    "citizens": {
        "id": "n", "number": "CAST(n AS VARCHAR(8))", "town": "'xiayang'", "band": "'adult'",
        "since": "'{noon}'", "consented_at": "'{noon}'",
    },
    "accounts": {
        "channel": "'web'", "sender": "CAST(n AS VARCHAR(8))", "citizen": "n", "since": "'{noon}'",
    },
    "consents": {
        "citizen": "n", "given_at": "'{noon}'", "words": "'2022-04'", "by_guardian": "false",
    },
    "totals": {
        "citizen": "n", "campaign": "{campaign}", "lines": "1", "earned": "2 + n % 500",
        "balance": "2", "debt": "0", "visits": "{nothing}", "town": "'xiayang'", "haste": "-n",
        "visit_days": "0", "finished": "1", "lives": "0", "erased": "false", "first_day": "'{day}'",
    },
    "ledger": {
        "citizen": "n", "campaign": "{campaign}", "line": "1", "kind": "'deed'", "points": "2",
        "net": "2", "day": "'{day}'", "activity": "'video'", "slot": "0", "rate": "2", "cap": "10",
        "once": "'v:1'", "cause": "'c:1'", "town": "'xiayang'", "acted_at": "'{noon}'",
        "recorded_at": "'{noon}'",
    },
    "deeds": {
        "campaign": "{campaign}", "citizen": "n", "activity": "'video'", "subject": "'1'",
        "day": "'{day}'", "outcome": "'paid'", "points": "2", "today": "2", "cap": "10",
        "once": "'v:1'", "cause": "'c:1'", "acted_at": "'{noon}'", "recorded_at": "'{noon}'",
    },
    "handled": {"cause": "CAST(n AS VARCHAR(8))", "reply": "'{{}}'", "at": "'{noon}'"},
    "openings": {
        "citizen": "n", "campaign": "{campaign}", "item": "{item}", "opened_at": "'{noon}'",
        "finishes": "0",
    },
    "pushes": {
        "id": "n", "campaign": "{campaign}", "kind": "'news.phase'", "once": "'p:' || n",
        "content": "'{{}}'", "urgency": "4", "state": "'filled'", "watched": "true",
        "filled_to": "0", "made_at": "'{noon}'", "recorded_at": "'{noon}'",
    },
    "deliveries": {
        "push": "1 + n % 20", "citizen": "n", "urgency": "4", "state": "'sent'",
        "channel": "'web'", "not_before": "'{noon}'", "tries": "1", "settled_at": "'{noon}'",
        "ref": "'1'",
    },
    "bookings": {"livestream": "{live} - n % {classes}", "citizen": "n", "booked_at": "'{noon}'"},
}  # fmt: skip
FEW = {"pushes": 20}
GROWN = ROWS.keys() - FEW.keys()
CITY = {"citizens", "accounts", "consents", "totals", "deeds", "ledger"}
"""The tables of those who live there and of what they did."""


async def grow(chat: Chat, live: int, *, beside: Collection[str] = ()) -> None:
    """Fill every table that grows with the city, beside those that are filled."""
    named = chat.database.url.get_backend_name()
    facts = {
        "item": "(SELECT min(id) FROM items)",
        "campaign": chat.campaign_id, "noon": NOON, "day": DAY.isoformat(), "live": live,
        "nothing": NOTHING[named], "classes": CLASSES,
    }  # fmt: skip
    async with chat.database.transaction() as db:
        for table, columns in ROWS.items():
            if table in beside:
                continue
            series = SERIES[named].format(n=FEW.get(table, PEOPLE))
            values = ", ".join(value.format(**facts) for value in columns.values())
            await db.execute(
                text(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {series}")
            )
        await db.execute(
            text(f"UPDATE citizens SET team = 'readers1', town = 'baihe' WHERE id <= {TEAM}")
        )
    if named == "postgresql":
        async with chat.database.transaction() as db:
            await db.execute(text("ANALYZE"))


async def scans(database: Database, heard: Iterable[Sent]) -> dict[str, str]:
    """Return the statements that read a growing table from end to end."""
    seen, found = set[str](), dict[str, str]()
    for sent in heard:
        if sent.sql in seen or sent.sql.startswith(("INSERT", "SAVEPOINT", "RELEASE")):
            continue
        seen.add(sent.sql)
        for how, table, _ in await plan(database, sent):
            if how == "SCAN" and table in GROWN and not sent.sql.endswith(READ_THROUGH):
                found[sent.sql] = table
    return found


async def ring_often(worker: Worker) -> None:
    """Ring the bells of each minute and each hour, and look once for what is to be sent."""
    watch, features = worker.watch, []
    for feature in FEATURES:
        often = [
            b for b in feature.bells if isinstance(b.rhythm(watch.campaign), Minutely | Hourly)
        ]
        features.append(replace(feature, bells=often))
    worker.scheduler = Scheduler(features, watch)
    await worker.leader.renew()
    await worker.scheduler.look()
    worker.monotonic.now += 1
    for _ in range(3):
        await worker.delivery.step()
    await worker.herald.step()
    await worker.progress.step()


async def numbers(chat: Chat) -> int:
    """Ask what staff and organisers ask of everything, of a town and of a team; count its lines."""
    team = Unit("readers1", "team", "读书会", "Readers", town="baihe")
    home = Unit("xiayang", "town", "夏阳街道", "Xiayang Subdistrict", target=1500)
    span, today = Span(DAY, DAY + timedelta(days=9)), DAY + timedelta(days=9)
    async with chat.database.reading() as db:
        book = Book(db, chat.campaign, chat.campaign_id)
        for unit in (None, home, team):
            await figures.standing(book, unit, today=today)
            counted = await figures.deeds(book, unit, span=span)
        await figures.returns(book, today=today)
        await tallies.top(db, chat.campaign_id, ["video", "book"], most=5)
        asked = Asked(chat.campaign_id, "baihe", today)
        for gap in Gap:
            await gaps.count(db, asked, gap)
        await gaps.people(db, asked, Gap.NEVER, limit=6)
        await gaps.members(db, ["readers1"])
        await gaps.awake(db, chat.campaign_id, ["readers1"], since=DAY)
    return sum(count.paid for of in counted.values() for count in of.values())


async def put_on(chat: Chat, day: date) -> int:
    """Offer something to watch, and a livestream on an evening, after others; return its number."""
    await stock(chat, "video", "一", "二")
    held = [row(f"第{n}讲", f"2022-04-{n:02} 19:00") for n in range(1, CLASSES)]
    *_, live = await on_air(chat, *held, row("今晚", f"{day} 19:00"))
    return live


async def live(
    chat: Chat, ming: Person, evening: int, *, clock: FixedClock
) -> tuple[list[Sent], int]:
    """Do all a citizen can, come to a livestream, ring the bells that ring often, ask for numbers.

    Returns the statements, and how many lines of a team were counted.
    """
    taps = [
        route.tap
        for feature in FEATURES
        for route in feature.routes
        if route.tap and route.right in {None, EVERYONE} and route.tap not in LEFT_OUT
    ]
    with listening(chat.database) as heard:
        for tap in taps:
            for target in (tap, f"{tap}:1"):
                await ming.taps(target)
        clock.set(f"{clock.now():%Y-%m-%d}T19:00:00+08:00")
        await ming.taps(f"joining.join:{evening}")
        await ring_often(Worker(chat))
        return heard, await numbers(chat)
