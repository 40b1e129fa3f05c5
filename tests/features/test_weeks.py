import json
from datetime import date, timedelta

from sqlalchemy import select

from bot.operations import weekly
from bot.operations.weekly import Where
from storage import freezing, holdings, weeks
from storage.weeks import WeekPlaceRow
from tests.chat import SECRET
from tests.features.test_leaving import leaves
from tests.push import Worker

MONDAY = "2022-05-02T08:50:00+08:00"


async def freeze(chat):
    """Do what the bell will do: freeze whatever is complete now."""
    now = chat.clock.now()
    async with chat.database.transaction() as db:
        return await weekly.freeze_due(
            db, chat.campaign, chat.campaign_id, day=chat.campaign.day(now), at=now
        )


async def season(chat, clock):
    """Let three people check in in the first two weeks, hua first, then ming most; freeze them."""
    clock.set("2022-04-24T09:00:00+08:00")
    homes = {"ming": "xiayang", "hua": "baihe", "li": "xiayang"}
    crowd = [await chat.join(name, town=town) for name, town in homes.items()]
    for person in crowd[1::-1]:
        await person.taps("checkins")
    for day in range(25, 28):
        clock.set(f"2022-04-{day}T09:00:00+08:00")
        for person in crowd[: 28 - day]:
            await person.taps("checkins")
    clock.set(MONDAY)
    await freeze(chat)
    return crowd


async def test_before_the_first_freeze_it_says_when(chat, clock):
    """The first Monday at 08:50; a minute later it is being made."""
    clock.set("2022-04-23T09:00:00+08:00")
    ming = await chat.join("ming")

    early = await ming.says("周榜")
    shown = ming.rendered.text
    clock.set("2022-04-25T08:50:00+08:00")
    late = await ming.says("周榜")

    assert (early.key, late.key) == ("weeks.none", "weeks.soon")
    assert "2022-04-25 08:50" in shown


async def test_the_own_week(chat, clock):
    """Points, place, change, the own town's place, days, streak, and the best."""
    ming, hua, li = await season(chat, clock)

    reply = await ming.says("周榜")
    text = ming.rendered.text
    mine = reply.params["mine"].params

    assert (reply.params["number"], reply.params["first"]) == (2, date(2022, 4, 25))
    assert (mine["points"], mine["rank"], mine["of"]) == (15, 1, 3)
    assert "超过了 66%" in text
    assert "上升 1 名" in text
    assert (mine["visits"], mine["streak"]) == (3, "")  # four days missed since
    assert (mine["town"].params["town_rank"], mine["town"].params["town_of"]) == (1, 2)
    assert (mine["town"].params["town_place"], mine["town"].params["towns"]) == (1, 11)
    assert "夏阳街道" in text
    assert "白鹤镇" not in text
    assert "1. 您 · 15 分" in text
    assert text.count("书友·") == 2
    assert "下降 1 名" in (await hua.says("/week"), hua.rendered.text)[1]
    assert "前一周" not in (await li.says("本周"), li.rendered.text)[1]


async def test_the_weeks_before(chat, clock):
    """A button leads to the week before and back; a button that leads nowhere shows the newest."""
    ming, *_ = await season(chat, clock)

    await ming.says("周榜")
    older = await ming.taps(ming.button("‹ 上一周"))
    newest = await ming.taps(ming.button("下一周 ›"))
    lost = [await ming.taps(f"weeks:{wanted}") for wanted in ("2022-04-26", "x", "2023-01-02")]

    assert [reply.params["number"] for reply in (older, newest, *lost)] == [1, 2, 2, 2, 2]
    assert "前一周" not in older.params["mine"].params["change"]


async def test_nothing_earned_that_week(chat, clock):
    """Said plainly, with the best all the same."""
    await season(chat, clock)
    late = await chat.join("late")

    reply = await late.says("周榜")

    assert reply.params["mine"].key == "weeks.nothing"
    assert "这一周您没有得分，有 3 位书友上榜" in late.rendered.text
    assert late.rendered.text.count("书友·") == 3


async def test_an_empty_week(chat, clock):
    """Nobody earned anything: no list, no gap."""
    clock.set("2022-04-25T08:50:00+08:00")
    ming = await chat.join("ming")
    await freeze(chat)

    reply = await ming.says("周榜")

    assert reply.params["top"] == ""
    assert "\n\n\n" not in ming.rendered.text


async def test_rank_week_is_the_same(chat, clock):
    """`/rank week` and 排行 周 lead here; anything else behind /rank is the rank."""
    ming, *_ = await season(chat, clock)

    asked = ("/week", "/rank week", "/rank 周", "排行 周榜", "/RANK Week")
    replies = [await ming.says(text) for text in asked]
    others = [await ming.says(text) for text in ("/rank", "/rank month", "排行")]

    assert all(reply == replies[0] for reply in replies)
    assert {reply.key for reply in others} == {"rank.text"}
    assert await ming.taps(ming.button("周榜")) == replies[0]


