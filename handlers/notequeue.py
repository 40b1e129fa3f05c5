"""Reading notes that want a look, by the writer's organiser or by staff; told once a morning."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.feature import Feature, Sending, Slice, Tick, Turn, Work, button, rows, say
from bot.messages import Button, Lines, Phrase, Reply
from bot.operations import listing, noting, pushing
from bot.rules import rights
from bot.rules.rhythm import Daily
from bot.rules.rights import Right, Role
from storage import notes, roles
from storage.db import Db
from storage.pushes import Push

feature = Feature("notequeue")

LATE_MAX = timedelta(hours=8)


@feature.on(tap="notequeue", work=Work.WRITES, right=Right.NOTES)
async def queue(turn: Turn) -> Reply:
    """List what wants a look, reported notes first, then the oldest."""
    who, mine = turn.person.citizen, noting.codes(turn)
    total = await notes.count_queue(turn.db, turn.campaign_id, mine, but=who)
    if not total:
        return say("notequeue.none", buttons=((button("reviews"), button("roles")),))
    page = listing.page_of("notequeue", turn.argument, total)
    found = await notes.queue(
        turn.db, turn.campaign_id, mine, but=who, offset=page.offset, limit=listing.PAGE_SIZE
    )
    lines = [
        Phrase(
            "notequeue.line",
            {
                "n": n,
                "title": note.title,
                "at": note.acted_at,
                "reports": noting.reports(note),
            },
        )
        for n, note in enumerate(found, start=1)
    ]
    opens = (Button(listing.label(note.title), f"moderating.one:{note.id}") for note in found)
    ways = ((button("reviews"), button("roles")),)
    return await listing.numbered(
        turn,
        "notequeue.text",
        rows(opens),
        page=page,
        ways=ways,
        lines=Lines(tuple(lines)),
        count=total,
    )


async def _in_charge(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    found = set(await roles.staff(db, push.campaign, after=wanted.after, most=wanted.most))
    for role in (Role.UNIT, Role.TEAM):
        found.update(
            await roles.holding(db, push.campaign, role, after=wanted.after, most=wanted.most)
        )
    return sorted(found)[: wanted.most]


@feature.push("waits", switch="deadline", urgency=3, audience=_in_charge, duty=True)
async def waits(sending: Sending) -> Mapping[int, Reply]:
    """Tell who is in charge how many notes wait for them; nobody is told of none."""
    replies = {}
    for citizen in sending.citizens:
        duties = await roles.duties(sending.db, sending.campaign_id, citizen)
        reach = rights.reach(duties, Right.NOTES)
        codes = None if reach.everything else reach.units
        count = await notes.count_queue(sending.db, sending.campaign_id, codes, but=citizen)
        if reach and count:
            replies[citizen] = say(
                "notequeue.waits", count=count, buttons=((button("notequeue"), button("roles")),)
            )
    return replies


@feature.bell("morning", lambda campaign: Daily(campaign.pushes.deadline_push), late_max=LATE_MAX)
async def morning(tick: Tick) -> None:
    """Tell once a day, if anything waits at all."""
    if await notes.count_queue(tick.db, tick.campaign_id, None, but=0):
        until = tick.slot + LATE_MAX
        await pushing.push(tick, waits, once=f"notes:{tick.today}", expires_at=until)
