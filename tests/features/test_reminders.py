import pytest

from storage import livestreams
from tests.classes import on_air, row
from tests.push import Worker


@pytest.fixture
def worker(chat):
    """A process that rings and delivers."""
    return Worker(chat)


async def booked(chat, worker, *names, start="2022-05-02 19:00"):
    """Put a livestream on the air tomorrow, and book it for people."""
    (live,) = await on_air(chat, row("读《红楼梦》", start))
    people = []
    for name in names:
        person = await chat.join(name)
        await person.taps(f"livestreams.book:{live}")
        people.append(person)
    return live, people


async def test_three_reminders_to_those_who_asked(chat, clock, worker):
    """The evening before, half an hour before, at the start; nobody else hears of it."""
    await booked(chat, worker, "ming")
    await chat.join("hong")
    for moment in (
        "2022-05-01T17:59:59", "2022-05-01T18:00:00", "2022-05-01T18:01:00",
        "2022-05-02T18:29:59", "2022-05-02T18:30:00", "2022-05-02T18:31:00",
        "2022-05-02T18:59:59", "2022-05-02T19:00:00", "2022-05-02T19:01:00",
    ):  # fmt: skip
        clock.set(f"{moment}+08:00")
        await worker.rings()

    assert worker.platform.told("ming") == [
        "reminders.tomorrow", "reminders.soon", "reminders.begins",
    ]  # fmt: skip
    assert worker.platform.told("hong") == []
    soon = worker.platform.sent[1][1]
    assert soon.params["minutes"] == 30
    assert soon.buttons[0][0].target.startswith("livestreams.open:")


async def test_who_is_in_already_is_left_alone(chat, clock, worker):
    """At the start only those who are not there yet are called."""
    live, (_, hong) = await booked(chat, worker, "ming", "hong")
    clock.set("2022-05-02T18:55:00+08:00")
    await hong.taps(f"joining.join:{live}")
    clock.set("2022-05-02T19:00:00+08:00")
    await worker.rings()

    assert worker.platform.told("ming")[-1:] == ["reminders.begins"]
    assert "reminders.begins" not in worker.platform.told("hong")


async def test_that_it_has_begun_reminds_nobody_again(chat, clock, worker):
    """The organiser says so two minutes after the start; who was called is not called twice."""
    live, _ = await booked(chat, worker, "ming")
    clock.set("2022-05-02T19:00:00+08:00")
    await worker.rings()
    async with chat.database.transaction() as db:
        assert await livestreams.set_state(db, live, livestreams.LIVE)
    clock.set("2022-05-02T19:03:00+08:00")
    await worker.rings()

    assert worker.platform.told("ming").count("reminders.begins") == 1


async def test_a_late_reminder_is_skipped_and_listed(chat, clock, worker):
    """Back after half an hour: the reminder before is over, and stands in the notices."""
    _, (ming,) = await booked(chat, worker, "ming")
    clock.set("2022-05-02T19:30:01+08:00")
    await worker.rings()
    listed = await ming.says("通知")

    assert worker.platform.told("ming") == []
    assert listed.key == "notices.text"
    assert "未送达" in ming.rendered.text
    assert "读《红楼梦》" in ming.rendered.text


async def test_a_reminder_may_come_a_little_late(chat, clock, worker):
    """Twenty-nine minutes after the moment it is still worth something, and says what is left."""
    await booked(chat, worker, "ming")
    clock.set("2022-05-02T18:59:00+08:00")
    await worker.rings()

    key, reply = worker.platform.told("ming"), worker.platform.sent[0][1]
    assert key == ["reminders.begins"]
    assert reply.params["minutes"] == 1


async def test_a_new_time_reminds_anew(chat, clock, worker):
    """Postponed after the first reminder: those who booked hear of it, and are reminded again."""
    live, _ = await booked(chat, worker, "ming")
    clock.set("2022-05-02T18:30:00+08:00")
    await worker.rings()
    async with chat.database.transaction() as db:
        start = clock.now().replace(hour=20, minute=0)
        await livestreams.postpone(db, live, start)
    for moment in ("18:31", "19:00", "19:30", "20:00"):
        clock.set(f"2022-05-02T{moment}:00+08:00")
        await worker.rings()

    assert worker.platform.told("ming") == [
        "reminders.soon", "changes.moved", "reminders.soon", "reminders.begins",
    ]  # fmt: skip


async def test_a_cancellation_is_told_once_and_ends_the_reminders(chat, clock, worker):
    """Everybody who booked hears of it; nobody is called to what does not take place."""
    live, _ = await booked(chat, worker, "ming")
    async with chat.database.transaction() as db:
        await livestreams.cancel(db, live)
    for moment in ("18:29", "18:30", "19:00"):
        clock.set(f"2022-05-02T{moment}:00+08:00")
        await worker.rings()

    assert worker.platform.told("ming") == ["changes.cancelled"]


async def test_a_long_queue_starts_earlier(chat, clock, worker, monkeypatch):
    """At two a minute, six people take three minutes: the reminder starts in time for the last."""
    monkeypatch.setattr("handlers.reminders.SPEED", 2 / 60)
    await booked(chat, worker, *(f"p{n}" for n in range(6)))
    clock.set("2022-05-02T18:26:59+08:00")
    await worker.rings()
    before = len(worker.platform.sent)
    clock.set("2022-05-02T18:27:00+08:00")
    await worker.rings()

    assert (before, len(worker.platform.sent)) == (0, 6)
