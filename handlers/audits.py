"""审计: what staff and organisers did, the newest first."""

from bot.feature import Feature, Turn, button, say
from bot.messages import Lines, Phrase, Reply
from bot.operations import listing
from bot.rules.rights import Right
from storage import audit
from storage.audit import Line

feature = Feature("audits")


@feature.on(command="audit", words=["审计"], tap="audits", right=Right.AUDIT)
async def audits(turn: Turn) -> Reply:
    """List acts, page by page."""
    total = await audit.count(turn.db, turn.campaign_id)
    if not total:
        return say("audits.none", buttons=((button("roles"), button("menu")),))
    page = listing.page_of("audits", turn.argument, total)
    found = await audit.newest(
        turn.db, turn.campaign_id, offset=page.offset, limit=listing.PAGE_SIZE
    )
    return say(
        "audits.text",
        lines=Lines(tuple(map(_line, found))),
        count=total,
        page=page.number + 1,
        pages=page.of,
        buttons=(*listing.neighbours(page), (button("roles"), button("menu"))),
    )


def _line(line: Line) -> Phrase:
    role = Phrase(f"audits.role_{line.role}") if line.role else ""
    act = Phrase(f"audit.{line.act}", {"subject": line.subject})
    return Phrase("audits.line", {"at": line.at, "number": line.number, "role": role, "act": act})
