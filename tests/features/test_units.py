"""本单位: what an organiser sees of the own unit, and nobody of another's."""

import dataclasses

import pytest

from storage import citizens, units
from storage.units import Unit
from tests.chat import Chat
from tests.duties import appoint, owner

LINKS = ("https://t.me/Shuxiang_bot?start={}", "https://reading.example.org/?start={}")
TEAMS = [
    Unit(f"team{n}", units.TEAM, f"古镇{n}队", f"Old Town {n}", town="zhujiajiao", must_join=n < 5)
    for n in range(6)
]
BUREAU = Unit("edu", units.BUREAU, "教育局", "Education Bureau", reporter="沈老师")


async def stock(chat, *made):
    """Put units and teams into the database."""
    async with chat.database.transaction() as db:
        await units.put(db, chat.campaign_id, made)


async def settle(chat, person, **where):
    """Put somebody into a unit or team."""
    citizen = await person.id()
    async with chat.database.transaction() as db:
        await citizens.settle(db, citizen, town=None, **where)


def link(chat: Chat):
    """Let the bot be known on Telegram and on a page."""
    place = dataclasses.replace(
        chat.dispatcher._place,  # noqa: SLF001 - what the app passes at start
        links=lambda start: tuple(each.format(start) for each in LINKS),
    )
    chat.dispatcher._place = place  # noqa: SLF001


def labels(person):
    """Return the labels of the last answer's buttons."""
    return [button.label for row in person.rendered.buttons for button in row]


async def test_the_own_town_at_a_glance(chat, clock):
    """Participants, share, what is needed a day, the forecast, the week, as of now."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    people = [await chat.join(f"p{n}", town="zhujiajiao") for n in range(4)]
    await chat.join("elsewhere", town="baihe")
    for person in people[:3]:
        await person.taps("checkins")
    clock.ahead(days=1)
    await people[0].taps("checkins")
    clock.ahead(days=1)

    reply = await boss.says("本单位")
    text = boss.rendered.text

    assert reply.key == "units.text"
    assert "朱家角镇" in text
    assert "（截至 2022-05-03 09:00" in text
    assert "<b>3</b> / 目标 1,500，不到 1%\n■□□□□□□□□□" in text
    assert "登记人数：4" in text
    assert "还有 157 天" in text
    assert "还差 1,497 人，平均每天要新增 <b>10</b> 人" in text
    assert "到时大约有 <b>50</b> 人" in text
    assert "· 签到 4 次（多了 4）" in text
    assert "还没有“必须参加”的学习团队名单" in text


async def test_the_week_is_set_against_the_week_before(chat, clock):
    """Two check-ins, then one: one fewer; today is not yet counted."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    one, two = [await chat.join(f"p{n}", town="zhujiajiao") for n in range(2)]
    await one.taps("checkins")
    await two.taps("checkins")
    clock.ahead(days=7)
    await one.taps("checkins")
    clock.ahead(days=1)
    await one.taps("checkins")

    await boss.says("本单位")

    assert "· 签到 1 次（少了 1）" in boss.rendered.text
    assert "· 经典品阅 0 次（持平）" in boss.rendered.text


async def test_three_gaps_of_a_town(chat, clock):
    """Missing must-join teams, silent teams, unreached people, each with its button."""
    await stock(chat, *TEAMS)
    boss = await appoint(chat, "boss", "zhujiajiao")
    people = [await chat.join(f"p{n}", town="zhujiajiao") for n in range(6)]
    for person in people[:3]:
        await settle(chat, person, team="team0")
    await settle(chat, people[3], team="team5")
    await people[3].taps("checkins")
    async with chat.database.transaction() as db:
        await citizens.note_presence(db, people[4].account, gone_at=clock.system())
    clock.ahead(days=8)
    await people[0].taps("checkins")

    await boss.says("本单位")
    text = boss.rendered.text

    assert "1. 必须参加的 5 个团队里，4 个还没有人或不足 3 人（4 个一个人也没有）" in text
    assert "2. 1 个团队最近一周没有人得分：\n   · 古镇5队" in text
    assert "3. 1 人收不到消息，4 人从来没有签到过" in text
    assert labels(boss)[:4] == ["加入链接", "必须参加的团队", "安静的团队", "还没动起来的人"]


async def test_gaps_that_are_closed_are_said(chat):
    """A town whose teams are there and awake, and whose people came, is told so."""
    await stock(chat, TEAMS[0])
    boss = await appoint(chat, "boss", "zhujiajiao")
    for n in range(3):
        person = await chat.join(f"p{n}", town="zhujiajiao")
        await settle(chat, person, team="team0")
        await person.taps("checkins")

    await boss.says("本单位")

    assert "1. 1 个必须参加的团队都已经有人了" in boss.rendered.text
    assert "2. 有人加入的团队，最近一周都有人得分" in boss.rendered.text
    assert "3. 登记的人都收得到消息，也都签到过" in boss.rendered.text


