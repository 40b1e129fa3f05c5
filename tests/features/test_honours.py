"""Congratulating the chosen: certificates drawn in the morning, pushed once with their picture."""

import io

import pytest
from PIL import Image
from sqlalchemy import text

from bot import campaign as campaigns
from storage import certificates, pictures
from tests.chat import Chat
from tests.push import Worker
from tests.selected import published, readers, short, taken, worked


@pytest.fixture
async def chat(sqlite_database, clock):
    """Bring a campaign whose lists hold one."""
    async with Chat.open(sqlite_database, clock, short(campaigns.load())) as chat:
        yield chat


async def kept(chat, number):
    """Return a picture, for which candidates there is one, and who was told of none yet."""
    async with chat.database.reading() as db:
        found = await pictures.of(db, number)
        drawn = await certificates.known(db, chat.campaign_id)
        owed = await certificates.untold(db, chat.campaign_id)
    return Image.open(io.BytesIO(found.content)), drawn, owed


async def test_the_chosen_are_congratulated_once(chat, clock, boss, staff):
    """Not before the last phase, not who was not chosen, once, with a picture of their own."""
    await readers(chat, ming=3, hua=2)
    await published(chat, draft=await taken(chat))
    worker = Worker(chat)
    clock.set("2022-10-15T09:00:00+08:00")
    await worker.rings()
    before = list(worker.platform.sent)
    clock.set("2022-10-16T07:31:00+08:00")
    await worker.rings()
    said = await worked(chat, boss)
    clock.set("2022-10-16T09:01:00+08:00")
    await worker.rings()
    clock.set("2022-10-17T09:01:00+08:00")
    await worker.rings()
    told = {who: reply for who, reply in worker.platform.sent if reply.key == "honours.won"}
    image, drawn, owed = await kept(chat, told["ming"].picture)

    assert [reply.key for _, reply in before if "honours" in reply.key] == []
    assert (said.key, said.params["count"]) == ("honours.drawn", len(drawn))
    assert list(told) == ["ming"]
    assert [reply.key for who, reply in worker.platform.sent].count("honours.won") == 1
    assert told["ming"].params["place"] == 1
    assert told["ming"].params["more"].params == {"count": 1}
    assert image.size == (1080, 1480)
    assert owed == []
    assert {award for award, _ in drawn} >= {"top_readers", "district_readers", "top_units"}
    assert await chat.broken() == {}


async def test_nothing_is_drawn_of_what_is_not_published(chat, clock, boss, staff):
    """Without a published selection the last phase is quiet, and so is a database without staff."""
    await readers(chat, ming=1)
    clock.set("2022-10-16T09:01:00+08:00")
    worker = Worker(chat)
    await worker.rings()
    async with chat.database.reading() as db:
        jobs = await db.scalar(text("SELECT count(*) FROM jobs"))

    assert jobs == 0
    assert not [reply for _, reply in worker.platform.sent if "honours" in reply.key]
