"""Signals: days that look odd, each with its evidence, for staff to look at. Nobody is banned."""

from datetime import time, timedelta

from bot.feature import Feature, Tick, Turn, Work, button, rows, say
from bot.messages import Lines, Param, Phrase, Refusal, Reply
from bot.operations import amending, auditing, listing, recounting, watching
from bot.rules import taps
from bot.rules.rhythm import Daily
from bot.rules.rights import Right
from storage import deployment, history
from storage import signals as stored
from storage.signals import NewSignal, Signal

feature = Feature("signals")

AT = time(4, 15)
LATE_MAX = timedelta(hours=3)
EVIDENCE_MAX = 30


@feature.bell("nightly", lambda _campaign: Daily(AT), late_max=LATE_MAX, look=watching.found)
async def nightly(tick: Tick) -> None:
    """Note what was found in the deeds since last night."""
    up_to: int
    found: list[NewSignal]
    up_to, found = tick.found
    await stored.add(tick.db, tick.campaign_id, found, at=tick.now)
    await deployment.put(tick.db, watching.UP_TO, str(up_to))


@feature.on(tap="signals", work=Work.WRITES, right=Right.DISPUTES)
async def signals(turn: Turn) -> Reply:
    """List what nobody has looked at, the oldest first."""
    total = await stored.count_unseen(turn.db, turn.campaign_id)
    back = (button("rulings"), button("roles"))
    if not total:
        return say("signals.none", buttons=(back,))
    page = listing.page_of("signals", turn.argument, total)
    found = await stored.unseen(
        turn.db, turn.campaign_id, offset=page.offset, limit=listing.PAGE_SIZE
    )
    lines = [await _line(turn, n, each) for n, each in enumerate(found, start=1)]
    opens = (
        button(f"signals.one:{each.id}", Phrase("signals.open", {"n": n}))
        for n, each in enumerate(found, start=1)
    )
    return await listing.numbered(
        turn,
        "signals.text",
        rows(opens, wide=3),
        page=page,
        ways=(back,),
        lines=Lines(tuple(lines)),
        count=total,
    )


async def _line(turn: Turn, n: int, signal: Signal) -> Phrase:
    whom = await amending.whose(turn.db, signal.citizen)
    told = watching.told(signal.kind, signal.count, signal.value)
    params: dict[str, Param] = {"n": n, "number": whom.number, "day": signal.day, "told": told}
    return Phrase("signals.line", params)


@feature.on(tap="signals.one", right=Right.DISPUTES)
async def one(turn: Turn) -> Reply:
    """Show the day's deeds to the second, and the ways from here."""
    signal = await _asked_for(turn)
    whom = await amending.whose(turn.db, signal.citizen)
    day = await history.on_day(
        turn.db, signal.citizen, turn.campaign_id, day=signal.day, most=EVIDENCE_MAX
    )
    fine = button(f"signals.fine:{signal.id}", Phrase("signals.fine"))
    lines = button(f"adjusting.of:{whom.number}", Phrase("amending.more"))
    params = {
        **amending.face(turn, whom),
        "day": signal.day,
        "told": watching.told(signal.kind, signal.count, signal.value),
        "deeds": recounting.timed(turn.campaign, day),
    }
    return Reply("signals.page", params, ((fine,), (lines,), (button("signals"),)))


@feature.on(tap="signals.fine", work=Work.WRITES, right=Right.DISPUTES)
async def fine(turn: Turn) -> Reply:
    """Note that somebody looked, and nothing is wrong."""
    signal = await _asked_for(turn)
    by, at = turn.person.citizen, turn.now
    if not await stored.look(turn.db, signal.id, by=by, at=at):
        raise Refusal("amending.decided")
    whom = await amending.whose(turn.db, signal.citizen)
    await auditing.note(turn, "signal_looked", whom.number, signal=signal.id, kind=signal.kind)
    return say("signals.looked", number=whom.number, buttons=((button("signals"),),))


async def _asked_for(turn: Turn) -> Signal:
    signal = await stored.of(turn.db, taps.number(turn.argument))
    if signal is None or signal.campaign != turn.campaign_id:
        raise Refusal("amending.gone")
    return signal
