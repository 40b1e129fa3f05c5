"""本单位: how a unit stands and what its people lack, for its organisers and for staff only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.feature import Turn, named
from bot.messages import Lines, Named, Param, Phrase, Refusal
from bot.operations import figures
from bot.operations.figures import Book
from bot.rules import gauge
from bot.rules.calendar import ONE_DAY
from bot.rules.forecast import Progress
from bot.rules.rights import Right
from storage import attests, gaps, papercards, units
from storage.attests import Scope
from storage.gaps import Asked, Gap
from storage.tallies import Count, Span
from storage.units import Unit

WEEK = timedelta(days=7)
FEW = 3  # a team of fewer people has not really begun
NAMED_MAX = 3
CODE_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class Team:
    """A team of a town: how many are in it, and whether one of them scored in the last days."""

    unit: Unit
    members: int
    awake: bool


async def own(turn: Turn, code: str, right: Right = Right.UNIT) -> Unit:
    """Return a unit or team on which this person may use a right, as of now.

    Raises:
        Refusal: it is not theirs, or is not known.

    """
    turn.require(right, code)
    unit = await units.of(turn.db, turn.campaign_id, code)
    if unit is None:
        raise Refusal("units.unknown", words=code[:CODE_SHOWN_MAX])
    return unit


def asked(turn: Turn, unit: Unit) -> Asked:
    """Ask for the gaps of a unit as of today; silent is a week without a scored deed."""
    return Asked(turn.campaign_id, unit.code, turn.today - WEEK)


async def teams(turn: Turn, town: Unit) -> list[Team]:
    """Return a town's teams with what is known of each."""
    found = await units.listed(turn.db, turn.campaign_id, kind=units.TEAM, town=town.code)
    codes = [team.code for team in found]
    members = await gaps.members(turn.db, codes)
    since = turn.today - WEEK
    awake = await gaps.awake(turn.db, turn.campaign_id, codes, since=since)
    return [Team(team, members.get(team.code, 0), team.code in awake) for team in found]


def missing(found: Sequence[Team]) -> list[Team]:
    """Return the must-join teams that nobody, or hardly anybody, has joined; the emptiest first."""
    few = [team for team in found if team.unit.must_join and team.members < FEW]
    return sorted(few, key=lambda team: team.members)


def silent(found: Sequence[Team]) -> list[Team]:
    """Return the teams that have people, none of whom scored in the last week."""
    return [team for team in found if team.members and not team.awake]


async def standing(turn: Turn, unit: Unit) -> dict[str, Param]:
    """Say participants, share, what is needed a day and the forecast, as parameters of the page."""
    book = Book(turn.db, turn.campaign, turn.campaign_id)
    found = await figures.standing(book, unit, today=turn.today)
    return {
        "unit": unit.named,
        "at": turn.now,
        "stands": stands(found.progress),
        "registered": found.registered,
        "cards": await on_cards(turn, [unit.code]),
        "course": course(turn, found.progress),
        "week": await _week(book, unit, today=turn.today),
        "reporter": Phrase("units.reporter", {"name": unit.reporter}) if unit.reporter else "",
    }


async def on_cards(turn: Turn, codes: Sequence[str] | None) -> Param:
    """Say how many paper cards are in use and what was attested on them, of units or of all."""
    cards = await papercards.count(turn.db, turn.campaign_id, codes)
    word = await attests.count(turn.db, Scope(turn.campaign_id, codes))
    if not cards.used and not word.every:
        return ""
    told = {"used": cards.used, "every": word.every, "waiting": word.waiting, "void": word.void}
    return Phrase("units.cards", told)


def stands(progress: Progress) -> Phrase:
    """Say how many take part, against the target if there is one."""
    if not progress.target:
        return Phrase("units.no_target", {"participants": progress.participants})
    params: Mapping[str, Param] = {
        "participants": progress.participants,
        "target": progress.target,
        "percent": progress.percent,
        "bar": gauge.bar(progress.percent or min(progress.participants, 1)),
    }
    few = gauge.few(progress.participants, progress.target)
    return Phrase("units.of_target_few" if few else "units.of_target", params)


