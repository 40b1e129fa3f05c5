"""What units handed in of their livestreams, and how it stands; to be sent again, or taken back."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, Lines, Phrase, Reply
from bot.operations import auditing, listing, proposing
from bot.rules.rights import Right
from storage import approvals, proposals
from storage.proposals import APPROVED, OPEN, PLAN, WAITING, WITHDRAWN, Proposal

feature = Feature("proposals")


@feature.on(tap="proposals", work=Work.WRITES, right=Right.PROPOSALS)
async def mine(turn: Turn) -> Reply:
    """List what one's units handed in, the newest first; staff see everybody's."""
    units = proposing.own_units(turn)
    total = await proposals.count(turn.db, turn.campaign_id, units)
    new = [button("proposing", Phrase("proposing.new_class"))]
    if proposing.plans_open(turn):
        new.append(button("proposing.plan", Phrase("proposing.new_plan")))
    ways = (tuple(new), (button("programme"), button("roles")))
    if not total:
        return say("proposals.none", buttons=ways)
    page = listing.page_of("proposals", turn.argument, total)
    found = await proposals.listed(
        turn.db, turn.campaign_id, units, offset=page.offset, limit=listing.PAGE_SIZE
    )
    lines = [await _line(turn, n, each) for n, each in enumerate(found, start=1)]
    opens = (Button(listing.label(each.entry.topic), f"proposals.one:{each.id}") for each in found)
    return await listing.numbered(
        turn,
        "proposals.text",
        rows(opens),
        page=page,
        ways=ways,
        lines=Lines(tuple(lines)),
        count=total,
    )


async def _line(turn: Turn, n: int, proposal: Proposal) -> Phrase:
    entry = proposal.entry
    return Phrase(
        "proposals.line",
        {
            "n": n,
            "unit": await proposing.called(turn, entry.unit),
            "topic": entry.topic,
            "when": proposing.when(entry),
            "state": Phrase(f"proposals.state_{proposal.state}"),
        },
    )


@feature.on(tap="proposals.one", right=Right.PROPOSALS)
async def one(turn: Turn) -> Reply:
    """Show what was handed in, how it stands, and what can be done about it."""
    return await proposing.page(turn, await proposing.asked_for(turn, turn.argument))


@feature.on(tap="proposals.edit", right=Right.PROPOSALS)
async def edit(turn: Turn) -> Reply:
    """Give the form back as it was filled in; sent again it takes the old one's place."""
    proposal = await proposing.asked_for(turn, turn.argument)
    if proposal.state not in OPEN:
        return await proposing.page(turn, proposal)
    form = await proposing.form_again(turn, proposal)
    back = button(f"proposals.one:{proposal.id}", Phrase("proposals.back"))
    return say("proposals.again", form=form, buttons=((back,),))


@feature.on(tap="proposals.details", right=Right.PROPOSALS)
async def details(turn: Turn) -> Reply:
    """Give the form of the class that was planned."""
    proposal = await proposing.asked_for(turn, turn.argument)
    if proposal.entry.form != PLAN or proposal.state not in {WAITING, APPROVED}:
        return await proposing.page(turn, proposal)
    form = await proposing.form_of_plan(turn, proposal)
    back = button(f"proposals.one:{proposal.id}", Phrase("proposals.back"))
    days = turn.campaign.campaign.deadlines.live_details_days
    return say("proposals.of_plan", form=form, days=days, buttons=((back,),))


@feature.on(tap="proposals.withdraw", right=Right.PROPOSALS)
async def withdraw(turn: Turn) -> Reply:
    """Show what would be taken back."""
    proposal = await proposing.asked_for(turn, turn.argument)
    if proposal.state not in OPEN:
        return await proposing.page(turn, proposal)
    target = turn.confirming(f"proposals.withdraw_now:{proposal.id}")
    keep = button(f"proposals.one:{proposal.id}", Phrase("buttons.cancel"))
    return say(
        "proposals.withdraw_asked",
        topic=proposal.entry.topic,
        buttons=((button(target, Phrase("buttons.confirm")), keep),),
    )


@feature.on(tap="proposals.withdraw_now", work=Work.WRITES, right=Right.PROPOSALS)
async def withdraw_now(turn: Turn) -> Reply:
    """Take a proposal back that nobody has approved or refused."""
    proposal = await proposing.asked_for(turn, turn.confirmed("proposals.withdraw_now"))
    if not await proposals.move(turn.db, proposal.id, was=OPEN, state=WITHDRAWN):
        return await proposing.page(turn, proposal)
    await approvals.void(turn.db, proposing.matter(turn, proposal.id))
    await auditing.note(turn, "proposal_withdrawn", proposal.entry.topic, proposal=proposal.id)
    return say(
        "proposals.withdrawn",
        topic=proposal.entry.topic,
        buttons=((button("proposals"), button("roles")),),
    )
