"""Joining a livestream in its slot for points, by a tap or by its code word; watching it again."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.booking import Award
from bot.campaign import Activity
from bot.feature import Feature, Turn, Work
from bot.messages import Button, Param, Refusal, Reply, normal
from bot.operations import classroom
from bot.rules import taps
from bot.rules.airtime import Stage
from bot.rules.points import Outcome
from bot.till import Unregistered
from storage import attendances, dialogs, ledger, livestreams
from storage.attendances import JOINED, REPLAYED
from storage.db import Db
from storage.livestreams import Livestream

feature = Feature("joining")

TRIES_MAX = 5
LATE = timedelta(minutes=10)  # a word sent in time may arrive after the class
SAY = {
    Outcome.PAID: "joining.paid",
    Outcome.CAPPED: "joining.capped",
    Outcome.TOMORROW: "joining.tomorrow",
    Outcome.UNSCORED: "joining.unscored",
    Outcome.ALREADY: "joining.already",
}


@dataclass(frozen=True, slots=True)
class Seat:
    """Who asks for which livestream, the message they came by, and what it paid so far today."""

    citizen: int
    livestream: Livestream
    came_by: str | None
    activity: Activity
    today: int
    called: str  # where several read on the account


@feature.on(tap="joining.join", work=Work.PAYS)
async def join(turn: Turn) -> Reply:
    """Hand out the address of a livestream in its slot, and pay for it unless a word must come."""
    seat = await _seat_or_answer(turn, taps.number(turn.argument))
    if isinstance(seat, Reply):
        return seat
    livestream = seat.livestream
    until = turn.system_now + max(livestream.ends_at - turn.now, timedelta()) + LATE
    async with turn.noting() as db:
        await attendances.ask(db, livestream.id, seat.citizen, at=turn.now)
        await dialogs.ask(db, seat.citizen, "joining.word", until=until)
    return _said("joining.ask_word", seat, classroom.way_in(livestream))


@feature.on(tap="joining.word", work=Work.PAYS)
async def word(turn: Turn) -> Reply:
    """Take the code word said in class; a limited number of wrong ones."""
    async with turn.looking() as db:
        asked = await attendances.asked(db, turn.account)
    if asked is None:
        raise Refusal("livestreams.unknown")
    seat = await _seat_or_answer(turn, asked)
    if isinstance(seat, Reply):
        return seat
    async with turn.noting() as db:
        left = await attendances.guess(db, asked, seat.citizen, by=turn.cause, most=TRIES_MAX)
    if left is not None and normal(turn.argument) == normal(seat.livestream.word or ""):
        return await _award(turn, seat, JOINED)
    return _said("joining.wrong_word" if left else "joining.no_tries", seat, left=left or 0)


@feature.on(tap="joining.replay", work=Work.PAYS)
async def replay(turn: Turn) -> Reply:
    """Hand out the recording; it scores only where the campaign says so."""
    seat = await _seat(turn, taps.number(turn.argument), REPLAYED)
    livestream = seat.livestream
    if classroom.stage(turn, livestream) is not Stage.OVER or not livestream.replay:
        return _said("joining.no_replay", seat)
    if seat.activity.replay_scores:
        return await _award(turn, seat, REPLAYED)
    async with turn.noting() as db:
        await attendances.attend(
            db, livestream.id, seat.citizen, how=REPLAYED, at=turn.acted_at, by=turn.cause
        )
    return _said("joining.replayed", seat, classroom.recording(livestream))


async def _seat(turn: Turn, number: int, how: str) -> Seat:
    async with turn.looking() as db:
        at = await attendances.at_hand(db, turn.account, livestream=number, how=how)
        livestream = classroom.shown(turn, None if at is None else at.livestream)
        activity = classroom.activity(turn.campaign)
        if at is None or at.citizen is None:
            raise Unregistered
        paid = await ledger.day_of(db, turn.campaign_id, at.citizen, day=turn.today)
    return Seat(at.citizen, livestream, at.came_by, activity, paid.get(activity.id, 0), at.called)


async def _seat_or_answer(turn: Turn, number: int) -> Seat | Reply:
    """Answer whoever is not let in, or needs no code word; return the seat of who does."""
    seat = await _seat(turn, number, JOINED)
    inside = classroom.stage(turn, seat.livestream) in {Stage.OPEN, Stage.RUNNING}
    if not inside and seat.came_by != turn.cause:  # the till answers a second delivery
        again = classroom.replay_button(turn, seat.livestream)
        status = classroom.status(turn, seat.livestream)
        return _said("joining.closed", seat, again, status=status)
    if seat.livestream.word is None or seat.came_by is not None:
        return await _award(turn, seat, JOINED)
    return seat


async def _award(turn: Turn, seat: Seat, how: str) -> Reply:
    livestream, once = seat.livestream, livestreams.subject(seat.livestream.id)

    async def attend(db: Db, award: Award) -> None:
        await attendances.attend(
            db, livestream.id, award.citizen, how=how, at=turn.acted_at, by=deed.cause
        )

    deed = turn.deed(seat.activity.id, once=once, subject=once, also=attend)
    if seat.today >= seat.activity.cap and seat.came_by != turn.cause:
        # A capped deed takes no once key: under one name, it is noted once a day, not at each tap.
        deed = replace(deed, cause=f"{once}:{turn.today}")
    award = await turn.till.award(deed)
    reply = _said(
        SAY[award.outcome],
        seat,
        classroom.way_in(livestream) if how == JOINED else classroom.recording(livestream),
        points=award.points,
        today=award.today,
        balance=award.balance,
        phase=turn.phase(turn.today),
    )
    return replace(reply, language=award.language, reader=award.reader)


def _said(key: str, seat: Seat, first: tuple[Button, ...] = (), **params: Param) -> Reply:
    livestream, activity = seat.livestream, seat.activity
    known: dict[str, Param] = {
        "topic": livestream.topic,
        "points": activity.points,
        "today": seat.today,
        "cap": activity.cap,
    }
    buttons = tuple(row for row in (first, classroom.back(livestream)) if row)
    return Reply(key, known | params, buttons, reader=seat.called)
