"""Deadlines: organisers whose unit owes something are reminded of it, each time once."""

import json
from collections.abc import Mapping, Sequence
from datetime import date

from bot.feature import Feature, Sending, Slice, Tick, button, say
from bot.messages import Button, Lines, Phrase, Reply
from bot.operations import owing, proposing, pushing
from bot.operations.owing import Due
from bot.rules import deadlines
from bot.rules.rhythm import Daily
from bot.rules.rights import Role
from storage import roles
from storage.db import Db
from storage.pushes import Push

feature = Feature("deadlines")

WAYS: Mapping[str, tuple[Button, ...]] = {
    owing.PLANS: (button("proposing.plan", Phrase("proposing.new_plan")),),
    owing.DETAILS: (button("proposals"),),
    owing.LAST_DETAILS: (button("proposals"),),
    owing.REPORT: (button("summaries"),),
}


async def _organisers(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    """Be the organisers of units; a team owes nothing."""
    return await roles.holding(db, push.campaign, Role.UNIT, after=wanted.after, most=wanted.most)


@feature.push("owed", switch="deadline", urgency=2, audience=_organisers, duty=True)
async def owed(sending: Sending) -> Mapping[int, Reply]:
    """Tell what is due when, to those whose unit still owes it."""
    content = json.loads(sending.push.content)
    what, day = content["what"], date.fromisoformat(content["day"])
    month = date.fromisoformat(content["month"]) if content["month"] else None
    owes = await owing.owes(
        sending.db, sending.campaign, sending.campaign_id, what=what, month=month
    )
    told = {}
    for citizen in sending.citizens:
        held = await roles.duties(sending.db, sending.campaign_id, citizen)
        units = [duty.unit for duty in held if duty.role is Role.UNIT and duty.unit in owes]
        if not units:
            continue
        lines = [
            Phrase("deadlines.unit", {"unit": await proposing.called(sending, unit)})
            for unit in units
        ]
        told[citizen] = say(
            f"deadlines.{what}",
            units=Lines(tuple(lines)),
            day=day,
            left=_left((day - sending.campaign.day(sending.now)).days),
            month=proposing.month(month) if month else "",
            days=sending.campaign.campaign.deadlines.live_details_days,
            buttons=(WAYS[what],),
        )
    return told


def _left(days: int) -> Phrase:
    return Phrase("deadlines.left", {"days": days}) if days > 0 else Phrase("deadlines.today")


@feature.bell("morning", lambda campaign: Daily(campaign.pushes.deadline_push))
async def morning(tick: Tick) -> None:
    """Push the reminders whose day has come; one that was missed is made up for."""
    for due in await owing.dues(tick.db, tick.campaign, tick.campaign_id):
        number = deadlines.reminder(tick.today, due.day, due.days)
        if number is not None:
            await _push(tick, due, number=number)


async def _push(tick: Tick, due: Due, *, number: int) -> None:
    content = {
        "what": due.what,
        "day": due.day.isoformat(),
        "month": due.month.isoformat() if due.month else "",
    }
    once = f"deadline:{due.what}:{due.day}:{number}"
    await pushing.push(tick, owed, once=once, content=content, expires_at=due.ends(tick.campaign))
