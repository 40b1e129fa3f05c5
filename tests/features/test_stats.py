"""Numbers by command: each form, who may ask, what is said when nothing fits."""

from datetime import date

import pytest

from bot.messages import Named, Phrase, plain
from bot.rules.calendar import ONE_DAY
from storage import citizens, rolls, tallies, units
from storage.db import insert_one
from storage.groups import GroupRow
from storage.rolls import NewRoll
from storage.tallies import Tally
from storage.units import Unit
from tests.classes import on_air, row
from tests.duties import appoint, owner
from tests.stocked import stock

TEAM = Unit("readers1", "team", "荷塘读书会", "Lotus Pond Readers", town="xiayang", must_join=True)


@pytest.fixture
async def staff(chat):
    """A member of staff, in Jinze."""
    boss = await owner(chat)
    person = await appoint(chat, "clerk", "staff", by=boss)
    await person.says("/start town_jinze")
    return person


@pytest.fixture
async def people(chat, clock):
    """Three people who checked in on 1 May, two of them again on 2 May; one finished a book."""
    ming, hua, li = [await chat.join(name) for name in ("ming", "hua", "li")]
    await li.says("/start town_baihe")
    await li.taps(li.button("确认"))
    async with chat.database.transaction() as db:
        await units.put(db, chat.campaign_id, [TEAM])
        await citizens.settle(db, await ming.id(), town=None, team=TEAM.code)
    for person in (ming, hua, li):
        await person.taps("checkins")
    clock.ahead(days=1)
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=10)
    await ming.taps(f"items.done:{book}")
    await ming.taps(f"checkins:place_{chat.campaign.places[0].id}")
    await hua.taps("checkins")
    return ming, hua, li


def said(reply, name):
    """Return a line's parameters of a reply, or those of its phrases."""
    value = reply.params[name]
    return value.params if isinstance(value, Phrase) else [one.params for one in value.phrases]


def targets(reply):
    """Return where a reply's buttons lead."""
    return {button.target for row in reply.buttons for button in row}


async def test_everything_at_a_glance(chat, staff, people):
    """Participants against all targets, today, yesterday; the rest stands behind buttons."""
    reply = await staff.says("统计")

    assert reply.key == "stats.text"
    assert said(reply, "stands")["participants"] == 3
    assert said(reply, "stands")["target"] == 14800
    assert said(reply, "today") == {"n": 3, "points": 12, "new": 0}
    assert said(reply, "yesterday") == {"n": 3, "points": 15, "new": 3}
    assert "至少得过一次分的人" in staff.rendered.text
    assert "目标 14,800" in staff.rendered.text
    await staff.taps("stats.towns")
    assert "· 夏阳街道：2 / 1,500，不到 1%" in staff.rendered.text

    await staff.says("统计")
    reply = await staff.taps(staff.button("各项活动"))
    activities = {
        one["activity"].name: (one["n"], one["points"])
        for one in said(reply, "activities")
        if isinstance(one["activity"], Named)
    }
    assert activities["签到"] == (5, 25)
    assert activities["经典品阅"] == (1, 2)
    assert [one["points"] for one in said(reply, "activities")][-1] == 27

    await staff.taps(staff.button("统计"))
    reply = await staff.taps(staff.button("每天的数字"))
    days = [(one["day"], one["points"]) for one in said(reply, "days")]
    assert days[:2] == [(date(2022, 5, 2), 12), (date(2022, 5, 1), 15)]
    assert len(days) == 10  # from the campaign's first day on
    assert {"charts.days", "stats.day:2022-05-01", "stats", "roles"} == targets(reply)

    await staff.taps(staff.button("统计"))
    reply = await staff.taps(staff.button("最受欢迎"))
    assert [(one["title"], one["n"]) for one in said(reply, "items")] == [("红楼梦", 1)]
    assert [one["n"] for one in said(reply, "places")] == [1]
    await staff.taps(staff.button("统计"))
    assert (await staff.taps(staff.button("怎么算的"))).key == "stats.meanings"


