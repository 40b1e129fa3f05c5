"""Broadcasts going out: to whom, who is left out, what the author is shown, what stops them."""

import pytest
from sqlalchemy import text

from bot.messages import Fate, Receipt
from storage import broadcasts, halts
from tests import telegram_chats as chats
from tests.broadcasting import TEXT, crowd, draft, got, organiser, send, staff, working
from tests.push import Platform, Worker


async def state(chat, written):
    """Return a broadcast as it stands."""
    async with chat.database.reading() as db:
        return await broadcasts.of(db, chat.campaign_id, int(written))


def last(worker):
    """Return the newest progress message's state and lines."""
    _, reply, _ = worker.platform.shown[-1]
    lines = {
        p.key.removeprefix("broadcasts.fate_"): p.params["count"]
        for p in reply.params["lines"].phrases
    }
    return reply.params["state"].key, lines


async def test_an_organiser_speaks_to_exactly_her_people(chat):
    """Not to the next town, not to who left, not to herself, who lives elsewhere."""
    li = await organiser(chat)
    await crowd(chat, 3)
    await crowd(chat, 2, town="jinze")
    await send(li)
    worker = Worker(chat)
    await worker.rings()

    assert got(worker) == {f"zhujiajiao-{n}" for n in range(3)}


async def test_who_sent_it_stands_above_it(chat):
    """The town, or the campaign's organiser for what staff send."""
    _, hua = await staff(chat)
    await crowd(chat, 1)
    written = await draft(hua, to="units:zhujiajiao")

    await hua.taps(f"launching:{written}")

    assert "青浦区" in hua.rendered.before.text
    assert hua.rendered.before.buttons[-1][0].tap == "notices.off:news"


async def test_each_kind_has_its_own_switch(chat):
    """Who switched off what comes from the unit still gets the campaign's news."""
    _, hua = await staff(chat)
    li = await organiser(chat, by=chat.person("owner"))
    ming, _hong = await crowd(chat, 2)
    await ming.taps("notices.off:unit")
    await send(li, "from the town")
    await send(hua, "from staff", to="units:zhujiajiao")
    worker = Worker(chat)
    await worker.rings()

    assert got(worker, "from the town") == {"zhujiajiao-1"}
    assert len(got(worker, "from staff")) == 2


async def test_the_author_follows_it_to_its_result(chat):
    """Progress is one message; at the end it says what became of everybody."""
    li = await organiser(chat)
    people = await crowd(chat, 6)
    await people[0].taps("notices.off:unit")
    refusals = [
        Receipt(Fate.GONE, reason=chats.BLOCKED),
        Receipt(Fate.GONE, reason="Bad Request: chat not found"),
        Receipt(Fate.UNCERTAIN, reason="timed out"),
    ]
    worker = await working(chat, chat.clock)
    written = await send(li)
    await worker.follows()
    first = last(worker)
    worker.platform.answers = refusals
    await worker.rings()
    await worker.rings()
    chat.clock.ahead(minutes=1)
    await worker.rings()
    await worker.follows()

    assert first[0] == "broadcasts.is_running"
    assert last(worker) == (
        "broadcasts.is_done",
        {"delivered": 2, "blocked": 1, "unreached": 1, "unsure": 1, "off": 1},
    )
    found = await state(chat, written)
    assert (found.state, broadcasts.result_of(found)["delivered"]) == (broadcasts.DONE, 2)
    assert len({ref for _, _, ref in worker.platform.shown}) == 2


async def test_a_full_day_puts_it_into_the_digest(chat):
    """Over quota is not lost: the author is told how many, and they are told tomorrow."""
    li = await organiser(chat)
    await crowd(chat, 1)
    texts = [f"No. {n}" for n in range(chat.campaign.pushes.daily_budget + 1)]
    for words in texts:
        await send(li, words)
    worker = Worker(chat)
    await worker.rings()
    chat.clock.ahead(minutes=1)
    await worker.rings()
    await worker.follows()

    assert got(worker, texts[-1]) == set()
    shown = [reply for _, reply, _ in worker.platform.shown]
    keys = [p.key for reply in shown for p in reply.params["lines"].phrases]
    assert keys.count("broadcasts.fate_quota") == 1


