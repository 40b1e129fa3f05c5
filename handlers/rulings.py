"""异议处理: what citizens dispute, with the evidence; accepted by a correction, or refused."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Lines, Param, Phrase, Reply
from bot.operations import amending, listing, recounting, ruling
from bot.rules.rights import Right
from storage import disputes, history, signals
from storage.disputes import OF_SELECTION, Dispute

feature = Feature("rulings")

EVIDENCE_MAX = 20


@feature.on(
    command="disputes", words=["异议"], tap="rulings", work=Work.WRITES, right=Right.DISPUTES
)
async def rulings(turn: Turn) -> Reply:
    """List what waits, the oldest first."""
    total = await disputes.count_open(turn.db, turn.campaign_id)
    odd = await signals.count_unseen(turn.db, turn.campaign_id)
    back = (button("signals", Phrase("rulings.signals", {"count": odd})), button("roles"))
    if not total:
        return say("rulings.none", buttons=(back,))
    page = listing.page_of("rulings", turn.argument, total)
    found = await disputes.waiting(
        turn.db, turn.campaign_id, offset=page.offset, limit=listing.PAGE_SIZE
    )
    lines = [await _line(turn, n, each) for n, each in enumerate(found, start=1)]
    opens = (
        button(_target(each), Phrase("rulings.open", {"n": n}))
        for n, each in enumerate(found, start=1)
    )
    return await listing.numbered(
        turn,
        "rulings.text",
        rows(opens, wide=3),
        page=page,
        ways=(back,),
        lines=Lines(tuple(lines)),
        count=total,
    )


def _target(dispute: Dispute) -> str:
    is_of_selection = dispute.about.startswith(OF_SELECTION)
    return f"{'hearings' if is_of_selection else 'rulings.one'}:{dispute.id}"


async def _line(turn: Turn, n: int, dispute: Dispute) -> Phrase:
    whom = await amending.whose(turn.db, dispute.citizen)
    entry = await history.entry(turn.db, dispute.citizen, turn.campaign_id, ref=dispute.about)
    told: Param = recounting.entry(turn.campaign, entry) if entry else ""
    if dispute.about.startswith(OF_SELECTION):
        told = Phrase("rulings.of_selection")
    params: dict[str, Param] = {
        "n": n,
        "number": whom.number,
        "entry": told,
        "at": dispute.opened_at,
    }
    return Phrase("rulings.line", params)


@feature.on(tap="rulings.one", right=Right.DISPUTES)
async def one(turn: Turn) -> Reply:
    """Show a dispute with what is known, and the ways to answer it."""
    found = await ruling.waiting(turn, turn.argument)
    dispute, entry = found.dispute, found.entry
    whom = await amending.whose(turn.db, dispute.citizen)
    day = await history.on_day(
        turn.db, dispute.citizen, turn.campaign_id, day=entry.day, most=EVIDENCE_MAX
    )
    known = await ruling.known(turn, found) or [Phrase("rulings.nothing_known")]
    params: dict[str, Param] = {
        **amending.face(turn, whom),
        "entry": recounting.entry(turn.campaign, entry),
        "acted": recounting.moment(turn.campaign, entry),
        "words": dispute.words or Phrase("rulings.no_words"),
        "at": dispute.opened_at,
        "known": Lines(tuple(known)),
        "deeds": recounting.timed(turn.campaign, day),
    }
    ways = (
        button(f"answering.accept:{dispute.id}:{how}", Phrase(f"rulings.accept_{how}"))
        for how in await ruling.answers(turn, found)
    )
    no = button(f"answering.refuse:{dispute.id}", Phrase("rulings.refuse"))
    lines = button(f"adjusting.of:{whom.number}", Phrase("amending.more"))
    return Reply("rulings.page", params, (*rows([*ways, no]), (lines, button("rulings"))))
