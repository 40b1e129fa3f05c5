"""Organisers are reminded of what their unit owes."""

from storage import units
from storage.units import Unit
from tests.classes import on_air, row
from tests.duties import appoint
from tests.proposed import PLAN, approve, form, hand_in
from tests.push import Worker


async def mornings(worker, clock, *days, at="09:00"):
    """Go through days, each at a time of day."""
    for day in days:
        clock.set(f"2022-{day}T{at}:00+08:00")
        await worker.rings()


def told(worker, who):
    """Return the reminders somebody got, with how many days were left."""
    found = []
    for sender, reply in worker.platform.sent:
        if sender == who and reply.key.startswith("deadlines."):
            left = reply.params["left"]
            found.append((reply.key.removeprefix("deadlines."), left.params.get("days", 0)))
    return found


async def test_plans_are_reminded_of_twice(chat, clock, mei):
    """Seven days and one day before, at nine, each once; citizens and staff are left alone."""
    worker = Worker(chat)
    clock.set("2022-04-30T08:59:00+08:00")
    await worker.rings()
    assert told(worker, "mei") == []
    await mornings(worker, clock, "04-30", "04-30", "05-01", "05-05", "05-06", "05-07", "05-08")

    assert told(worker, "mei") == [("plans", 7), ("plans", 1)]
    assert told(worker, "owner") == []


async def test_only_units_without_a_plan(chat, clock, boss, mei):
    """Whoever handed one in is left alone; who was asked back or took it back is not."""
    worker = Worker(chat)
    lan = await appoint(chat, "lan", "liantang", by=boss)
    await hand_in(mei, form(PLAN))
    back = await hand_in(lan, form(PLAN, 单位="练塘镇"))
    await boss.taps(f"verdicts.why:returned:{back}")
    await boss.says("再想想")
    await mornings(worker, clock, "05-06")

    assert (told(worker, "mei"), told(worker, "lan")) == ([], [("plans", 1)])


async def test_teams_owe_nothing(chat, clock, boss):
    """A learning team's organiser is not asked for a plan, nor for a report."""
    worker = Worker(chat)
    async with chat.database.transaction() as db:
        team = Unit("readers", units.TEAM, "读书会", "Readers", town="zhujiajiao")
        await units.put(db, chat.campaign_id, [team])
    await appoint(chat, "lan", "readers", by=boss)
    await mornings(worker, clock, "05-06", "09-06", "09-13")

    assert told(worker, "lan") == []


async def test_the_report_is_reminded_of_three_times(chat, clock, mei):
    """Fourteen, seven and one days before, named in the message."""
    worker = Worker(chat)
    await mornings(worker, clock, "09-05", "09-06", "09-07", "09-13", "09-19", "09-20", "09-21")

    assert told(worker, "mei") == [("report", 14), ("report", 7), ("report", 1)]


async def test_details_of_a_planned_month(chat, clock, boss, mei):
    """Before the month, and at its last chance, as long as there are fewer classes than plans."""
    worker = Worker(chat)
    for topic in ("一", "二"):
        await approve(boss, await hand_in(mei, form(PLAN, 主题=topic)))
    clock.set("2022-05-14T09:00:00+08:00")
    await approve(boss, await hand_in(mei, form(主题="一")))
    await mornings(worker, clock, "05-15", "05-21", "05-22")
    waiting = await hand_in(mei, form(主题="二", 时间="2022-06-30 19:00"))
    await mornings(worker, clock, "06-13")
    await boss.taps(f"verdicts.why:refused:{waiting}")
    await boss.says("不合适")
    await mornings(worker, clock, "06-18", "06-19", "06-20", "06-21")

    assert told(worker, "mei") == [("details", 7), ("details", 1), ("last_details", 1)]


async def test_a_class_of_the_month_is_enough(chat, clock, boss, mei):
    """However it came onto the programme."""
    worker = Worker(chat)
    await approve(boss, await hand_in(mei, form(PLAN)))
    await on_air(chat, row("来自文件", "2022-06-02 19:00"))
    await mornings(worker, clock, "05-15", "05-21", "06-19")

    assert told(worker, "mei") == []


async def test_a_morning_that_was_missed_is_made_up_for(chat, clock, mei):
    """The bot was down on the seventh day before; a leap over both rings the nearest alone."""
    worker = Worker(chat)
    await mornings(worker, clock, "05-02", at="15:00")
    assert told(worker, "mei") == [("plans", 5)]
    await mornings(worker, clock, "09-19", at="10:00")

    assert told(worker, "mei") == [("plans", 5), ("report", 1)]


async def test_an_organiser_of_two_units_reads_both(chat, clock, boss, mei):
    """One message, with the units that owe it; the way to the form stands below."""
    worker = Worker(chat)
    made = await boss.says("/grant liantang")
    await mei.says(f"/role {made.params['code']}")
    await mornings(worker, clock, "04-30")

    (reply,) = [r for who, r in worker.platform.sent if r.key == "deadlines.plans"]
    assert [p.params["unit"].name for p in reply.params["units"].phrases] == ["朱家角镇", "练塘镇"]
    assert reply.buttons[0][0].target == "proposing.plan"


async def test_it_can_be_switched_off(chat, clock, mei):
    """Like every push."""
    worker = Worker(chat)
    await mei.taps("notices.off:deadline")
    await mornings(worker, clock, "05-06")

    assert told(worker, "mei") == []
