"""Who writes on a platform while nothing is stored; the platform is told no each time."""

import asyncio

import pytest

from bot import excusing
from bot.excusing import Excusing
from bot.messages import Command, Incoming, Presence, Traits
from storage.db import Unavailable


class Told(list):
    """What was said to whom."""

    async def tell(self, sender, rendered):
        """Note it."""
        self.append((sender, rendered.text))


@pytest.fixture
async def refusing(sqlite_database, chat, caplog):
    """A database that may not be written, which is known by now."""
    async with sqlite_database.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        await raw.driver_connection.execute("PRAGMA query_only = 1")
    with pytest.raises(Unavailable):
        await chat.person("somebody").taps("start.agree")
    assert sqlite_database.refuses == "read-only"
    caplog.clear()
    return sqlite_database


@pytest.fixture
def database(sqlite_database):
    """One database is enough: what it says is the same for both."""
    return sqlite_database


def start(sender, update, said=None, **how):
    """Somebody begins."""
    said = said or Command("start", "")
    return Incoming("telegram", sender, said, update, traits=Traits(abroad=True), **how)


async def refused(through, *incoming):
    """Hand in messages, each of which must be refused."""
    for each in incoming:
        with pytest.raises(Unavailable):
            await through.handle(each)


async def test_each_person_is_told_once(chat, refusing):
    """In the language of the client, however often the platform tries, again ten minutes later."""
    told = Told()
    through = Excusing(chat.dispatcher, refusing, told.tell)

    await refused(through, *(start("1", f"{n}", language="en") for n in (1, 1, 2)), start("2", "3"))
    once = [*told]
    through._told["1"] -= excusing.AGAIN_SECONDS  # noqa: SLF001 - time goes by
    await refused(through, start("1", "4", language="en"))

    assert [sender for sender, _ in once] == ["1", "2"]
    assert "Nothing new can be stored" in once[0][1]
    assert "存不进" in once[1][1]
    assert told[2:] == once[:1]


async def test_nobody_is_told_of_what_they_did_not_say_or_in_a_group(chat, refusing):
    """Who blocks the bot is not written to, nor is a group told what concerns one of it."""
    told = Told()
    through = Excusing(chat.dispatcher, refusing, told.tell)

    await refused(
        through,
        start("1", "1", Presence(reachable=False)),
        start("1", "2", private=False, group="-100"),
    )

    assert told == []


async def test_nobody_is_told_of_a_moment(chat, database):
    """While the database is only away, the answer comes by itself."""
    told = Told()
    through = Excusing(chat.dispatcher, database, told.tell)
    chat.till.close()

    await refused(through, start("1", "1", Command("checkin", "")))

    assert (told, database.refuses) == ([], "")


async def test_a_platform_that_hangs_does_not_hold_the_no(chat, refusing, monkeypatch):
    """It waits for it."""
    monkeypatch.setattr(excusing, "TELL_SECONDS_MAX", 0.01)

    async def hang(_sender, _rendered):
        await asyncio.Event().wait()

    await refused(Excusing(chat.dispatcher, refusing, hang), start("1", "1"))
