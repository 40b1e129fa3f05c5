"""直播申报: the form of a plan or a class, shown as it was understood, then handed in."""

import json
from collections.abc import Mapping
from datetime import timedelta

from bot.feature import Feature, Sending, Turn, Work, button, say
from bot.messages import Lines, Phrase, Refusal, Reply
from bot.operations import auditing, charge, filling, proposing, pushing
from bot.rules.rights import Right
from storage import approvals, dialogs, proposals
from storage.approvals import NewApproval
from storage.proposals import CLASS, DRAFT, PLAN, WAITING, Proposal

feature = Feature("proposing")

ASKED_FOR = timedelta(hours=1)
OTHER = {CLASS: PLAN, PLAN: CLASS}
BACK = (button("proposals"), button("roles"))


@feature.on(
    command="propose",
    words=["直播申报", "申报"],
    tap="proposing",
    work=Work.WRITES,
    right=Right.PROPOSALS,
    takes=True,
)
async def form(turn: Turn) -> Reply:
    """Show the empty form of a class, or what was understood of a filled one."""
    return await (_filled(turn) if turn.argument else _template(turn, CLASS))


@feature.on(
    words=["直播计划"], tap="proposing.plan", work=Work.WRITES, right=Right.PROPOSALS, takes=True
)
async def plan(turn: Turn) -> Reply:
    """Show the empty form of a plan; a filled one is told by its month."""
    if turn.argument or proposing.plans_open(turn):
        return await (_filled(turn) if turn.argument else _template(turn, PLAN))
    due = turn.campaign.campaign.deadlines.live_plans
    new = button("proposing", Phrase("proposing.new_class"))
    return say("proposing.plans_over", day=due, buttons=((new,), BACK))


async def _template(turn: Turn, kind: str) -> Reply:
    due, other = turn.campaign.campaign.deadlines, OTHER[kind]
    target = "proposing.plan" if other == PLAN else "proposing"
    is_open = other != PLAN or proposing.plans_open(turn)
    new = ((button(target, Phrase(f"proposing.new_{other}")),),) if is_open else ()
    await _await(turn)
    return say(
        f"proposing.template_{kind}",
        form=await proposing.template(turn, kind),
        day=due.live_plans,
        days=due.live_details_days,
        sample=filling.sample_time(turn) if kind == CLASS else f"{turn.today:%Y-%m}",
        buttons=(*new, BACK),
    )


async def _await(turn: Turn) -> None:
    """Take the next text for the form, also without the command before it."""
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, "proposing", until=until)


async def _filled(turn: Turn) -> Reply:
    filled = await filling.read(turn, turn.argument)
    await _await(turn)
    buttons = ((button("proposing", Phrase("proposing.new_class")),), BACK)
    if not filled.is_form:
        form = await proposing.template(turn, CLASS)
        given, sample = filled.given, filling.sample_time(turn)
        return say("proposing.no_form", given=given, sample=sample, form=form, buttons=buttons)
    if filled.entry is None:
        problems = Lines(filled.problems)
        return say("proposing.wrong", problems=problems, form=filled.again, buttons=buttons)
    turn.require(Right.PROPOSALS, filled.entry.unit)
    draft = await proposing.drafted(turn, filled.entry)
    confirm = button(turn.confirming(f"proposing.send:{draft}"), Phrase("buttons.confirm"))
    drop = button("proposing.drop", Phrase("buttons.cancel"))
    details = await proposing.shown(turn, filled.entry)
    return say("proposing.preview", details=details, buttons=((confirm, drop),))


@feature.on(tap="proposing.drop", work=Work.WRITES, right=Right.PROPOSALS)
async def drop(turn: Turn) -> Reply:
    """Throw the own draft away; nothing was handed in."""
    await dialogs.answered(turn.db, turn.person.citizen)
    await proposals.drop(turn.db, turn.campaign_id, by=turn.person.citizen)
    return say("proposing.dropped", buttons=(BACK,))


@feature.on(tap="proposing.send", work=Work.WRITES, right=Right.PROPOSALS)
async def send(turn: Turn) -> Reply:
    """Hand a draft in, in place of the proposal it revises, and tell staff that it waits."""
    draft = await proposing.draft_of(turn, turn.confirmed("proposing.send"))
    turn.require(Right.PROPOSALS, draft.entry.unit)
    if draft.state != DRAFT:
        return await proposing.page(turn, draft)
    if not await filling.holds(turn, draft.entry):
        raise Refusal("proposing.too_late")
    await _hand_in(turn, draft)
    await dialogs.answered(turn.db, turn.person.citizen)
    if turn.reach(Right.REVIEW) and not await charge.colleagues(turn):
        review = button(f"proposals.review:{draft.id}", Phrase("proposing.review"))
        return say("proposing.sent_alone", number=str(draft.id), buttons=((review,), BACK))
    return say("proposing.sent", number=str(draft.id), buttons=(BACK,))


async def _hand_in(turn: Turn, draft: Proposal) -> None:
    entry = draft.entry
    for old in await proposals.replace(turn.db, draft):
        await approvals.void(turn.db, proposing.matter(turn, old))
    await proposals.move(turn.db, draft.id, was=[DRAFT], state=WAITING)
    new = NewApproval(
        *proposing.matter(turn, draft.id),
        title=entry.topic,
        digest=proposing.digest(entry),
        asked_by=turn.person.citizen,
    )
    await approvals.ask(turn.db, new, at=turn.now)
    content = {"proposal": draft.id, "title": entry.topic}
    await pushing.push(turn, waiting, once=f"proposal:{draft.id}", content=content)
    act = "class_change_proposed" if entry.livestream else f"{entry.form}_proposed"
    await auditing.note(turn, act, entry.topic, unit=entry.unit, proposal=draft.id)


@feature.push("waiting", switch="", urgency=2, audience=pushing.staff, duty=True)
async def waiting(sending: Sending) -> Mapping[int, Reply]:
    """Tell staff that something waits, but whoever sent it: as long as it does, and they may."""
    proposal = await proposals.of(sending.db, json.loads(sending.push.content)["proposal"])
    if proposal is None or proposal.state != WAITING:
        return {}
    reply = say(
        "proposing.waiting",
        unit=await proposing.called(sending, proposal.entry.unit),
        topic=proposal.entry.topic,
        buttons=((button(f"proposals.review:{proposal.id}", Phrase("proposing.review")),),),
    )
    told = await charge.still(sending, Right.REVIEW, proposal.entry.unit)
    return {citizen: reply for citizen in told if citizen != proposal.asked_by}
