"""The lists behind a unit's gaps."""

from bot.rules import cards
from storage import citizens
from tests.duties import appoint
from tests.features.test_units import TEAMS, labels, link, settle, stock


async def test_must_join_teams_the_emptiest_first_each_with_its_link(chat):
    """Who is in, who is missing, and what to send the leader."""
    link(chat)
    await stock(chat, *TEAMS)
    boss = await appoint(chat, "boss", "zhujiajiao")
    person = await chat.join("p", town="baihe")
    await settle(chat, person, team="team0")

    reply = await boss.taps("gaps.must:zhujiajiao")
    lines = boss.rendered.text.split("\n")

    assert (reply.params["count"], reply.params["empty"]) == (5, 4)
    assert "· <b>古镇1队</b>：还没有人（代码 team1）" in lines
    assert "· <b>古镇0队</b>：1 人（代码 team0）" in lines
    assert "  https://t.me/Shuxiang_bot?start=unit_team0" in lines
    assert lines.index("· <b>古镇1队</b>：还没有人（代码 team1）") < lines.index(
        "· <b>古镇0队</b>：1 人（代码 team0）"
    )
    assert not any("古镇5队" in line for line in lines)


async def test_a_town_without_a_list_says_so(chat):
    """No must-join list, no silent team: each empty state is a sentence with the way on."""
    boss = await appoint(chat, "boss", "zhujiajiao")

    replies = [await boss.taps(f"gaps{name}:zhujiajiao") for name in (".must", ".silent", "")]

    assert [reply.key for reply in replies] == ["gaps.no_must", "gaps.no_silent", "gaps.nobody"]
    await chat.join("p", town="zhujiajiao")
    assert (await boss.taps("gaps:zhujiajiao")).key == "gaps.text"
    assert labels(boss)[:2] == ["从没签到 1 人", "一周没得分 1 人"]


async def test_silent_teams_are_listed(chat, clock):
    """People, and no scored deed for a week; a team without people is not silent but empty."""
    await stock(chat, *TEAMS)
    boss = await appoint(chat, "boss", "zhujiajiao")
    for code in ("team1", "team2"):
        person = await chat.join(code, town="zhujiajiao")
        await settle(chat, person, team=code)
        await person.taps("checkins")
    clock.ahead(days=7)
    before = await boss.taps("gaps.silent:zhujiajiao")
    clock.ahead(days=1)

    reply = await boss.taps("gaps.silent:zhujiajiao")

    assert (before.key, reply.key) == ("gaps.no_silent", "gaps.silent")
    assert "古镇1队" in boss.rendered.text
    assert "古镇2队" in boss.rendered.text
    assert "古镇3队" not in boss.rendered.text


async def test_people_are_listed_by_number_and_by_name_only_if_they_show_it(chat, clock):
    """An organiser reads card numbers; a name stands there for who put it on boards."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    ming = await chat.join("ming", town="zhujiajiao")
    hua = await chat.join("hua", town="zhujiajiao")
    for person, name in ((ming, "小明"), (hua, "阿华")):
        await person.taps("settings.rename")
        await person.says(name)
    await ming.taps("settings.board:on")
    number = (await ming.says("我的")).params["number"]

    await boss.taps("gaps:zhujiajiao")
    reply = await boss.taps(boss.button("从没签到 2 人"))

    assert reply.key == "gaps.never"
    assert f"· {number} 小明" in boss.rendered.text
    assert "阿华" not in boss.rendered.text
    assert cards.read(number) is not None


async def test_who_blocked_the_bot_is_out_of_reach_until_they_come_back(chat, clock):
    """The list follows what the channel told."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    ming = await chat.join("ming", town="zhujiajiao")
    await ming.taps("checkins")
    for gone_at, key in ((clock.system(), "gaps.unreachable"), (None, "gaps.nobody")):
        async with chat.database.transaction() as db:
            await citizens.note_presence(db, ming.account, gone_at=gone_at)
        assert (await boss.taps("gaps.people:zhujiajiao:unreachable")).key == key


async def test_long_lists_have_pages(chat):
    """Eight people are two pages; a page that is not there is the nearest."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    for n in range(8):
        await chat.join(f"p{n}", town="zhujiajiao")

    first = await boss.taps("gaps.people:zhujiajiao:never")
    second = await boss.taps(boss.button("下一页"))
    beyond = await boss.taps("gaps.people:zhujiajiao:never:999")

    assert [reply.params["page"] for reply in (first, second, beyond)] == [1, 2, 2]
    assert (await boss.taps("gaps.people:zhujiajiao:nonsense")).key == "gaps.text"


async def test_in_english_too(chat, clock):
    """The lists are English where the client is."""
    await stock(chat, *TEAMS)
    boss = await appoint(chat, "boss", "zhujiajiao")
    boss.language = "en"
    person = await chat.join("p", town="zhujiajiao")
    await settle(chat, person, team="team1")
    clock.ahead(days=8)

    for target in ("gaps.must", "gaps.silent", "gaps", "gaps.people"):
        await boss.taps(f"{target}:zhujiajiao" + (":silent" if target == "gaps.people" else ""))
        assert not any("\u4e00" <= sign <= "\u9fff" for sign in boss.rendered.text), target
