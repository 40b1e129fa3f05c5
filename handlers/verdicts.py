"""Staff's answer to a proposal: approved, asked back or refused, with a reason the unit reads."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.feature import Feature, Sending, Slice, Turn, Work, button, say
from bot.messages import Button, Phrase, Reply, Rows
from bot.operations import auditing, charge, deciding, proposing, pushing
from bot.rules import forms
from bot.rules.rights import Right
from storage import approvals, dialogs, proposals, roles
from storage.db import Db
from storage.proposals import APPROVED, REFUSED, RETURNED, WAITING, Proposal
from storage.pushes import Push

feature = Feature("verdicts")

ASKED_FOR = timedelta(minutes=30)
REASON_MAX = 500
WITH_REASON = (RETURNED, REFUSED)
BACK = (button("reviews"), button("roles"))


@feature.on(tap="proposals.review", right=Right.REVIEW)
async def review(turn: Turn) -> Reply:
    """Show what is asked for, and what can be answered; later, who answered."""
    return await _page(turn, await proposing.asked_for(turn, turn.argument, Right.REVIEW))


async def _page(turn: Turn, proposal: Proposal) -> Reply:
    proposal = await proposals.of(turn.db, proposal.id) or proposal
    note, buttons = await _answers(turn, proposal)
    return say(
        "verdicts.page",
        details=await proposing.shown(turn, proposal.entry, proposal),
        asked=await proposing.asked(turn, proposal),
        state=note,
        buttons=(*buttons, BACK),
    )


async def _answers(turn: Turn, proposal: Proposal) -> tuple[Phrase, Rows]:
    """Return what can be answered, and a word on it; how it stands, if nothing can."""
    if proposal.state != WAITING:
        return await proposing.standing(turn, proposal), ()
    if await deciding.must_be_another(turn, proposal):
        return Phrase("verdicts.another"), ()
    fault = await deciding.fault(turn, proposal.entry)
    approve = button(turn.confirming(f"verdicts.approve:{proposal.id}"), Phrase("verdicts.approve"))
    others = tuple(
        button(f"verdicts.why:{state}:{proposal.id}", Phrase(f"verdicts.{state}"))
        for state in WITH_REASON
    )
    if fault is not None:
        return fault, (others,)
    return Phrase("verdicts.waits"), ((approve,), others)


@feature.on(tap="verdicts.approve", work=Work.WRITES, right=Right.REVIEW)
async def approve(turn: Turn) -> Reply:
    """Approve what was read: a class goes on the programme, a change replaces what it was."""
    proposal = await proposing.asked_for(turn, turn.confirmed("verdicts.approve"), Right.REVIEW)
    is_faulty = await deciding.fault(turn, proposal.entry) is not None
    if is_faulty or not await _settle(turn, proposal, APPROVED):
        return await _page(turn, proposal)
    livestream = await deciding.carry_out(turn, proposal)
    opens = () if livestream is None else (_class(livestream),)
    topic = proposal.entry.topic
    return say("verdicts.done_approved", topic=topic, buttons=(*((opens,) if opens else ()), BACK))


def _class(livestream: int) -> Button:
    return button(f"programme.one:{livestream}", Phrase("proposals.class"))


@feature.on(tap="verdicts.why", work=Work.WRITES, right=Right.REVIEW)
async def why(turn: Turn) -> Reply:
    """Ask for the reason of a refusal, or for what shall be changed."""
    state, _, number = turn.argument.partition(":")
    proposal = await proposing.asked_for(turn, number, Right.REVIEW)
    other = await deciding.must_be_another(turn, proposal)
    if state not in WITH_REASON or proposal.state != WAITING or other:
        return await _page(turn, proposal)
    until = turn.system_now + ASKED_FOR
    target = f"verdicts.reason:{state}:{proposal.id}"
    await dialogs.ask(turn.db, turn.person.citizen, target, until=until)
    keep = button(f"proposals.review:{proposal.id}", Phrase("buttons.cancel"))
    topic = proposal.entry.topic
    return say(f"verdicts.why_{state}", topic=topic, most=REASON_MAX, buttons=((keep,),))


@feature.on(tap="verdicts.reason", work=Work.WRITES, right=Right.REVIEW)
async def reason(turn: Turn) -> Reply:
    """Ask back or refuse, with the reason that was sent."""
    state, number, text = (*turn.argument.split(":", 2), "", "")[:3]
    proposal = await proposing.asked_for(turn, number, Right.REVIEW)
    given = "\n".join(filter(None, map(forms.tidy, text.splitlines())))
    if state not in WITH_REASON:
        return await _page(turn, proposal)
    if not given or len(given) > REASON_MAX:
        return say("verdicts.reason_length", most=REASON_MAX, length=len(given), buttons=(BACK,))
    await dialogs.answered(turn.db, turn.person.citizen)
    if not await _settle(turn, proposal, state, reason=given):
        return await _page(turn, proposal)
    return say(f"verdicts.done_{state}", topic=proposal.entry.topic, buttons=(BACK,))


async def _settle(turn: Turn, proposal: Proposal, state: str, *, reason: str | None = None) -> bool:
    """Answer, note it and tell the unit; False if it is not this person's, or not any more."""
    if await deciding.must_be_another(turn, proposal):
        return False
    if not await deciding.settle(turn, proposal, state, reason=reason):
        return False
    entry = proposal.entry
    await auditing.note(turn, f"proposal_{state}", entry.topic, proposal=proposal.id, reason=reason)
    content = {"proposal": proposal.id, "title": entry.topic}
    await pushing.push(turn, decided, once=f"proposal:{proposal.id}:{state}", content=content)
    return True


async def _concerned(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    """Be whoever asked, and the unit's organisers."""
    proposal = await proposals.of(db, _number(push))
    if proposal is None:
        return ()
    people = {proposal.asked_by}
    people.update(await roles.organisers(db, push.campaign, proposal.entry.unit))
    return sorted(one for one in people if one > wanted.after)[: wanted.most]


def _number(push: Push) -> int:
    return int(json.loads(push.content)["proposal"])


@feature.push("decided", switch="", urgency=1, audience=_concerned, duty=True)
async def decided(sending: Sending) -> Mapping[int, Reply]:
    """Tell the answer, and why, to who still acts for the unit; not to who gave it."""
    proposal = await proposals.of(sending.db, _number(sending.push))
    if proposal is None:
        return {}
    answer = await approvals.of(sending.db, proposing.matter(sending, proposal.id))
    if answer is None or answer.state != proposal.state:
        return {}  # it was sent again meanwhile, or taken back
    reply = await proposing.told(sending, proposal, reason=answer.reason or "")
    told = await charge.still(sending, Right.PROPOSALS, proposal.entry.unit)
    return {citizen: reply for citizen in told if citizen != answer.decided_by}
