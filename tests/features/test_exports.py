import io
from dataclasses import replace

import openpyxl
import pytest
from sqlalchemy import func, insert, select, update

from bot.exporting import HEADS, REPORTS
from bot.rules import cards
from bot.rules.rights import Duty, Role
from storage import audit, broadcasts, calls, citizens, reports, roles, vouchers
from storage.broadcasts import BroadcastRow
from storage.db import insert_one
from storage.ledger import LineRow
from storage.pushes import DeliveryRow, PushRow
from storage.reports import Wanted
from storage.totals import TotalsRow
from storage.units import TEAM, Unit, put
from tests import duties, shop
from tests.chat import SECRET
from tests.classes import on_air, row
from tests.features.test_weeks import MONDAY
from tests.features.test_weeks import freeze as freeze_due
from tests.proposed import PLAN, approve, form, hand_in
from tests.worker import worked

TEAM_CODE = "teamteam"


async def exported(chat, person, what):
    """Export something by words, and return the sheets of the workbook that comes."""
    begun = await person.says(f"导出 {what}")
    assert begun.key == "exports.begun"
    told, rendered = await worked(chat, person)
    assert told.key == "exports.ready"
    book = openpyxl.load_workbook(io.BytesIO(rendered.document.content))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def column(rows, head):
    """Return a column by its head."""
    return [row[rows[0].index(head)] for row in rows[1:]]


async def freeze(chat, clock):
    """Let the next Monday come, and freeze the week."""
    clock.set(MONDAY)
    await freeze_due(chat)


async def totals(chat):
    """Return the sum of what was earned, and the number of lines, through a fresh session."""
    async with chat.database.reading() as db:
        earned = await db.scalar(select(func.sum(TotalsRow.earned)))
        lines = await db.scalar(select(func.count()).select_from(LineRow))
    return earned, lines


async def test_without_a_name_it_says_what_there_is(chat):
    """Each report with a button and what it holds; an unknown one is named."""
    staff = await duties.appoint(chat, "li", "staff")

    listed = await staff.says("导出")
    unknown = await staff.says("/export secrets")

    targets = [each.target for row in listed.buttons for each in row]
    assert targets[: len(REPORTS)] == [f"exports:{what}" for what in REPORTS]
    assert (unknown.key, unknown.params) == ("exports.unknown", {"what": "secrets"})
    assert (await (await chat.join("ming")).says("导出")).key == "errors.not_allowed"


async def test_the_numbers_are_those_of_the_database(chat, clock):
    """Participants, ledger and units add up to what is stored, and say so in the audit."""
    staff = await duties.appoint(chat, "li", "staff")
    ming, _hua = await chat.join("ming", town="baihe"), await chat.join("hua")
    for _ in range(2):
        await ming.taps("checkins")
        clock.ahead(days=1)
    await staff.taps("checkins")

    people = (await exported(chat, staff, "participants"))["参与者"]
    ledger = (await exported(chat, staff, "明细"))["积分明细"]
    units = (await exported(chat, staff, "units"))["单位和团队"]

    earned, lines = await totals(chat)
    assert sum(column(people, "累计得分")) == earned == 15
    assert (sum(column(ledger, "积分")), len(ledger) - 1) == (15, lines)
    assert sum(column(people, "参与")) == sum(column(units, "参与人数")) == 2
    assert sum(column(units, "登记人数")) == 4
    assert sum(column(units, "目标人数")) == 14_800
    assert column(units, "名称")[column(units, "代码").index("baihe")] == "白鹤镇"
    async with chat.database.reading() as db:
        noted = await audit.newest(db, chat.campaign_id, offset=0, limit=3)
    assert [line.subject for line in noted] == ["units", "ledger", "participants"]


