"""What bound groups are told: reminders of livestreams, the week of their unit."""

import pytest
from sqlalchemy import text

from bot.messages import Fate, Receipt
from storage import citizens, livestreams, units
from storage.units import Unit
from tests.classes import on_air, row
from tests.duties import appoint, owner
from tests.features.test_groups import binds, bound, labels
from tests.push import Worker

TEAM = Unit("k3m2p9qa", units.TEAM, "古镇读书会", "Old Town Readers", town="zhujiajiao")
GONE = Receipt(Fate.GONE, reason="Forbidden: bot was kicked from the group chat")
MUTE = Receipt(Fate.FAILED, reason="not enough rights to send text messages to the chat")
EVENING = "2022-05-04 19:00"


@pytest.fixture
def worker(chat):
    """A process that rings and delivers."""
    return Worker(chat)


async def states(chat):
    """Return the state and the reason of each message to a group."""
    async with chat.database.reading() as db:
        wanted = text("SELECT state, reason FROM group_messages ORDER BY id")
        return [tuple(row) for row in await db.execute(wanted)]


def told(worker):
    """Return which group was told what."""
    return [(chat, reply.key) for chat, reply in worker.platform.in_groups]


async def ringing(worker, clock, *moments):
    """Ring at these moments of the city's time."""
    for moment in moments:
        clock.set(f"2022-05-{moment}+08:00")
        await worker.rings()


async def test_a_reminder_half_an_hour_before_once(chat, clock, worker):
    """Not the day before, not at the start, not twice; it leads into the group's own channel."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    await binds(boss)
    (live,) = await on_air(chat, row("读《红楼梦》", EVENING))

    await ringing(
        *(worker, clock, "03T18:00:00", "04T18:29:59", "04T18:30:00", "04T18:31:00", "04T19:00:00")
    )

    assert told(worker) == [("-100", "heralds.before")]
    reply = worker.platform.in_groups[0][1]
    assert (reply.params["topic"], reply.params["minutes"]) == ("读《红楼梦》", 30)
    assert reply.buttons[0][0].url == f"https://{boss.account.channel}.example.org/live_{live}"
    assert await states(chat) == [("sent", None)]


async def test_who_hears_of_which_class(chat, clock, worker):
    """The own unit's, the own team's town's, nobody's; all if asked for; none if switched off."""
    boss = await owner(chat)
    async with chat.database.transaction() as db:
        await units.put(db, chat.campaign_id, [TEAM])
    for number, unit in (("-1", "zhujiajiao"), ("-2", "k3m2p9qa"), ("-3", "jinze"),
                         ("-4", "baihe"), ("-5", "zhujiajiao")):  # fmt: skip
        boss.enters(number)
        await boss.says(f"/bind {unit}")
        await boss.taps(boss.button("确认"))
    for number, choice in (("-4", "all"), ("-5", "off")):
        group = await bound(chat, number)
        await boss.taps(f"groupsettings.lives:{group.id}:{choice}")
    await on_air(chat, row("朱家角的", EVENING))
    (everybodys,) = await on_air(chat, row("大家的", "2022-05-05 19:00"))
    async with chat.database.transaction() as db:
        await db.execute(text(f"UPDATE livestreams SET unit = NULL WHERE id = {everybodys}"))

    await ringing(worker, clock, "04T18:30:00", "05T18:30:00")

    heard = [(reply.params["topic"], chat) for chat, reply in worker.platform.in_groups]
    first, second = [
        sorted((chat for topic, chat in heard if topic == wanted), reverse=True)
        for wanted in ("朱家角的", "大家的")
    ]
    assert (first, second) == (["-4", "-2", "-1"], ["-4", "-3", "-2", "-1"])


async def test_what_was_called_off_is_not_announced(chat, clock, worker):
    """Stored a moment before, worded after: the group hears nothing."""
    await binds(await appoint(chat, "boss", "zhujiajiao"))
    (live,) = await on_air(chat, row("读《红楼梦》", EVENING))
    clock.set("2022-05-04T18:30:00+08:00")
    await worker.leader.renew()
    await worker.scheduler.look()
    async with chat.database.transaction() as db:
        await livestreams.cancel(db, live)

    await worker.rings()

    assert told(worker) == []
    assert await states(chat) == [("skipped", "not wanted")]


async def test_a_late_reminder_is_not_said(chat, clock, worker):
    """A bot that was away for the half hour lets it go."""
    await binds(await appoint(chat, "boss", "zhujiajiao"))
    await on_air(chat, row("读《红楼梦》", EVENING))

    await ringing(worker, clock, "04T18:00:00", "04T19:00:01")

    assert told(worker) == []


async def test_the_week_of_the_town_names_only_who_wants_it(chat, clock, worker):
    """Participants, points, the town's place; names of those who show them, nobody under 14."""
    await binds(await appoint(chat, "boss", "zhujiajiao"))
    people = [await chat.join(name, town="zhujiajiao") for name in ("ming", "hua", "li")]
    for person, name in zip(people, ("小明", "阿华", "小李"), strict=True):
        await person.taps("settings.rename")
        await person.says(name)
        await person.taps("checkins")
    await people[0].taps("settings.board:on")
    elsewhere = await chat.join("far", town="baihe")
    await elsewhere.taps("checkins")

    await ringing(worker, clock, "02T08:50:00", "02T09:00:00", "02T09:01:00")
    shown = chat.dispatcher.worded(worker.platform.in_groups[0][1], "zh_CN").text

    assert told(worker) == [("-100", "heralds.week")]
    assert "朱家角镇 · 第 2 周" in shown
    assert "有 <b>3</b> 位书友得分，共 15 分" in shown
    assert "在 11 个街镇中排第 <b>1</b>" in shown
    assert "· 小明 5 分" in shown
    assert not any(name in shown for name in ("阿华", "小李"))


