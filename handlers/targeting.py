"""发给谁: the ways in which staff choose people; organisers pick among their own units."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, Phrase, Refusal, Reply
from bot.operations import broadcasting, listing
from bot.rules import audiences
from bot.rules.audiences import Audience, To
from bot.rules.rights import Right
from storage import dialogs, livestreams, units
from storage.broadcasts import Broadcast

feature = Feature("targeting")

ASKED_FOR = timedelta(hours=1)
IDLE_DAYS = (7, 14, 30)
OTHERS = (units.BUREAU, units.SCHOOL, units.TEAM)
WIDE = 2


@feature.on(tap="targeting", right=Right.BROADCASTS)
async def targets(turn: Turn) -> Reply:
    """Offer the ways to choose people."""
    draft = await broadcasting.mine(turn, turn.argument)
    _staff(turn)

    def way(target: str, key: str) -> Button:
        return button(target, Phrase(f"targeting.{key}"))

    offered = [
        way(f"targeting.set:{draft.id}:all", "all"),
        way(f"picking:{draft.id}:{units.TOWN}", "town"),
        *(way(f"picking:{draft.id}:{kind}", kind) for kind in OTHERS),
        way(f"targeting.lives:{draft.id}", "live"),
        way(f"targeting.idle:{draft.id}", "idle"),
        way(f"targeting.set:{draft.id}:never", "never"),
    ]
    return say(
        "targeting.text",
        audience=await broadcasting.called(turn.db, turn.campaign_id, broadcasting.audience(draft)),
        buttons=(*rows(offered, wide=WIDE), _done(draft)),
    )


@feature.on(tap="targeting.set", work=Work.WRITES, right=Right.BROADCASTS)
async def choose(turn: Turn) -> Reply:
    """Take an audience a button stands for."""
    which, _, written = turn.argument.partition(":")
    return await _take(turn, which, audiences.read(written))


@feature.on(tap="targeting.lives", right=Right.BROADCASTS)
async def lives(turn: Turn) -> Reply:
    """List the coming livestreams and the last ones."""
    draft = await broadcasting.mine(turn, turn.argument)
    _staff(turn)
    coming = await livestreams.coming(
        turn.db, turn.campaign_id, turn.now, offset=0, limit=listing.PAGE_SIZE
    )
    past = await livestreams.past(turn.db, turn.campaign_id, turn.now, limit=listing.PAGE_SIZE)
    offered = [
        Button(listing.label(each.topic), f"targeting.set:{draft.id}:live:{each.id}")
        for each in (*coming, *past)
    ]
    key = "targeting.ask_live" if offered else "targeting.no_live"
    return say(key, buttons=(*rows(offered), _back(draft)))


@feature.on(tap="targeting.idle", work=Work.WRITES, right=Right.BROADCASTS)
async def idle(turn: Turn) -> Reply:
    """Ask for how many days somebody must have done nothing."""
    draft = await broadcasting.mine(turn, turn.argument)
    _staff(turn)
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, f"targeting.days:{draft.id}", until=until)
    offered = [
        button(f"targeting.set:{draft.id}:idle:{days}", Phrase("targeting.days", {"days": days}))
        for days in IDLE_DAYS
    ]
    return say(
        "targeting.ask_days",
        most=audiences.DAYS_MAX,
        buttons=(*rows(offered, wide=len(IDLE_DAYS)), _back(draft)),
    )


@feature.on(tap="targeting.days", work=Work.WRITES, right=Right.BROADCASTS)
async def days(turn: Turn) -> Reply:
    """Take the days that were typed."""
    which, _, written = turn.argument.partition(":")
    chosen = audiences.read(f"{To.IDLE}:{written.strip()}")
    if chosen is None:
        draft = await broadcasting.mine(turn, which)
        return say("targeting.wrong_days", most=audiences.DAYS_MAX, buttons=(_back(draft),))
    return await _take(turn, which, chosen)


async def _take(turn: Turn, which: str, chosen: Audience | None) -> Reply:
    draft = await broadcasting.mine(turn, which, lock=True)
    if chosen is None or not audiences.may(turn.reach(Right.BROADCASTS), chosen, own=draft.own):
        raise Refusal("errors.not_yours")
    await dialogs.answered(turn.db, turn.person.citizen)
    return await broadcasting.desk(turn, await broadcasting.edit(turn, draft, audience=str(chosen)))


def _staff(turn: Turn) -> None:
    if not turn.reach(Right.BROADCASTS).everything:
        raise Refusal("errors.not_yours")


def _done(draft: Broadcast) -> tuple[Button, ...]:
    return (button(f"composing.open:{draft.id}", Phrase("targeting.done")),)


def _back(draft: Broadcast) -> tuple[Button, ...]:
    return (button(f"targeting:{draft.id}", Phrase("composing.back")),)