async def test_too_many_failures_pause_it_and_the_author_decides(chat, caplog):
    """Told with a button; resumed, it goes on and is not paused again."""
    li = await organiser(chat)
    await crowd(chat, 40)
    worker = await working(chat, chat.clock)
    platform = worker.platform
    written = await send(li)
    platform.answers = [Receipt(Fate.FAILED, reason="bad button")] * 5
    await worker.rings()
    chat.clock.ahead(minutes=1)
    await worker.rings()
    caplog.clear()

    assert (await state(chat, written)).why == "failing"
    assert "broadcasts.told" in platform.told(li.account.sender)
    reply = await li.taps(f"broadcasts.open:{written}")
    assert reply.params["state"].key == "broadcasts.is_held_failing"
    await li.taps(li.button("接着发"))
    await worker.rings()
    assert len(got(worker)) == 40


async def test_reminders_go_first(chat):
    """A broadcast stands behind what is urgent."""
    li = await organiser(chat)
    await crowd(chat, 1)
    await send(li)

    async with chat.database.reading() as db:
        assert (
            await db.scalar(text("SELECT urgency FROM pushes WHERE kind = 'broadcasts.unit'")) == 4
        )


async def test_a_lost_role_stops_it_and_staff_are_told(chat, caplog):
    """Whoever is left is not told; the result says so."""
    li = await organiser(chat)
    await crowd(chat, 80)
    written = await send(li)
    boss = chat.person("owner")
    await boss.says(f"/revoke {(await li.says('/me')).params['number']}")
    confirm = boss.button("确认")

    class Revoking(Platform):
        async def send(self, receiver, reply):
            if len(self.sent) == 40:
                await boss.taps(confirm)
            return await super().send(receiver, reply)

    worker = Worker(chat, Revoking())
    await worker.rings()
    chat.clock.ahead(minutes=1)
    await worker.rings()
    chat.clock.ahead(minutes=1)
    await worker.rings()
    caplog.clear()

    assert 40 <= len(got(worker)) <= 40 + 32
    assert "broadcasts.halted" in worker.platform.told("owner")
    found = await state(chat, written)
    assert (found.state, found.why) == (broadcasts.STOPPED, "right")
    counted = broadcasts.result_of(found)
    assert counted["delivered"] + counted["stopped"] == 80


@pytest.mark.parametrize("moved", ["jinze", None])
async def test_a_revoked_unit_stops_only_what_went_there(chat, moved):
    """An organiser of two towns who loses one: what goes to the other goes on."""
    li = await organiser(chat)
    boss = chat.person("owner")
    code = (await boss.says("/grant 金泽镇")).params["code"]
    await li.says(f"/role {code}")
    await crowd(chat, 2)
    written = await draft(li)
    await li.taps(f"picking.turn:{written}:zhujiajiao:0")
    await li.taps(f"launching:{written}")
    await li.taps(li.button("确认"))
    async with chat.database.transaction() as db:
        await db.execute(
            text("DELETE FROM duties WHERE unit = :unit"), {"unit": moved or "zhujiajiao"}
        )
    worker = Worker(chat)
    await worker.rings()

    assert len(got(worker)) == (2 if moved else 0)


async def test_a_held_one_ends_after_two_days(chat, clock):
    """What nobody decides on does not go out days later."""
    li = await organiser(chat)
    await crowd(chat, 2)
    written = await send(li)
    await li.taps(f"broadcasts.pause:{written}")
    clock.ahead(days=2, minutes=1)
    worker = Worker(chat)
    await worker.rings()
    await worker.rings()

    assert got(worker) == set()
    assert (await state(chat, written)).why == "late"
    assert (await li.taps(f"broadcasts.resume:{written}")).params["state"].key == (
        "broadcasts.is_stopped_late"
    )


async def test_who_is_erased_or_pauses_gets_nothing(chat):
    """Between confirmation and sending."""
    li = await organiser(chat)
    erased, paused, _ = await crowd(chat, 3)
    await send(li)
    for person, label in ((erased, "注销，全部删掉"), (paused, "暂停参加")):
        await person.says("/forget")
        await person.taps(person.button(label))
    worker = Worker(chat)
    await worker.rings()

    assert got(worker) == {"zhujiajiao-2"}


async def test_drafts_go_with_their_author(chat):
    """Erased, an author leaves no draft; what went out stays, under nobody's name."""
    li = await organiser(chat)
    await crowd(chat, 1)
    sent = await send(li)
    kept = await draft(li, "never sent")
    await li.says("/forget")
    await li.taps(li.button("注销，全部删掉"))

    assert await state(chat, kept) is None
    assert (await state(chat, sent)).text == TEXT
    async with chat.database.reading() as db:
        assert await halts.states(db, [(await state(chat, sent)).push])