async def test_a_roll_call_is_named_as_people_call_it(chat, staff, people):
    """Check-ins of a roll call count beside those at places; what is gone is somewhere else."""
    async with chat.database.transaction() as db:
        group = await insert_one(
            db, GroupRow, campaign=chat.campaign_id, channel="telegram", chat="-1", title="读书会",
            unit="baihe", lives="own", weekly=True, bound_by=await staff.id(),
            bound_at=chat.clock.now(),
        )  # fmt: skip
        new = NewRoll(
            chat.campaign_id, group, "baihe", date(2022, 5, 2),
            opened_by=await staff.id(), opened_at=chat.clock.now(),
        )  # fmt: skip
        roll = await rolls.call(db, new)
        counted = [
            Tally(tallies.subject("checkin"), tallies.NO_DAY, tallies.NO_TOWN, subject, n=n)
            for subject, n in ((roll.subject, 1300), ("roll_99", 7))
        ]
        await tallies.add(db, chat.campaign_id, counted, worker=1)

    await staff.taps("stats.more:favourites")
    assert "白鹤镇5月2日的点名：1,300 次" in staff.rendered.text
    assert "别的地方：7 次" in staff.rendered.text
    staff.language = "en"
    await staff.taps("stats.more:favourites")
    assert "Roll call of Baihe Town, 2 May: 1,300" in staff.rendered.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_each_answer_fits_on_a_small_screen(chat, staff, clock, language):
    """At most 700 signs, however big the numbers and long the names."""
    staff.language = language
    first, many = chat.campaign.start, {"n": 123_456, "paid": 123_456, "points": 1_234_567}
    days = [first + n * ONE_DAY for n in range(20, 60)]
    kinds = [each.id for each in chat.campaign.activities]
    towns = [each.id for each in chat.campaign.towns]
    counted = [
        Tally(tallies.DEEDS, day, town, kind, **many)
        for day in days for town in towns for kind in kinds
    ] + [
        Tally(kind, day, town, "", n=12_345)
        for day in days for town in towns for kind in (tallies.NEW, tallies.JOINED)
    ]  # fmt: skip
    titled = await stock(chat, "book", *(f"{n}{'很长的书名' * 9}" for n in range(5)))
    counted += [
        Tally(tallies.subject("book"), tallies.NO_DAY, tallies.NO_TOWN, str(book), **many)
        for book in titled
    ]
    async with chat.database.transaction() as db:
        await tallies.add(db, chat.campaign_id, counted, worker=1)
    await on_air(chat, *(row(topic=f"{n}{'很长的主题' * 9}", start="2022-05-02 19:00")
                         for n in range(7)))  # fmt: skip
    clock.set("2022-06-20T20:00:00+08:00")
    answers = [
        "/stats", "/stats xianghuaqiao", "/stats live", "/stats live 1", "/stats week 5",
        "/stats day 2022-06-19", "stats.towns", "stats.more:days", "stats.more:activities",
        "stats.more:favourites", "stats.more:meanings", "stats.more:days:xianghuaqiao",
        "stats.more:activities:xianghuaqiao", "stats.more:towns:2022-06-19", "stats.more:towns:5",
    ]  # fmt: skip
    long = {}
    for asked in answers:
        reply = await (staff.says(asked) if asked.startswith("/") else staff.taps(asked))
        assert reply.key.startswith(("stats.", "turnout.")), asked
        if len(plain(staff.rendered.text)) > 700:
            long[asked] = len(plain(staff.rendered.text))
    assert long == {}


async def test_nothing_yet_is_said_without_numbers_that_mean_nothing(staff):
    """Nobody took part: no items, no places, no returns, and no division by nobody."""
    reply = await staff.says("/stats")
    assert reply.params["returns"] == Phrase("stats.returns_soon")
    reply = await staff.taps("stats.more:favourites")
    assert [reply.params[name] for name in ("items", "places")] == [Phrase("stats.none")] * 2
    reply = await staff.taps("stats.more:activities")
    assert reply.params["activities"] == Phrase("stats.none")


