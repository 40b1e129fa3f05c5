"""Livestreams for tests."""

from datetime import datetime

from sqlalchemy import update

from bot.livestream_file import Row
from storage import attendances, livestreams
from storage.livestreams import LivestreamRow
from tests.chat import Chat

START = "2022-05-01 19:00"  # the evening of the day on which a test's clock stands


def row(
    topic: str = "在运河边读《红楼梦》", start: str = START, *, minutes: int = 60, replay: str = ""
) -> Row:
    """Make a row of a file; times are the city's."""
    at = datetime.fromisoformat(f"{start}+08:00")
    address = "https://live.example.org/1"
    words = ("某老师", "一句话", address)
    return Row(topic, at, minutes, *words, "zhujiajiao", replay or None)


async def on_air(chat: Chat, *rows: Row, word: str | None = None, state: str = "") -> list[int]:
    """Put livestreams on the programme and return their ids, in the order of the rows."""
    async with chat.database.transaction() as db:
        await livestreams.merge(db, chat.campaign_id, rows, at=chat.clock.now())
        known = livestreams.due_between
        span = (min(r.start for r in rows), max(r.start for r in rows))
        found = await known(db, chat.campaign_id, start=span[0], end=span[1].replace(year=2023))
        ids = {(each.topic, each.starts_at): each.id for each in found}
        wanted = [ids[r.topic, r.start] for r in rows]
        for each in wanted:
            await livestreams.prove(db, each, word=word)
        if state:
            chosen = update(LivestreamRow).where(LivestreamRow.id.in_(wanted))
            await db.execute(chosen.values(state=state))
    return wanted


async def counts(chat: Chat, livestream: int) -> tuple[int, int, int]:
    """Count through a fresh session: booked, joined, replayed."""
    async with chat.database.reading() as db:
        found = await attendances.counts(db, livestream)
    return found.booked, found.joined, found.replayed
