"""每周荐读: every Monday a few works not yet finished, from the sections somebody uses."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import islice

from bot.feature import Feature, Sending, Tick, button, say
from bot.messages import Lines, Phrase, Reply
from bot.operations import pushing
from bot.rules.rhythm import Weekly
from storage import items, picks
from storage.db import Db
from storage.items import Item

feature = Feature("picks")

MONDAY = 0
EACH = 3
OFFERED_PER_SECTION = 6
LATE_MAX = timedelta(hours=10)
WORDINGS = 4


@feature.push("weekly", switch="picks", urgency=5, audience=pushing.everybody)
async def weekly(sending: Sending) -> Mapping[int, Reply]:
    """Offer each a few works; who has finished all of this week's gets none."""
    week = sending.push.made_at.isocalendar().week
    offered = [
        item
        for kind in sending.campaign.item_kinds
        for item in await _this_weeks(sending.db, kind, week)
    ]
    ids = [item.id for item in offered]
    done = await picks.finished(sending.db, sending.campaign_id, sending.citizens, items=ids)
    since = sending.now - timedelta(days=30)
    used = await picks.sections(sending.db, sending.campaign_id, sending.citizens, since=since)
    chosen = {
        citizen: _chosen(
            [item for item in offered if item.id not in done.get(citizen, set())],
            used.get(citizen, set()),
        )
        for citizen in sending.citizens
    }
    return {citizen: _worded(found, week) for citizen, found in chosen.items() if found}


async def _this_weeks(db: Db, kind: str, week: int) -> list[Item]:
    """Go through a section week by week, from its begin again when it ends."""
    count = await items.count(db, kind)
    offset = week * OFFERED_PER_SECTION % max(count, 1)
    return await items.page(db, kind, offset=offset, limit=OFFERED_PER_SECTION)


def _chosen(left: Sequence[Item], used: set[str]) -> list[Item]:
    """Take one of each section in turn, those in use first."""
    kinds = sorted({item.kind for item in left}, key=lambda kind: (kind not in used, kind))
    sections = [[item for item in left if item.kind == kind] for kind in kinds]
    turns = (section[turn] for turn in range(EACH) for section in sections if turn < len(section))
    return list(islice(turns, EACH))


def _worded(found: Sequence[Item], week: int) -> Reply:
    lines = tuple(
        Phrase("picks.line", {"title": item.title, "author": item.author, "minutes": item.minutes})
        for item in found
    )
    buttons = tuple((button(f"items.open:{item.id}", item.title[:30]),) for item in found)
    opening = Phrase(f"picks.opening_{week % WORDINGS + 1}")
    return say("picks.text", opening=opening, works=Lines(lines), buttons=buttons)


@feature.bell(
    "monday", lambda campaign: Weekly(MONDAY, campaign.pushes.picks_push), late_max=LATE_MAX
)
async def monday(tick: Tick) -> None:
    """Offer this week's works while the campaign lasts."""
    if tick.campaign.phase(tick.today) is not None:
        until = tick.slot + timedelta(hours=24)
        await pushing.push(tick, weekly, once=f"picks:{tick.today}", expires_at=until)
