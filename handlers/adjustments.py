"""Booking a correction that was seen: by its author, or by a second person for a large one."""

import json
from collections.abc import Mapping
from datetime import timedelta

from bot.feature import Feature, Sending, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import agreeing, amending, auditing, pushing
from bot.rules import orders
from bot.rules.corrections import POINTS_MAX, REASON_MAX
from bot.rules.orders import Wrong
from bot.rules.rights import Right
from storage import approvals, corrections, dialogs
from storage.approvals import NewApproval

feature = Feature("adjustments")

ASKED_FOR = timedelta(minutes=10)


@feature.push("told", switch="", urgency=2, audience=pushing.named_ones)
async def told(sending: Sending) -> Mapping[int, Reply]:
    """Tell a citizen what was done to their points, and why."""
    content = json.loads(sending.push.content)
    row = await corrections.of(sending.db, content["correction"])
    if row is None:
        return {}
    reply = say(
        f"adjustments.told_{row.kind}",
        points=f"{row.points:+}",
        day=row.day,
        activity=amending.activity(sending.campaign, row.activity),
        reason=row.reason,
        buttons=((button("log"), button("me")),),
    )
    return dict.fromkeys(sending.citizens, reply)


@feature.push("answered", switch="", urgency=2, audience=pushing.named_ones, duty=True)
async def answered(sending: Sending) -> Mapping[int, Reply]:
    """Tell who asked what the second person decided."""
    content = json.loads(sending.push.content)
    reply = say(
        "adjustments.answered_yes" if content["yes"] else "adjustments.answered_no",
        title=content["title"],
        reason=content["reason"],
        buttons=((button("roles"), button("menu")),),
    )
    return dict.fromkeys(sending.citizens, reply)


@feature.push("waits", switch="", urgency=2, audience=pushing.named_ones, duty=True)
async def waits(sending: Sending) -> Mapping[int, Reply]:
    """Tell who may be the second person that something waits."""
    return await agreeing.waits(sending)


@feature.on(tap="adjustments.do", work=Work.PAYS, right=Right.ADJUST)
async def do(turn: Turn) -> Reply:
    """Book what its author saw and confirmed."""
    async with turn.looking() as db:
        row = await amending.found(db, turn.campaign_id, turn.confirmed("adjustments.do"))
    if row.by != turn.person.citizen or row.state not in {corrections.DRAFT, corrections.BOOKED}:
        raise Refusal("amending.decided")
    return await amending.confirmed(turn, row, told)


@feature.on(tap="adjustments.ask", work=Work.WRITES, right=Right.ADJUST)
async def ask(turn: Turn) -> Reply:
    """Hand a large correction to a second person."""
    row = await amending.found(turn.db, turn.campaign_id, turn.confirmed("adjustments.ask"))
    if row.by != turn.person.citizen or not await corrections.wait(turn.db, row.id):
        raise Refusal("amending.decided")
    whom = await amending.whose(turn.db, row.citizen)
    title = f"{whom.number} {row.points:+}"
    new = NewApproval(
        *amending.matter(row),
        title=title,
        digest=amending.digest(turn, row),
        asked_by=turn.person.citizen,
    )
    await approvals.ask(turn.db, new, at=turn.now)
    await auditing.note(turn, "correction_asked", title, kind=row.kind, correction=row.id)
    await agreeing.tell_others(turn, row, waits)
    return say("adjustments.asked", title=title, buttons=((button("roles"), button("menu")),))


@feature.on(tap="adjustments.review", work=Work.WRITES, right=Right.ADJUST)
async def review(turn: Turn) -> Reply:
    """Show a second person what waits, with the way to say yes or no."""
    back = (button("reviews"),)
    if await agreeing.is_erased(turn, turn.argument):
        return say("amending.gone", buttons=(back,))
    row, approval = await agreeing.waiting(turn, turn.argument)
    no = button(f"adjustments.refuse:{row.id}", Phrase("adjustments.refuse"))
    asker = await amending.whose(turn.db, row.by)
    try:
        known = await amending.facts(turn, row)
    except Refusal as why:  # it cannot be booked any more, so that only a no is left
        return Reply(why.key, why.params, ((no,), back))
    facts = {**known, "asker": asker.number, "at": approval.asked_at}
    if turn.person.citizen in {row.by, row.citizen}:
        return Reply("adjustments.review_own", facts, (back,))
    if await amending.owes_more(turn, row):
        return Reply("adjustments.review_debt", {**facts, "agreed": row.debt}, ((no,), back))
    yes = button(turn.confirming(f"adjustments.approve:{row.id}"), Phrase("adjustments.approve"))
    return Reply("adjustments.review", facts, ((yes, no), back))


@feature.on(tap="adjustments.approve", work=Work.PAYS, right=Right.ADJUST)
async def approve(turn: Turn) -> Reply:
    """Book what another asked for, as the second person."""
    number = turn.confirmed("adjustments.approve")
    async with turn.looking() as db:
        row = await amending.found(db, turn.campaign_id, number)
    if turn.person.citizen in {row.by, row.citizen}:
        raise Refusal("amending.own")
    me = turn.person.citizen
    return await amending.book(turn, row, told, second=me, answered=answered)


@feature.on(tap="adjustments.refuse", work=Work.WRITES, right=Right.ADJUST)
async def refuse(turn: Turn) -> Reply:
    """Ask why not."""
    row, approval = await agreeing.waiting(turn, turn.argument)
    target = f"adjustments.refused:{row.id}"
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, target, until=until)
    cancel = button(f"adjustments.review:{row.id}", Phrase("buttons.cancel"))
    return say(
        "adjustments.ask_why", title=approval.title, longest=REASON_MAX, buttons=((cancel,),)
    )


@feature.on(tap="adjustments.refused", work=Work.WRITES, right=Right.ADJUST)
async def refused(turn: Turn) -> Reply:
    """Refuse with a reason, which the asker reads."""
    number, _, words = turn.argument.partition(":")
    row, approval = await agreeing.waiting(turn, number)
    reason = orders.reason(words)
    if isinstance(reason, Wrong):
        raise Refusal(f"adjusting.wrong_{reason}", most=POINTS_MAX, longest=REASON_MAX, number="")
    if turn.person.citizen in {row.by, row.citizen}:
        raise Refusal("amending.own")
    await dialogs.answered(turn.db, turn.person.citizen)
    await amending.decline(turn, row, approval, reason=reason)
    content = {"citizens": [row.by], "yes": False, "title": approval.title, "reason": reason}
    await pushing.push(turn, answered, once=f"correction:{row.id}:no", content=content)
    return say("adjustments.said_no", title=approval.title, buttons=((button("reviews"),),))