async def test_an_organiser_gets_the_rows_of_the_own_unit_only(chat, clock):
    """Whatever is asked for; the last sheet says so."""
    owner = await duties.owner(chat)
    zhu = await duties.appoint(chat, "zhu", "朱家角镇", by=owner)
    mine, other = await chat.join("mine", town="zhujiajiao"), await chat.join("other-canary")
    await on_air(chat, row("我们的"), replace(row("别人的"), unit="baihe"))
    for person in (mine, other):
        await person.taps("checkins")
    await freeze(chat, clock)

    books = {what: await exported(chat, zhu, what) for what in REPORTS}

    numbers = {(await mine.says("我的")).params["number"].replace("-", "")}
    first = {what: next(iter(book.values())) for what, book in books.items()}
    assert set(column(first["participants"], "书友号")) == numbers
    assert set(column(first["ledger"], "书友号")) == numbers
    async with chat.database.reading() as db:
        for units, lines in ((("zhujiajiao",), 1), (None, 2)):
            assert await reports.count(db, "ledger", Wanted(chat.campaign_id, units)) == lines
    assert column(first["units"], "代码") == ["zhujiajiao"]
    assert column(first["livestreams"], "主题") == ["我们的"]
    assert column(books["standings"]["各单位周榜"], "单位") == ["zhujiajiao"]
    assert column(books["standings"]["个人周榜"], "书友号") == [None]
    assert ["只含单位", "朱家角镇"] in books["units"]["说明"]
    assert "canary" not in str(books)


async def test_the_scope_is_looked_up_again_when_the_work_is_done(chat):
    """Whoever is revoked in between gets nothing, whatever the order said."""
    owner = await duties.owner(chat)
    zhu = await duties.appoint(chat, "zhu", "朱家角镇", by=owner)
    number = (await zhu.says("我的")).params["number"]
    await zhu.says("导出 participants")
    confirm = await owner.says(f"/revoke {number}")
    await owner.taps(confirm.buttons[0][0].target)

    told, rendered = await worked(chat, zhu)

    assert (told.key, rendered.document) == ("errors.not_allowed", None)


async def test_a_file_is_not_given_out_any_more_when_the_right_is_gone(chat):
    """Neither by its button nor by its address; the other unit that is left does not help."""
    owner = await duties.owner(chat)
    zhu = await duties.appoint(chat, "zhu", "朱家角镇", by=owner)
    other = (await owner.says("/grant baihe")).params["code"]
    await zhu.says("导出 participants")
    look = zhu.button("刷新")
    _, rendered = await worked(chat, zhu)
    token = rendered.document.token
    await zhu.says(f"/role {other}")
    before = await chat.dispatcher.files.file(token)
    async with chat.database.transaction() as db:
        mine = [Duty(Role.UNIT, "zhujiajiao")]
        await roles.revoke(db, chat.campaign_id, await zhu.id(), which=mine)

    late = await zhu.taps(look)

    assert (before.content, await chat.dispatcher.files.file(token)) == (
        rendered.document.content,
        None,
    )
    assert (late.key, zhu.rendered.document) == ("errors.not_allowed", None)


async def test_tapping_again_while_it_is_on_its_way_makes_no_other(chat):
    """A second tap leads to the first one's file; another report is another file."""
    staff = await duties.appoint(chat, "li", "staff")

    first, again = await staff.taps("exports:units"), await staff.taps("exports:units")
    other = await staff.taps("exports:ledger")

    looks = [reply.buttons[0][0].target for reply in (first, again, other)]
    assert looks[0] == looks[1] != looks[2]


async def test_teams_are_counted_by_their_people(chat):
    """A team's participants and its share; whoever is in it belongs to the town as well."""
    staff = await duties.appoint(chat, "li", "staff")
    team = Unit(TEAM_CODE, TEAM, "读书会", "Readers", town="xiayang", target=4, must_join=True)
    async with chat.database.transaction() as db:
        await put(db, chat.campaign_id, [team])
    ming, hua = await chat.join("ming"), await chat.join("hua")
    async with chat.database.transaction() as db:
        for person in (ming, hua):
            await citizens.settle(db, await person.id(), town=None, team=TEAM_CODE)
    await ming.taps("checkins")

    units = (await exported(chat, staff, "units"))["单位和团队"]

    place = column(units, "代码").index(TEAM_CODE)
    its = dict(zip(units[0], units[1 + place], strict=True))
    named = {"参与人数": 1, "登记人数": 2, "完成比例 %": 25, "必须参加": 1, "街镇名称": "夏阳街道"}
    assert {head: its[head] for head in named} == named


