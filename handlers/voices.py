"""Reading what the chosen tell of their reading: a list on the shelf, and each on its page."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, Lines, Phrase, Refusal, Reply
from bot.operations import listing, sharing
from bot.rules import taps
from storage import experiences

feature = Feature("voices")


@feature.on(tap="voices", work=Work.WRITES)
async def voices(turn: Turn) -> Reply:
    """List the experiences, the newest first."""
    total = await experiences.count_shown(turn.db, turn.campaign_id)
    ways = ((button("shelf"), button("menu")),)
    if not total:
        return say("voices.none", buttons=ways)
    page = listing.page_of("voices", turn.argument, total)
    found = await experiences.shown(
        turn.db, turn.campaign_id, offset=page.offset, limit=listing.PAGE_SIZE
    )
    lines = [
        Phrase("voices.line", {"n": n, **sharing.shown(each)})
        for n, each in enumerate(found, start=1)
    ]
    opens = (Button(listing.label(each.title), f"voices.read:{each.id}") for each in found)
    return await listing.numbered(
        turn, "voices.text", rows(opens), page=page, ways=ways, lines=Lines(tuple(lines))
    )


@feature.on(tap="voices.read")
async def read(turn: Turn) -> Reply:
    """Show one; what was taken back is not there any more."""
    found = await experiences.of(turn.db, turn.campaign_id, taps.number(turn.argument))
    if found is None or found.state != experiences.ACCEPTED:
        raise Refusal("voices.gone")
    return Reply("voices.page", sharing.shown(found), ((button("voices"), button("shelf")),))
