"""直播: the livestreams to come, one in full, being reminded of it; those to watch again."""

from collections.abc import Sequence

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, Lines, Phrase, Reply
from bot.operations import classroom, glance, listing
from bot.operations.listing import Page
from bot.rules import taps
from bot.rules.airtime import Stage
from storage import attendances
from storage import livestreams as stored
from storage.livestreams import Livestream

feature = Feature("livestreams", in_menu=True)


@feature.on(command="live", words=["直播"], tap="livestreams", work=Work.WRITES)
async def coming(turn: Turn) -> Reply:
    """List what runs now or is to come."""
    total = await stored.count_coming(turn.db, turn.campaign_id, turn.now)
    if not total:
        past_ones = button("livestreams.past", Phrase("livestreams.past"))
        return say("livestreams.empty", buttons=((past_ones,),), menu=True)
    page = listing.page_of("livestreams", turn.argument, total)
    found = await stored.coming(
        turn.db, turn.campaign_id, turn.now, offset=page.offset, limit=listing.PAGE_SIZE
    )
    return await _list(turn, "livestreams.text", found, page=page)


@feature.on(tap="livestreams.past", work=Work.WRITES)
async def past(turn: Turn) -> Reply:
    """List what is over and can be watched again."""
    total = await stored.count_past(turn.db, turn.campaign_id, turn.now)
    if not total:
        return say("livestreams.no_past", buttons=((button("livestreams"), button("menu")),))
    page = listing.page_of("livestreams.past", turn.argument, total)
    found = await stored.past(
        turn.db, turn.campaign_id, turn.now, offset=page.offset, limit=listing.PAGE_SIZE
    )
    return await _list(turn, "livestreams.past_text", found, page=page)


@feature.on(tap="livestreams.open")
async def one(turn: Turn) -> Reply:
    """Show a livestream with what can be done about it now."""
    livestream = await _asked_for(turn)
    activity = classroom.activity(turn.campaign)
    mine = await attendances.booked_by(turn.db, turn.person.citizen, of=[livestream.id])
    details = [classroom.status(turn, livestream)]
    if livestream.lecturer:
        details.append(Phrase("livestreams.lecturer", {"lecturer": livestream.lecturer}))
    if livestream.unit:
        details.append(Phrase("livestreams.unit", {"unit": await classroom.unit(turn, livestream)}))
    if livestream.summary:
        details.append(Phrase("livestreams.summary", {"summary": livestream.summary}))
    return say(
        "livestreams.page",
        topic=livestream.topic,
        start=livestream.starts_at,
        minutes=livestream.minutes,
        details=Lines(tuple(details)),
        pays=glance.promise(
            turn,
            "glance.pays_live",
            day=turn.campaign.day(livestream.starts_at),
            points=activity.points,
            cap=activity.cap,
        ),
        buttons=classroom.buttons(turn, livestream, booked=bool(mine)),
    )


@feature.on(tap="livestreams.book", work=Work.WRITES)
async def book(turn: Turn) -> Reply:
    """Remind a citizen before a livestream begins."""
    livestream = await _asked_for(turn)
    if classroom.stage(turn, livestream) not in {Stage.COMING, Stage.OPEN}:
        return await one(turn)  # it says why there is nothing to wait for
    await attendances.book(turn.db, livestream.id, turn.person.citizen, at=turn.now)
    undo = button(f"livestreams.unbook:{livestream.id}", Phrase("livestreams.unbook"))
    return say(
        "livestreams.booked",
        topic=livestream.topic,
        start=livestream.starts_at,
        buttons=((undo,), classroom.back(livestream)),
    )


@feature.on(tap="livestreams.unbook", work=Work.WRITES)
async def unbook(turn: Turn) -> Reply:
    """Do not remind a citizen any more; it can be taken back at once."""
    livestream = await _asked_for(turn)
    await attendances.unbook(turn.db, livestream.id, turn.person.citizen)
    undo = button(f"livestreams.book:{livestream.id}", Phrase("buttons.undo"))
    return say(
        "livestreams.unbooked",
        topic=livestream.topic,
        buttons=((undo,), classroom.back(livestream)),
    )


async def _asked_for(turn: Turn) -> Livestream:
    return classroom.shown(turn, await stored.of(turn.db, taps.number(turn.argument)))


async def _list(turn: Turn, key: str, found: Sequence[Livestream], *, page: Page) -> Reply:
    ids = [livestream.id for livestream in found]
    mine = await attendances.booked_by(turn.db, turn.person.citizen, of=ids)
    entries = [
        Phrase(
            "livestreams.entry_by" if livestream.lecturer else "livestreams.entry",
            {
                "n": n,
                "topic": livestream.topic,
                "start": livestream.starts_at,
                "lecturer": livestream.lecturer,
                "mark": _mark(turn, livestream),
                "booked": Phrase("livestreams.mark_booked") if livestream.id in mine else "",
            },
        )
        for n, livestream in enumerate(found, start=1)
    ]
    opens = (Button(listing.label(e.topic), f"livestreams.open:{e.id}") for e in found)
    past_ones = button("livestreams.past", Phrase("livestreams.past"))
    other = button("livestreams") if page.target == "livestreams.past" else past_ones
    return await listing.numbered(
        turn,
        key,
        rows(opens),
        page=page,
        ways=((other, button("menu")),),
        entries=Lines(tuple(entries)),
    )


def _mark(turn: Turn, livestream: Livestream) -> Phrase | str:
    found = classroom.stage(turn, livestream)
    if found is Stage.COMING:
        return Phrase("livestreams.mark_moved") if classroom.is_moved(livestream) else ""
    return Phrase("livestreams.mark_cancelled" if found is None else f"livestreams.mark_{found}")