async def test_the_week_of_a_team_is_its_people(chat, clock, worker):
    """Whoever belongs to it, wherever they live; a team has no place among towns."""
    boss = await owner(chat)
    async with chat.database.transaction() as db:
        await units.put(db, chat.campaign_id, [TEAM])
    ming = await chat.join("ming", town="baihe")
    citizen = await ming.id()
    async with chat.database.transaction() as db:
        await citizens.settle(db, citizen, town=None, team=TEAM.code)
    await ming.taps("checkins")
    boss.enters()
    await boss.says("/bind k3m2p9qa")
    await boss.taps(boss.button("确认"))

    await ringing(worker, clock, "02T08:50:00", "02T09:00:00")
    reply = worker.platform.in_groups[0][1]

    assert (reply.params["participants"], reply.params["points"]) == (1, 5)
    assert (reply.params["place"], reply.params["top"]) == ("", "")
    english = chat.dispatcher.worded(reply, "en").text
    assert "Old Town Readers, week 2" in english


async def test_a_week_without_anybody_is_not_told(chat, clock, worker):
    """No group is shamed by a nought."""
    await binds(await appoint(chat, "boss", "zhujiajiao"))
    await (await chat.join("ming", town="baihe")).taps("checkins")

    await ringing(worker, clock, "02T08:50:00", "02T09:00:00")

    assert told(worker) == []
    assert await states(chat) == [("skipped", "not wanted")]


async def test_a_group_that_wants_no_week_gets_none(chat, clock, worker):
    """Switched off by its organiser."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    await binds(boss)
    group = await bound(chat)
    await boss.taps(f"groupsettings.weekly:{group.id}:off")
    await (await chat.join("ming", town="zhujiajiao")).taps("checkins")

    await ringing(worker, clock, "02T08:50:00", "02T09:00:00")

    assert told(worker) == []


async def test_a_group_that_removed_the_bot_is_let_go(chat, clock, worker):
    """One try, then it is not bound any more, and what else waits for it is dropped."""
    await binds(await appoint(chat, "boss", "zhujiajiao"))
    await on_air(chat, row("一", EVENING), row("二", "2022-05-04 20:00"))
    worker.platform.group_answers.append(GONE)

    await ringing(worker, clock, "04T18:30:00", "04T19:30:00")

    assert told(worker) == [("-100", "heralds.before")]
    assert not (await bound(chat)).bound
    assert [state for state, _ in await states(chat)] == ["gone"]


async def test_no_right_to_write_is_a_state_and_no_loop(chat, clock, worker):
    """Each message is tried once; the settings say what is wrong, until one arrives."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    await binds(boss)
    await on_air(chat, row("一", EVENING), row("二", "2022-05-04 20:00"))
    worker.platform.group_answers.append(MUTE)

    await ringing(worker, clock, "04T18:30:00", "04T18:31:00")
    await boss.says("/bind")
    muted = boss.rendered.text
    await ringing(worker, clock, "04T19:30:00")
    await boss.says("/bind")

    assert "上一条消息没有发出去" in muted
    assert "上一条消息没有发出去" not in boss.rendered.text
    assert [state for state, _ in await states(chat)] == ["failed", "sent"]
    assert "解绑本群" in labels(boss)


async def test_doubt_is_never_sent_again(chat, clock, worker):
    """A time-out is uncertain; a killed sender's message as well."""
    await binds(await appoint(chat, "boss", "zhujiajiao"))
    await on_air(chat, row("一", EVENING), row("二", "2022-05-04 20:00"))
    worker.platform.group_answers.append(Receipt(Fate.UNCERTAIN, reason="timed out"))
    await ringing(worker, clock, "04T18:30:00", "04T18:35:00")
    clock.set("2022-05-04T19:30:00+08:00")
    await worker.leader.renew()
    await worker.scheduler.look()
    claimed = await worker.herald._claim(worker.leader.term)  # noqa: SLF001 - killed after it
    worker.monotonic.now += 61
    clock.ahead(seconds=61)
    await worker.rings()

    assert len(claimed) == 1
    assert len(told(worker)) == 1
    assert [state for state, _ in await states(chat)] == ["uncertain", "uncertain"]


async def test_a_flood_waits_as_long_as_it_is_asked_to(chat, clock, worker):
    """Told to wait 20 seconds, it is sent after them, once."""
    await binds(await appoint(chat, "boss", "zhujiajiao"))
    await on_air(chat, row("一", EVENING))
    worker.platform.group_answers.append(Receipt(Fate.LATER, reason="flooded", seconds=20))

    await ringing(worker, clock, "04T18:30:00", "04T18:30:10", "04T18:30:21", "04T18:31:00")

    assert len(told(worker)) == 2
    assert await states(chat) == [("sent", None)]


async def test_in_the_quiet_hours_groups_are_left_alone(chat, clock, worker):
    """A class at 22:40 would be announced at 22:10: it is not, nor in the morning."""
    await binds(await appoint(chat, "boss", "zhujiajiao"))
    await on_air(chat, row("夜", "2022-05-04 22:40"))

    await ringing(worker, clock, "04T22:10:00", "05T07:30:00")

    assert told(worker) == []
    assert await states(chat) == [("expired", "too late")]
