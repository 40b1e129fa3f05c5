"""Answers to disputes: a correction, or a reason why not; decided once."""

import asyncio

from tests.corrections import adjusts, disputes, told
from tests.engine.test_correcting import audit
from tests.engine.test_till import DAY, deed


async def opens(staff, ming, words="不对", n=1):
    """Let a citizen dispute an entry, and staff open it."""
    await disputes(ming, n)
    await ming.says(words)
    await staff.says("异议")
    return await staff.says("1")


async def test_refused_with_a_reason_that_the_citizen_reads(chat, staff, ming):
    """Seen, confirmed, told, and in the log; nothing is booked."""
    await opens(staff, ming)
    await staff.taps(staff.button("不采纳"))
    seen = await staff.says("当天已签到")
    waiting = await ming.says("明细")
    said = await staff.taps(staff.button("确认"))
    await ming.says("明细")

    assert (seen.key, said.key) == ("rulings.preview", "rulings.said_no")
    assert waiting is not None
    assert "（异议未采纳：当天已签到）" in ming.rendered.text
    assert await told(chat, "ming") == ["rulings.told"]
    assert (await ming.taps(ming.button("第 1 条的异议"))).key == "disputes.is_refused"
    assert (await ming.has()).lines == 1


async def test_an_answer_that_is_not_confirmed_is_not_shown(chat, staff, ming):
    """What staff wrote and took back stays with them."""
    await opens(staff, ming)
    await staff.taps(staff.button("不采纳"))
    await staff.says("秘密草稿")
    await ming.says("明细")
    log = ming.rendered.text
    await ming.taps(ming.button("第 1 条的异议"))

    assert "秘密草稿" not in log + ming.rendered.text


async def test_accepted_with_an_adjustment(chat, staff, ming):
    """Points and answer in one message; booked, told once, and the log says accepted."""
    await opens(staff, ming)
    await staff.taps(staff.button("采纳：加减可用积分"))
    seen = await staff.says("+3 系统故障，补偿")
    done = await staff.taps(staff.button("确认"))
    await ming.says("明细")

    assert (seen.key, done.params["balance"]) == ("amending.preview", 8)
    assert "（异议已采纳：系统故障，补偿）" in ming.rendered.text
    assert await told(chat, "ming") == ["adjustments.told_adjustment"]
    assert (await staff.says("异议")).key == "rulings.none"
    assert await audit(chat) == {}


async def test_a_deed_that_paid_nothing_is_made_up_for(chat, staff, ming):
    """Over the cap it is not; after another line was reversed, there is room, once."""
    for number in range(6):
        await chat.till.award(deed(ming.account, f"v:{number}"))
    await opens(staff, ming)
    full = [b.label for row in staff.rendered.buttons for b in row]
    await adjusts(staff, ming, "")
    await staff.taps(staff.button("撤销第 1 条"))
    await staff.says("代看")
    await staff.taps(staff.button("确认"))

    await staff.says("异议")
    await staff.says("1")
    await staff.taps(staff.button("采纳：补分"))
    await staff.says("核实有效")
    done = await staff.taps(staff.button("确认"))

    assert "采纳：补分" not in full
    assert (done.key, done.params["points"], done.params["earned"]) == ("amending.booked", "+2", 15)
    assert await audit(chat) == {}


async def test_a_reversal_is_disputed_and_made_up_for(chat, staff, ming):
    """Reversed wrongly, disputed, accepted: the day counts again."""
    await adjusts(staff, ming, "")
    await staff.taps(staff.button("撤销第 1 条"))
    await staff.says("误以为代签")
    await staff.taps(staff.button("确认"))

    await opens(staff, ming)
    await staff.taps(staff.button("采纳：补分"))
    await staff.says("已核实")
    done = await staff.taps(staff.button("确认"))

    assert (done.key, done.params["earned"]) == ("amending.booked", 5)
    assert (await ming.has()).visit_days == 1
    assert await audit(chat) == {}


async def test_an_adjustment_is_disputed_and_reversed(chat, staff, ming):
    """Points that were taken come back."""
    await adjusts(staff, ming, "-4 误扣")
    await staff.taps(staff.button("确认"))
    await opens(staff, ming)
    await staff.taps(staff.button("采纳：撤销这一条"))
    await staff.says("确属误扣")
    done = await staff.taps(staff.button("确认"))

    assert (done.params["points"], done.params["balance"]) == ("+4", 5)
    assert await audit(chat) == {}


async def test_of_two_staff_one_wins(chat, boss, staff, ming):
    """One refuses, one accepts, at the same moment: one answer; the other reads who decided."""
    await opens(staff, ming)
    await staff.taps(staff.button("不采纳"))
    await staff.says("当天已签到")
    no = staff.button("确认")
    await boss.says("异议")
    await boss.says("1")
    await boss.taps(boss.button("采纳：加减可用积分"))
    await boss.says("+3 补偿")
    yes = boss.button("确认")

    replies = await asyncio.gather(staff.taps(no), boss.taps(yes))
    keys = {reply.key for reply in replies}
    late = await staff.taps(no)

    won = (
        {"rulings.said_no", "amending.dispute_decided"},
        {"amending.booked", "amending.decided_by"},
    )
    assert keys in won
    assert late.key == "amending.decided_by"
    assert (await ming.has()).balance == (8 if "amending.booked" in keys else 5)
    assert await audit(chat) == {}


async def test_withdrawn_meanwhile_nothing_is_booked(chat, staff, ming):
    """The citizen was quicker than the confirm."""
    await opens(staff, ming)
    await staff.taps(staff.button("采纳：加减可用积分"))
    await staff.says("+3 补偿")
    await ming.says("明细")
    await ming.taps(ming.button("第 1 条的异议"))
    await ming.taps(ming.button("撤回异议"))

    assert (await staff.taps(staff.button("确认"))).key == "amending.dispute_decided"
    assert (await ming.has()).balance == 5
    assert str(DAY) == "2022-05-01"


async def test_staff_do_not_decide_their_own(chat, boss, staff):
    """Not yes, not no."""
    await staff.taps("checkins")
    await opens(staff, staff)
    await staff.taps(staff.button("不采纳"))
    assert (await staff.says("我说了算")).key == "amending.own"
    await staff.says("异议")
    await staff.says("1")
    await staff.taps(staff.button("采纳：加减可用积分"))
    assert (await staff.says("+3 补偿")).key == "amending.own"
    assert (await staff.has()).balance == 5
