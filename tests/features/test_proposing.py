"""Filling in the form of a livestream, and handing it in."""

import asyncio

import pytest

from bot.rules.rights import Duty, Role
from storage import roles, units
from storage.proposals import DRAFT, WAITING
from storage.units import Unit
from tests.classes import on_air, row
from tests.duties import appoint
from tests.proposed import LINES, PLAN, acts, classes, form, hand_in, states
from tests.push import Worker


def problems(reply):
    """Return label and reason of each line that was refused."""
    found = []
    for phrase in reply.params["problems"].phrases:
        if phrase.key == "filling.problem":
            label = phrase.params["label"].key.removeprefix("filling.label_")
            found.append((label, phrase.params["why"].key.removeprefix("filling.")))
        else:
            found.append(("", phrase.key.removeprefix("filling.")))
    return found


async def test_the_empty_form_names_the_own_unit(mei):
    """Alone, the command returns a form with the unit and the earliest time."""
    reply = await mei.says("/propose")

    assert reply.key == "proposing.template_class"
    text = mei.rendered.text
    assert "时间写成 2022-05-11 19:00 这样" in text
    assert "/propose\n主题：\n时间：\n时长：60" in text
    assert "单位：朱家角镇" in text


async def test_the_form_of_a_plan(mei):
    """By its button, and by its words."""
    await mei.says("直播申报")
    reply = await mei.taps(mei.button("填直播计划"))

    assert reply.key == (await mei.says("直播计划")).key == "proposing.template_plan"
    assert "主题：\n月份：\n讲师：\n单位：朱家角镇" in mei.rendered.text


async def test_a_filled_form_is_shown_then_handed_in(chat, mei):
    """Nothing reaches staff before the confirming tap; the organiser sees what was understood."""
    preview = await mei.says(form())
    assert set((await states(chat)).values()) == {DRAFT}
    text = mei.rendered.text
    sent = await mei.taps(mei.button("确认"))

    assert (preview.key, sent.key) == ("proposing.preview", "proposing.sent")
    assert "时间：2022-06-18 19:00 星期六" in text
    assert "离开播还有 48 天" in text
    assert set((await states(chat)).values()) == {WAITING}
    assert await classes(chat) == []
    assert await acts(chat) == ["class_proposed"]


@pytest.mark.parametrize(
    "changed",
    [
        {"时间": "２０２２年６月１８日　１９：００"},
        {"时间": "2022/6/18 19:00"},
        {"时长": "60分钟"},
        {"单位": None},
        {"单位": "朱家角"},
        {"简介": "第一行\n第二行\n\n第三行"},
        {"主题": "讲师\n和我"},
    ],
)
async def test_forms_that_mean_the_same(mei, changed):
    """Full width, other dates, minutes with their word, the only unit left out, several lines."""
    assert (await mei.says(form(**changed))).key == "proposing.preview"


async def test_an_english_form(mei):
    """Labels and dates of the other language, also without the command before it."""
    mei.language = "en"
    await mei.says("/propose")
    text = (
        "Topic: Reading by the canal\nTime: 2022-06-18 19:00\nDuration: 60 min\nTeacher: N.\n"
        "Summary: Meals.\nLink: https://live.example.org/1\nUnit: Zhujiajiao Town"
    )

    assert (await mei.says(text)).key == "proposing.preview"
    assert "Topic: Reading by the canal" in mei.rendered.text


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"时间": "明天晚上7点"}, ("time", "time_unread")),
        ({"时间": "2022-05-10 19:00"}, ("time", "time_early")),
        ({"时间": "2022-04-30 19:00"}, ("time", "time_early")),
        ({"时间": "2022-10-07 19:00"}, ("time", "time_outside")),
        ({"时间": "2021-06-18 19:00"}, None),
        ({"时长": "9"}, ("minutes", "minutes_wrong")),
        ({"时长": "241"}, ("minutes", "minutes_wrong")),
        ({"时长": "一小时"}, ("minutes", "minutes_wrong")),
        ({"地址": "live.example.org"}, ("address", "address_wrong")),
        ({"地址": "javascript:alert(1)"}, ("address", "address_wrong")),
        ({"地址": "https://u@h/"}, ("address", "address_wrong")),
        ({"主题": "长" * 201}, ("topic", "too_long")),
        ({"简介": "长" * 1001}, ("summary", "too_long")),
        ({"单位": "练塘镇"}, ("unit", "unit_not_yours")),
        ({"单位": "不存在镇"}, ("unit", "unit_unknown")),
        ({"简介": None}, ("summary", "missing")),
        ({"讲师": ""}, ("lecturer", "missing")),
        ({"题目": "又一个"}, ("topic", "doubled")),
        ({"备注": "x"}, ("", "unknown")),
        ({"月份": "6月"}, ("month", "both")),
        ({"编号": "99"}, ("number", "no_reference")),
        ({"编号": "x"}, ("number", "no_reference")),
        ({"编号": "9" * 30}, ("number", "no_reference")),
        ({"直播编号": "99"}, ("live", "no_reference")),
    ],
)
async def test_what_is_wrong_is_named_and_kept(chat, mei, changed, named):
    """Each refusal names the line and the rule; what was typed comes back to be put right."""
    reply = await mei.says(form(**changed))

    if named is None:
        named = ("time", "time_outside")
    assert (reply.key, problems(reply)) == ("proposing.wrong", [named])
    assert await states(chat) == {}
    for label, value in {**LINES, **changed}.items():
        assert f"{label}：{value or ''}" in mei.rendered.text