async def test_the_standing_names_only_who_wants_it(chat, clock):
    """The name of whoever stands on boards, the alias of the others, numbers for staff."""
    staff = await duties.appoint(chat, "li", "staff")
    ming, hua = await chat.join("ming"), await chat.join("hua")
    for person, name in ((ming, "小明"), (hua, "阿华")):
        await person.taps("settings.rename")
        await person.says(name)
        await person.taps("checkins")
    await ming.taps("settings.board:on")
    await freeze(chat, clock)

    book = await exported(chat, staff, "standings")

    best, units = book["个人周榜"], book["各单位周榜"]
    listed, aliases = column(best, "公开的名字"), column(best, "代号")
    assert sorted(filter(None, listed)) == ["小明"]
    assert list(filter(None, aliases)) == [cards.alias(SECRET, await hua.id())]
    assert all(column(best, "书友号"))
    assert sum(column(best, "本周得分")) == sum(column(units, "本周得分")) == 10


async def test_livestreams_are_counted(chat, clock):
    """Who booked, joined and watched again, and what it earned."""
    staff = await duties.appoint(chat, "li", "staff")
    ming, hua = await chat.join("ming"), await chat.join("hua")
    [live] = await on_air(chat, row("红楼"))
    await ming.taps(f"livestreams.book:{live}")
    clock.set("2022-05-01T19:10:00+08:00")
    for person in (ming, hua):
        await person.taps(f"joining.join:{live}")

    rows = (await exported(chat, staff, "直播"))["直播课"]

    earned, _ = await totals(chat)
    told = [column(rows, head)[0] for head in ("主题", "预约", "参加", "回看", "得分")]
    assert told == ["红楼", 1, 2, 0, earned]


@pytest.mark.parametrize("what", REPORTS)
async def test_heads_are_in_the_own_language_and_each_is_explained(chat, what):
    """English for whoever speaks it; every column has a definition; it is said as of when."""
    staff = await duties.appoint(chat, "li", "staff")
    staff.language = "en"

    book = await exported(chat, staff, what)

    explained = {row[0] for row in book["Definitions"] if row[1]}
    heads = [head for sheet, rows in book.items() if sheet != "Definitions" for head in rows[0]]
    assert len(heads) == sum(len(HEADS[sheet]) for sheet in REPORTS[what])
    assert set(heads) <= explained
    assert ["As of", "2022-05-01 09:00:00"] in [row[:2] for row in book["Definitions"]]
    assert all(head.isascii() for head in heads)


async def test_how_far_it_is_can_be_pulled_and_asking_again_makes_another(chat):
    """While it waits, when it is done, and once more."""
    staff = await duties.appoint(chat, "li", "staff")
    begun = await staff.taps("exports:units")
    look = begun.buttons[0][0].target

    waiting = await staff.taps(look)
    await worked(chat, staff)
    ready = await staff.taps(look)
    document = staff.rendered.document
    again = await staff.taps(ready.buttons[0][0].target)

    assert [waiting.key, ready.key, again.key] == ["waiting.text", "exports.ready", "exports.begun"]
    assert document.name == "shuxiang-units-2022-05-01.xlsx"
    assert again.buttons[0][0].target != look


async def test_plans_and_proposals(chat):
    """What units handed in, as it stands; drafts and what was replaced stay out."""
    owner = await duties.owner(chat)
    zhu = await duties.appoint(chat, "zhu", "朱家角镇", by=owner)
    await hand_in(zhu, form(PLAN, 主题="=1+1"))
    first = await hand_in(zhu)
    second = await hand_in(zhu, form(编号=str(first), 时长="90"))
    await approve(owner, second)
    await zhu.says(form(主题="草稿"))
    await hand_in(owner, form(单位="练塘镇", 主题="练塘的"))

    everything = (await exported(chat, owner, "plans"))["直播申报"]
    mine = (await exported(chat, zhu, "计划"))["直播申报"]

    assert column(mine, "主题") == ["=1+1", "在运河边读《红楼梦》"]
    assert column(mine, "计划月份") == ["2022-06", None]
    assert column(mine, "申报时间") == [None, "2022-06-18 19:00:00"]
    assert column(mine, "审核") == ["等审核", "已通过"]
    assert column(mine, "类别") == ["直播计划", "直播申报"]
    assert column(mine, "时长") == [None, 90]
    assert sorted(column(everything, "单位名称")) == ["朱家角镇", "朱家角镇", "练塘镇"]


