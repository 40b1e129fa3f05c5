"""The public board: what it shows and to whom, its data, its line of events, its safety."""

import asyncio
import re

import orjson
import pytest
from sqlalchemy import update

from bot.web import feed as lines
from storage import citizens, profiles
from storage.citizens import CitizenRow
from storage.db import Unavailable
from storage.profiles import Profile
from storage.units import UnitRow
from tests.classes import on_air, row
from tests.pages import Site
from tests.stocked import stock

SCRIPT = "<script>alert('x')</script>"
TEXT = re.compile(r"<[^>]+>")


def words(html):
    """Return what a page says, its tags left out."""
    return " ".join(TEXT.sub(" ", html).split())


@pytest.fixture
async def site(chat):
    """The pages of a bot, and the task group its viewers are in."""
    site = Site(chat)
    async with site.client, asyncio.TaskGroup() as site.tasks:
        yield site


async def read(person, clock, *ids):
    """Open works, wait, finish them."""
    for item in ids:
        await person.taps(f"items.open:{item}")
    clock.ahead(minutes=6)
    for item in ids:
        await person.taps(f"items.done:{item}")


async def populate(chat, clock):
    """Let five people and a child take part for four days; markup stands wherever it can."""
    people = [await chat.join(f"p{n}", town=("xiayang", "jinze")[n % 2]) for n in range(4)]
    child = await chat.join("child")
    await chat.person("idle").joins("jinze")
    one, two = await stock(chat, "book", SCRIPT, "红楼梦")
    async with chat.database.transaction() as db:
        await profiles.put(db, await people[0].id(), Profile("张三丰", listed=True))
        young = update(CitizenRow).where(CitizenRow.id == await child.id())
        await db.execute(young.values(band=citizens.YOUNG))
        named = update(UnitRow).where(UnitRow.code == "jinze")
        await db.execute(named.values(name=SCRIPT, name_en=SCRIPT))
    await on_air(chat, row(SCRIPT, "2022-05-05 19:00"), row("在播的课", "2022-05-04 09:00"))
    for _ in range(3):
        for person in (*people, child):
            await person.taps("checkins")
        clock.ahead(days=1)
    await people[0].taps("checkins")
    for person in people[:3]:
        await read(person, clock, one)
    await read(people[3], clock, two)


async def test_the_board_shows_the_campaign_and_nobody(site, chat, clock):
    """Counts, classes, favourites, all of it escaped; no name, no child."""
    await populate(chat, clock)
    page = (await site.client.get("/board?lang=zh")).text
    said = words(page)
    for shown in (
        "参与人数 5",
        "目标 14,800 人，已达 0.0%",
        "登记人数 6",
        "正在直播",
        "还有 33 小时",
    ):
        assert shown in said
    assert SCRIPT not in page
    assert page.count("&lt;script&gt;") >= 3  # a town, a class, a work
    assert "某老师" not in page
    data = await site.client.get("/board.json")
    assert not re.search("张三丰|某老师|lecturer", page + data.text)
    await (await chat.join("late")).taps("checkins")
    assert (await site.client.get("/board.json")).json() == data.json()  # a few seconds old


async def test_the_data_is_what_readme_says(site, chat, clock):
    """Numbers, towns in the file's order, days without gaps, streaks under aliases."""
    await populate(chat, clock)
    data = (await site.client.get("/board.json")).json()
    order = [town["id"] for town in data["towns"]]
    assert order == [town.id for town in chat.campaign.towns]
    counts = {town["id"]: town["participants"] for town in data["towns"]}
    assert (counts["xiayang"], counts["jinze"]) == (3, 2)
    assert data["version"] == 1
    assert (data["participants"], data["registered"], data["target"]) == (5, 6, 14800)
    assert data["today"] == {"checkins": 1, "points": 13}
    assert [each["title"] for each in data["most_read"]] == [SCRIPT]  # once is no favourite yet
    assert [each["days"] for each in data["streaks"]] == [4, 3, 3, 3]  # the child is not there
    assert all(re.fullmatch("[2-9A-Z]{4}", each["alias"]) for each in data["streaks"])
    by_day = {each["day"]: each["points"] for each in data["points_by_day"]}
    assert by_day["2022-05-01"] == {"checkin": 25}
    assert by_day["2022-04-30"] == {}


async def test_a_thousand_viewers_cost_one_reading(site, chat, monkeypatch):
    """Those who come together wait for one reading; without a database the last one shows."""
    ming = await chat.join("ming")
    boards = await asyncio.gather(*(site.boards.latest() for _ in range(1000)))
    assert site.boards.readings == 1
    assert all(board is boards[0] for board in boards)
    await ming.taps("checkins")
    assert (await site.boards.latest()).participants == 0
    site.seconds += 5
    assert (await site.boards.latest()).participants == 1

    def away():
        raise Unavailable("away")

    site.later()
    monkeypatch.setattr(chat.database, "reading", away)
    assert (await site.boards.latest()).participants == 1
    answer = await Site(chat).client.get("/board")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "数字暂时取不到" in answer.text
    assert (await Site(chat).client.get("/board.json")).json()["error"] == "unavailable"


async def test_what_is_known_is_not_sent_again(site, chat, clock):
    """Page and data have tags; the same again is 304, a change another tag."""
    ming = await chat.join("ming")
    marks = {}
    for path in ("/board", "/board?lang=en", "/board.json"):
        first = await site.client.get(path)
        assert first.headers["cache-control"] == "public, max-age=4"
        marks[path] = first.headers["etag"]
        again = await site.client.get(path, headers={"if-none-match": f"W/{marks[path]}"})
        assert (again.status_code, again.text) == (304, "")
        assert len(first.content) < 40_000
    assert len(set(marks.values())) == 3
    assert first.headers["access-control-allow-origin"] == "*"
    await ming.taps("checkins")
    site.later()
    for path, mark in marks.items():
        assert (await site.client.get(path, headers={"if-none-match": mark})).status_code == 200


