"""Answering a dispute: accepted by a correction, or refused; the citizen reads the reason."""

import json
from collections.abc import Mapping
from datetime import timedelta

from bot.feature import Feature, Sending, Turn, Work, button, say
from bot.messages import Button, Named, Phrase, Refusal, Reply
from bot.operations import amending, auditing, pushing, recounting, ruling
from bot.rules import orders
from bot.rules.corrections import POINTS_MAX, REASON_MAX, Kind
from bot.rules.orders import Wrong
from bot.rules.rights import Right
from storage import dialogs, disputes, history, profiles
from storage.corrections import NewCorrection
from storage.disputes import Dispute

feature = Feature("answering")

ASKED_FOR = timedelta(minutes=30)


@feature.on(tap="answering.accept", work=Work.WRITES, right=Right.DISPUTES)
async def accept(turn: Turn) -> Reply:
    """Ask for the reason, or for points and the reason."""
    number, _, how = turn.argument.partition(":")
    found = await ruling.waiting(turn, number)
    if how not in await ruling.answers(turn, found):
        raise Refusal("amending.again")
    await _ask(turn, f"answering.why:{found.dispute.id}.{how}")
    key = "rulings.ask_points" if how == ruling.ADJUST else "rulings.ask_why"
    return say(key, longest=REASON_MAX, buttons=((_cancel(found.dispute),),))


@feature.on(tap="answering.why", work=Work.WRITES, right=Right.DISPUTES)
async def why(turn: Turn) -> Reply:
    """Show the correction that answers the dispute."""
    about, _, words = turn.argument.partition(":")
    number, _, how = about.partition(".")
    found = await ruling.waiting(turn, number)
    wanted = orders.amount(words) if how == ruling.ADJUST else orders.reason(words)
    if isinstance(wanted, Wrong):
        raise Refusal(f"adjusting.wrong_{wanted}", most=POINTS_MAX, longest=REASON_MAX, number="")
    await dialogs.answered(turn.db, turn.person.citizen)
    if isinstance(wanted, str):
        return await amending.draft(turn, await ruling.correction(turn, found, how, reason=wanted))
    new = NewCorrection(
        turn.campaign_id,
        found.dispute.citizen,
        Kind.ADJUSTMENT,
        wanted.points,
        turn.today,
        wanted.reason,
        turn.person.citizen,
        dispute=found.dispute.id,
    )
    return await amending.draft(turn, new)


@feature.on(tap="answering.refuse", work=Work.WRITES, right=Right.DISPUTES)
async def refuse(turn: Turn) -> Reply:
    """Ask for the reason that the citizen will read."""
    found = await ruling.waiting(turn, turn.argument)
    await _ask(turn, f"answering.no:{found.dispute.id}")
    return say("rulings.ask_no", longest=REASON_MAX, buttons=((_cancel(found.dispute),),))


@feature.on(tap="answering.no", work=Work.WRITES, right=Right.DISPUTES)
async def no(turn: Turn) -> Reply:
    """Show what the citizen will read."""
    number, _, words = turn.argument.partition(":")
    found = await ruling.waiting(turn, number)
    dispute, me = found.dispute, turn.person.citizen
    if dispute.citizen == me:
        raise Refusal("amending.own")
    reason = orders.reason(words)
    if isinstance(reason, Wrong):
        raise Refusal(f"adjusting.wrong_{reason}", most=POINTS_MAX, longest=REASON_MAX, number="")
    await dialogs.answered(turn.db, me)
    await disputes.write_answer(turn.db, dispute.id, by=me, answer=reason)
    confirm = button(turn.confirming(f"answering.refused:{dispute.id}"), Phrase("buttons.confirm"))
    entry = recounting.entry(turn.campaign, found.entry)
    buttons = ((confirm, _cancel(dispute)),)
    return say("rulings.preview", entry=entry, reason=reason, buttons=buttons)


@feature.on(tap="answering.refused", work=Work.WRITES, right=Right.DISPUTES)
async def refused(turn: Turn) -> Reply:
    """Refuse, and tell the citizen why."""
    found = await ruling.waiting(turn, turn.confirmed("answering.refused"))
    dispute, me = found.dispute, turn.person.citizen
    if not await disputes.refuse(turn.db, dispute.id, by=me, at=turn.now):
        raise Refusal("amending.again")
    whom = await profiles.shown(turn.db, dispute.citizen)
    await auditing.note(turn, "dispute_refused", whom.number if whom else "", dispute=dispute.id)
    content = {"citizens": [dispute.citizen], "dispute": dispute.id}
    await pushing.push(turn, told, once=f"dispute:{dispute.id}", content=content)
    return say("rulings.said_no", buttons=((button("rulings"), button("roles")),))


@feature.push("told", switch="", urgency=2, audience=pushing.named_ones)
async def told(sending: Sending) -> Mapping[int, Reply]:
    """Tell a citizen that a dispute was refused, and why."""
    content = json.loads(sending.push.content)
    dispute = await disputes.of(sending.db, content["dispute"])
    if dispute is None:
        return {}
    entry = await history.entry(sending.db, dispute.citizen, sending.campaign_id, ref=dispute.about)
    if entry is None:
        return {}
    contact = sending.campaign.contact
    reply = say(
        "rulings.told",
        entry=recounting.entry(sending.campaign, entry),
        reason=dispute.answer or "",
        person=Named(contact.person, contact.person_en),
        phone=contact.phone,
        buttons=((button("log"), button("menu")),),
    )
    return dict.fromkeys(sending.citizens, reply)


async def _ask(turn: Turn, target: str) -> None:
    await dialogs.ask(turn.db, turn.person.citizen, target, until=turn.system_now + ASKED_FOR)


def _cancel(dispute: Dispute) -> Button:
    return button(f"rulings.one:{dispute.id}", Phrase("buttons.cancel"))