async def test_ten_days_and_not_nine(chat, clock, mei):
    """Counted in campaign days, up to the last minute of the tenth."""
    clock.set("2022-06-09T00:00:00+08:00")
    late = await mei.says(form())
    clock.set("2022-06-08T23:59:00+08:00")

    assert problems(late) == [("time", "time_early")]
    assert (await mei.says(form())).key == "proposing.preview"


async def test_what_is_confirmed_after_midnight_may_be_late(chat, clock, mei):
    """The rule holds when it is handed in."""
    clock.set("2022-06-08T23:59:00+08:00")
    await mei.says(form())
    clock.ahead(minutes=2)

    assert (await mei.taps(mei.button("确认"))).key == "proposing.too_late"
    assert set((await states(chat)).values()) == {DRAFT}


@pytest.mark.parametrize(
    "text",
    ["明天晚上7点讲红楼梦", "/propose {user.__class__}", "/propose <b>", "/propose \u202e\0"],
)
async def test_no_form_at_all_is_answered_with_the_form(chat, mei, text):
    """Nothing is guessed."""
    await mei.says("/propose")
    reply = await mei.says(text)

    assert reply.key in {"proposing.no_form", "proposing.template_class"}
    assert "主题：\n时间：" in mei.rendered.text
    assert await states(chat) == {}


async def test_a_plan(chat, mei):
    """Topic, month and teacher; several ways to write a month."""
    for month in ("2022-06", "7月", "２０２２年８月", "九月"):
        await hand_in(mei, form(PLAN, 月份=month))
    assert await acts(chat) == ["plan_proposed"] * 4


@pytest.mark.parametrize(
    ("month", "why"),
    [("暑假", "month_unread"), ("2022-11", "month_outside"), ("2022-04", "month_outside"),
     ("3月", "month_unread")],
)  # fmt: skip
async def test_months_that_will_not_do(mei, month, why):
    """Within the campaign, not before this month."""
    assert problems(await mei.says(form(PLAN, 月份=month))) == [("month", why)]


async def test_plans_end_on_their_day(chat, clock, boss, mei):
    """On 7 May still; afterwards only staff add one, and it is called late."""
    clock.set("2022-05-07T23:59:00+08:00")
    await hand_in(mei, form(PLAN))
    clock.set("2022-05-08T00:00:00+08:00")
    late = await mei.says(form(PLAN, 主题="又一个"))
    by_staff = await boss.says(form(PLAN, 主题="又一个"))

    assert problems(late) == [("", "plans_closed")]
    assert by_staff.key == "proposing.preview"
    assert "proposals.late_plan" in [p.key for p in by_staff.params["details"].phrases]


async def test_no_plan_is_asked_for_after_its_day(clock, boss, mei):
    """Nobody fills in a form that would be refused; staff may, and are shown it."""
    clock.set("2022-05-08T00:00:00+08:00")

    over = await mei.says("直播计划")
    await mei.says("直播申报")
    shown = [button.label for line in mei.rendered.buttons for button in line]
    by_staff = await boss.says("直播计划")

    assert over.key == "proposing.plans_over"
    assert "填直播计划" not in shown
    assert by_staff.key == "proposing.template_plan"


async def test_staff_propose_for_any_unit_but_must_name_it(boss):
    """They have no unit of their own."""
    without = await boss.says(form(单位=None))

    assert problems(without) == [("unit", "missing")]
    assert (await boss.says(form(单位="练塘镇"))).key == "proposing.preview"


async def test_a_name_that_several_units_bear_means_the_own_one(chat, mei):
    """Only among one's own units is it looked for."""
    async with chat.database.transaction() as db:
        other = Unit("zhujiajiao_school", units.SCHOOL, "朱家角小学", "Zhujiajiao School")
        await units.put(db, chat.campaign_id, [other])

    assert (await mei.says(form(单位="朱家角"))).key == "proposing.preview"


async def test_a_clash_is_told_and_does_not_stop(chat, mei):
    """Another class of the same hour; one that ends when it begins is none."""
    await on_air(chat, row("别的课", "2022-06-18 19:30"), row("早一点", "2022-06-18 18:00"))
    reply = await mei.says(form())

    told = [p for p in reply.params["details"].phrases if p.key == "proposals.clash"]
    assert [phrase.params["topic"] for phrase in told] == ["别的课"]


