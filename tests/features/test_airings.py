import pytest
from sqlalchemy import select

from storage import livestreams
from storage.livestreams import LivestreamRow
from tests.classes import on_air, row
from tests.push import Worker

START = "2022-05-01T19:00:00+08:00"


async def state_of(chat, live):
    """Read a livestream's state."""
    async with chat.database.reading() as db:
        return await db.scalar(select(LivestreamRow.state).where(LivestreamRow.id == live))


async def asked(chat, clock):
    """Put a livestream on the air, book it for ming, and ring its start."""
    worker = Worker(chat)
    (live,) = await on_air(chat, row("读《红楼梦》"))
    ming = await chat.join("ming")
    await ming.taps(f"livestreams.book:{live}")
    clock.set(START)
    await worker.rings()
    return live, worker


async def test_the_start_is_asked_about_once(chat, clock, owner):
    """Whoever is in charge is asked, also without taking part; a citizen is not."""
    live, worker = await asked(chat, clock)
    clock.ahead(minutes=1)
    await worker.rings()

    assert worker.platform.told("owner") == ["airings.asked"]
    assert "airings.asked" not in worker.platform.told("ming")
    reply = next(reply for who, reply in worker.platform.sent if who == "owner")
    assert reply.buttons[0][0].target == f"airings.began:{live}"


async def test_it_has_begun(chat, clock, owner):
    """One tap; the second says how it stands, and nobody is asked again."""
    live, worker = await asked(chat, clock)

    first, second = (
        await owner.taps(f"airings.began:{live}"),
        await owner.taps(f"airings.began:{live}"),
    )
    clock.ahead(minutes=1)
    await worker.rings()

    assert (first.key, second.key) == ("airings.is_live", "airings.stands")
    assert await state_of(chat, live) == livestreams.LIVE
    assert worker.platform.told("owner") == ["airings.asked"]


async def test_a_delay_keeps_bookings_and_tells_those_not_in(chat, clock, owner):
    """Half an hour later: told, reminded anew, and asked anew."""
    live, worker = await asked(chat, clock)
    said = await owner.taps(f"airings.delay:{live}:30")
    for minutes in (1, 29):
        clock.ahead(minutes=minutes)
        await worker.rings()

    assert said.key == "airings.delayed"
    assert worker.platform.told("ming")[-2:] == ["changes.moved", "reminders.begins"]
    assert worker.platform.told("owner") == ["airings.asked", "airings.asked"]


async def test_a_cancellation_is_confirmed_and_told(chat, clock, owner):
    """The preview names how many; the confirming tap is bound to who saw it."""
    live, worker = await asked(chat, clock)
    preview = await owner.taps(f"airings.cancel:{live}")
    target = owner.button("确认")
    forged = await chat.person("ming").taps(target)
    done = await owner.taps(target)
    clock.ahead(minutes=1)
    await worker.rings()

    assert (preview.key, preview.params["count"]) == ("airings.cancel_asked", 1)
    assert forged.key == "errors.not_allowed"
    assert done.key == "airings.is_off"
    assert worker.platform.told("ming")[-1] == "changes.cancelled"


@pytest.mark.parametrize(
    "target", ["airings.began:1", "airings.delay:1:15", "airings.cancel:1", "airings.cancel_now:1"]
)
async def test_a_citizen_may_not_decide(chat, target):
    """The role is asked at each press."""
    ming = await chat.join("ming")

    assert (await ming.taps(target)).key == "errors.not_allowed"


@pytest.mark.parametrize("argument", ["", "x", "999", "9" * 30, "-1"])
async def test_what_does_not_exist_is_said(chat, owner, argument):
    """A forged number is one sentence."""
    for head in ("began", "delay", "cancel"):
        assert (await owner.taps(f"airings.{head}:{argument}")).key.startswith("livestreams.")


async def test_an_odd_delay_changes_nothing(chat, clock, owner):
    """Only the offered minutes count."""
    live, _ = await asked(chat, clock)
    for minutes in ("0", "-15", "99999999999", "x", ""):
        assert (await owner.taps(f"airings.delay:{live}:{minutes}")).key == "airings.stands"
    assert await state_of(chat, live) == livestreams.APPROVED
