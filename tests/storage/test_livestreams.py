from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from storage import attendances, livestreams
from storage.attendances import JOINED, REPLAYED, AttendanceRow, BookingRow, GuessRow
from storage.citizens import AccountRow, CitizenRow
from storage.livestreams import STATES
from storage.many import insert_all
from tests.classes import on_air, row
from tests.features.test_livestreams import changed
from tests.plans import plan
from tests.statements import listening

PEOPLE = 3000
GROWING = {"citizens", "accounts", "bookings", "attendances", "guesses"}


async def asks(chat, question, *arguments, **more):
    """Ask through a fresh session."""
    async with chat.database.reading() as db:
        return await question(db, *arguments, **more)


async def merges(chat, *rows):
    """Take rows over; return how many were added, changed and left."""
    async with chat.database.transaction() as db:
        done = await livestreams.merge(db, chat.campaign_id, rows, at=chat.clock.now())
    return done.added, done.changed, done.unchanged


async def test_a_livestream_is_what_was_given(chat):
    """Each field, approved, in its first version; times are moments."""
    given = row(replay="https://x.example")
    [one] = await on_air(chat, given)

    found = await asks(chat, livestreams.of, one)

    assert (found.campaign, found.topic, found.unit) == (chat.campaign_id, given.topic, given.unit)
    assert (found.starts_at, found.minutes, found.replay) == (given.start, 60, given.replay)
    assert (found.state, found.version, found.word) == ("approved", 1, None)
    assert await asks(chat, livestreams.of, one + 1) is None


async def test_the_same_rows_again_change_nothing_and_an_edit_changes_its_fields(chat):
    """Known by topic and first start; another start is another livestream."""
    first, other = row(), row(start="2022-05-08 19:00")
    edited = replace(
        first, summary="两句话", address="https://y.example", replay="https://z.example", minutes=90
    )

    done = [await merges(chat, *rows) for rows in ((first, other), (first, other), (edited,))]
    [found, _] = await asks(chat, livestreams.coming, chat.campaign_id, first.start, limit=9)

    assert done == [(2, 0, 0), (0, 0, 2), (0, 1, 0)]
    assert (found.summary, found.address, found.replay, found.minutes) == (
        "两句话",
        "https://y.example",
        "https://z.example",
        90,
    )


async def test_a_file_does_not_undo_what_was_decided_since(chat):
    """A moved one keeps its new time, a cancelled one stays off, though the file knows neither."""
    moved, off = row("甲"), row("乙")
    ids = await on_air(chat, moved, off)
    new = moved.start + timedelta(days=2)
    await changed(chat, livestreams.postpone, ids[0], new)
    await changed(chat, livestreams.cancel, ids[1])

    again = await merges(chat, moved, off)
    edit = await merges(chat, replace(moved, minutes=30), replace(off, summary="x"))
    found = [await asks(chat, livestreams.of, each) for each in ids]

    assert (again, edit) == ((0, 0, 2), (0, 2, 0))
    assert (found[0].starts_at, found[0].minutes, found[0].state) == (new, 30, "postponed")
    assert (found[1].state, found[1].summary) == ("cancelled", "x")


async def test_the_preview_says_what_merging_does(chat):
    """Compared without writing."""
    await on_air(chat, row())
    rows = (row(), row("新"), replace(row(), summary="x", topic="新二"))

    compared = await asks(chat, livestreams.compare, chat.campaign_id, rows)

    assert (compared.added, compared.changed, compared.unchanged) == (2, 0, 1)


async def test_the_version_grows_with_time_and_state_only(chat):
    """Each real change is one; what changes nothing is none."""
    [one] = await on_air(chat, row())
    new = row().start + timedelta(days=1)

    answers = [
        await changed(chat, livestreams.set_state, one, "announced"),
        await changed(chat, livestreams.set_state, one, "announced"),
        await changed(chat, livestreams.postpone, one, new),
        await changed(chat, livestreams.postpone, one, new),
        await changed(chat, livestreams.cancel, one),
        await changed(chat, livestreams.cancel, one),
        await changed(chat, livestreams.postpone, one + 1, new),
    ]
    await merges(chat, replace(row(), summary="x"))

    assert answers == [True, False, True, False, True, False, False]
    assert (await asks(chat, livestreams.of, one)).version == 4


async def test_due_between_is_half_open_and_leaves_out_what_is_off(chat):
    """From the start on, before the end, whatever still takes place."""
    starts = row().start
    for state in STATES:
        await on_air(chat, row(state), state=state)
    second, minute = timedelta(seconds=1), timedelta(minutes=1)

    async def topics(start, end):
        found = await asks(chat, livestreams.due_between, chat.campaign_id, start=start, end=end)
        return [each.topic for each in found]

    assert await topics(starts, starts + second) == ["approved", "announced", "live", "postponed"]
    assert await topics(starts - minute, starts) == []
    assert await topics(starts + second, starts + minute) == []


