"""统计 of livestreams: who booked, joined in the slot and watched again, and what it scored."""

from bot.feature import Turn, button, rows, say
from bot.messages import Lines, Param, Phrase, Reply
from bot.operations import classroom, listing
from storage import attendances, livestreams, tallies
from storage.livestreams import Livestream

LIVE = "stats.live"
ONE = "stats.class"


async def every(turn: Turn, wanted: str) -> Reply:
    """List the livestreams that have begun, the newest first, with their numbers."""
    total = await livestreams.count_held(turn.db, turn.campaign_id, turn.now)
    ends = (button("stats"), button("menu"))
    if not total:
        return say("turnout.none", buttons=(ends,))
    page = listing.page_of(LIVE, wanted, total)
    found = await livestreams.held(
        turn.db, turn.campaign_id, turn.now, offset=page.offset, limit=listing.PAGE_SIZE
    )
    entries = [await _entry(turn, livestream) for livestream in found]
    leads = [button(f"{ONE}:{each.id}", listing.label(each.topic)) for each in found]
    return say(
        "turnout.text",
        at=turn.now,
        entries=Lines(tuple(entries)),
        count=total,
        page=page.number + 1,
        pages=page.of,
        buttons=(*rows(leads), *listing.neighbours(page), ends),
    )


async def one(turn: Turn, livestream: Livestream) -> Reply:
    """Say the numbers of one livestream."""
    about: dict[str, Param] = {
        "at": turn.now,
        "topic": livestream.topic,
        "number": str(livestream.id),
        "start": livestream.starts_at,
        "lecturer": livestream.lecturer,
        "unit": await classroom.unit(turn, livestream) or Phrase("turnout.no_unit"),
        "status": classroom.status(turn, livestream),
    }
    back = (button(LIVE, Phrase("turnout.to_all")), button("stats"))
    return Reply("turnout.one", about | await _numbers(turn, livestream), (back,))


async def _entry(turn: Turn, livestream: Livestream) -> Phrase:
    about: dict[str, Param] = {
        "number": str(livestream.id),
        "topic": listing.label(livestream.topic),
        "start": livestream.starts_at,
    }
    return Phrase("turnout.entry", about | await _numbers(turn, livestream))


async def _numbers(turn: Turn, livestream: Livestream) -> dict[str, Param]:
    counts = await attendances.counts(turn.db, livestream.id)
    activity, subject = classroom.activity(turn.campaign), livestreams.subject(livestream.id)
    scored = await tallies.of_subject(turn.db, turn.campaign_id, activity.id, name=subject)
    return {
        "booked": counts.booked,
        "joined": counts.joined,
        "replayed": counts.replayed,
        "points": scored.points,
    }
