"""What numbers stand for, kept for all processes."""

from datetime import timedelta

from storage import offers

FOR = timedelta(hours=12)


async def test_a_list_is_kept_replaced_and_taken_away(database, clock):
    """Each for its own account; the newest holds."""
    now = clock.system()
    async with database.transaction() as db:
        await offers.keep(db, {"a": {1: "me", 12: "menu"}, "b": {1: "x"}}, until=now + FOR)
        await offers.keep(db, {"b": {2: "y"}, "c": {}}, until=now + FOR)
        assert await offers.find(db, "a", now) == {1: "me", 12: "menu"}
        assert await offers.find(db, "b", now) == {2: "y"}
        await offers.keep(db, {"b": {}}, until=now + FOR)

    async with database.reading() as db:
        assert await offers.find(db, "b", now) == {}
        assert await offers.find(db, "c", now) == {}


async def test_a_list_holds_for_a_while(database, clock):
    """Then it is forgotten."""
    now = clock.system()
    async with database.transaction() as db:
        await offers.keep(db, {"a": {1: "me"}}, until=now + FOR)
        assert await offers.find(db, "a", now + FOR) == {}
        await offers.purge(db, now + FOR - timedelta(seconds=1))
        assert await offers.find(db, "a", now) == {1: "me"}
        await offers.purge(db, now + FOR)
        assert await offers.find(db, "a", now) == {}
