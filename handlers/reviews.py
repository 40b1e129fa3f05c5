"""审核: what waits for somebody else's yes; each kind shows and decides its own."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, Lines, Phrase, Reply, Rows
from bot.operations import carding, listing, noting
from bot.rules.rights import Right
from storage import approvals, attests, notes
from storage.approvals import Approval

feature = Feature("reviews")


@feature.on(command="review", words=["审核"], tap="reviews", work=Work.WRITES, right=Right.NOTES)
async def reviews(turn: Turn) -> Reply:
    """List what waits, the oldest first; reading notes, which organisers decide as well, apart."""
    count = await notes.count_queue(
        turn.db, turn.campaign_id, noting.codes(turn), but=turn.person.citizen
    )
    noted = button("notequeue", Phrase("reviews.notes", {"count": count}))
    first = ((noted,), *await _attested(turn))
    if not turn.reach(Right.REVIEW):
        key = "reviews.of_unit" if count else "reviews.none"
        return say(key, count=count, buttons=(*first, (button("roles"), button("menu"))))
    total = await approvals.count_waiting(turn.db, turn.campaign_id)
    if not total:
        return say("reviews.none", buttons=(*first, (button("roles"), button("menu"))))
    page = listing.page_of("reviews", turn.argument, total)
    found = await approvals.waiting(
        turn.db, turn.campaign_id, offset=page.offset, limit=listing.PAGE_SIZE
    )
    lines = tuple(
        Phrase(
            "reviews.line",
            {
                "n": n,
                "kind": Phrase(f"reviews.kind_{approval.kind}"),
                "title": approval.title,
                "at": approval.asked_at,
            },
        )
        for n, approval in enumerate(found, start=1)
    )
    opens = (Button(listing.label(each.title), _target(each)) for each in found)
    return await listing.numbered(
        turn,
        "reviews.text",
        rows(opens),
        page=page,
        ways=(*first, (button("roles"), button("menu"))),
        lines=Lines(lines),
        count=total,
    )


async def _attested(turn: Turn) -> Rows:
    """Lead to what was attested on paper cards and waits for this person, if anything does."""
    where, me = carding.scope(turn), turn.person.citizen
    count = await attests.count_waiting(turn.db, where, but=me)
    label = Phrase("reviews.attests", {"count": count})
    return ((button("vouching", label),),) if count else ()


def _target(approval: Approval) -> str:
    return f"{approval.kind}.review:{approval.subject}"
