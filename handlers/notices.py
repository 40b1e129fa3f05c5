"""通知: what was pushed of late, also what could not be delivered; and a push's own off switch."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.feature import (
    IN_CHARGE,
    Feature,
    Sending,
    Slice,
    Tick,
    Turn,
    Work,
    button,
    named,
    rows,
    say,
)
from bot.messages import Lines, Phrase, Reply
from bot.operations import pushing
from bot.rules.rhythm import Daily
from storage import budgets, profiles, pushes
from storage.db import Db
from storage.pushes import Push

feature = Feature("notices")

SHOWN_FOR = timedelta(days=30)
SHOWN_MAX = 20
LATE_MAX = timedelta(hours=3)
DIGEST = "digest"


@feature.on(command="notices", words=["通知"], tap="notices", right=IN_CHARGE)
async def notices(turn: Turn) -> Reply:
    """List the last thirty days' pushes, each with what became of it."""
    since = turn.now - SHOWN_FOR
    found = await pushes.told(
        turn.db, turn.campaign_id, turn.person.citizen, since=since, most=SHOWN_MAX
    )
    if not found:
        return say("notices.none", buttons=((button("switches"), button("menu")),))
    return say(
        "notices.text",
        notices=Lines(tuple(_line(push, state) for push, state in found)),
        buttons=((button("switches"), button("menu")),),
    )


def _line(push: Push, state: str) -> Phrase:
    told = {pushes.SENT: "sent", pushes.WAITING: "waiting", pushes.SENDING: "waiting"}
    outcome = Phrase(f"notices.{told.get(state, 'missed')}")
    return Phrase("notices.line", {"at": push.made_at, "about": _about(push), "outcome": outcome})


def _about(push: Push) -> Phrase:
    title = str(json.loads(push.content).get("title", ""))
    return Phrase(f"notices.about_{push.kind.replace('.', '_')}", {"title": title})


@feature.on(tap="notices.off", work=Work.WRITES)
async def off(turn: Turn) -> Reply:
    """Switch off the kind of push this button stood on, and offer the way back."""
    kinds = {kind.id: kind for kind in turn.campaign.pushes.kinds}
    if turn.argument not in kinds:
        return await notices(turn)
    await profiles.switch(turn.db, turn.person.citizen, turn.argument, on=False)
    back = button(f"switches.turn:{turn.argument}:on", Phrase("notices.on_again"))
    return say(
        "notices.switched_off",
        kind=named(kinds[turn.argument]),
        buttons=rows([back, button("switches")], wide=2),
    )


async def _with_rest(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    since = push.made_at - timedelta(days=1)
    return await budgets.over_budget(db, since=since, after=wanted.after, most=wanted.most)


@feature.push(DIGEST, switch="", urgency=1, audience=_with_rest)
async def digest(sending: Sending) -> Mapping[int, Reply]:
    """Tell in one message what yesterday's budget left out."""
    since = sending.push.made_at - timedelta(days=1)
    replies = {}
    for citizen in sending.citizens:
        left = await budgets.left_out(
            sending.db, sending.campaign_id, citizen, since=since, most=SHOWN_MAX
        )
        if not left:
            continue  # it was of another campaign
        lines = tuple(Phrase("notices.digest_line", {"about": _about(push)}) for push in left)
        replies[citizen] = say(
            "notices.digest", count=len(left), notices=Lines(lines), buttons=((button("notices"),),)
        )
    return replies


@feature.bell("morning", lambda campaign: Daily(campaign.pushes.quiet_until), late_max=LATE_MAX)
async def morning(tick: Tick) -> None:
    """Fold what did not fit into yesterday's budget into one message."""
    until = tick.slot + LATE_MAX
    await pushing.push(tick, digest, once=f"digest:{tick.today}", expires_at=until)
