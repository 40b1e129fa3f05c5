"""心得: the own notes, and taking one back whatever its state."""

import pytest

from storage import notes
from tests.noting import accepted, book, handed_in


@pytest.fixture
def database(sqlite_database):
    """Enough for lists."""
    return sqlite_database


async def test_own_notes_are_listed_and_taken_back(chat, staff, boss):
    """Waiting, accepted or refused: the writer takes it back at any time, and may write anew."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    empty = await ming.says("写心得")
    first, second = await book(chat, "论语"), await book(chat, "诗经")
    await accepted(chat, ming, first, by=staff)
    await handed_in(chat, ming, second)
    listed = await ming.says("/notes")
    page = await ming.says("1")
    mine = await ming.taps(f"notewall:{first}")
    foreign = await hua.taps(chat.texts.last.buttons[-1][0].target)
    await ming.says("/notes")
    await ming.says("2")
    gone = await ming.taps(ming.button("收回这篇心得"))
    after = await hua.taps(f"notewall:{first}")
    left = await ming.says("/notes")
    async with chat.database.reading() as db:
        [kept] = await notes.mine(db, chat.campaign_id, await ming.id(), offset=0, limit=9)
    again = await ming.taps(f"notes.write:{first}")

    assert empty.key == "notebook.none"
    assert [line.params["state"].key for line in listed.params["lines"].phrases] == [
        "notes.is_waiting",
        "notes.is_accepted",
    ]
    assert (page.key, page.params["title"]) == ("notebook.page", "诗经")
    assert mine.key == "notewall.text"
    assert foreign.key == "notes.unknown"
    assert gone.key == "notebook.withdrawn"
    assert after.key == "notewall.none"
    assert (len(left.params["lines"].phrases), kept.title) == (1, "诗经")
    assert again.key == "notes.ask"
