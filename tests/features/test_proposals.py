"""The own proposals: listed, sent again, taken back."""

import pytest

from storage.proposals import REPLACED, RETURNED, WAITING, WITHDRAWN
from tests.duties import appoint
from tests.proposed import PLAN, acts, approve, form, hand_in, states


async def test_the_list_is_the_units_own(chat, boss, mei):
    """An organiser sees her unit's, staff see everybody's, page by page."""
    lan = await appoint(chat, "lan", "liantang", by=boss)
    assert (await mei.taps("proposals")).key == "proposals.none"
    for number in range(8):
        await hand_in(mei, form(主题=f"第{number}讲"))
    await hand_in(lan, form(单位="练塘镇", 主题="练塘的"))

    mine, second = await mei.taps("proposals"), await mei.taps("proposals:1")
    other, all_of_them = await lan.taps("proposals"), await boss.taps("proposals")

    assert (mine.params["count"], other.params["count"], all_of_them.params["count"]) == (8, 1, 9)
    assert [line.params["topic"] for line in second.params["lines"].phrases] == ["第1讲", "第0讲"]
    assert (await mei.says("1")).key == "proposals.one"


@pytest.mark.parametrize("step", ["one", "edit", "details", "withdraw"])
async def test_another_unit_s_proposal_stays_theirs(chat, boss, mei, step):
    """By no button does an organiser reach what another unit handed in."""
    lan = await appoint(chat, "lan", "liantang", by=boss)
    number = await hand_in(lan, form(单位="练塘镇"))

    assert (await mei.taps(f"proposals.{step}:{number}")).key == "errors.not_yours"
    again = await mei.says(form(编号=str(number)))
    assert [p.params["label"].key for p in again.params["problems"].phrases] == [
        "filling.label_number"
    ]
    for odd in ("", "x", "999", "9" * 30, "-1"):
        assert (await mei.taps(f"proposals.{step}:{odd}")).key == "proposals.unknown"


async def test_a_draft_is_nobody_s_to_see(mei):
    """What was not confirmed does not exist yet."""
    await mei.says(form())

    assert (await mei.taps("proposals.one:1")).key == "proposals.unknown"


async def test_what_waits_can_be_changed(chat, boss, mei):
    """The form comes back with its number; the new one takes the old one's place in the review."""
    first = await hand_in(mei)
    again = await mei.taps(f"proposals.edit:{first}")
    text = mei.rendered.text.partition("/propose\n")[2]
    assert (again.key, text.split("\n")[0]) == ("proposals.again", f"编号：{first}")
    second = await hand_in(mei, "/propose\n" + text.replace("时长：60", "时长：90"))

    assert await states(chat) == {first: REPLACED, second: WAITING}
    assert (await boss.says("审核")).params["count"] == 1
    assert (await boss.taps(f"proposals.review:{first}")).params["state"].key == (
        "proposals.is_replaced"
    )


async def test_two_organisers_change_the_same_one(chat, boss, mei):
    """The second is told that somebody was first."""
    lan = await appoint(chat, "lan", "zhujiajiao", by=boss)
    first = await hand_in(mei)
    await mei.says(form(编号=str(first), 时长="90"))
    await lan.says(form(编号=str(first), 时长="45"))
    one, other = await mei.taps(mei.button("确认")), await lan.taps(lan.button("确认"))

    assert (one.key, other.key) == ("proposing.sent", "proposing.too_late")
    assert list((await states(chat)).values()).count(WAITING) == 1


async def test_taking_back_is_confirmed(chat, boss, mei):
    """It waits for nobody any more, and the second tap says how it stands."""
    number = await hand_in(mei)
    asked = await mei.taps(f"proposals.withdraw:{number}")
    target = mei.button("确认")
    done, again = await mei.taps(target), await mei.taps(target)

    assert (asked.key, done.key, again.key) == (
        "proposals.withdraw_asked",
        "proposals.withdrawn",
        "proposals.one",
    )
    assert await states(chat) == {number: WITHDRAWN}
    assert (await boss.says("审核")).key == "reviews.none"
    assert (await acts(chat))[-1] == "proposal_withdrawn"
    assert (await mei.taps("proposals")).key == "proposals.none"


async def test_what_is_decided_cannot_be_changed(chat, boss, mei):
    """Neither edited, nor taken back, nor sent again under its number."""
    number = await hand_in(mei)
    await approve(boss, number)

    for step in ("edit", "withdraw"):
        assert (await mei.taps(f"proposals.{step}:{number}")).key == "proposals.one"
    reply = await mei.says(form(编号=str(number)))
    assert reply.params["problems"].phrases[0].params["why"].key == "filling.proposal_closed"


async def test_a_returned_one_may_keep_its_time(chat, clock, boss, mei):
    """It was in time once; only a new time needs ten days again."""
    number = await hand_in(mei)
    await boss.taps(f"verdicts.why:{RETURNED}:{number}")
    await boss.says("简介太短")
    clock.set("2022-06-14T09:00:00+08:00")
    moved = await mei.says(form(编号=str(number), 时间="2022-06-19 19:00"))
    kept = await mei.says(form(编号=str(number), 简介="长一点的简介"))

    assert moved.params["problems"].phrases[0].params["why"].key == "filling.time_early"
    assert kept.key == "proposing.preview"


async def test_a_plan_leads_to_its_class(chat, boss, mei):
    """The form of the class begins with what the plan says."""
    number = await hand_in(mei, form(PLAN))
    await approve(boss, number)
    await mei.taps(f"proposals.one:{number}")
    reply = await mei.taps(mei.button("填正式申报"))

    assert reply.key == "proposals.of_plan"
    assert "主题：运河诗词\n时间：\n时长：60\n讲师：某老师" in mei.rendered.text
    assert (await mei.taps(f"proposals.details:{await hand_in(mei)}")).key == "proposals.one"


async def test_a_page_says_what_holds_then(chat, clock, boss, mei):
    """Approved, a class is no change, clashes with nothing; a plan in time stays in time."""
    plan, one = await hand_in(mei, form(PLAN)), await hand_in(mei)
    await approve(boss, one)
    clock.set("2022-06-20T09:00:00+08:00")
    pages = [await mei.taps(f"proposals.one:{number}") for number in (plan, one)]

    keys = [{phrase.key for phrase in page.params["details"].phrases} for page in pages]
    assert keys == [
        {"proposals.form_plan", "filling.line"},
        {"proposals.form_class", "filling.line"},
    ]
    assert mei.button("看这场直播").startswith("programme.one:")
