"""签到: once a campaign day, with a streak."""

from bot.feature import Feature, Turn, Work, button, named, rows, say
from bot.messages import Phrase, Reply
from bot.operations import badging
from bot.rules.points import Outcome

feature = Feature("checkins", in_menu=True)

PLACE = "place_"
SAY = {
    Outcome.PAID: "checkins.paid",
    Outcome.CAPPED: "checkins.capped",
    Outcome.TOMORROW: "checkins.tomorrow",
    Outcome.UNSCORED: "checkins.unscored",
    Outcome.ALREADY: "checkins.already",
}
DAY_COUNTS = frozenset({Outcome.PAID, Outcome.UNSCORED})


@feature.on(command="checkin", words=["签到", "打卡", "check in"], tap="checkins", work=Work.PAYS)
async def check_in(turn: Turn) -> Reply:
    """Note today's visit once, and pay for it."""
    place = turn.campaign.place(turn.argument.removeprefix(PLACE))
    subject = f"{PLACE}{place.id}" if place else ""
    once = f"checkin:{turn.today}"
    award = await turn.till.award(turn.deed("checkin", once=once, subject=subject))
    before = award.visits - (award.outcome in DAY_COUNTS)
    where = Phrase("checkins.at", {"place": named(place)}) if place else ""
    return say(
        SAY[award.outcome],
        points=award.points,
        today=award.today,
        cap=award.cap,
        balance=award.balance,
        language=award.language,
        streak=award.streak,
        visits=award.visits,
        day=turn.today,
        phase=turn.phase(turn.today),
        where=where,
        badge=badging.line(turn.campaign, before=before, days=award.visits),
        when=Phrase("checkins.today" if turn.is_today else "checkins.late", {"day": turn.today}),
        reader=award.reader,
        buttons=rows(
            [*([button("family")] if award.reader else []), button("me"), button("menu")], wide=2
        ),
    )
