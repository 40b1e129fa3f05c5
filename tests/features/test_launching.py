"""The last step: seen exactly as it will look, counted, confirmed once, sent once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot import campaign as campaigns
from storage import audit, broadcasts, profiles
from tests.broadcasting import TEXT, crowd, draft, got, organiser, send, staff
from tests.chat import Chat
from tests.duties import owner
from tests.push import Worker


async def preview(author, written):
    """Look at it."""
    reply = await author.taps(f"launching:{written}")
    assert reply.key == "launching.preview"
    return reply


async def test_the_preview_is_what_arrives(chat):
    """Word for word and button for button, as a message of its own."""
    li = await organiser(chat)
    await crowd(chat, 1)
    written = await draft(li)
    shown = await preview(li, written)
    await li.taps(li.button("确认"))
    worker = Worker(chat)
    await worker.rings()

    [(_, arrived)] = [sent for sent in worker.platform.sent if sent[1].params.get("text")]
    assert (shown.before.key, shown.before.params, shown.before.buttons) == (
        arrived.key,
        arrived.params,
        arrived.buttons,
    )
    assert arrived.buttons[-1][0].target == "notices.off:unit"


async def test_the_counts_are_exact(chat):
    """Who can be reached, who switched the kind off, who blocked the bot."""
    li = await organiser(chat)
    people = await crowd(chat, 6)
    await crowd(chat, 2, town="jinze")
    async with chat.database.transaction() as db:
        await profiles.switch(db, await people[0].id(), "unit", on=False)
        await db.execute(
            text(
                "UPDATE accounts SET gone_at = since"
                " WHERE sender IN ('zhujiajiao-1', 'zhujiajiao-2')"
            )
        )
    written = await draft(li)

    counts = (await preview(li, written)).params["counts"].params

    assert counts == {"total": 6, "reached": 3, "off": 1, "gone": 2}


async def test_how_long_it_takes(chat):
    """Said by the pace of the platform."""
    li = await organiser(chat)
    await crowd(chat, 1)

    assert (await preview(li, await draft(li))).params["lasts"].key == "broadcasts.minute"


async def test_a_channel_whose_day_cannot_hold_all_says_what_happens(chat, clock):
    """Counted are those whose newest account is there; the day is that on which it begins."""
    boss, colleague = await staff(chat)
    people = await crowd(chat, 4)
    await crowd(chat, 1, town="jinze")
    moved, gone = await people[0].id(), await people[1].id()
    async with chat.database.transaction() as db:
        await db.execute(
            text(
                "INSERT INTO accounts (channel, sender, citizen, since)"
                " SELECT 'wecom', sender, citizen, since FROM accounts WHERE citizen = :citizen"
            ),
            {"citizen": moved},
        )
        left = text("UPDATE accounts SET gone_at = since WHERE citizen = :citizen")
        await db.execute(left, {"citizen": gone})
    written = await draft(boss, to="all")
    today, tomorrow = clock.now().date(), clock.now().date() + timedelta(days=1)

    async def said(day, **rooms):
        chat.rooms = {day: rooms}
        shown = await preview(boss, written)
        room = shown.params["room"]
        return (room.key, dict(room.params)) if room else None

    numbers = {"left": 2, "wanted": 3, "rest": 1}
    assert await said(today, telegram=2) == ("broadcasts.room", numbers)
    assert "当天还能发 2 条" in boss.rendered.text
    assert (await said(today, telegram=0))[0] == "broadcasts.no_room"
    assert await said(today, telegram=3) is None
    assert (await said(today, wecom=0))[1]["wanted"] == 1
    assert await said(tomorrow, telegram=0) is None
    await boss.taps(f"scheduling:{written}")
    await boss.says(f"{tomorrow} 10:00")
    assert (await said(tomorrow, telegram=0))[0] == "broadcasts.no_room"
    await boss.taps(boss.button("确认"))
    shown = await colleague.taps(f"broadcasts.review:{written}")
    assert shown.params["room"].key == "broadcasts.no_room"


async def test_in_quiet_hours_it_waits_for_the_morning(chat, clock):
    """The preview says so, and so does the outbox."""
    li = await organiser(chat)
    await crowd(chat, 1)
    clock.set("2022-05-01T23:00:00+08:00")
    written = await draft(li)
    when = (await preview(li, written)).params["when"]
    await li.taps(li.button("确认"))
    worker = Worker(chat)
    await worker.rings()
    by_night = got(worker)
    clock.set("2022-05-02T07:30:00+08:00")
    await worker.rings()

    assert when.key == "broadcasts.when_quiet"
    assert (by_night, got(worker)) == (set(), {"zhujiajiao-0"})


async def test_two_confirmations_at_once_send_once(chat):
    """The same button pressed twice, and once more later."""
    li = await organiser(chat)
    await crowd(chat, 3)
    written = await draft(li)
    await preview(li, written)
    confirm = li.button("确认")

    await asyncio.gather(li.taps(confirm), li.taps(confirm))
    again = await li.taps(confirm)
    worker = Worker(chat)
    await worker.rings()

    assert again.key == "broadcasts.gone_out"
    assert len(got(worker)) == 3


async def test_a_confirmation_is_for_exactly_what_was_shown(chat):
    """Edited after the preview, the old button sends nothing."""
    li = await organiser(chat)
    await crowd(chat, 1)
    written = await draft(li)
    await preview(li, written)
    confirm = li.button("确认")
    await li.taps(f"composing.write:{written}:anders")

    assert (await li.taps(confirm)).key == "launching.changed"
    worker = Worker(chat)
    await worker.rings()
    assert got(worker) == got(worker, "anders") == set()


async def test_a_forwarded_old_or_forged_button_does_nothing(chat, clock):
    """It is its author's, for ten minutes."""
    boss, hua = await staff(chat)
    li = await organiser(chat, by=boss)
    await crowd(chat, 1)
    written = await draft(li)
    await preview(li, written)
    confirm = li.button("确认")

    assert (await hua.taps(confirm)).key == "errors.confirm_again"
    assert (await li.taps("launching.now:1:x")).key == "errors.confirm_again"
    clock.ahead(minutes=11)
    assert (await li.taps(confirm)).key == "errors.confirm_again"


