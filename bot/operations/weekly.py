"""The weekly standing: frozen on Mondays, asked for in the chat, told in a push."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.campaign import Campaign
from bot.feature import Turn, button, named, say
from bot.messages import Button, Lines, Param, Phrase, Reply, Rows, normal
from bot.rules import calendar, cards
from bot.rules import weeks as rule
from bot.rules.points import SESSION, VISIT
from bot.rules.weeks import Week
from storage import freezing, outages, weeks
from storage.db import Db
from storage.freezing import Ranks, Terms
from storage.weeks import Frozen, Numbers, Top

TOP = 5


@dataclass(frozen=True, slots=True)
class Where:
    """The campaign whose weeks are told, and the secret that makes aliases."""

    campaign: Campaign
    campaign_id: int
    secret: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """What everybody is told of a frozen week; read once for however many readers."""

    frozen: Frozen
    number: int
    top: tuple[Top, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A week that was ranked before it is frozen."""

    first: date
    ranks: Ranks


async def rank_due(db: Db, campaign: Campaign, campaign_id: int, *, day: date) -> Ranked | None:
    """Rank the newest week that `freeze_due` would freeze; reading it is most of the work."""
    due = await _due(db, campaign, campaign_id, day=day)
    if not due:
        return None
    terms = await _terms(db, campaign, campaign_id)
    return Ranked(due[-1].first, await freezing.rank(db, campaign_id, due[-1], terms=terms))


async def freeze_due(
    db: Db,
    campaign: Campaign,
    campaign_id: int,
    *,
    day: date,
    at: datetime,
    ranked: Ranked | None = None,
) -> list[Frozen]:
    """Freeze every week that is complete on a day and not frozen yet, and return those.

    `at` is campaign time. Call it in a write transaction; a week that was ranked before is frozen
    as it stood then.
    """
    due = await _due(db, campaign, campaign_id, day=day)
    if not due:
        return []
    terms = await _terms(db, campaign, campaign_id)
    known = {} if ranked is None else {ranked.first: ranked.ranks}
    return [
        await freezing.freeze(
            db, campaign_id, week, terms=terms, at=at, ranks=known.get(week.first)
        )
        for week in due
    ]


async def _due(db: Db, campaign: Campaign, campaign_id: int, *, day: date) -> list[Week]:
    done = {frozen.first for frozen in await weeks.every(db, campaign_id)}
    return [
        week
        for week in rule.weeks(*calendar.scoring(campaign.spans))
        if week.told_on <= day and week.first not in done
    ]


async def _terms(db: Db, campaign: Campaign, campaign_id: int) -> Terms:
    return Terms(
        campaign.start,
        visit=VISIT,
        items=campaign.item_kinds,
        lives=[each.id for each in campaign.activities if each.repeat == SESSION],
        outages=await outages.days(db, campaign_id),
    )


async def standing(db: Db, where: Where, frozen: Frozen, *, most: int) -> Standing:
    """Read what everybody is told of a frozen week, with so many of the best."""
    start, until = calendar.scoring(where.campaign.spans)
    week = rule.week_of(frozen.first, start, until)
    top = await weeks.board(db, where.campaign_id, frozen.first, most=most)
    return Standing(frozen, week.number if week else 0, tuple(top))


def standing_reply(
    where: Where, told: Standing, citizen: int, *, numbers: Numbers | None, buttons: Rows = ()
) -> Reply:
    """Say a frozen week to one citizen; `numbers` is None if they earned nothing in it."""
    frozen = told.frozen
    lines = [_line(where, each, citizen) for each in told.top]
    return say(
        "weeks.text",
        number=told.number,
        first=frozen.first,
        last=frozen.last,
        mine=_mine(where.campaign, frozen, numbers),
        top=Phrase("weeks.top", {"lines": Lines(tuple(lines))}) if lines else "",
        buttons=buttons,
    )