async def test_towns_are_compared_only_where_the_campaign_says_so(site, chat):
    """Then the furthest comes first, else the file's order holds."""
    await (await chat.join("ming", town="jinze")).taps("checkins")
    plain = words((await site.client.get("/board")).text)
    assert plain.index("夏阳街道") < plain.index("金泽镇")
    assert "排列不分先后" in plain
    asked = chat.campaign.board.model_copy(update={"compare_towns": True})
    chat.campaign = chat.campaign.model_copy(update={"board": asked})
    async with chat.database.transaction() as db:
        await db.execute(update(UnitRow).where(UnitRow.code == "jinze").values(target=10))
    compared = words((await Site(chat).client.get("/board")).text)
    assert compared.index("金泽镇") < compared.index("夏阳街道")


class Viewer:
    """An open page: what it was sent, and whether it reads at all."""

    def __init__(self, site, *, known="", reads=True, language="zh"):
        self.status, self.sent, self.opened = 0, [], asyncio.Event()
        self.reads, self.left, self.news = reads, asyncio.Event(), asyncio.Event()
        query = f"lang={language}&v={known}".encode()
        scope = {"type": "http", "method": "GET", "path": lines.PATH, "query_string": query}
        feed = site.pages.feed({**scope, "headers": []}, self._receive, self._send)
        self.done = site.tasks.create_task(feed)

    async def _receive(self):
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        self.news.set()
        self.opened.set()
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif not self.reads:
            await asyncio.Event().wait()
        else:
            self.sent.append(message.get("body", b""))

    async def events(self, count):
        """Wait for so many events, and return what each changes."""
        async with asyncio.timeout(60):
            while len(found := [each for each in self.sent if b"data:" in each]) < count:
                self.news.clear()
                await self.news.wait()
        return [orjson.loads(each.partition(b"data: ")[2]) for each in found]


async def test_viewers_are_told_what_changed(site, chat):
    """Who has the newest gets nothing, who has not gets all, then both what changed alone."""
    ming = await chat.join("ming")
    feed = site.pages.feed
    mark = (await site.client.get("/board")).headers["etag"].strip('"')
    fresh, old, english = Viewer(site, known=mark), Viewer(site), Viewer(site, language="en")
    everything = (await old.events(1))[0]
    assert set(everything) == {"as-of", "people", "days", "lives", "towns", "read", "streaks"}
    assert "People taking part" in (await english.events(1))[0]["people"]
    await feed.look()
    await ming.taps("checkins")
    site.later()
    await feed.look()
    [changed] = await fresh.events(1)
    assert set(changed) == {"people", "days", "towns"}
    assert (await old.events(2))[1] == changed
    await feed.look()
    assert feed.viewers == 3
    fresh.left.set()
    await fresh.done
    assert feed.viewers == 2
    feed.close()
    await asyncio.gather(old.done, english.done)
    assert (feed.viewers, old.sent[-1]) == (0, b"")
    late = Viewer(site)
    await late.done
    assert late.status == 503


async def test_who_came_while_the_database_was_away_is_told_later(site, chat, monkeypatch):
    """Whatever a page has, the next look brings it to what there is."""
    ming = await chat.join("ming")
    mark = (await site.client.get("/board")).headers["etag"].strip('"')
    before = await site.pages.show("zh_CN")

    async def away(_language):
        raise Unavailable("away")

    feed = site.pages.feed
    with monkeypatch.context() as without:
        without.setattr(feed, "_show", away)
        viewers = [Viewer(site, known=mark), Viewer(site, known="older")]
        await asyncio.gather(*(viewer.opened.wait() for viewer in viewers))
        await feed.look()
    await ming.taps("checkins")
    site.later()
    await feed.look()
    for viewer in viewers:
        [told] = await viewer.events(1)
        assert set(told) == set(before.parts)
        viewer.left.set()
        await viewer.done


async def test_before_and_after_the_campaign(site, clock):
    """The board says when it begins and that it is over; nothing is counted that does not count."""
    clock.set("2022-04-22T23:00:00+08:00")
    assert "活动还没有开始，4月23日见" in words((await site.client.get("/board")).text)
    clock.set("2022-10-09T10:00:00+08:00")
    site.later()
    said = words((await site.client.get("/board")).text)
    assert "评选 · 第 170 天 · 本阶段还有 6 天" in said
    clock.set("2022-11-03T10:00:00+08:00")
    site.later()
    assert "活动已经结束，最后一天是10月31日" in words((await site.client.get("/board")).text)
    data = (await site.client.get("/board.json")).json()
    assert len(data["points_by_day"]) == 167


async def test_who_does_not_keep_up_is_let_go(site, chat, monkeypatch):
    """A line that takes nothing ends after its patience; no more than so many may look on."""
    ming = await chat.join("ming")
    feed = site.pages.feed
    monkeypatch.setattr(lines, "WRITE_SECONDS_MAX", 0.01)
    monkeypatch.setattr(lines, "VIEWERS_MAX", 2)
    deaf, good = Viewer(site, reads=False), Viewer(site)
    await good.events(1)
    third = Viewer(site)
    await third.done
    assert (third.status, feed.viewers) == (503, 2)
    deaf.left.set()  # as uvicorn says when its connection was cut
    await deaf.done
    await feed.look()
    for day in range(lines.WAITING_MAX + 1):
        await ming.taps("checkins")
        site.later()
        await feed.look()
        await good.events(day + 2)
        chat.clock.ahead(days=1)
    good.left.set()
    await good.done
    assert feed.viewers == 0
