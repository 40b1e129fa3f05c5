"""The schema refuses what no code of ours would write."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

PEOPLE = """
INSERT INTO campaigns (id, code) VALUES (1, 'c');
INSERT INTO citizens (id, number, band, since)
 VALUES (1, '22222222', 'adult', '2022-05-01 00:00:00');
"""
LINE = (
    "INSERT INTO ledger (citizen, campaign, line, kind, points, net, day, activity, slot, rate,"
    " cap, once, cause, acted_at, recorded_at) VALUES (1, 1, {line}, 'deed', {points}, 5,"
    " '2022-05-01', 'video', {slot}, {rate}, {cap}, '{once}', 'x', '2022-05-01 00:00:00',"
    " '2022-05-01 00:00:00')"
)
TOTALS = (
    "INSERT INTO totals (citizen, campaign, lines, earned, balance, debt, visits)"
    " VALUES (1, 1, 0, {earned}, {balance}, {debt}, {nothing})"
)


def line(number=1, points=2, slot=0, rate=2, cap=10, once="a"):
    """Write the SQL of a ledger line."""
    return LINE.format(line=number, points=points, slot=slot, rate=rate, cap=cap, once=once)


@pytest.fixture
async def prepared(database):
    """A database with one campaign and one citizen."""
    async with database.transaction() as db:
        for statement in filter(str.strip, PEOPLE.split(";")):
            await db.execute(text(statement))
    return database


async def run(database, *statements):
    """Run statements in one transaction."""
    async with database.transaction() as db:
        for statement in statements:
            await db.execute(text(statement))


@pytest.mark.parametrize(
    "second",
    [
        line(2, slot=1),
        line(2, once="b"),
        line(1, slot=1, once="b"),
    ],
    ids=["the same once key", "the same slot", "the same line number"],
)
async def test_a_second_writer_cannot_book_what_is_booked(prepared, second):
    """The once key, the slot of the cap and the line number are each taken once."""
    await run(prepared, line())

    with pytest.raises(IntegrityError):
        await run(prepared, second)


@pytest.mark.parametrize(
    "wrong",
    [
        line(points=0),
        line(points=3),
        line(points=-2),
        line(slot=5),
        line(slot=-1),
        line(slot=4, points=2, cap=9),
        line(0),
    ],
)
async def test_a_line_past_the_rules_is_refused(prepared, wrong):
    """No line pays nothing, more than its rate, less than nothing, or past the cap."""
    with pytest.raises(IntegrityError):
        await run(prepared, wrong)


async def test_five_slots_fill_the_cap_exactly(prepared):
    """Five videos at two points fill ten, and the last slot before an odd cap pays the rest."""
    await run(prepared, *(line(n + 1, slot=n, once=str(n)) for n in range(5)))
    await run(
        prepared,
        line(6, points=1, slot=4, cap=9, once="z").replace("'2022-05-01',", "'2022-05-02',", 1),
    )

    async with prepared.reading() as db:
        assert await db.scalar(text("SELECT sum(points) FROM ledger")) == 11


@pytest.mark.parametrize(
    "verb", ["UPDATE ledger SET points = 1", "DELETE FROM ledger", "UPDATE ledger SET once = 'q'"]
)
async def test_the_ledger_is_append_only(prepared, verb):
    """No line is ever changed or removed."""
    await run(prepared, line())

    with pytest.raises(DBAPIError, match="append-only"):
        await run(prepared, verb)


def correction(kind, points, reverses="NULL", number=2):
    """Write the SQL of a line that no deed earned."""
    plain = line(number, points=points, once=f"c{number}").replace("'deed'", f"'{kind}'")
    plain = plain.replace("'video', 0, 2, 10", "NULL, NULL, NULL, NULL")
    return plain.replace("recorded_at)", "recorded_at, reverses)")[:-1] + f", {reverses})"


@pytest.mark.parametrize(
    "wrong",
    [
        correction("reversal", -2),
        correction("adjustment", -2, 1),
        correction("reversal", -1, 1),
        correction("reversal", 2, 1),
        correction("reversal", -2, 9),
        correction("makeup", 2),
        line(2, points=3, once="m").replace("'deed'", "'makeup'"),
        line(2, points=-1, once="m").replace("'deed'", "'makeup'"),
    ],
)
async def test_no_correction_is_other_than_its_kind(prepared, wrong):
    """A reversal mirrors a line that is there; a makeup pays within a rate of its activity."""
    await run(prepared, line())

    with pytest.raises(IntegrityError if prepared.is_sqlite else DBAPIError):
        await run(prepared, wrong)


async def test_a_line_is_reversed_once_and_no_reversal_is(prepared):
    """Whoever writes: the second reversal fails, and so does the reversal of a reversal."""
    await run(prepared, line(), correction("reversal", -2, 1))

    for wrong in (correction("reversal", -2, 1, number=3), correction("reversal", 2, 2, number=3)):
        with pytest.raises(DBAPIError):
            await run(prepared, wrong)


@pytest.mark.parametrize(
    ("earned", "balance", "debt"), [(-1, 0, 0), (0, -1, 0), (0, 0, -1), (0, 1, 1)]
)
async def test_no_total_is_negative_and_nobody_has_balance_and_debt(
    prepared, earned, balance, debt
):
    """Balance, debt and earned points keep to zero and above."""
    nothing = "x''" if prepared.is_sqlite else "''::bytea"

    with pytest.raises(IntegrityError):
        await run(
            prepared, TOTALS.format(earned=earned, balance=balance, debt=debt, nothing=nothing)
        )


async def test_sqlite_is_set_up_to_keep_what_it_answered(sqlite_database):
    """WAL, synchronous=FULL, foreign keys; a write begins IMMEDIATE."""
    async with sqlite_database.transaction() as db:
        found = [
            (await db.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]

    assert found == ["wal", 2, 1, 10000]