def course(turn: Turn, progress: Progress) -> Param:
    """Say how far it is to the end of what scores."""
    run = figures.course(turn.campaign)
    left, last = run.left(turn.today), run.until - ONE_DAY
    if not left:
        return Phrase("units.closed", {"last": last})
    if turn.today < run.start:
        return Phrase("units.not_begun", {"first": run.start})
    sentences = [Phrase("units.days_left", {"last": last, "days": left})]
    if progress.target and progress.missing:
        needed = {"missing": progress.missing, "needed": progress.needed or 0}
        sentences.append(Phrase("units.needed", needed))
    elif progress.target:
        sentences.append(Phrase("units.reached"))
    if progress.expected is not None:
        sentences.append(Phrase("units.forecast", {"expected": progress.expected}))
    return Lines(tuple(sentences))


async def _week(book: Book, unit: Unit, *, today: date) -> Param:
    """Say what was scored on the last seven whole days, by activity, against the seven before."""
    now = await figures.deeds(book, unit, span=Span(today - WEEK, today))
    then = await figures.deeds(book, unit, span=Span(today - 2 * WEEK, today - WEEK))
    new, old = figures.together(now), figures.together(then)
    if not new and not old:
        return Phrase("units.quiet_week")
    return Lines(
        tuple(
            _against(named(each), new.get(each.id, Count()).paid, old.get(each.id, Count()).paid)
            for each in book.campaign.activities
        )
    )


def _against(activity: Named | Phrase, now: int, before: int) -> Phrase:
    change = now - before
    key = "units.week_same" if not change else f"units.week_{'up' if change > 0 else 'down'}"
    return Phrase(key, {"activity": activity, "n": now, "change": abs(change)})


async def three_gaps(turn: Turn, unit: Unit) -> Lines:
    """Say the three things that can be done, or that there is nothing to do about one."""
    asks = asked(turn, unit)
    away = await gaps.count(turn.db, asks, Gap.UNREACHABLE)
    never = await gaps.count(turn.db, asks, Gap.NEVER)
    if unit.kind == units.TOWN:
        found = await teams(turn, unit)
        said = [_of_missing(found), _of_silent(found), _of_unreached(away, never)]
    else:
        quiet = await gaps.count(turn.db, asks, Gap.SILENT)
        said = [_of_people(Gap.NEVER, never), _of_people(Gap.SILENT, quiet)]
        said.append(_of_people(Gap.UNREACHABLE, away))
    return Lines(
        tuple(Phrase("units.gap", {"n": n, "gap": gap}) for n, gap in enumerate(said, start=1))
    )


def names(found: Sequence[Team]) -> Lines:
    """Name the first of several teams."""
    return Lines(tuple(Phrase("units.team", {"team": team.unit.named}) for team in found))


def _of_missing(found: Sequence[Team]) -> Phrase:
    must = sum(team.unit.must_join for team in found)
    if not must:
        return Phrase("units.no_must_join")
    few = missing(found)
    if not few:
        return Phrase("units.must_joined", {"count": must})
    return Phrase(
        "units.must_missing",
        {
            "count": len(few),
            "of": must,
            "empty": sum(not team.members for team in few),
            "names": names(few[:NAMED_MAX]),
        },
    )


def _of_silent(found: Sequence[Team]) -> Phrase:
    quiet = silent(found)
    if not quiet:
        return Phrase("units.none_silent")
    params: Mapping[str, Param] = {"count": len(quiet), "names": names(quiet[:NAMED_MAX])}
    return Phrase("units.teams_silent", params)


def _of_unreached(away: int, never: int) -> Phrase:
    if not away and not never:
        return Phrase("units.all_reached")
    if not away or not never:
        return _of_people(Gap.UNREACHABLE, away) if away else _of_people(Gap.NEVER, never)
    return Phrase("units.unreached", {"away": away, "never": never})


def _of_people(gap: Gap, count: int) -> Phrase:
    return Phrase(f"units.people_{gap}" if count else f"units.no_{gap}", {"count": count})
