"""What happens to a person, a class or the hour while a delivery is queued is what counts."""

from datetime import datetime

import pytest
from sqlalchemy import insert, select, text, update

from bot.messages import Fate, Receipt
from storage import citizens, livestreams, profiles, pushes
from storage.citizens import AccountRow
from tests.classes import on_air, row
from tests.engine.test_delivery import crowd, live, news, probe, states, wanted
from tests.push import Worker

LATER = Receipt(Fate.LATER, reason="no connection", seconds=35)


@pytest.fixture
def worker(chat):
    """A worker with the probe's kinds."""
    wanted.clear()
    return Worker(chat, features=[probe])


async def queued(chat, worker, people=1, kind=news):
    """Push to some people; each delivery was tried once and waits for its next try."""
    found = await crowd(chat, people)
    wanted.append((kind, "a", None))
    worker.platform.answers = [LATER] * people
    await worker.rings()
    worker.platform.sent.clear()
    return found


async def goes_on(clock, worker):
    """Let the next try come."""
    clock.ahead(seconds=35)
    await worker.rings()
    return [who for who, _ in worker.platform.sent]


async def reason(chat):
    """Return the one delivery's state and reason."""
    async with chat.database.reading() as db:
        found = await db.execute(text("SELECT state, reason FROM deliveries"))
        return tuple(found.one())


async def leaves(person, label):
    """Go through /forget to its end."""
    await person.says("/forget")
    await person.taps(person.button(label))


@pytest.mark.parametrize(
    ("label", "back"), [("暂停参加", True), ("注销，全部删掉", False)], ids=["pauses", "is erased"]
)
async def test_who_leaves_is_told_nothing_more(chat, clock, worker, label, back):
    """Through the front door, between two tries; nowhere to reach, and nothing is sent."""
    (ming,) = await queued(chat, worker)
    await leaves(ming, label)

    assert await goes_on(clock, worker) == []
    assert await reason(chat) == (pushes.GONE, "nowhere to reach")


async def test_who_comes_back_in_time_is_told(chat, clock, worker):
    """Paused and resumed between two tries: there is nothing to hold against it."""
    (ming,) = await queued(chat, worker)
    async with chat.database.transaction() as db:
        await citizens.withdraw(db, await ming.id(), at=clock.now())
    await ming.taps("start.agree")

    assert await goes_on(clock, worker) == [ming.account.sender]


async def test_who_switches_the_kind_off_is_skipped(chat, clock, worker):
    """Between two tries, by the button on another push."""
    (ming,) = await queued(chat, worker)
    await ming.taps("notices.off:news")

    assert await goes_on(clock, worker) == []
    assert await reason(chat) == (pushes.SKIPPED, "not wanted")


async def test_who_blocks_the_bot_is_not_called(chat, clock, worker):
    """The platform said so between two tries: no call, and no second try."""
    (ming,) = await queued(chat, worker)
    async with chat.database.transaction() as db:
        await citizens.note_presence(db, ming.account, gone_at=clock.now())

    assert await goes_on(clock, worker) == []
    assert await reason(chat) == (pushes.GONE, "nowhere to reach")


async def at_home(db, citizen, since):
    """Give somebody an account on the web page."""
    made = insert(AccountRow).values(channel="web", sender="at home", citizen=citizen, since=since)
    await db.execute(made)


async def test_who_changes_the_channel_is_told_there(chat, clock, worker):
    """The next try goes over the account that was added last, and there is one delivery."""
    await queued(chat, worker)
    async with chat.database.transaction() as db:
        citizen = await db.scalar(select(AccountRow.citizen))
        await at_home(db, citizen, clock.now())

    assert await goes_on(clock, worker) == ["at home"]
    assert await states(chat) == {pushes.SENT: 1}
    async with chat.database.reading() as db:
        assert await db.scalar(text("SELECT channel FROM deliveries")) == "web"


async def test_who_blocks_one_of_two_channels_is_told_on_the_other(chat, clock, worker):
    """The older account serves when nothing reaches the newer one any more."""
    (ming,) = await queued(chat, worker)
    async with chat.database.transaction() as db:
        citizen = await db.scalar(select(AccountRow.citizen))
        await at_home(db, citizen, clock.now())
        gone = update(AccountRow).where(AccountRow.sender == "at home")
        await db.execute(gone.values(gone_at=clock.now()))

    assert await goes_on(clock, worker) == [ming.account.sender]


