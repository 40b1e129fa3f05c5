"""Items on offer, for tests that need something to read, to hear or to watch."""

from storage.items import ItemRow
from tests.chat import Chat


async def stock(
    chat: Chat, kind: str, *titles: str, minutes: int = 20, url: str = "https://books.example"
) -> list[int]:
    """Put items on offer and return their ids."""
    ids: list[int] = []
    async with chat.database.transaction() as db:
        for title in titles:
            row = ItemRow(
                kind=kind, title=title[:300], author="佚名", url=f"{url}/{len(ids)}-{title[:9]}",
                minutes=minutes, language="zh", tags="", summary="一句话", found=title.lower(),
                initials="", added_at=chat.clock.now(),
            )  # fmt: skip
            db.add(row)
            await db.flush()
            ids.append(row.id)
    return ids
