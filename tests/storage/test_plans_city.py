"""Among a hundred thousand rows, nothing a citizen does or a minute brings reads them through."""

from datetime import date

from tests import city


async def test_no_hot_path_reads_a_table_through(chat, clock):
    """Every tap of a citizen, each delivery, the bells of each minute and hour, staff's numbers."""
    day = date(2022, 5, 1)
    live = await city.put_on(chat, day)
    await city.grow(chat, live)
    ming = chat.person(str(city.MING))

    heard, lines = await city.live(chat, ming, live, clock=clock)

    assert lines == city.TEAM
    assert len({sent.sql for sent in heard}) > 80
    assert await city.scans(chat.database, heard) == {}