async def test_a_name_stands_on_the_board_for_who_wants_it(chat, clock):
    """And goes when the person leaves; the place stays, as nobody's."""
    ming, hua, _ = await season(chat, clock)
    await hua.taps("settings.rename")
    await hua.says("阿华")
    await hua.taps("settings.board:on")
    await ming.says("周榜")
    named = ming.rendered.text
    citizen = await hua.id()

    await leaves(hua, "erase")
    await ming.says("周榜")
    async with chat.database.reading() as db:
        rows = (await db.execute(select(WeekPlaceRow).where(WeekPlaceRow.citizen == citizen))).all()

    assert "2. 阿华 · 10 分" in named
    assert "阿华" not in ming.rendered.text
    assert "2. 书友·" in ming.rendered.text
    assert len(rows) == 2


async def test_every_missed_week_is_frozen(chat, clock):
    """After a jump all complete weeks are made, once, and none that is still going on."""
    await season(chat, clock)
    clock.set("2022-05-18T12:00:00+08:00")

    made = [frozen.first for frozen in await freeze(chat)]

    assert made == [date(2022, 5, 2), date(2022, 5, 9)]
    assert await freeze(chat) == []


async def test_the_content_of_the_push(chat, clock):
    """The same as is shown in the chat, for many at once, with the way to switch it off."""
    crowd = await season(chat, clock)
    ids = [await person.id() for person in crowd]
    nobody = max(ids) + 1
    where = Where(chat.campaign, chat.campaign_id, SECRET)
    async with chat.database.reading() as db:
        frozen = (await weeks.every(db, chat.campaign_id))[-1]
        told = await weekly.content(db, where, frozen, citizens=[*ids, nobody])

    shown = [await person.says("周榜") for person in crowd]

    assert [told[citizen].params for citizen in ids] == [reply.params for reply in shown]
    assert told[nobody].params["mine"].key == "weeks.nothing"
    targets = {button.target for row in told[ids[0]].buttons for button in row}
    assert targets == {"rank", "switches"}


async def test_it_can_be_said_in_english(chat, clock):
    """Every part of it."""
    ming, *_ = await season(chat, clock)
    ming.language = "en"

    await ming.says("/week")

    assert "Week 2" in ming.rendered.text
    assert "Up 1 from the week before" in ming.rendered.text


async def test_the_copy_of_ones_data_holds_the_places(chat, clock):
    """What a frozen week says of somebody is among what is held about them."""
    ming, *_ = await season(chat, clock)
    async with chat.database.reading() as db:
        held, _ = await holdings.of(db, await ming.id())

    assert [row["points"] for row in held["week_places"]] == [5, 15]
    assert json.dumps(held["week_places"])


async def test_mondays_freeze_and_tell(chat, clock):
    """Frozen at 08:50, told at 09:00 to those who earned something, once; /rank week shows it."""
    worker = Worker(chat)
    ming, hong = await chat.join("ming"), await chat.join("hong")
    clock.set("2022-05-04T09:00:00+08:00")
    await ming.says("签到")
    for moment in ("09T08:49", "09T08:50", "09T08:59", "09T09:00", "09T09:01", "10T09:00"):
        clock.set(f"2022-05-{moment}:00+08:00")
        await worker.rings()

    assert worker.platform.told("ming") == ["weeks.text"]
    assert worker.platform.told("hong") == []
    assert (await hong.says("/rank week")).key == "weeks.text"


async def test_missed_mondays_are_frozen_and_only_the_newest_is_told(chat, clock):
    """Back after three weeks: three weeks are frozen, and one message goes out."""
    worker = Worker(chat)
    ming = await chat.join("ming")
    for week in range(3):
        clock.set(f"2022-05-{4 + 7 * week:02}T09:00:00+08:00")
        await ming.says("签到")
    clock.set("2022-05-23T09:30:00+08:00")
    await worker.rings()
    async with chat.database.reading() as db:
        frozen = await weeks.every(db, chat.campaign_id)

    assert [week.first.isoformat() for week in frozen][-3:] == [
        "2022-05-02", "2022-05-09", "2022-05-16",
    ]  # fmt: skip
    assert worker.platform.told("ming") == ["weeks.text"]
    assert worker.platform.sent[0][1].params["first"].isoformat() == "2022-05-16"


async def test_ranking_a_week_holds_up_no_writer(chat, clock, monkeypatch):
    """A late check-in of Sunday is paid meanwhile; the week is frozen as it stood before."""
    worker = Worker(chat)
    ming, hua = await chat.join("ming"), await chat.join("hua")
    clock.set("2022-05-08T23:50:00+08:00")
    await ming.says("签到")
    clock.set("2022-05-09T08:49:00+08:00")
    await worker.rings()
    rank, replies = freezing.rank, []

    async def slowly(*given, **more):
        ranks = await rank(*given, **more)
        replies.append(await hua.says("签到", stamped=clock.now() - timedelta(hours=9)))
        return ranks

    monkeypatch.setattr("storage.freezing.rank", slowly)
    clock.set("2022-05-09T08:50:00+08:00")
    await worker.rings()
    async with chat.database.reading() as db:
        frozen = await weeks.every(db, chat.campaign_id)

    assert [(reply.key, reply.params["points"]) for reply in replies] == [("checkins.paid", 5)]
    assert (frozen[-1].first.isoformat(), frozen[-1].points) == ("2022-05-02", 5)