async def test_the_same_class_is_not_proposed_twice(chat, mei):
    """Neither what waits, nor what is on the programme under this name and time."""
    await hand_in(mei)
    again = await mei.says(form())
    await on_air(chat, row("别的课", "2022-06-18 19:30"))
    known = await mei.says(form(主题="别的课", 时间="2022-06-18 19:30"))

    assert problems(again) == [("", "twin")]
    assert problems(known) == [("topic", "taken")]


async def test_two_taps_hand_in_once(chat, mei):
    """At once, one after the other, and the same update twice."""
    await mei.says(form())
    target = mei.button("确认")
    replies = await asyncio.gather(mei.taps(target), mei.taps(target))
    later = await mei.taps(target)

    assert list((await states(chat)).values()) == [WAITING]
    assert later.key == "proposals.one"
    assert await acts(chat) == ["class_proposed"]
    assert all(reply.key in {"proposing.sent", "proposals.one"} for reply in replies if reply)


async def test_an_old_draft_cannot_be_confirmed(chat, mei):
    """A newer form has taken its place."""
    await mei.says(form())
    old = mei.button("确认")
    await mei.says(form(主题="改过的"))

    assert (await mei.taps(old)).key == "proposing.no_draft"
    assert list((await states(chat)).values()) == [DRAFT]


async def test_confirming_is_bound_to_the_person_and_the_minute(chat, clock, boss, mei):
    """Forwarded, forged and stale buttons do nothing; a revoked organiser confirms nothing."""
    await mei.says(form())
    target = mei.button("确认")
    lan = await appoint(chat, "lan", "zhujiajiao", by=boss)
    foreign, forged = await lan.taps(target), await mei.taps("proposing.send:1")
    await boss.taps(f"revoking:{(await mei.says('我的')).params['number']}")
    await boss.taps(boss.button("确认"))
    gone = await mei.taps(target)
    clock.ahead(minutes=11)
    stale = await lan.taps(target)

    assert {foreign.key, forged.key, stale.key} == {"errors.confirm_again"}
    assert gone.key == "errors.not_allowed"
    assert list((await states(chat)).values()) == [DRAFT]


async def test_what_it_replaces_must_still_be_ones_own(chat, boss, mei):
    """An organiser of two units loses one of them between the preview and the confirming tap."""
    code = (await boss.says("/grant baihe")).params["code"]
    await mei.says(f"/role {code}")
    old = await hand_in(mei)
    await mei.says(form(编号=str(old), 单位="白鹤镇"))
    target, mine = mei.button("确认"), [Duty(Role.UNIT, "zhujiajiao")]
    async with chat.database.transaction() as db:
        await roles.revoke(db, chat.campaign_id, await mei.id(), which=mine)

    late = await mei.taps(target)

    assert late.key == "errors.not_yours"
    assert list((await states(chat)).values()) == [WAITING, DRAFT]


async def test_cancelling_leaves_nothing(chat, mei):
    """And the next text is no form any more."""
    await mei.says(form())
    reply = await mei.taps(mei.button("取消"))

    assert reply.key == "proposing.dropped"
    assert await states(chat) == {}
    assert (await mei.says("您好")).key == "help.lost"


async def test_staff_are_told_that_something_waits(chat, boss, mei):
    """Once, and not the organiser; whoever proposes is not told of the own one."""
    worker = Worker(chat)
    lan = await appoint(chat, "lan", "staff", by=boss)
    await hand_in(mei)
    await worker.rings()
    assert worker.platform.told("lan") == worker.platform.told("owner") == ["proposing.waiting"]
    await hand_in(lan, form(主题="工作人员的"))
    await worker.rings()

    assert worker.platform.told("lan").count("proposing.waiting") == 1
    assert worker.platform.told("owner").count("proposing.waiting") == 2
    assert "proposing.waiting" not in worker.platform.told("mei")


async def test_markup_in_a_form_is_text(mei):
    """What people type is escaped, in the preview and when it is refused."""
    await mei.says(form(主题="<b>{user.__class__}</b>"))
    shown = mei.rendered.text
    await mei.says(form(主题="<b>{user.__class__}</b>", 时长="x"))

    for text in (shown, mei.rendered.text):
        assert "&lt;b&gt;{user.__class__}&lt;/b&gt;" in text


async def test_who_does_not_take_part_proposes_as_well(chat, boss):
    """A role needs no consent to the campaign, nor does the form without its command."""
    made = await boss.says("/grant zhujiajiao")
    lan = chat.person("lan")
    await lan.says(f"/role {made.params['code']}")
    await lan.says("/propose")

    assert (await lan.says(form().removeprefix("/propose\n"))).key == "proposing.preview"


async def test_citizens_do_not_propose(chat):
    """The dispatcher says so."""
    ming = await chat.join("ming")

    assert (await ming.says(form())).key == "errors.not_allowed"
