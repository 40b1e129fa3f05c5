"""我的: one's own number, town and points."""

from bot.feature import Feature, Turn, button, named, rows, say
from bot.messages import Param, Phrase, Reply
from bot.operations.glance import glance
from bot.rules import cards, streaks
from storage import totals, units

feature = Feature("me", in_menu=True)


@feature.on(command="me", words=["我的", "积分"], tap="me")
async def me(turn: Turn) -> Reply:
    """Show who this is here, what they have, and what today has brought."""
    person, campaign = turn.person, turn.campaign
    has, today, before = await totals.with_day(
        turn.db, turn.campaign_id, person.citizen, day=turn.today
    )
    past = [button("past")] if before else []
    town = campaign.unit(person.town or "")
    return say(
        "me.text",
        number=cards.shown(person.number),
        town=named(town) if town else "",
        unit=await _belongs(turn, person.unit),
        team=await _belongs(turn, person.team),
        balance=has.balance,
        earned=has.earned,
        streak=streaks.length(has.visits, campaign.start, turn.today, outages=turn.till.outages),
        visits=has.visit_days,
        day=turn.today,
        activities=glance(campaign, today),
        buttons=rows(
            [
                button("log"),
                button("rank"),
                button("shelf"),
                button("badges"),
                *past,
                button("menu"),
            ],
            wide=2,
        ),
    )


async def _belongs(turn: Turn, code: str | None) -> Param:
    found = await units.of(turn.db, turn.campaign_id, code) if code else None
    return Phrase("me.belongs", {"unit": found.named}) if found else ""
