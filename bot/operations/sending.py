"""A broadcast on its way: how far it is, what became of everybody, what can be done about it."""

from datetime import datetime, timedelta

from bot.campaign import Campaign
from bot.feature import Tick, button, say
from bot.messages import Button, Lines, Phrase, Reply, Rows
from bot.operations import broadcasting
from bot.rules import audiences, compositions
from bot.rules.audiences import Fate
from storage import broadcasts, halts
from storage.broadcasts import Broadcast
from storage.db import Db
from storage.pushes import ENDED, FILLING, OPEN, PAUSED, STOPPED

HAND, FAILING, RIGHT, LATE = "hand", "failing", "right", "late"
"""Why a broadcast is held or stopped."""


async def tally(db: Db, broadcast: Broadcast) -> dict[Fate, int]:
    """Return what became of everybody, so far or in the end."""
    kept = broadcasts.result_of(broadcast)
    if kept is not None:
        return {Fate(name): count for name, count in kept.items()}
    found = await broadcasts.outcomes(db, broadcast.push or 0)
    states = await halts.states(db, [broadcast.push or 0])
    counted = audiences.tally(found, switched_off=0)
    if FILLING in states.values():
        return counted
    # Who had switched it off never had a delivery; who came or went meanwhile is nobody's fault.
    off = max(0, broadcast.total - sum(counted.values()))
    return audiences.tally(found, switched_off=off if broadcast.state != broadcasts.STOPPED else 0)


def lines(counted: dict[Fate, int]) -> Lines:
    """Say what became of how many, leaving out what happened to nobody."""
    found = [
        Phrase(f"broadcasts.fate_{met}", {"count": counted[met]})
        for met in Fate
        if counted.get(met) and met is not Fate.DELIVERED
    ]
    delivered = Phrase("broadcasts.fate_delivered", {"count": counted.get(Fate.DELIVERED, 0)})
    return Lines((delivered, *found))


async def standing(db: Db, broadcast: Broadcast, *, now: datetime, campaign: Campaign) -> Reply:
    """Say how a broadcast stands, with what can be done."""
    counted = await tally(db, broadcast)
    state = broadcast.state
    key = f"broadcasts.is_{state}"
    if state in {broadcasts.HELD, broadcasts.STOPPED}:
        key = f"broadcasts.is_{state}_{broadcast.why or HAND}"
    return say(
        "broadcasts.standing",
        title=compositions.title(broadcast.text),
        state=_quiet(now, campaign) if state == broadcasts.RUNNING else Phrase(key),
        lines=lines(counted),
        total=broadcast.total,
        buttons=await _buttons(db, broadcast),
    )


def _quiet(now: datetime, campaign: Campaign) -> Phrase:
    end = campaign.quiet_end(now)
    if end is None:
        return Phrase("broadcasts.is_running")
    return Phrase("broadcasts.is_quiet", {"at": end})


async def begin(tick: Tick, number: int) -> None:
    """Let a broadcast go out whose time has come, if its author still may and it is not too late.

    What is met too late may say something that is not true any more: its author decides.
    """
    found = await broadcasts.of(tick.db, tick.campaign_id, number, lock=True)
    if found is None or found.state != broadcasts.SCHEDULED:
        return
    if not await broadcasting.may(tick.db, tick.campaign_id, found):
        await _stop(tick, found, RIGHT, result="{}")
        return
    late_max = timedelta(minutes=tick.campaign.pushes.late_minutes_max)
    if found.starts_at is not None and tick.now - found.starts_at > late_max:
        back = {"state": broadcasts.DRAFT, "confirmed_at": None, "starts_at": None}
        await broadcasts.move(tick.db, number, (broadcasts.SCHEDULED,), **back)
        await broadcasting.tell(tick, broadcasting.TOLD, found, what="missed")
        return
    await broadcasting.launch(tick, found)


async def settle(tick: Tick, broadcast: Broadcast) -> None:
    """Note that a broadcast was paused by the circuit, lost its author's right, or has ended."""
    push = broadcast.push or 0
    state = (await halts.states(tick.db, [push])).get(push)
    if state in {STOPPED, ENDED} and broadcast.state != broadcasts.STOPPED:
        await _stop(tick, broadcast, RIGHT)
    elif broadcast.state == broadcasts.RUNNING and state == PAUSED:
        held = {"state": broadcasts.HELD, "why": FAILING}
        if await broadcasts.move(tick.db, broadcast.id, (broadcasts.RUNNING,), **held):
            await broadcasting.tell(tick, broadcasting.TOLD, broadcast, what=FAILING)
    elif broadcast.state == broadcasts.HELD and _is_stale(tick, broadcast):
        if await halts.stop(tick.db, push):
            await _stop(tick, broadcast, LATE)
    elif state in {OPEN, ENDED} and broadcast.state != broadcasts.HELD:
        await _finish(tick, broadcast)


def _is_stale(tick: Tick, broadcast: Broadcast) -> bool:
    began = broadcast.started_at
    return began is not None and tick.now >= began + broadcasting.LASTS


async def _stop(tick: Tick, broadcast: Broadcast, why: str, **more: object) -> None:
    stopped = {"state": broadcasts.STOPPED, "why": why, "ended_at": tick.now, **more}
    before = (*broadcasts.GOING, broadcasts.SCHEDULED)
    if not await broadcasts.move(tick.db, broadcast.id, before, **stopped):
        return
    if why == RIGHT:
        await broadcasting.tell(tick, broadcasting.HALTED, broadcast)
    else:
        await broadcasting.tell(tick, broadcasting.TOLD, broadcast, what=why)


async def _finish(tick: Tick, broadcast: Broadcast) -> None:
    """Keep the result once nothing is on its way: deliveries are forgotten one day."""
    counted = await tally(tick.db, broadcast)
    if Fate.WAITING in counted:
        return
    done: dict[str, object] = {"result": broadcasts.written(counted)}
    if broadcast.state == broadcasts.RUNNING:
        done |= {"state": broadcasts.DONE, "ended_at": tick.now}
    await broadcasts.move(tick.db, broadcast.id, (broadcast.state,), **done)


async def _buttons(db: Db, broadcast: Broadcast) -> Rows:
    def act(name: str) -> Button:
        return button(f"broadcasts.{name}:{broadcast.id}", Phrase(f"broadcasts.{name}"))

    past = broadcasting.past()
    match broadcast.state:
        case broadcasts.RUNNING:
            return ((act("pause"),), (past,))
        case broadcasts.HELD:
            return ((act("resume"), act("stop")), (past,))
        case _:
            calls = await broadcasts.count_unreached(db, broadcast)
            label = Phrase("calls.button", {"count": calls})
            listed = ((button(f"calls:{broadcast.id}", label),),) if calls else ()
            return (*listed, (past,))
