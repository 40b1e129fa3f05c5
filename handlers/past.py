"""往年: what somebody had in earlier campaigns, and what they did there; it changes no more."""

from bot.feature import KNOWN, Feature, Turn, button, rows, say
from bot.messages import Lines, Named, Phrase, Reply
from bot.operations import listing, recounting
from bot.rules import taps
from storage import deployment, history, totals
from storage.deployment import About

feature = Feature("past")

SHOWN_MAX = 10


@feature.on(command="past", words=["往年", "去年"], tap="past", right=KNOWN)
async def past(turn: Turn) -> Reply:
    """Tell what this person has of each earlier campaign: points, days, place."""
    mine = await _mine(turn)
    if not mine:
        return say("past.none", menu=True)
    told = [await _line(turn, number, about) for number, about in mine.items()]
    logs = [
        button(f"past.log:{number}", Phrase("past.open_log", {"campaign": _name(about)}))
        for number, about in mine.items()
    ]
    return say(
        "past.text",
        campaigns=Lines(tuple(told)),
        buttons=(*rows(logs), (button("me"), button("menu"))),
    )


@feature.on(tap="past.log", right=KNOWN)
async def log(turn: Turn) -> Reply:
    """Page through the lines of an earlier campaign."""
    wanted, _, page = turn.argument.partition(":")
    about = (await _mine(turn)).get(number := taps.number(wanted))
    if about is None:
        return await past(turn)
    at = taps.number(page)
    found = await history.page(
        turn.db,
        turn.person.citizen,
        number,
        offset=at * listing.PAGE_SIZE,
        limit=listing.PAGE_SIZE + 1,
    )
    shown = [recounting.entry(turn.campaign, entry) for entry in found[: listing.PAGE_SIZE]]
    newer = (button(f"past.log:{number}:{at - 1}", Phrase("log.newer")),) * (at > 0)
    older = (button(f"past.log:{number}:{at + 1}", Phrase("log.older")),) * (
        len(found) > listing.PAGE_SIZE
    )
    return say(
        "past.log",
        campaign=_name(about),
        entries=Lines(tuple(shown)) if shown else Phrase("past.empty"),
        buttons=(newer + older, (button("past"), button("menu"))),
    )


async def _mine(turn: Turn) -> dict[int, About]:
    """Return the earlier campaigns in which this person did something, the latest first."""
    others = await deployment.others(turn.db, turn.campaign_id)
    mine = await totals.campaigns(turn.db, turn.person.citizen)
    return {n: about for n, about in others.items() if n in mine}


async def _line(turn: Turn, number: int, about: About) -> Phrase:
    has = await totals.of(turn.db, number, turn.person.citizen)
    place = await turn.standings.of(number).place(turn.db, turn.person.citizen, each=0)
    ranked = {} if place is None else {"rank": place.rank, "of": place.of}
    return Phrase(
        "past.campaign",
        {
            "campaign": _name(about),
            "start": about.start,
            "last": about.last_day,
            "earned": has.earned,
            "balance": has.balance,
            "visits": has.visit_days,
            "finished": has.finished,
            "lives": has.lives,
            "place": Phrase("past.place", ranked) if ranked else Phrase("past.no_place"),
        },
    )


def _name(about: About) -> Named:
    return Named(about.name, about.name_en)