async def test_a_bureau_has_no_target_and_gaps_of_its_own(chat):
    """No share, no bar; its people are the gaps; who reports for it is named."""
    await stock(chat, BUREAU)
    boss = await appoint(chat, "boss", "edu")
    one, two = [await chat.join(f"p{n}") for n in range(2)]
    for person in (one, two):
        await settle(chat, person, unit="edu")
    await one.taps("checkins")

    await boss.says("本单位")
    text = boss.rendered.text

    assert "参与人数：<b>1</b>（没有设目标）" in text
    assert "%" not in text
    assert "1. 1 人从来没有签到过" in text
    assert "2. 1 人最近一周没有得分" in text
    assert "3. 登记的人都收得到消息" in text
    assert "联络人：沈老师" in text
    assert "必须参加的团队" not in labels(boss)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2022-04-20T09:00:00+08:00", "4月23日开始计分"),
        ("2022-10-08T09:00:00+08:00", "已于10月6日"),
    ],
)
async def test_before_and_after_what_scores(chat, clock, moment, words):
    """Neither a pace nor a forecast where no day is left or none has begun."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    clock.set(moment)

    await boss.says("本单位")

    assert words in boss.rendered.text
    assert "平均每天" not in boss.rendered.text


async def test_another_unit_is_shown_by_no_route(chat):
    """By name, by beginning, by code, by each button: it is not hers, and nothing is told."""
    await stock(chat, *TEAMS, BUREAU)
    boss = await appoint(chat, "boss", "zhujiajiao")

    said = [await boss.says(f"/unit {words}") for words in ("白鹤镇", "baihe", "edu", "古镇0队")]
    tapped = [
        await boss.taps(target)
        for target in ("units:baihe", "units.invite:baihe", "gaps:baihe", "gaps.must:edu",
                       "gaps.silent:baihe:1", "gaps.people:baihe:never", "gaps.people:team0:never")
    ]  # fmt: skip
    unknown = [await boss.says(f"/unit {words}") for words in ("火星", "x", "'; --", "y" * 3000)]

    assert {reply.key for reply in said + tapped} == {"errors.not_yours"}
    assert {reply.key for reply in unknown} == {"units.unknown"}
    assert "白鹤" not in boss.rendered.text


async def test_a_citizen_and_a_stranger_see_nothing(chat):
    """Only those in charge get in."""
    ming, stranger = await chat.join("ming", town="zhujiajiao"), chat.person("stranger")

    assert (await ming.says("/unit 朱家角镇")).key == "errors.not_allowed"
    assert (await ming.taps("gaps:zhujiajiao")).key == "errors.not_allowed"
    assert (await stranger.says("/unit 朱家角镇")).key == "start.welcome"


async def test_a_revoked_organiser_sees_nothing_from_then_on(chat):
    """The page's old buttons are refused at once."""
    boss = await owner(chat)
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)
    await ming.says("本单位")
    target = ming.button("还没动起来的人")
    number = (await ming.says("我的")).params["number"]
    await boss.says(f"/revoke {number}")
    await boss.taps(boss.button("确认"))

    assert (await ming.taps(target)).key == "errors.not_allowed"


async def test_staff_see_any_unit(chat):
    """By the list of towns, by kind, by a word that fits several."""
    await stock(chat, *TEAMS, BUREAU)
    staff = await appoint(chat, "staff", "staff")

    assert (await staff.says("本单位")).key == "units.choose"
    assert (await staff.taps(staff.button("白鹤镇"))).key == "units.text"
    assert (await staff.says("/unit 朱家角镇")).params["unit"].name == "朱家角镇"
    assert (await staff.says("本单位 古镇")).key == "units.which"
    assert staff.button("看别的单位") == "units"
    assert (await staff.taps(staff.button("古镇3队"))).key == "units.text"
    assert (await staff.taps("units.kind:bureau")).key == "units.ask_unit"
    assert (await staff.taps(staff.button("教育局"))).key == "units.text"
    assert (await staff.taps("units.kind:school:5")).key == "units.none_of_kind"


async def test_who_organises_several_chooses(chat):
    """Two duties are two buttons; each page leads back to the choice."""
    boss = await owner(chat)
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)
    code = (await boss.says("/grant jinze")).params["code"]
    await ming.says(f"/role {code}")

    assert (await ming.says("本单位")).key == "units.choose"
    assert labels(ming) == ["朱家角镇", "金泽镇"]
    await ming.taps(ming.button("金泽镇"))
    assert "看别的单位" in labels(ming)


async def test_the_link_is_given_for_each_place_the_bot_is(chat):
    """Telegram's and the page's; the code stands beside them."""
    link(chat)
    boss = await appoint(chat, "boss", "zhujiajiao")
    await boss.says("本单位")

    reply = await boss.taps(boss.button("加入链接"))

    assert reply.key == "units.invite"
    for each in LINKS:
        assert each.format("unit_zhujiajiao") in boss.rendered.text
    assert "代码：<b>zhujiajiao</b>" in boss.rendered.text


async def test_without_an_address_there_is_the_code(chat):
    """Nothing is invented."""
    boss = await appoint(chat, "boss", "zhujiajiao")

    await boss.taps("units.invite:zhujiajiao")

    assert "现在没有可以用的链接" in boss.rendered.text


async def test_thirty_people_come_by_the_link(chat):
    """What the invitation says is what /start takes: they are hers, and counted."""
    link(chat)
    boss = await appoint(chat, "boss", "zhujiajiao")
    await boss.taps("units.invite:zhujiajiao")
    start = LINKS[0].format("").removesuffix("{}")
    payload = next(
        line.removeprefix(start) for line in boss.rendered.text.split("\n") if start in line
    )
    for n in range(30):
        person = chat.person(f"p{n}")
        await person.says(f"/start {payload}")
        await person.taps(person.button("我已满14周岁，同意"))

    await boss.says("本单位")

    assert "登记人数：30" in boss.rendered.text


async def test_in_english_too(chat):
    """No Chinese sign on the page of a town with gaps."""
    await stock(chat, *TEAMS)
    boss = await appoint(chat, "boss", "zhujiajiao")
    boss.language = "en"
    one = await chat.join("one", town="zhujiajiao")
    await one.taps("checkins")

    await boss.says("/unit")

    assert "Participants: <b>1</b> of 1,500, less than 1%" in boss.rendered.text
    assert "Of 5 must-join teams, 5 have nobody or fewer than 3 people" in boss.rendered.text
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in boss.rendered.text)
