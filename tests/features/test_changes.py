from storage import livestreams
from tests.classes import on_air, row
from tests.push import Worker


async def test_the_replay_goes_to_those_who_missed_it(chat, clock):
    """Who booked and did not come is offered the recording, once."""
    worker = Worker(chat)
    (live,) = await on_air(chat, row("读《红楼梦》", replay="https://live.example.org/replay"))
    ming, hong = await chat.join("ming"), await chat.join("hong")
    for person in (ming, hong):
        await person.taps(f"livestreams.book:{live}")
    clock.set("2022-05-01T19:01:00+08:00")
    await hong.taps(f"joining.join:{live}")
    for moment in ("20:01", "20:02", "21:00"):
        clock.set(f"2022-05-01T{moment}:00+08:00")
        await worker.rings()

    assert worker.platform.told("ming")[-1:] == ["changes.replay"]
    assert worker.platform.told("ming").count("changes.replay") == 1
    assert "changes.replay" not in worker.platform.told("hong")


async def missed(chat, clock, *, replay=""):
    """Hold a class that ming booked and missed, and ring until its end."""
    worker = Worker(chat)
    (live,) = await on_air(chat, row("读《红楼梦》", replay=replay))
    ming = await chat.join("ming")
    await ming.taps(f"livestreams.book:{live}")
    for moment in ("18:30", "19:00", "20:01"):
        clock.set(f"2022-05-01T{moment}:00+08:00")
        await worker.rings()
    return worker


async def published(chat, replay):
    """Import the class again, now with its recording."""
    async with chat.database.transaction() as db:
        again = row("读《红楼梦》", replay=replay)
        await livestreams.merge(db, chat.campaign_id, [again], at=chat.clock.now())


async def test_a_replay_that_comes_days_later_is_still_told_once(chat, clock):
    """The recording needs its time; whoever missed the class hears of it when it is there."""
    worker = await missed(chat, clock)
    clock.set("2022-05-15T10:00:00+08:00")
    await worker.rings()
    before = worker.platform.told("ming").count("changes.replay")
    await published(chat, "https://live.example.org/replay")
    for moment in ("10:01", "10:02"):
        clock.set(f"2022-05-15T{moment}:00+08:00")
        await worker.rings()
    await published(chat, "https://live.example.org/replay/2")
    clock.ahead(minutes=1)
    await worker.rings()

    assert before == 0
    assert worker.platform.told("ming").count("changes.replay") == 1


async def test_an_old_replay_is_no_news(chat, clock):
    """More than a fortnight after the class nobody is told any more."""
    worker = await missed(chat, clock)
    clock.set("2022-05-15T20:00:00+08:00")
    await published(chat, "https://live.example.org/replay")
    await worker.rings()

    assert "changes.replay" not in worker.platform.told("ming")
