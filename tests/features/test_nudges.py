from tests.push import Worker


async def nudged_at(chat, name, hour):
    """Bring somebody in who wants to be nudged."""
    person = await chat.join(name)
    await person.taps(f"switches.nudge:{hour}")
    return person


async def test_only_who_asked_and_has_not_checked_in(chat, clock):
    """At the person's own hour, while the visit is open."""
    worker = Worker(chat)
    await nudged_at(chat, "ming", 20)
    hong = await nudged_at(chat, "hong", 20)
    await nudged_at(chat, "lan", 21)
    await chat.join("wei")
    await hong.says("签到")
    for moment in ("19:59:59", "20:00:00", "20:00:01", "21:00:00"):
        clock.set(f"2022-05-01T{moment}+08:00")
        await worker.rings()

    assert sorted(who for who, _ in worker.platform.sent) == ["lan", "ming"]
    assert worker.platform.told("ming") == ["nudges.text"]


async def test_the_streak_is_in_it(chat, clock):
    """What is to be kept is said."""
    worker = Worker(chat)
    ming = await nudged_at(chat, "ming", 20)
    await ming.says("签到")
    clock.ahead(days=1)
    await ming.says("签到")
    clock.set("2022-05-03T20:00:00+08:00")
    await worker.rings()

    (_, reply), *_ = worker.platform.sent
    assert reply.params["streak"] == 2


async def test_nobody_is_nudged_when_nothing_scores(chat, clock):
    """In the second phase a visit earns nothing, so nobody is called."""
    worker = Worker(chat)
    await nudged_at(chat, "ming", 20)
    clock.set("2022-10-08T20:00:00+08:00")
    await worker.rings()

    assert worker.platform.told("ming") == []


async def test_a_nudge_is_not_late(chat, clock):
    """Half an hour later it is dropped."""
    worker = Worker(chat)
    await nudged_at(chat, "ming", 20)
    clock.set("2022-05-01T20:31:00+08:00")
    await worker.rings()

    assert worker.platform.told("ming") == []
