import random

from sqlalchemy import insert

from bot.rules import cards
from bot.standings import Standings
from storage.totals import TotalsRow


async def test_without_points_there_is_no_place_yet(chat, clock):
    """The empty state says how to get one, as long as there is a way."""
    ming = await chat.join("ming")

    assert (await ming.says("排行")).key == "rank.none"
    assert "签到一次就有名次了" in ming.rendered.text
    clock.set("2022-10-08T09:00:00+08:00")
    await ming.says("排行")
    assert "您还没有得分。评选阶段不再计分。" in ming.rendered.text


async def test_the_own_place_and_two_neighbours_each_way(chat, clock):
    """Seven people with different days: the fourth sees two above and two below, as aliases."""
    crowd = [await chat.join(f"p{n}", town="baihe" if n % 2 else "xiayang") for n in range(7)]
    for day in range(7):
        for person in crowd[day:]:
            await person.taps("checkins")
        clock.ahead(days=1)

    fourth = crowd[3]
    reply = await fourth.says("排行")
    shown = [p.params["rank"] for p in reply.params["near"].phrases]

    assert (reply.params["rank"], reply.params["of"]) == (4, 7)
    assert "超过了 42%" in fourth.rendered.text
    assert shown == [2, 3, 4, 5, 6]
    assert (reply.params["town_rank"], reply.params["town_of"]) == (2, 3)
    assert fourth.rendered.text.count("书友·") == 4


async def test_who_was_first_stands_first(chat):
    """Equal in everything: the one who got there first is ahead."""
    crowd = [await chat.join(f"p{n}") for n in range(5)]
    for person in crowd:
        await person.taps("checkins")

    assert [(await person.says("排行")).params["rank"] for person in crowd] == [1, 2, 3, 4, 5]


async def test_beyond_what_is_counted_at_each_tap_it_says_of_when(chat, clock, monkeypatch):
    """Places that may be seconds old say so, in both languages; others do not."""
    for n in range(4):
        await (await chat.join(f"p{n}")).taps("checkins")
    ming, hua = await chat.join("ming"), await chat.join("hua")
    hua.language = "en"
    await ming.taps("checkins")
    exact = (await ming.says("排行")).params["as_of"]
    monkeypatch.setattr("bot.standings.EXACT_MAX", 3)
    clock.set("2022-05-01T09:59:55+08:00")
    await ming.says("排行")

    clock.ahead(seconds=9)
    told = []
    for person in (ming, hua):
        await person.says("/rank")
        told.append(person.rendered.text)
    await hua.taps("checkins")
    clock.ahead(seconds=1)
    renewed = (await ming.says("排行")).params

    assert exact == ""
    assert "第 <b>5</b> 名（共 5 位）（截至 09:59）。" in told[0]
    assert "5 readers have a place (as of 09:59)." in told[1]
    assert (renewed["of"], renewed["as_of"].params) == (6, {"at": "10:00"})


async def test_a_name_appears_only_for_those_who_opted_in(chat):
    """Named, aliased, and never anyone under 14."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    kid = chat.person("kid")
    await kid.taps("start.guardian:town_baihe")
    for person, name in ((hua, "阿华"), (kid, "小小")):
        await person.taps("settings.rename")
        await person.says(name)
        await person.taps("settings.board:on")
    for person in (ming, hua, kid):
        await person.taps("checkins")

    await ming.says("排行")

    assert "阿华" in ming.rendered.text
    assert "小小" not in ming.rendered.text


def test_an_alias_tells_nothing_of_the_number():
    """It depends on the secret, and is the same each time."""
    assert cards.alias(b"s", 7) == cards.alias(b"s", 7)
    assert cards.alias(b"s", 7) != cards.alias(b"t", 7)


async def test_ranks_agree_with_a_sorted_list(chat):
    """Counting along the index gives what sorting everybody gives, ties and all."""
    chance = random.Random(7)
    crowd = [await chat.join(f"p{n}") for n in range(60)]
    ids = [await person.id() for person in crowd]
    rows = []
    async with chat.database.transaction() as db:
        for n, citizen in enumerate(ids):
            earned, days, finished = (chance.randint(*of) for of in ((1, 3), (0, 2), (0, 1)))
            row = insert(TotalsRow).values(
                citizen=citizen, campaign=chat.campaign_id, lines=0, earned=earned, balance=0,
                debt=0, visits=b"", town="xiayang", haste=-n, visit_days=days, finished=finished,
                lives=0, erased=n % 10 == 0,
            )  # fmt: skip
            await db.execute(row)
            rows.append((earned, days, finished, 0, -n, citizen, n % 10 == 0))
    expected = [row[5] for row in sorted(rows, reverse=True) if not row[6]]

    standing = Standings(chat.campaign_id, chat.clock)
    places = {}
    for n in range(len(crowd)):
        if n % 10:
            async with chat.database.reading() as db:
                place = await standing.place(db, ids[n], each=2)
            places[place.rank] = ids[n]
            near = [neighbour.citizen for neighbour in place.near]
            assert (
                near
                == expected[max(place.rank - 3, 0) : place.rank - 1]
                + expected[place.rank : place.rank + 2]
            )

    assert [places[place] for place in sorted(places)] == expected
    assert sorted(places) == list(range(1, len(expected) + 1))