async def test_the_role_is_asked_again_at_the_confirmation(chat):
    """Revoked between preview and confirmation: nothing goes out."""
    boss = await owner(chat)
    li = await organiser(chat, by=boss)
    await crowd(chat, 1)
    written = await draft(li)
    await preview(li, written)
    confirm = li.button("确认")
    await boss.says(f"/revoke {(await li.says('/me')).params['number']}")
    await boss.taps(boss.button("确认"))

    assert (await li.taps(confirm)).key == "errors.not_allowed"


async def test_the_same_again_within_two_days_asks(chat, clock):
    """Then it goes out once more; to others, or after two days, nobody asks."""
    li = await organiser(chat)
    await crowd(chat, 1)
    await send(li)
    clock.ahead(hours=47)
    written = await draft(li)
    await preview(li, written)

    assert (await li.taps(li.button("确认"))).key == "launching.same"
    assert (await li.taps(li.button("再发一次"))).key == "launching.started"
    clock.ahead(hours=49)
    await send(li)


async def test_nobody_to_reach_is_said(chat):
    """There is nothing to confirm, and a kept button sends nothing."""
    li = await organiser(chat)
    [ming] = await crowd(chat, 1)
    written = await draft(li)
    await preview(li, written)
    confirm = li.button("确认")
    async with chat.database.transaction() as db:
        await profiles.switch(db, await ming.id(), "unit", on=False)

    assert (await li.taps(confirm)).key == "launching.nobody"
    labels = [each.label.key for row in (await preview(li, written)).buttons for each in row]
    assert "buttons.confirm" not in labels


async def test_a_single_member_of_staff_cannot_speak_to_the_city(chat):
    """The bot says so and names /grant; the draft is kept."""
    boss = await owner(chat)
    await crowd(chat, 1)
    written = await draft(boss, to="all")
    reply = await preview(boss, written)

    assert reply.params["then"].key == "launching.second"
    assert (await boss.taps(boss.button("确认"))).key == "launching.alone"
    assert "/grant" in boss.rendered.text
    async with chat.database.reading() as db:
        found = await broadcasts.of(db, chat.campaign_id, int(written))
    assert found.state == broadcasts.DRAFT


@pytest.mark.parametrize(
    ("towns", "waits"), [(("jinze",), False), (("jinze", "baihe", "xujing", "liantang"), True)]
)
async def test_four_units_are_as_good_as_the_city(chat, towns, waits):
    """One or a few units need no second person."""
    _, hua = await staff(chat)
    await crowd(chat, 1, town="jinze")
    written = await draft(hua, to=f"units:{','.join(towns)}")
    await preview(hua, written)

    reply = await hua.taps(hua.button("确认"))

    assert reply.key == ("launching.waits" if waits else "launching.started")


async def test_a_campaign_may_do_without_a_second_person(database, clock):
    """`second_person = false` in its file."""
    campaign = campaigns.load("qingpu_2022")
    pushes = campaign.pushes.model_copy(update={"second_person": False})
    async with Chat.open(database, clock, campaign.model_copy(update={"pushes": pushes})) as chat:
        boss = await owner(chat)
        await crowd(chat, 1)
        written = await draft(boss, to="all")
        await preview(boss, written)

        assert (await boss.taps(boss.button("确认"))).key == "launching.started"


async def test_a_confirmation_is_a_line_of_the_audit(chat):
    """With whom it was for and how many they were, without the text."""
    li = await organiser(chat)
    await crowd(chat, 2)
    written = await send(li)

    async with chat.database.reading() as db:
        [line] = await audit.newest(
            db, chat.campaign_id, offset=0, limit=1, act="broadcast_confirmed"
        )
    assert line.subject == f"#{written}"
    assert line.details == {"audience": "units:zhujiajiao", "people": 2}
    assert TEXT not in str(line)
