"""At a livestream's start whoever is in charge is asked whether it has begun, is late, is off."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.feature import Feature, Sending, Slice, Tick, Turn, Work, button, rows, say
from bot.messages import Phrase, Reply
from bot.operations import airing, auditing, classroom, pushing
from bot.rules.rhythm import Minutely
from bot.rules.rights import Right
from storage import attendances, livestreams, roles
from storage.db import Db
from storage.livestreams import Livestream
from storage.pushes import Push

feature = Feature("airings")

ASKED_FOR = timedelta(minutes=30)
DELAYS = (15, 30, 60)


async def _in_charge(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    """Be the organisers of the class's unit; the staff where it has none."""
    livestream = await livestreams.of(db, airing.number(push))
    if livestream is not None and livestream.unit:
        asked = await roles.organisers(
            db, push.campaign, livestream.unit, after=wanted.after, most=wanted.most
        )
        if asked or wanted.after:
            return asked
    return await pushing.staff(db, push, wanted)


@feature.push("asked", switch="", urgency=0, audience=_in_charge, duty=True)
async def asked(sending: Sending) -> Mapping[int, Reply]:
    """Ask, unless it was answered or moved meanwhile."""
    livestream = await airing.now(sending)
    if livestream is None or livestream.state not in livestreams.OPEN:
        return {}
    if livestream.starts_at != airing.start(sending.push):
        return {}
    return dict.fromkeys(sending.citizens, _question(livestream))


@feature.bell("minutely", lambda _campaign: Minutely())
async def minutely(tick: Tick) -> None:
    """Ask at the start."""
    due = await livestreams.due_between(
        tick.db, tick.campaign_id, start=tick.now - ASKED_FOR, end=tick.now + timedelta.resolution
    )
    for livestream in due:
        if livestream.state in livestreams.OPEN:
            once = f"live:{livestream.id}:{livestream.version}:asked"
            until = livestream.starts_at + ASKED_FOR
            await airing.push(tick, asked, livestream, once=once, until=until)


def _question(livestream: Livestream) -> Reply:
    delays = [
        button(
            f"airings.delay:{livestream.id}:{minutes}",
            Phrase("airings.delay", {"minutes": minutes}),
        )
        for minutes in DELAYS
    ]
    began = button(f"airings.began:{livestream.id}", Phrase("airings.began"))
    cancel = button(f"airings.cancel:{livestream.id}", Phrase("airings.cancel"))
    return say(
        "airings.asked",
        topic=livestream.topic,
        start=livestream.starts_at,
        buttons=((began,), *rows(delays, wide=3), (cancel,)),
    )


async def _about(turn: Turn, number: str) -> Livestream:
    return await classroom.in_charge(turn, number, Right.AIRINGS)


@feature.on(tap="airings.began", work=Work.WRITES, right=Right.AIRINGS)
async def began(turn: Turn) -> Reply:
    """Note that it is on the air."""
    livestream = await _about(turn, turn.argument)
    if livestream.state not in livestreams.OPEN:
        return _told(turn, livestream)
    await livestreams.set_state(turn.db, livestream.id, livestreams.LIVE)
    await auditing.note(turn, "live_began", livestream.topic)
    return say("airings.is_live", topic=livestream.topic, buttons=airing.buttons(livestream))


@feature.on(tap="airings.delay", work=Work.WRITES, right=Right.AIRINGS)
async def delay(turn: Turn) -> Reply:
    """Begin so many minutes later than it would; bookings stay, and those not in yet are told."""
    number, _, minutes = turn.argument.partition(":")
    livestream = await _about(turn, number)
    if livestream.state not in livestreams.OPEN or minutes not in {str(each) for each in DELAYS}:
        return _told(turn, livestream)
    start = livestream.starts_at + timedelta(minutes=int(minutes))
    await livestreams.postpone(turn.db, livestream.id, start)
    await auditing.note(turn, "live_delayed", livestream.topic, start=start)
    return say(
        "airings.delayed", topic=livestream.topic, start=start, buttons=airing.buttons(livestream)
    )


@feature.on(tap="airings.cancel", right=Right.AIRINGS)
async def cancel(turn: Turn) -> Reply:
    """Show whom a cancellation reaches, before it is one."""
    livestream = await _about(turn, turn.argument)
    if livestream.state not in livestreams.OPEN:
        return _told(turn, livestream)
    confirm = button(
        turn.confirming(f"airings.cancel_now:{livestream.id}"), Phrase("buttons.confirm")
    )
    keep = button(f"programme.one:{livestream.id}", Phrase("buttons.cancel"))
    count = (await attendances.counts(turn.db, livestream.id)).booked
    return say(
        "airings.cancel_asked", topic=livestream.topic, count=count, buttons=((confirm, keep),)
    )


@feature.on(tap="airings.cancel_now", work=Work.WRITES, right=Right.AIRINGS)
async def cancel_now(turn: Turn) -> Reply:
    """Call it off; all who booked are told."""
    livestream = await _about(turn, turn.confirmed("airings.cancel_now"))
    if livestream.state not in livestreams.OPEN:
        return _told(turn, livestream)
    await livestreams.cancel(turn.db, livestream.id)
    await auditing.note(turn, "live_cancelled", livestream.topic)
    return say("airings.is_off", topic=livestream.topic, buttons=airing.buttons(livestream))


def _told(turn: Turn, livestream: Livestream) -> Reply:
    """Say how it stands, when there is nothing left to decide."""
    return say(
        "airings.stands",
        topic=livestream.topic,
        status=classroom.status(turn, livestream),
        buttons=airing.buttons(livestream),
    )
