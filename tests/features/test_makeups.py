"""补分: points that count as a deed would have."""

from tests.corrections import adjusts, told
from tests.engine.test_correcting import audit


async def chooses(staff, activity, day):
    """Turn the adjustment that is shown into a makeup."""
    await staff.taps(staff.button("改为补分（算作某天的活动）"))
    await staff.taps(staff.button(activity))
    return await staff.taps(staff.button(day))


async def test_a_lost_check_in_is_made_up_for(chat, clock, staff, ming):
    """Yesterday's: earned, the day and the streak; told and in the log with its reason."""
    clock.ahead(days=2)
    await ming.taps("checkins")
    await adjusts(staff, ming, "5 系统故障")

    seen = await chooses(staff, "签到", "5月2日")
    done = await staff.taps(staff.button("确认"))
    await ming.says("明细")

    assert (seen.key, done.params["earned"]) == ("amending.preview", 15)
    assert (await ming.has()).visit_days == 3
    assert "签到 +5（补分，理由：系统故障）" in ming.rendered.text
    assert await told(chat, "ming") == ["adjustments.told_makeup"]
    assert await audit(chat) == {}


async def test_one_order_is_booked_in_one_way(chat, staff, ming):
    """As a makeup, and then by the older button as an adjustment: once."""
    await adjusts(staff, ming, "1 系统故障")
    older = staff.button("确认")
    await chooses(staff, "成果品鉴", "5月1日")
    done = await staff.taps(staff.button("确认"))

    assert (done.key, (await staff.taps(older)).key) == ("amending.booked", "amending.already")
    assert (await ming.has()).balance == 6


async def test_a_day_that_is_full_is_said(chat, staff, ming):
    """Today's check-in is there; more than its rate is refused as well."""
    await adjusts(staff, ming, "5 系统故障")
    assert (await chooses(staff, "签到", "5月1日")).key == "amending.already"
    await adjusts(staff, ming, "5 系统故障")
    assert (await chooses(staff, "成果品鉴", "5月1日")).key == "amending.dear"


async def test_forged_makeups_lead_nowhere(chat, boss, staff, ming):
    """Somebody else's draft, no draft, no activity, no day, tomorrow."""
    await adjusts(staff, ming, "2 系统故障")
    draft = staff.button("改为补分（算作某天的活动）").partition(":")[2]

    assert (await boss.taps(f"makeups:{draft}")).key == "amending.gone"
    for target in ("makeups:x", "makeups:999", f"makeups.of:{draft}:99", "makeups.on:"):
        assert (await staff.taps(target)).key == "amending.gone"
    for day in ("20220230", "2022", "二〇二二〇五〇一", "-0220501"):
        assert (await staff.taps(f"makeups.on:{draft}:0:{day}")).key == "amending.gone"
    for day in ("20220502", "20220422"):
        assert (await staff.taps(f"makeups.on:{draft}:0:{day}")).key == "amending.rests"