async def content(
    db: Db, where: Where, frozen: Frozen, *, citizens: Collection[int], most: int = TOP
) -> dict[int, Reply]:
    """Return what each of these citizens is told of a frozen week; three statements for all."""
    told = await standing(db, where, frozen, most=most)
    found = await weeks.many(
        db, where.campaign_id, citizens, first=frozen.first, targets=_targets(where.campaign)
    )
    buttons = ((button("rank"), button("switches")),)
    return {
        citizen: standing_reply(where, told, citizen, numbers=found.get(citizen), buttons=buttons)
        for citizen in citizens
    }


def asks(argument: str, *, words: Iterable[str]) -> bool:
    """Say whether what follows a command is one of these words."""
    return normal(argument) in words


async def answer(turn: Turn, wanted: str = "") -> Reply:
    """Show the week that begins on a day, by default and if there is none, the newest frozen."""
    frozen = await weeks.every(turn.db, turn.campaign_id)
    ends = ((button("rank"), button("menu")),)
    if not frozen:
        return _nothing_frozen(turn, ends)
    firsts = [week.first.isoformat() for week in frozen]
    place = firsts.index(wanted) if wanted in firsts else len(frozen) - 1
    where = Where(turn.campaign, turn.campaign_id, turn.secret)
    citizen, week = turn.person.citizen, frozen[place]
    told = await standing(turn.db, where, week, most=TOP)
    numbers = await weeks.own(
        turn.db, turn.campaign_id, citizen, first=week.first, targets=_targets(turn.campaign)
    )
    older = [button(f"weeks:{first}", Phrase("weeks.older")) for first in firsts[:place][-1:]]
    newer = [button(f"weeks:{first}", Phrase("weeks.newer")) for first in firsts[place + 1 :][:1]]
    buttons = ((*older, *newer), *ends) if older or newer else ends
    return standing_reply(where, told, citizen, numbers=numbers, buttons=buttons)


def _nothing_frozen(turn: Turn, buttons: tuple[tuple[Button, ...], ...]) -> Reply:
    campaign = turn.campaign
    for week in rule.weeks(*calendar.scoring(campaign.spans))[:1]:
        at = datetime.combine(week.told_on, campaign.pushes.weekly_freeze, campaign.zone)
        if turn.now < at:
            return say("weeks.none", at=at, buttons=buttons)
    return say("weeks.soon", buttons=buttons)


def _targets(campaign: Campaign) -> Mapping[str, int]:
    return {town.id: town.target for town in campaign.towns}


def _line(where: Where, top: Top, citizen: int) -> Phrase:
    params: dict[str, Param] = {"rank": top.rank, "earned": top.points}
    if top.citizen == citizen:
        return Phrase("rank.mine", params)
    if top.name is not None:
        return Phrase("rank.named", {**params, "name": top.name})
    return Phrase("rank.alias", {**params, "alias": cards.alias(where.secret, top.citizen)})


def _mine(campaign: Campaign, frozen: Frozen, numbers: Numbers | None) -> Phrase:
    if numbers is None:
        return Phrase("weeks.nothing", {"of": frozen.participants})
    return Phrase(
        "weeks.mine",
        {
            "points": numbers.points,
            "rank": numbers.rank,
            "of": numbers.of,
            "ahead": Phrase("rank.ahead", {"percent": numbers.ahead}) if numbers.ahead else "",
            "change": _change(numbers),
            "town": _town(campaign, numbers),
            "visits": numbers.visits,
            "streak": Phrase("weeks.streak", {"streak": numbers.streak}) if numbers.streak else "",
        },
    )


def _change(numbers: Numbers) -> Param:
    match numbers.change:
        case None:
            return ""
        case 0:
            return Phrase("weeks.same")
        case change if change > 0:
            return Phrase("weeks.up", {"places": change})
        case change:
            return Phrase("weeks.down", {"places": -change})


def _town(campaign: Campaign, numbers: Numbers) -> Param:
    town = campaign.unit(numbers.town or "")
    if town is None or numbers.town_place is None:
        return ""
    return Phrase(
        "weeks.town",
        {
            "town": named(town),
            "town_rank": numbers.town_rank,
            "town_of": numbers.town_of,
            "town_place": numbers.town_place,
            "towns": len(campaign.towns),
        },
    )
