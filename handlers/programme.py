"""The classes of a unit as those in charge see them, and the ways to change what they say."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, Lines, Phrase, Reply, Rows
from bot.operations import airing, classroom, listing, proposing
from bot.rules.airtime import Stage
from bot.rules.rights import Right
from storage import attendances, livestreams, programme
from storage.livestreams import Livestream

feature = Feature("programme")


@feature.on(tap="programme", work=Work.WRITES, right=Right.PROPOSALS)
async def classes(turn: Turn) -> Reply:
    """List the classes of one's units, the latest first; staff see everybody's."""
    units = proposing.own_units(turn)
    total = await programme.count(turn.db, turn.campaign_id, units)
    back = (button("proposals"), button("roles"))
    if not total:
        return say("programme.none", buttons=(back,))
    page = listing.page_of("programme", turn.argument, total)
    found = await programme.listed(
        turn.db, turn.campaign_id, units, offset=page.offset, limit=listing.PAGE_SIZE
    )
    lines = [await _line(turn, n, each) for n, each in enumerate(found, start=1)]
    opens = (Button(listing.label(each.topic), f"programme.one:{each.id}") for each in found)
    return await listing.numbered(
        turn,
        "programme.text",
        rows(opens),
        page=page,
        ways=(back,),
        lines=Lines(tuple(lines)),
        count=total,
    )


async def _line(turn: Turn, n: int, livestream: Livestream) -> Phrase:
    return Phrase(
        "programme.line",
        {
            "n": n,
            "start": livestream.starts_at,
            "topic": livestream.topic,
            "unit": await proposing.called(turn, livestream.unit or ""),
            "state": _state(turn, livestream),
        },
    )


def _state(turn: Turn, livestream: Livestream) -> Phrase:
    found = classroom.stage(turn, livestream)
    return Phrase("programme.cancelled" if found is None else f"programme.{found}")


@feature.on(tap="programme.one", right=Right.PROPOSALS)
async def one(turn: Turn) -> Reply:
    """Show a class with what only those in charge see, and what they can do."""
    livestream = await classroom.in_charge(turn, turn.argument)
    counts = await attendances.counts(turn.db, livestream.id)
    details = await proposing.said_by_class(turn, livestream)
    extras = (
        Phrase("programme.word", {"word": livestream.word})
        if livestream.word
        else Phrase("programme.no_word"),
        Phrase("programme.replay", {"address": livestream.replay})
        if livestream.replay
        else Phrase("programme.no_replay"),
        Phrase(
            "programme.counts",
            {"booked": counts.booked, "joined": counts.joined, "replayed": counts.replayed},
        ),
    )
    return say(
        "programme.one",
        number=str(livestream.id),
        status=classroom.status(turn, livestream),
        details=Lines((*details.phrases, *extras)),
        buttons=_ways(turn, livestream),
    )


def _ways(turn: Turn, livestream: Livestream) -> Rows:
    can, about = [], livestream.id
    if airing.may_change(livestream, turn.now):
        can.append(button(f"programme.edit:{about}", Phrase("programme.edit")))
    stage = classroom.stage(turn, livestream)
    if stage not in {None, Stage.OVER}:
        can.append(button(f"code_words:{about}", Phrase("code_words.name")))
    if stage is not None:
        can.append(button(f"recordings:{about}", Phrase("recordings.name")))
    if livestream.state in livestreams.OPEN and stage is not Stage.OVER:
        can.append(button(f"airings.cancel:{about}", Phrase("programme.cancel")))
    return (*rows(can, wide=2), (button("programme"), button("roles")))


@feature.on(tap="programme.edit", right=Right.PROPOSALS)
async def edit(turn: Turn) -> Reply:
    """Give the form of a class, to be changed; until staff approve it says what it said."""
    livestream = await classroom.in_charge(turn, turn.argument)
    if not airing.may_change(livestream, turn.now):
        return await one(turn)
    form = await proposing.form_of_class(turn, livestream)
    back = button(f"programme.one:{livestream.id}", Phrase("programme.back"))
    days = turn.campaign.campaign.deadlines.live_details_days
    return say("programme.form", form=form, days=days, buttons=((back,),))
