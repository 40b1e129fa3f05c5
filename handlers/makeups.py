"""补分: points that count for an activity and a day, as if the deed had been booked."""

from datetime import date, timedelta

from bot import correcting
from bot.feature import Feature, Turn, Work, button, named, rows, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import amending
from bot.rules.corrections import Kind
from bot.rules.points import VISIT
from bot.rules.rights import Right
from storage import corrections, ledger
from storage.corrections import Correction, NewCorrection

feature = Feature("makeups")

DAYS_OFFERED = 8
ISO_DIGITS = 8


@feature.on(tap="makeups", right=Right.ADJUST)
async def which(turn: Turn) -> Reply:
    """Ask for which activity the points count."""
    row = await _mine(turn, turn.argument)
    offered = (
        button(f"makeups.of:{row.id}:{n}", named(activity))
        for n, activity in enumerate(turn.campaign.activities)
    )
    return say("makeups.ask_activity", points=row.points, buttons=rows(offered, wide=2))


@feature.on(tap="makeups.of", right=Right.ADJUST)
async def when(turn: Turn) -> Reply:
    """Ask for which day, the newest first."""
    number, _, place = turn.argument.partition(":")
    row, activity = await _mine(turn, number), _activity(turn, place)
    days = (turn.today - timedelta(days=n) for n in range(DAYS_OFFERED))
    offered = (
        button(f"makeups.on:{row.id}:{place}:{day:%Y%m%d}", Phrase("makeups.day", {"day": day}))
        for day in days
        if day >= turn.campaign.start
    )
    what = amending.activity(turn.campaign, activity)
    return say("makeups.ask_day", activity=what, buttons=rows(offered, wide=2))


@feature.on(tap="makeups.on", work=Work.WRITES, right=Right.ADJUST)
async def make(turn: Turn) -> Reply:
    """Show what the makeup would do."""
    number, place, digits = (*turn.argument.split(":"), "", "")[:3]
    row, activity = await _mine(turn, number), _activity(turn, place)
    day = _day(turn, digits)
    once = amending.once_of(row)  # booked in one way or the other
    if activity == VISIT:  # a day has one check-in, whoever enters it
        deed = f"{VISIT}:{day}"
        booked = await ledger.booked_as(turn.db, turn.campaign_id, row.citizen, onces=[deed])
        once = correcting.makeup_once(deed, booked.get(deed))
    new = NewCorrection(
        turn.campaign_id,
        row.citizen,
        Kind.MAKEUP,
        row.points,
        day,
        row.reason,
        turn.person.citizen,
        activity=activity,
        once=once,
        dispute=row.dispute,
    )
    return await amending.draft(turn, new)


async def _mine(turn: Turn, number: str) -> Correction:
    row = await amending.found(turn.db, turn.campaign_id, number)
    if row.by != turn.person.citizen or row.state != corrections.DRAFT or row.points < 1:
        raise Refusal("amending.gone")
    return row


def _activity(turn: Turn, place: str) -> str:
    known = turn.campaign.activities
    if not place.isdecimal() or int(place[:3]) >= len(known):
        raise Refusal("amending.gone")
    return known[int(place[:3])].id


def _day(turn: Turn, digits: str) -> date:
    if len(digits) != ISO_DIGITS or not (digits.isascii() and digits.isdecimal()):
        raise Refusal("amending.gone")
    try:
        day = date.fromisoformat(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}")
    except ValueError:
        raise Refusal("amending.gone") from None
    if not turn.campaign.start <= day <= turn.today:
        raise Refusal("amending.rests")
    return day
