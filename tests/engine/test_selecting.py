"""The selection at work: what a snapshot holds, and that anyone can compute it again."""

import hashlib
import json
from dataclasses import replace

from sqlalchemy import select, update

from bot import campaign as campaigns
from bot import selecting
from bot.operations import winning
from bot.rules.rights import Duty, Role
from bot.selecting import Wish
from storage import candidates, citizens, erasure, places, ranking, roles, selections
from storage.candidates import ReaderRow
from storage.citizens import CitizenRow
from storage.db import Database
from storage.erasure import When
from storage.livestreams import ENDED
from storage.places import Act, PlaceRow, Whom
from storage.units import SCHOOL, Unit, UnitRow, put
from tests.chat import Chat
from tests.classes import on_air, row
from tests.selected import AFTER, current, published, sealed, season, taken, tell


async def compared(chat, content):
    """Recompute the current selection through a fresh snapshot, and compare a file with it."""
    found = await current(chat.database, chat.campaign_id)
    async with chat.database.snapshot() as db:
        name = chat.campaign.campaign.id
        return await selecting.verify(db, found, name, content=content)


async def test_a_season_is_selected_written_and_verified(sqlite_database, postgres_database, clock):
    """The same bytes on both databases and after a restart; one changed byte is named."""
    contents = []
    for database in (postgres_database, sqlite_database):  # the last one is opened again below
        clock.set("2022-05-01T09:00:00+08:00")
        async with Chat.open(database, clock, campaigns.load("qingpu_2022")) as chat:
            await season(chat, people=40, days=3)
            clock.set(AFTER)
            found, written = await sealed(chat, await taken(chat))
            assert found.digest == hashlib.sha256(written.content()).hexdigest()
            contents.append(written.content())
            assert await chat.broken() == {}
    assert contents[0] == contents[1]

    content = contents[0]
    chat.database = Database(sqlite_database.url.render_as_string(hide_password=False))
    assert (await compared(chat, content)).is_equal
    reader = content.index(b'"number":17,', content.index(b'"readers":['))
    spot = content.index(b'"points":', reader) + len(b'"points":')
    digit = b"7" if content[spot : spot + 1] != b"7" else b"8"
    spoilt = await compared(chat, content[:spot] + digit + content[spot + 1 :])
    cut = await compared(chat, content[:spot] + b"x" + content[spot + 1 :])
    longer = await compared(chat, content + b"\n")
    await chat.database.aclose()

    assert not spoilt.is_equal
    [told] = spoilt.differences
    assert told.startswith("readers[number 17].points: ")
    assert cut.differences == (f"byte {spot + 1} (readers 17): not readable as JSON",)
    assert longer.differences == (
        f"byte {len(content) + 1} (after the end): the same data, written differently",
    )


async def few(chat):
    """Let four people come, of whom one organises, one is young and one does nothing."""
    clock = chat.clock
    ming, hua, none = [await chat.join(name) for name in ("ming", "hua", "none")]
    young = chat.person("young")
    await young.taps("start.young")
    await young.taps("start.guardian")
    await young.taps("start.town:baihe")
    await on_air(chat, row(), state=ENDED)
    for person in (ming, hua, young):
        await person.taps("checkins")
    clock.ahead(days=1)
    await ming.taps("checkins")
    async with chat.database.transaction() as db:
        jinze = Duty(Role.UNIT, "jinze")
        await roles.add(db, chat.campaign_id, await hua.id(), duty=jinze, at=clock.now())
        school = Unit("school01", SCHOOL, "小学", "School")
        await put(db, chat.campaign_id, [school, replace(school, code="school02", target=10)])
        pupil = update(CitizenRow).where(CitizenRow.number == await number_of(db, ming))
        await db.execute(pupil.values(unit="school02"))
    clock.set(AFTER)
    await hua.taps("checkins")  # scores nothing any more, and counts for nothing
    return await none.id()


async def number_of(db, person):
    """Return somebody's card number."""
    return (await citizens.find(db, person.account)).number


async def test_what_a_snapshot_holds(chat):
    """Measures, what excludes, units against their targets, and nobody's identity."""
    none = await few(chat)

    found = await taken(chat)
    async with chat.database.snapshot() as db:
        people = [each async for each in candidates.readers(db, found.id)]
        units = {each.unit: each for each in await candidates.units(db, found.id)}
        assert await candidates.mine(db, found.id, none) is None

    told = [(each.marks, each.count("checkin_days"), each.count("points")) for each in people]
    assert told == [((), 2, 10), (("organisers",), 1, 5), (("under_14",), 1, 5)]
    assert (found.readers, found.units, found.state) == (3, len(units), selections.DRAFT)
    town, school, organised = units["xiayang"], units["school02"], units["zhujiajiao"]
    assert [town.count(n) for n in ("participants", "target", "points")] == [2, 1500, 15]
    assert town.value("participants") * 1500 == 2
    assert (school.count("people"), school.count("checkin_days"), school.marks) == (1, 2, ())
    assert (units["school01"].marks, units["jinze"].marks) == (
        ("no_target", "no_people"),
        ("no_people",),
    )
    assert (organised.count("livestreams_organised"), organised.count("attendance")) == (1, 0)
    assert await chat.broken() == {}


