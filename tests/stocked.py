"""Items on offer, for tests that need something to read, to hear or to watch."""

from storage.db import insert_one
from storage.items import ItemRow
from tests.chat import Chat


async def stock(
    chat: Chat, kind: str, *titles: str, minutes: int = 20, url: str = "https://books.example"
) -> list[int]:
    """Put items on offer and return their ids."""
    ids: list[int] = []
    async with chat.database.transaction() as db:
        for title in titles:
            item = await insert_one(
                db, ItemRow, kind=kind, title=title[:300], author="佚名",
                url=f"{url}/{len(ids)}-{title[:9]}", minutes=minutes, language="zh", tags="",
                summary="一句话", found=title.lower(), initials="", added_at=chat.clock.now(),
            )  # fmt: skip
            ids.append(item)
    return ids
