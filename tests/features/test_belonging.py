"""Belonging to a town, a unit and a team: by link, by code, by name; always asked first."""

import asyncio

import pytest

from storage import citizens, units
from storage.units import Unit

BUREAU = Unit("edu", units.BUREAU, "教育局", "Education Bureau")
SCHOOL = Unit("first", units.SCHOOL, "第一中学", "First School")
TEAM = Unit("k3m2p9qa", units.TEAM, "古镇读书会", "Old Town Readers", town="zhujiajiao")
OTHER = Unit("b4n5r6sb", units.TEAM, "晨读队", "Morning Readers", town="xiayang")


@pytest.fixture(autouse=True)
async def _stocked(chat):
    """A bureau, a school, and a team in each of two towns."""
    async with chat.database.transaction() as db:
        await units.put(db, chat.campaign_id, [BUREAU, SCHOOL, TEAM, OTHER])


async def belongs(chat, person):
    """Return a person's town, unit and team."""
    async with chat.database.reading() as db:
        found = await citizens.find(db, person.account)
    return found.town, found.unit, found.team


def labels(person):
    """Return the labels of the last answer's buttons."""
    return [button.label for row in person.rendered.buttons for button in row]


async def test_a_team_link_brings_its_town_through_consent(chat):
    """Thirty people with one QR code tap once: town and team are theirs, and can be put right."""
    ming = chat.person("ming")

    await ming.says("/start unit_k3m2p9qa")
    joined = await ming.taps(ming.button("我已满14周岁，同意"))

    assert joined.key == "start.joined"
    assert "古镇读书会" in ming.rendered.text
    assert await belongs(chat, ming) == ("zhujiajiao", None, "k3m2p9qa")
    assert (await ming.taps(ming.button("我不住这个街镇"))).key == "belonging.text"


async def test_a_unit_link_without_a_town_still_asks_the_town(chat):
    """A bureau has none: the town question comes, and the unit is kept."""
    ming = chat.person("ming")

    await ming.says("/start unit_edu")
    asked = await ming.taps(ming.button("我已满14周岁，同意"))
    await ming.taps(ming.button("白鹤镇"))

    assert asked.key == "start.ask_town"
    assert await belongs(chat, ming) == ("baihe", "edu", None)


async def test_a_town_is_a_unit_too(chat):
    """`unit_` before a town's code leads to the town."""
    ming = chat.person("ming")

    await ming.says("/start unit_baihe")
    joined = await ming.taps(ming.button("我已满14周岁，同意"))

    assert joined.key == "start.joined"
    assert await belongs(chat, ming) == ("baihe", None, None)


async def test_the_link_goes_through_the_guardians_consent(chat):
    """The team of a child's link is still there after the guardian's answer."""
    kid = chat.person("kid")

    await kid.says("/start unit_k3m2p9qa")
    await kid.taps(kid.button("我未满14周岁"))
    await kid.taps(kid.button("我是监护人，同意"))

    assert await belongs(chat, kid) == ("zhujiajiao", None, "k3m2p9qa")


async def test_a_link_between_consent_and_town_settles_both(chat):
    """Who left before choosing a town and comes back by a team's link is done."""
    ming = chat.person("ming")
    await ming.taps("start.agree")

    reply = await ming.says("/start unit_k3m2p9qa")

    assert reply.key == "start.joined"
    assert await belongs(chat, ming) == ("zhujiajiao", None, "k3m2p9qa")


async def test_a_team_of_another_town_moves_nobody(chat):
    """It is asked and said where it is; the own town stays."""
    ming = await chat.join("ming", town="xiayang")

    asked = await ming.says("/start unit_k3m2p9qa")
    before = await belongs(chat, ming)
    text = ming.rendered.text
    joined = await ming.taps(ming.button("确认"))

    assert (asked.key, before) == ("belonging.ask_team", ("xiayang", None, None))
    assert "这个团队在朱家角镇。您的街镇仍是夏阳街道" in text
    assert joined.key == "belonging.joined"
    assert await belongs(chat, ming) == ("xiayang", None, "k3m2p9qa")


async def test_replacing_names_what_is_left(chat):
    """A second team takes the place of the first, as the question says; unit and town stay."""
    ming = await chat.join("ming")
    for code in ("k3m2p9qa", "edu"):
        await ming.says(f"/start unit_{code}")
        await ming.taps(ming.button("确认"))

    await ming.says("/start unit_b4n5r6sb")

    assert "您现在的团队是<b>古镇读书会</b>" in ming.rendered.text
    await ming.taps(ming.button("确认"))
    assert await belongs(chat, ming) == ("xiayang", "edu", "b4n5r6sb")


async def test_what_one_belongs_to_is_not_asked_again(chat):
    """The own team's poster scanned again leads to the menu."""
    ming = chat.person("ming")
    await ming.says("/start unit_k3m2p9qa")
    await ming.taps(ming.button("我已满14周岁，同意"))

    reply = await ming.says("/start unit_k3m2p9qa")

    assert reply.key == "belonging.already"
    assert "签到" in labels(ming)


@pytest.mark.parametrize(
    "payload", ["unit_zzz", "town_zzz", "town_edu", "unit_", "unit_" + "x" * 59]
)
async def test_an_unknown_code_is_said_with_the_ways_on(chat, payload):
    """To a newcomer below the welcome, to a citizen with the list of ways to join."""
    ming, hua = chat.person("ming"), await chat.join("hua")

    welcome = await ming.says(f"/start {payload}")
    lost = await hua.says(f"/start {payload}")

    assert welcome.key == "start.welcome"
    assert "没有找到" in ming.rendered.text
    assert lost.key == "start.unknown_unit"
    assert labels(hua) == ["单位与团队", "菜单"]