async def test_who_came_back_is_told_when_the_seven_days_are_over(staff, people, clock):
    """Two of three who began on 1 May, told on 9 May."""
    clock.ahead(days=7)
    reply = await staff.says("/stats")

    assert said(reply, "returns") == {"of": 3, "back": 2, "percent": 66}


@pytest.mark.parametrize("words", ["夏阳街道", "夏阳", "xiayang", "XiaYang", " 夏阳街道 "])
async def test_a_town_by_any_of_its_names(staff, people, words):
    """Participants of the town, its pace, its fourteen days."""
    reply = await staff.says(f"/stats {words}")

    assert reply.key == "stats.unit"
    assert reply.params["unit"] == Named("夏阳街道", "Xiayang Subdistrict")
    assert said(reply, "stands")["participants"] == 2
    assert said(reply, "today")["points"] == 12
    assert reply.params["means"] == Phrase("stats.means_town")


async def test_a_team_counts_who_is_in_it_now(staff, people):
    """By its name, as words; what its people scored, and no target."""
    reply = await staff.says("统计 荷塘读书会")

    assert said(reply, "stands") == {"participants": 1}
    assert said(reply, "today") == {"n": 2, "points": 7, "new": 0}
    assert reply.params["means"] == Phrase("stats.means_members")


async def test_several_units_of_one_beginning_are_offered(chat, staff):
    """Two teams begin alike; a tap chooses."""
    teams = [Unit(f"team{n}", "team", f"荷塘{n}队", f"Pond {n}", town="jinze") for n in (1, 2)]
    async with chat.database.transaction() as db:
        await units.put(db, chat.campaign_id, teams)
    reply = await staff.says("统计 荷塘")
    chosen = await staff.taps(staff.button("荷塘2队"))

    assert (reply.key, reply.params["count"]) == ("stats.which", 2)
    assert chosen.params["unit"].name == "荷塘2队"


@pytest.mark.parametrize(
    "words",
    ["2022-05-01", "day 2022-05-01", "日期 5月1日", "５－１", "2022年5月1日", "yesterday", "昨天"],
)
async def test_a_day_in_the_ways_people_write_it(staff, people, words):
    """New people, activities and towns of that day."""
    reply = await staff.says(f"统计 {words}")

    assert reply.key == "stats.period"
    assert reply.params["title"] == Phrase("stats.day_title", {"day": date(2022, 5, 1)})
    assert (reply.params["new"], reply.params["joined"]) == (3, 5)
    reply = await staff.taps(staff.button("各街镇"))
    towns = {one["town"].name: one["points"] for one in said(reply, "towns")}
    assert towns == {"夏阳街道": 10, "白鹤镇": 5}


async def test_days_lead_to_their_neighbours_and_no_further(staff, people):
    """From yesterday to the day before and to today; from today only back."""
    await staff.says("统计 昨天")
    today = await staff.taps(staff.button("5月2日"))

    assert targets(today) == {
        "stats.day:2022-05-01",
        "stats.more:towns:2022-05-02",
        "stats",
        "menu",
    }


@pytest.mark.parametrize(
    ("words", "number"), [("week", 3), ("周", 3), ("week 2", 2), ("周 2", 2), ("周 第2周", 2)]
)
async def test_a_week_by_default_the_running_one(staff, people, words, number):
    """2 May is a Monday: the third week runs, the second ended with 1 May."""
    reply = await staff.says(f"统计 {words}")

    assert reply.params["title"].params["number"] == number
    assert reply.params["new"] == (0 if number == 3 else 3)
    assert reply.params["more"] == Phrase("stats.not_frozen")