@pytest.mark.parametrize(("kind", "told"), [(news, 1), (live, 0)], ids=["moves", "is skipped"])
async def test_the_quiet_hours_begin_while_it_waits(chat, clock, worker, kind, told):
    """Ten seconds before ten it failed: news waits for the morning, a reminder ends."""
    clock.set("2022-05-10T21:59:50+08:00")
    await queued(chat, worker, kind=kind)
    at_night = await goes_on(clock, worker)
    settled = await reason(chat)
    for moment in ("07:29:59", "07:30:00"):
        clock.set(f"2022-05-11T{moment}+08:00")
        await worker.rings()

    assert at_night == []
    assert settled == ((pushes.WAITING, None) if told else (pushes.SKIPPED, "quiet hours"))
    assert len(worker.platform.sent) == told


async def reminded(chat, clock):
    """Book a class for two people, and let the reminder half an hour before fail once."""
    worker = Worker(chat)
    (number,) = await on_air(chat, row("读《红楼梦》"))
    people = [await chat.join(name) for name in ("ming", "hong")]
    for person in people:
        await person.taps(f"livestreams.book:{number}")
    clock.set("2022-05-01T18:30:00+08:00")
    worker.platform.answers = [LATER] * 2
    await worker.rings()
    worker.platform.sent.clear()
    return number, people, worker


async def test_a_booking_taken_back_is_reminded_of_no_more(chat, clock):
    """Between two tries: only the other one is told."""
    number, (ming, _), worker = await reminded(chat, clock)
    await ming.taps(f"livestreams.unbook:{number}")

    assert await goes_on(clock, worker) == ["hong"]


async def test_a_class_edited_between_two_tries_is_said_as_it_is(chat, clock):
    """Moved: the old reminder says nothing, the news of the move goes out, to each once."""
    number, _, worker = await reminded(chat, clock)
    async with chat.database.transaction() as db:
        start = datetime.fromisoformat("2022-05-01T19:15:00+08:00")
        await livestreams.postpone(db, number, start)
    clock.set("2022-05-01T18:31:00+08:00")
    await worker.rings()

    assert sorted((who, reply.key) for who, reply in worker.platform.sent) == [
        ("hong", "changes.moved"),
        ("ming", "changes.moved"),
    ]
    clock.set("2022-05-01T18:45:00+08:00")
    await worker.rings()
    assert worker.platform.told("ming") == ["changes.moved", "reminders.soon"]


async def test_a_class_called_off_between_two_tries_reminds_nobody(chat, clock):
    """The cancellation is all they hear."""
    number, _, worker = await reminded(chat, clock)
    async with chat.database.transaction() as db:
        await livestreams.cancel(db, number)
    for moment in ("18:31", "19:00"):
        clock.set(f"2022-05-01T{moment}:00+08:00")
        await worker.rings()

    assert worker.platform.told("ming") == worker.platform.told("hong") == ["changes.cancelled"]


async def test_a_corrected_file_between_two_reminders_is_what_is_shown(chat, clock):
    """Imported again with another length: no news, no second reminder, the new page."""
    number, (ming, _), worker = await reminded(chat, clock)
    corrected = row("读《红楼梦》", minutes=90)
    async with chat.database.transaction() as db:
        await livestreams.merge(db, chat.campaign_id, [corrected], at=clock.now())
    for moment in ("18:31", "19:00"):
        clock.set(f"2022-05-01T{moment}:00+08:00")
        await worker.rings()
    page = await ming.taps(f"livestreams.open:{number}")

    assert worker.platform.told("ming") == ["reminders.soon", "reminders.begins"]
    assert page.params["minutes"] == 90


async def test_a_switch_thrown_twice_leaves_it_on(chat, clock, worker):
    """Off and on again between two tries: told."""
    (ming,) = await queued(chat, worker)
    async with chat.database.transaction() as db:
        for on in (False, True):
            await profiles.switch(db, await ming.id(), "news", on=on)

    assert await goes_on(clock, worker) == [ming.account.sender]
