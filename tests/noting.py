"""Reading notes for tests: whoever has finished an item writes, and somebody in charge decides."""

from bot.campaign import Activity, Campaign
from storage.db import insert_one
from storage.items import ItemRow
from tests.chat import Chat, Person
from tests.fakes import FixedClock

WORDS = "读了这本书，我想起小时候外婆讲的故事，心里很安静。"


def paying(campaign: Campaign) -> Campaign:
    """Return the campaign with reading notes as an activity: 3 points each, 3 a day."""
    note = Activity(
        id="note",
        section="品赏留痕",
        section_en="Traces",
        name="心得",
        name_en="Reading notes",
        about="写一篇心得",
        about_en="Write a reading note",
        points=3,
        cap=3,
        repeat="once",
        minutes_min=0,
    )
    return campaign.model_copy(update={"activities": (*campaign.activities, note)})


async def book(chat: Chat, title: str = "红楼梦") -> int:
    """Put a book on offer."""
    async with chat.database.transaction() as db:
        return await insert_one(
            db,
            ItemRow,
            kind="book",
            title=title,
            author="佚名",
            url=f"https://books.example/{title}",
            minutes=20,
            language="zh",
            tags="",
            summary="一句话",
            found=title,
            initials="",
            added_at=chat.clock.now(),
        )


async def finished(chat: Chat, reader: Person, item: int) -> None:
    """Let somebody open an item and finish it in time."""
    await reader.taps(f"items.open:{item}")
    assert isinstance(chat.clock, FixedClock)
    chat.clock.ahead(minutes=5)
    done = await reader.taps(f"items.done:{item}")
    assert done is not None
    assert done.key in {"items.paid", "items.capped"}


async def handed_in(chat: Chat, writer: Person, item: int, *, words: str = WORDS) -> None:
    """Let somebody finish an item, write a note on it and hand it in."""
    await finished(chat, writer, item)
    await writer.taps(f"notes.write:{item}")
    await writer.says(words)
    said = await writer.taps(writer.button("确认"))
    assert said is not None
    assert said.key == "notes.handed_in"


async def accepted(chat: Chat, writer: Person, item: int, *, by: Person) -> None:
    """Let somebody's note be accepted."""
    await handed_in(chat, writer, item)
    await by.taps("notequeue")
    assert by.rendered is not None
    await by.says("1")
    said = await by.taps(by.button("通过"))
    assert said is not None
    assert said.key == "moderating.accepted"