async def test_the_database_ranks_as_the_rule_does(chat, clock):
    """Pages, places and bests are those of the pure rule, under any weights, with exclusions."""
    await season(chat, people=40)
    clock.set(AFTER)
    found = await taken(chat)
    award = found.awards[0]
    async with chat.database.transaction() as db:
        for number in (3, 7):
            whom = Whom(found.id, "reader", number)
            assert await places.exclude(db, whom, Act(1, "x", clock.now()))
            assert not await places.exclude(db, whom, Act(1, "y", clock.now()))
        assert await places.include(db, Whom(found.id, "reader", 7), by=1, at=clock.now())
    for weights in ({}, {"checkin_days": 100}, {"videos": 1, "online_learning": 99}):
        rule = replace(award.rule, weights=weights or award.rule.weights)
        async with chat.database.snapshot() as db:
            outcome = await selecting.draw(db, found, replace(award, rule=rule))
            page = await ranking.page(db, found.id, rule, limit=1000)
            kept = await candidates.of(db, found.id, who="reader", number=page[5][0])
            place = await ranking.place(db, found.id, rule, of=kept)
            bests = await ranking.bests(db, found.id, rule)
            total = await ranking.count(db, found.id, rule)
        ours = [(each.candidate.number, each.score) for each in outcome.order]

        assert page == ours
        assert place == (6, ours[5][1])
        assert bests == outcome.bests
        assert total == len(ours) == found.readers - 1
        assert [(each.number, each.excluded) for each in outcome.excluded] == [(3, "decided")]


async def test_who_is_erased_after_the_snapshot_is_a_number(chat, clock):
    """The digest stays; nobody stands behind the number; the winners are told without them."""
    await season(chat, people=12)
    clock.set(AFTER)
    assert await winning_of(chat) is None
    found = await published(chat)
    before = await winning_of(chat)
    first = before.winners[0]
    async with chat.database.transaction() as db:
        when = When(chat.campaign_id, chat.campaign.day(clock.now()), clock.now())
        await erasure.erase(
            db, first.citizen, when, keep_used=["video"], stand_in=lambda a: a.sender
        )
    after = await winning_of(chat)

    assert (first.place, first.list, first.unit) == (1, "top_readers", None)
    assert after.winners[0] == replace(first, citizen=None)
    assert [each.number for each in after.winners] == [each.number for each in before.winners]
    assert any(each.unit for each in after.winners)
    assert (after.selection, after.is_final) == (found.id, False)
    assert await chat.broken() == {}
    async with chat.database.snapshot() as db:
        name = chat.campaign.campaign.id
        written = await selecting.write(db, found, name, place=_nothing)
        mine = await winning.of(db, chat.campaign_id, before.winners[1].citizen)
    assert written.digest() == found.digest
    assert json.loads(written.content())["readers"][0].keys() >= {"number", "marks", "points"}
    assert before.winners[1] in mine


async def _nothing(_award, _outcome):
    pass


async def winning_of(chat):
    """Read the winners as others do."""
    async with chat.database.reading() as db:
        return await winning.published(db, chat.campaign_id)


async def test_a_new_snapshot_replaces_the_draft_and_never_what_is_out(chat, clock):
    """What was begun and not done is given up; old candidates are forgotten bit by bit."""
    await season(chat, people=5, days=1)
    clock.set(AFTER)
    async with chat.database.transaction() as db:
        rules = selecting.rules_of(chat.campaign)
        half = await selections.begin(db, chat.campaign_id, by=1, rules=rules, as_of=clock.now())
    first, _ = await sealed(chat, await taken(chat))
    second = await published(chat)
    again = await selecting.take(
        chat.database, Wish(chat.campaign, chat.campaign_id, 1, clock.now()), tell=tell
    )
    for _ in range(6):
        async with chat.database.transaction() as db:
            await candidates.purge(db)
            await places.purge(db)
    async with chat.database.reading() as db:
        states = [(await selections.of(db, n)).state for n in (half, first.id, second.id)]
        left = set(await db.scalars(select(ReaderRow.selection)))
        left |= set(await db.scalars(select(PlaceRow.selection)))

    assert again is None
    assert states == ["replaced", "replaced", "published"]
    assert left == {second.id}
    assert await chat.broken() == {}


async def test_nothing_to_choose_from(chat, clock):
    """No participants, no unit with people: empty lists, a digest, and nothing divides by zero."""
    clock.set(AFTER)
    async with chat.database.transaction() as db:
        await db.execute(update(UnitRow).values(target=0))
    found, written = await sealed(chat, await taken(chat))

    lists = json.loads(written.content())["lists"]
    assert [(each["ranked"], each["chosen"]) for each in lists] == [(0, [])] * len(lists)
    assert (await compared(chat, written.content())).is_equal
    assert found.readers == 0
    assert await chat.broken() == {}


async def test_all_equal(chat, clock):
    """All scores and all ties equal: the lower number stands above, and the sheet says why."""
    for name in ("a", "b", "c"):
        await (await chat.join(name)).taps("checkins")
    clock.set(AFTER)
    found = await taken(chat)
    async with chat.database.transaction() as db:
        await db.execute(update(ReaderRow).values(first=-1))
        outcome = await selecting.draw(db, found, found.awards[0])

    assert [(each.candidate.number, each.above_by) for each in outcome.order] == [
        (1, "number"),
        (2, "number"),
        (3, ""),
    ]