async def test_whom_a_broadcast_did_not_reach_is_listed_with_the_call(chat):
    """Staff see all, an organiser the own people; whoever was reached is not there."""
    owner = await duties.owner(chat)
    zhu = await duties.appoint(chat, "zhu", "朱家角镇", by=owner)
    mine, other, read = [
        await chat.join(name, town=town)
        for name, town in (("mine", "zhujiajiao"), ("other", "baihe"), ("read", "zhujiajiao"))
    ]
    await broadcast(chat, owner, {mine: "gone", other: "failed", read: "sent"})

    every = (await exported(chat, owner, "unreached"))["没收到群发的人"]
    own = (await exported(chat, zhu, "未送达"))["没收到群发的人"]

    assert column(every, "没送到的原因") == ["gone", "failed"]
    assert column(every, "电话结果") == ["told", None]
    assert column(own, "街镇名称") == ["朱家角镇"]


async def broadcast(chat, author, fates):
    """Store a broadcast that met these fates; the first of its people was rung up."""
    now = chat.clock.now()
    async with chat.database.transaction() as db:
        whose = await author.id()
        found = await broadcasts.begin(db, chat.campaign_id, whose, at=now, own=False, text="news")
        push = await insert_one(
            db,
            PushRow,
            campaign=chat.campaign_id,
            kind="x",
            once="x",
            content="{}",
            urgency=1,
            state="ended",
            filled_to=0,
            made_at=now,
            recorded_at=now,
        )
        await db.execute(update(BroadcastRow).values(push=push, state="done", started_at=now))
        for person, state in fates.items():
            ref = "r" if state == "sent" else None
            row = {"push": push, "citizen": await person.id(), "state": state, "ref": ref}
            more = {"urgency": 1, "not_before": now, "tries": 1}
            await db.execute(insert(DeliveryRow).values(**row, **more))
        first = await next(iter(fates)).id()
        await calls.note(db, found, first, outcome="told", by=whose, at=now)


async def test_rewards_are_counted_by_what_became_of_them(chat, clock):
    """One handed out, one cancelled, one open, one whose owner left; an organiser's are the own."""
    boss = await duties.owner(chat)
    mei = await duties.appoint(chat, "mei", "zhujiajiao", by=boss)
    by = await boss.id()
    reward = await shop.offer(chat, title="=HYPERLINK(1)")
    li = await shop.rich(chat, "li", 20, by=by, town="zhujiajiao")
    wang, gone = [await shop.rich(chat, name, 9, by=by) for name in ("wang", "gone")]
    for n, person in enumerate((li, li, wang, gone)):
        bought = await shop.buy(chat, person, reward, once=f"redeem:{n}")
        assert bought.verdict.value == "booked"
    back, kept = await shop.held(chat, li)  # the newest first
    async with chat.database.transaction() as db:
        now = chat.clock.now()
        assert await vouchers.hand_out(db, kept.id, place="社区学院前台", by=by, at=now)
    await shop.give_back(chat, li, back.id)
    await gone.says("注销")
    await gone.taps(gone.button("注销，全部删掉"))

    every = await exported(chat, boss, "rewards")
    own = await exported(chat, mei, "兑换")

    head, line = every["奖品"]
    told = dict(zip(head, line, strict=True))
    assert told["奖品"] == "=HYPERLINK(1)"
    counted = [told[name] for name in ("已兑换", "待领取", "已领取", "已取消", "已过期", "已作废")]
    assert (counted, told["花掉的积分"], told["库存"]) == ([4, 1, 1, 1, 0, 1], 10, 3)
    assert column(every["兑换码"], "状态") == ["已领取", "已取消", "待领取", "已作废"]
    assert column(every["兑换码"], "领取地点")[0] == "社区学院前台"
    async with chat.database.reading() as db:
        desk = await citizens.number(db, by)
    assert column(every["兑换码"], "交付人书友号")[0] == desk
    assert column(own["兑换码"], "状态") == ["已领取", "已取消"]
    assert column(own["奖品"], "已兑换") == [2]
