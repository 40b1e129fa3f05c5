import csv
import io
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from bot import campaign as campaigns
from bot import catalogue, importing
from bot.catalogue import Row
from storage import items
from storage.items import ItemRow

AT = datetime(2022, 5, 1, tzinfo=UTC)
LONG = "字" * 300
TITLES = ("红楼梦", "西游记", "The Dream", '<b>"A" & B</b>', "a_b%c", LONG, "🀄麻将", "重庆")


def row(title, *, url=None, author="佚名", tags="", minutes=5):
    """Make a row of a file."""
    url = url or f"https://x.example/{abs(hash(title))}"
    return Row("book", title, author, url, minutes, "zh", tags, "")


async def offered(database, rows):
    """Offer a catalogue of these rows, as a file."""
    file = io.StringIO()
    columns = [field.name for field in fields(Row)]
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([getattr(each, name) for name in columns] for each in rows)
    place = importing.Place(database, campaigns.load("qingpu_2022"), 1)
    offer = await importing.offer(place, file.getvalue().encode())
    assert (offer.rows, offer.problems) == (len(rows), [])
    return offer


async def taken(database, rows, told=None):
    """Take these rows over, noting what is told on the way."""

    async def tell(done):
        if told is not None:
            told.append(done)

    return await (await offered(database, rows)).take_over(AT, tell)


@pytest.fixture
async def stocked(database):
    """A database with a small catalogue."""
    rows = [row(title) for title in TITLES] + [row("聊斋", author="蒲松龄", tags="志怪 古典")]
    await taken(database, rows)
    return database


async def found(database, *words):
    """Return the titles a search finds."""
    async with database.reading() as db:
        count = await items.count_found(db, words)
        listed = await items.search(db, words, offset=0, limit=50)
    assert len(listed) == count
    return [item.title for item in listed]


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (["红楼"], "红楼梦"),
        (["hlm"], "红楼梦"),
        (["hl"], "红楼梦"),
        (["dream"], "The Dream"),
        (["td"], "The Dream"),
        (["蒲松龄"], "聊斋"),
        (["志怪"], "聊斋"),
        (["志怪", "古典"], "聊斋"),
        (["_b%"], "a_b%c"),
        (['"a"'], TITLES[3]),
        (["🀄"], "🀄麻将"),
        (["字" * 64], LONG),
    ],
)
async def test_search_finds_by_title_author_tag_and_initials(stocked, words, title):
    """Each word must be there, whichever way."""
    assert await found(stocked, *words) == [title]


@pytest.mark.parametrize("words", [["%"], ["___"], ["\\"], ["志怪", "红楼"], ["' OR 1=1"]])
async def test_search_takes_signs_literally(stocked, words):
    """No wildcard, no SQL."""
    assert await found(stocked, *words) == (["a_b%c"] if words == ["%"] else [])


async def test_titles_that_begin_with_the_word_come_first(database):
    """The nearest first."""
    rows = [row("读红楼"), row("红楼梦"), row("阿红楼")]
    await taken(database, rows)

    assert (await found(database, "红楼"))[0] == "红楼梦"


async def test_the_same_file_again_changes_nothing(stocked):
    """Idempotent by kind and address; what differs is changed in place."""
    same = [row(title) for title in TITLES]
    changed = [row("石头记", url=row("红楼梦").url, minutes=9), row("新书")]

    first = await taken(stocked, same)
    preview = await (await offered(stocked, changed)).preview()
    second = await taken(stocked, changed)

    assert (first.added, first.changed, first.unchanged) == (0, 0, len(TITLES))
    assert preview == second
    assert (second.added, second.changed, second.unchanged) == (1, 1, 0)
    assert await found(stocked, "红楼梦") == []
    assert await found(stocked, "石头记") == ["石头记"]


async def test_a_retired_item_is_hidden_until_it_comes_again(stocked):
    """Retired items are not found; a later file offers them again."""
    async with stocked.transaction() as db:
        await db.execute(update(ItemRow).values(retired_at=AT))
    hidden = await found(stocked, "红楼")

    await taken(stocked, [row("红楼梦")])

    assert hidden == []
    assert await found(stocked, "红楼") == ["红楼梦"]


async def test_a_big_file_is_taken_over_in_parts(database):
    """More rows than one transaction takes, and every one arrives, told as it goes."""
    rows = [row(f"书{n}", url=f"https://x.example/{n}") for n in range(1201)]
    told = []

    done = await taken(database, rows, told)

    async with database.reading() as db:
        assert await items.count(db, "book") == 1201
    assert done.added == 1201
    assert told == [500, 1000, 1201]


def test_the_search_text_is_normalised():
    """Full width and case do not matter to search."""
    assert catalogue.found(row("ＡＢＣ", author="李 白", tags="Ｘ")) == "abc\n李 白\nx"