async def test_coming_and_past_share_the_moment_of_the_end(chat):
    """At the end a livestream moves from one list to the other; hidden ones are in neither."""
    given = row("有", replay="https://x.example")
    await on_air(chat, given, row("没有"))
    await on_air(chat, row("草案", replay="https://x.example"), state="proposed")
    end = given.start + timedelta(minutes=60)
    seen = {}
    for moment in (end - timedelta(seconds=1), end):
        both = (livestreams.coming, livestreams.past)
        found = [await asks(chat, one, chat.campaign_id, moment, limit=9) for one in both]
        counting = (livestreams.count_coming, livestreams.count_past)
        counted = [await asks(chat, one, chat.campaign_id, moment) for one in counting]
        seen[moment == end] = ([[each.topic for each in part] for part in found], counted)

    assert seen == {False: ([["有", "没有"], []], [2, 0]), True: ([[], ["有"]], [0, 1])}


async def test_who_booked_joined_and_missed(chat):
    """Bookings with who came; those who did not; each way of coming counted apart."""
    people = [await (await chat.join(f"p{n}")).id() for n in range(4)]
    [one] = await on_air(chat, row())
    now = chat.clock.now()
    for citizen in people[:3]:
        await changed(chat, attendances.book, one, citizen, at=now)
    came = [(people[0], JOINED), (people[1], REPLAYED), (people[3], JOINED), (people[0], REPLAYED)]
    for citizen, how in came * 2:
        await changed(chat, attendances.attend, one, citizen, how=how, at=now, by="m:1")

    booked = await asks(chat, attendances.booked, one)
    part = await asks(chat, attendances.booked, one, after=people[0], most=1)
    missed = await asks(chat, attendances.missed, one)
    next_missed = await asks(chat, attendances.missed, one, after=people[1], most=1)
    counts = await asks(chat, attendances.counts, one)

    assert booked == {people[0]: True, people[1]: False, people[2]: False}
    assert part == {people[1]: False}
    assert (missed, next_missed) == (people[1:3], [people[2]])
    assert (counts.booked, counts.joined, counts.replayed) == (3, 2, 2)


@pytest.fixture
async def crowded(chat):
    """A livestream with thousands of people, beside two others with as many."""
    ids = await on_air(chat, row("甲"), row("乙"), row("丙"))
    at, people = chat.clock.now(), range(1, PEOPLE + 1)
    come = [{"livestream": one, "citizen": n} for one in ids for n in people]
    rows = {
        CitizenRow: [
            {"id": n, "number": f"{n:08}", "town": "xiayang", "band": "adult", "since": at}
            | {"consented_at": at}
            for n in people
        ],
        AccountRow: [
            {"channel": "web", "sender": str(n), "citizen": n, "since": at} for n in people
        ],
        BookingRow: [each | {"booked_at": at} for each in come],
        AttendanceRow: [each | {"how": JOINED, "at": at, "by": ""} for each in come[::2]],
        GuessRow: [each | {"asked_at": at, "tries": 0} for each in come],
    }
    async with chat.database.transaction() as db:
        for kind, made in rows.items():
            await insert_all(db, kind, made)
    if not chat.database.is_sqlite:
        async with chat.database.transaction() as db:
            await db.execute(text("ANALYZE"))
    return chat, ids[0]


async def test_no_tap_of_a_citizen_scans_a_growing_table(crowded):
    """Listing, opening, booking and joining find every row by its key."""
    chat, one = crowded
    ming = chat.person("77")
    chat.clock.set("2022-05-01T19:00:00+08:00")

    with listening(chat.database) as heard:
        for target in ("livestreams", f"livestreams.open:{one}", f"joining.join:{one}"):
            await ming.taps(target)
        await ming.taps("joining.word:x")
        chat.clock.ahead(hours=2)
        await ming.taps(f"joining.replay:{one}")

    steps = [step for sent in heard for step in await plan(chat.database, sent)]
    assert {table for _, table, _ in steps} >= {"livestreams", "attendances", "accounts"}
    assert [step for step in steps if step[0] == "SCAN" and step[1] in GROWING] == []


async def test_a_page_of_the_booked_reads_no_more_than_it_returns(crowded):
    """Reminders are filled part by part, each found by its key."""
    chat, one = crowded

    with listening(chat.database) as heard:
        await asks(chat, attendances.booked, one, after=100, most=50)
        await asks(chat, attendances.missed, one, after=100, most=50)

    steps = [step for sent in heard for step in await plan(chat.database, sent)]
    assert [step for step in steps if step[0] == "SCAN" and step[1] in GROWING] == []
