"""时钟: lets the owner walk through the season in a rehearsal."""

from datetime import datetime

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Phrase, Refusal, Reply
from bot.rules.calendar import leap
from bot.rules.rights import Right
from storage import deeds, deployment

feature = Feature("clock")

STEPS = {"+1h": "page.clock_hour", "+1d": "page.clock_day", "+1w": "page.clock_week"}
YEARS = range(2000, 2100)


@feature.on(command="clock", tap="clock", work=Work.WRITES, right=Right.CLOCK)
async def clock(turn: Turn) -> Reply:
    """Show the rehearsal's time, or move it; never before what has happened already."""
    if turn.rehearsal is None:
        raise Refusal("clock.real")
    if not turn.argument:
        return _told(turn, turn.now)
    moment = _wanted(turn)
    newest = await deeds.newest(turn.db)
    if newest is not None and moment < newest:
        raise Refusal("clock.too_early", newest=newest)
    offset = turn.rehearsal.offset_for(moment)
    await deployment.put_offset(turn.db, offset)
    # The database tells every process within a second; this one need not wait.
    turn.rehearsal.offset = offset
    return _told(turn, moment)


def _wanted(turn: Turn) -> datetime:
    ahead = leap(turn.argument.lower())
    try:
        moment = turn.now + ahead if ahead else datetime.fromisoformat(turn.argument)
    except (ValueError, OverflowError):
        raise Refusal("clock.unreadable") from None
    if moment.year not in YEARS:
        raise Refusal("clock.unreadable")
    return moment if moment.tzinfo else moment.replace(tzinfo=turn.campaign.zone)


def _told(turn: Turn, moment: datetime) -> Reply:
    return say(
        "clock.now",
        moment=moment,
        phase=turn.phase(turn.campaign.day(moment)),
        buttons=rows(
            (button(f"clock:{step}", Phrase(label)) for step, label in STEPS.items()),
            wide=len(STEPS),
        ),
    )