@pytest.mark.parametrize(
    "words",
    [
        "k3m2p9qa",
        "K3M2P9QA",
        "unit_k3m2p9qa",
        "https://t.me/Shuxiang_bot?start=unit_k3m2p9qa",
        "古镇读书会",
        "古镇",
        "old town readers",
    ],
)
async def test_a_code_a_link_or_a_name_may_be_typed(chat, words):
    """Whatever was on the poster leads to the question, and the question is closed."""
    ming = await chat.join("ming")
    await ming.says("设置")
    await ming.taps(ming.button("单位与团队"))
    await ming.taps(ming.button("输入代码或名称"))

    asked = await ming.says(words)

    assert (asked.key, asked.params["unit"].name) == ("belonging.ask_team", "古镇读书会")
    assert (await ming.says(words)).key == "help.lost"


@pytest.mark.parametrize("words", ["火星队", "x", "<b>", "'; DROP TABLE units", "y" * 4000])
async def test_unknown_words_are_asked_again(chat, words):
    """The next attempt is still understood."""
    ming = await chat.join("ming")
    await ming.taps("belonging.enter")

    assert (await ming.says(words)).key == "belonging.unknown"
    assert (await ming.says("古镇读书会")).key == "belonging.ask_team"


async def test_words_for_several_are_offered(chat):
    """Two teams with one beginning are both buttons."""
    ming = await chat.join("ming")
    async with chat.database.transaction() as db:
        made = [Unit(f"t{n}", units.TEAM, f"夜读{n}组", f"Night {n}") for n in (1, 2)]
        await units.put(db, chat.campaign_id, made)
    await ming.taps("belonging.enter")

    assert (await ming.says("夜读")).key == "belonging.which"
    assert (await ming.taps(ming.button("夜读2组"))).key == "belonging.ask_team"


async def test_the_own_towns_teams_are_listed(chat):
    """Only the own town's; a town without any says what else there is."""
    ming, hua = await chat.join("ming", town="xiayang"), await chat.join("hua", town="jinze")

    listed = await ming.taps("belonging.teams")
    empty = await hua.taps("belonging.teams:7")

    assert labels(ming)[0] == "晨读队"
    assert "古镇读书会" not in labels(ming)
    assert (listed.key, empty.key) == ("belonging.teams", "belonging.no_teams")


async def test_leaving_is_undone_by_one_tap(chat):
    """Team and unit are left apart; the way back asks as any joining does."""
    ming = await chat.join("ming")
    for code in ("k3m2p9qa", "edu"):
        await ming.says(f"/start unit_{code}")
        await ming.taps(ming.button("确认"))
    await ming.taps("belonging")

    left = await ming.taps(ming.button("退出团队"))
    after = await belongs(chat, ming)
    again = await ming.taps(ming.button("重新加入"))

    assert (left.key, after) == ("belonging.left", ("xiayang", "edu", None))
    assert again.key == "belonging.ask_team"
    assert (await ming.taps("belonging.leave:team")).key == "belonging.text"
    assert [(await ming.taps(f"belonging.leave:{it}")).key for it in ("town", "", "x")] == [
        "belonging.text"
    ] * 3


async def test_the_town_is_changed_once_a_day(chat):
    """The list leaves the own town out; the second move of a day is refused."""
    ming = await chat.join("ming", town="xiayang")
    await ming.taps("belonging.towns")
    assert "夏阳街道" not in labels(ming)

    await ming.taps(ming.button("白鹤镇"))
    moved = await ming.taps(ming.button("确认"))
    await ming.taps("belonging.see:jinze")
    refused = await ming.taps(ming.button("确认"))

    assert (moved.key, refused.key) == ("belonging.joined", "belonging.moved_today")
    assert (await belongs(chat, ming))[0] == "baihe"


async def test_eight_confirmations_at_once_join_once(chat):
    """Tapping 确认 again and again is one joining."""
    ming = await chat.join("ming")
    await ming.says("/start unit_k3m2p9qa")
    target = ming.button("确认")

    replies = await asyncio.gather(*(ming.taps(target) for _ in range(8)))

    assert {reply.key for reply in replies} == {"belonging.joined"}
    assert await belongs(chat, ming) == ("xiayang", None, "k3m2p9qa")


async def test_forged_buttons_join_nothing(chat):
    """A code without its signature, another person's confirmation, a code that is no unit."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    await ming.says("/start unit_k3m2p9qa")
    target = ming.button("确认")

    replies = [
        await hua.taps(target),
        await ming.taps("belonging.join:edu"),
        await ming.taps(target.replace("k3m2p9qa", "edu")),
        await ming.taps("belonging.see:../../etc"),
    ]

    assert [reply.key for reply in replies] == ["errors.confirm_again"] * 3 + ["start.unknown_unit"]
    assert await belongs(chat, hua) == ("xiayang", None, None)


async def test_mine_shows_unit_and_team(chat):
    """我的 names them beside the town, in both languages."""
    ming = chat.person("ming")
    await ming.says("/start unit_k3m2p9qa")
    await ming.taps("start.agree:unit_k3m2p9qa")
    await ming.says("/start unit_edu")
    await ming.taps(ming.button("确认"))

    await ming.says("我的")
    zh = ming.rendered.text
    ming.language = "en"
    await ming.says("me")

    assert "朱家角镇 · 教育局 · 古镇读书会" in zh
    assert "Zhujiajiao Town · Education Bureau · Old Town Readers" in ming.rendered.text