async def test_classes_with_who_booked_joined_and_watched_again(chat, staff, people, clock):
    """A class of this evening: one booked, two joined for 5 points each, one watched again."""
    ming, hua, _ = people
    (live,) = await on_air(chat, row(start="2022-05-02 19:00", replay="https://x.example/1"))
    await ming.taps(f"livestreams.book:{live}")
    before = await staff.says("/stats live")
    clock.set("2022-05-02T19:10:00+08:00")
    for person in (ming, hua):
        await person.taps(f"joining.join:{live}")
    clock.set("2022-05-02T21:00:00+08:00")
    await hua.taps(f"joining.replay:{live}")

    listed = await staff.says("统计 直播")
    one = await staff.says(f"/stats live {live}")
    same = await staff.taps(f"stats.class:{live}")

    assert before.key == "turnout.none"
    numbers = {"booked": 1, "joined": 2, "replayed": 1, "points": 10}
    [entry] = said(listed, "entries")
    assert {name: entry[name] for name in numbers} == numbers
    assert {name: one.params[name] for name in numbers} == numbers
    assert same.params == one.params


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("天宫镇", "stats.unknown"),
        ("x", "stats.unknown"),
        ("%", "stats.unknown"),
        ("{user.__class__}", "stats.unknown"),
        ("live 99", "stats.no_class"),
        ("live -1", "stats.no_class"),
        ("live 99999999999999999999", "stats.no_class"),
        ("week 0", "stats.no_week"),
        ("week 26", "stats.no_week"),
        ("week last", "stats.no_week"),
        ("day 明天晚上7点", "stats.unread_day"),
        ("day 2022-02-30", "stats.unread_day"),
        ("day 2022-04-22", "stats.no_day"),
        ("day 2022-06-01", "stats.no_day"),
        ("day 2021-05-01", "stats.no_day"),
        ("字" * 3000, "stats.unknown"),
    ],
)
async def test_what_nobody_knows_is_answered_with_the_forms(staff, words, key):
    """No guess, no trace: the words as they were written, shortened, and how to ask."""
    reply = await staff.says(f"/stats {words}")

    assert reply.key == key
    assert len(staff.rendered.text) < 500


@pytest.mark.parametrize(
    "tap",
    [
        "stats.unit:nowhere",
        "stats.unit:",
        "stats.week:x",
        "stats.day:x",
        "stats.class:",
        "stats.live:x",
        "stats.more:",
        "stats.more:days:nowhere",
        "stats.more:towns:x",
        "stats.more:towns:9999-12-31",
        "stats.more:towns:99",
    ],
)
async def test_a_forged_button_is_a_clear_sentence(staff, tap):
    """Nothing breaks; the answer is a refusal or the first page."""
    reply = await staff.taps(tap)

    assert reply.key.startswith(("stats.", "turnout."))


@pytest.mark.parametrize(
    "asks",
    ["/stats", "统计 夏阳街道", "/stats live", "stats.towns", "stats.unit:xiayang", "stats.week:1"],
)
async def test_nobody_but_staff_gets_numbers(chat, asks):
    """Citizens and organisers are refused, by command, words and button."""
    ming = await chat.join("ming")
    organiser = await appoint(chat, "zhu", "朱家角镇")
    for person in (ming, organiser):
        reply = await (person.taps(asks) if asks.startswith("stats") else person.says(asks))

        assert reply.key == "errors.not_allowed"


async def test_the_towns_in_one_list(staff, people):
    """Eleven towns with participants and targets; each leads to its numbers."""
    await staff.says("统计")
    reply = await staff.taps(staff.button("各街镇"))
    town = await staff.taps(staff.button("白鹤镇"))

    assert [one["participants"] for one in said(reply, "towns")][:2] == [2, 0]
    assert len(said(reply, "towns")) == 11
    assert town.params["unit"].name == "白鹤镇"


async def test_after_the_season_it_says_so(staff, people, clock):
    """No forecast and no day that lies ahead; the last week is the default."""
    clock.set("2022-10-20T09:00:00+08:00")
    reply = await staff.says("/stats")
    week = await staff.says("/stats week")

    assert reply.params["course"].key == "units.closed"
    assert week.params["title"].params["number"] == 25


async def test_english_is_complete(staff, people):
    """The same in English, with its own names."""
    staff.language = "en"
    await staff.says("/stats Xiayang Subdistrict")

    assert "Xiayang Subdistrict" in staff.rendered.text
    assert "Participants: people who scored at least once" in staff.rendered.text
