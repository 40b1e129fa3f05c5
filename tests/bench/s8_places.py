"""S8: the own place among 100,000 citizens, and a search among 10,000 items, as whole turns."""

import random
import time
from collections.abc import Callable

from sqlalchemy import insert, text

from bot.messages import Incoming, Rendered, Said, Tap, read
from bot.till import Till
from storage.items import ItemRow
from storage.totals import TotalsRow
from tests.bench.figures import Figure
from tests.bench.town import ROWS_AT_ONCE, SEED, START, Town, dispatcher_of, towns

CITIZENS = 100_000
ITEMS = 10_000
TURNS = 300
SIGNS = "红楼梦西游记三国演义水浒传唐诗宋词元曲史记论语孟子庄子老残镜花缘聊斋志异朝花夕拾呐喊彷徨"
RANK_GATE_MS, SEARCH_GATE_MS = 10, 50

Tell = Callable[[str], None]


async def run(tell: Tell) -> list[Figure]:
    """Measure both on both databases."""
    figures = []
    async with towns(CITIZENS, each=1) as opened:
        for kind, (town,) in opened.items():
            tell(f"S8 {kind}: filling")
            chance = random.Random(SEED)
            await _fill(town, chance)
            for bench, gate, said in (
                ("S8 own place", RANK_GATE_MS, _ranks),
                ("S8 search", SEARCH_GATE_MS, _searches),
            ):
                tell(f"{bench} {kind}")
                figures.append(await _measure(town, bench, gate, said(chance)))
    return figures


def _ranks(_chance: random.Random) -> list[Said]:
    return [Tap("rank")] * TURNS


def _searches(chance: random.Random) -> list[Said]:
    words = ["".join(chance.choices(SIGNS, k=chance.randint(1, 3))) for _ in range(TURNS - 20)]
    letters = ["".join(chance.choices("hlmxyjsgyy", k=3)) for _ in range(20)]
    return [read(f"搜索 {word}") for word in (*words, *letters)]


async def _measure(town: Town, bench: str, gate: float, said: list[Said]) -> Figure:
    """Let people take turns one after the other, and note how long each waited."""
    till = Till(town.database, town.campaign, town.campaign_id, clock=town.clock)
    dispatcher = dispatcher_of(town, till)
    chance = random.Random(SEED)
    waited = []
    for number, what in enumerate(said):
        sender = str(chance.randint(1, CITIZENS))
        incoming = Incoming("telegram", sender, what, f"{bench}:{number}")
        since = time.perf_counter()
        answer = await dispatcher.handle(incoming)
        waited.append((time.perf_counter() - since) * 1000)
        _check(answer)
    rate = 1000 * len(waited) / sum(waited)
    return Figure(bench, town.kind, "whole turn", (rate,), tuple(waited), lone_gate=gate)


def _check(answer: Rendered | None) -> None:
    if answer is None or "编号" in answer.text or "没看懂" in answer.text:
        raise AssertionError(f"a turn was not answered: {answer}")


async def _fill(town: Town, chance: random.Random) -> None:
    """Give everybody totals as after a season, and offer the items."""
    async with town.database.transaction() as db:
        for first in range(1, CITIZENS + 1, ROWS_AT_ONCE):
            await db.execute(
                insert(TotalsRow),
                [
                    _totals(town, citizen, chance)
                    for citizen in range(first, min(first + ROWS_AT_ONCE, CITIZENS + 1))
                ],
            )
        for first in range(1, ITEMS + 1, ROWS_AT_ONCE):
            await db.execute(
                insert(ItemRow), [_item(n, chance) for n in range(first, first + ROWS_AT_ONCE)]
            )
    async with town.database.transaction() as db:
        await db.execute(text("ANALYZE"))


def _totals(town: Town, citizen: int, chance: random.Random) -> dict[str, object]:
    visits = chance.randint(0, 167)
    earned = visits * 5 + 2 * chance.randint(0, 300)
    return {
        "citizen": citizen, "campaign": town.campaign_id, "lines": 0, "earned": earned,
        "balance": earned, "debt": 0, "visits": b"", "town": "xiayang", "haste": -citizen,
        "visit_days": visits, "finished": chance.randint(0, 300), "lives": chance.randint(0, 9),
        "erased": False,
    }  # fmt: skip


def _item(number: int, chance: random.Random) -> dict[str, object]:
    title = "".join(chance.choices(SIGNS, k=chance.randint(2, 12)))
    author = "".join(chance.choices(SIGNS, k=3))
    initials = "".join(chance.choices("abcdefghjklmnpqrstwxyz", k=len(title)))
    return {
        "kind": chance.choice(["book", "audio", "video"]), "title": title, "author": author,
        "url": f"https://books.example/{number}", "minutes": 20, "language": "zh", "tags": "",
        "summary": "", "found": f"{title}\n{author}\n", "initials": initials, "added_at": START,
        "retired_at": None,
    }  # fmt: skip
