"""统计: the campaign's numbers by command, for staff: everything, a unit, days, weeks, classes."""

from datetime import date

from bot.feature import Feature, Turn, button, rows, say
from bot.messages import Phrase, Refusal, Reply, normal
from bot.operations import details, listing, numbers, turnout
from bot.rules import moments
from bot.rules.calendar import ONE_DAY
from bot.rules.moments import Marks
from bot.rules.rights import Right
from storage import livestreams, units

feature = Feature("stats")

WORDS_SHOWN_MAX = 40


def _typed(*, words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(normal, words))


LIVE = _typed(words=("live", "直播", "直播课"))
WEEK = _typed(words=("week", "周", "本周", "这周"))
DAY = _typed(words=("day", "日期", "某天", "日"))
TODAY = _typed(words=("today", "今天", "今日"))
YESTERDAY = _typed(words=("yesterday", "昨天", "昨日"))
_YEAR, _MONTH, *_DAYS = _typed(words=("年", "月", "日", "号"))
MARKS = Marks(year=(_YEAR,), month=(_MONTH,), day=tuple(_DAYS))
WEEK_WORDS = _typed(words=("周", "第"))


@feature.on(command="stats", words=["统计"], tap="stats", right=Right.STATS, takes=True)
async def stats(turn: Turn) -> Reply:
    """Say all numbers, or those that were asked for: a unit, a class, a week or a day."""
    if not turn.argument.strip():
        return await numbers.overall(turn)
    head, *more = turn.argument.split(maxsplit=1)
    word, rest = normal(head), " ".join(more).strip()
    if word in LIVE:
        return await _classes(turn, rest)
    if word in WEEK:
        return await _week(turn, rest)
    if word in DAY and rest:
        return await _day(turn, rest)
    if not rest and _read(turn, word) is not None:
        return await _day(turn, word)
    return await _unit(turn, turn.argument)


@feature.on(tap="stats.towns", right=Right.STATS)
async def towns(turn: Turn) -> Reply:
    """List the towns against their targets."""
    return await numbers.towns(turn)


@feature.on(tap="stats.unit", right=Right.STATS)
async def unit(turn: Turn) -> Reply:
    """Say the numbers of the unit behind a button."""
    found = await units.of(turn.db, turn.campaign_id, turn.argument)
    if found is None:
        raise Refusal("stats.unknown", words=turn.argument[:WORDS_SHOWN_MAX], forms=_forms())
    return await numbers.of_unit(turn, found)


@feature.on(tap="stats.day", right=Right.STATS)
async def day(turn: Turn) -> Reply:
    """Say the numbers of the day behind a button."""
    return await _day(turn, turn.argument)


@feature.on(tap="stats.week", right=Right.STATS)
async def week(turn: Turn) -> Reply:
    """Say the numbers of the week behind a button."""
    return await _week(turn, turn.argument)


@feature.on(tap="stats.more", right=Right.STATS)
async def more(turn: Turn) -> Reply:
    """Say what stands behind a button of the numbers."""
    return await details.more(turn, turn.argument)


@feature.on(tap="stats.live", right=Right.STATS)
async def live(turn: Turn) -> Reply:
    """List the classes, page by page."""
    return await turnout.every(turn, turn.argument)


@feature.on(tap="stats.class", right=Right.STATS)
async def one_class(turn: Turn) -> Reply:
    """Say the numbers of the class behind a button."""
    return await _classes(turn, turn.argument or "?")


async def _unit(turn: Turn, words: str) -> Reply:
    found = await units.found(turn.db, turn.campaign_id, words)
    if not found:
        raise Refusal("stats.unknown", words=words[:WORDS_SHOWN_MAX], forms=_forms())
    if len(found) == 1:
        return await numbers.of_unit(turn, found[0])
    some = found[: listing.PAGE_SIZE]
    leads = [button(f"stats.unit:{each.code}", each.named) for each in some]
    return say("stats.which", count=len(found), buttons=(*rows(leads), (button("stats"),)))


async def _classes(turn: Turn, words: str) -> Reply:
    if not words:
        return await turnout.every(turn, "")
    number = moments.number(words, ())
    found = None if number is None else await livestreams.of(turn.db, number)
    if found is None or found.campaign != turn.campaign_id:
        raise Refusal("stats.no_class", words=words[:WORDS_SHOWN_MAX], forms=_forms())
    return await turnout.one(turn, found)


async def _week(turn: Turn, words: str) -> Reply:
    number = None
    if words:
        number = moments.number(words.removeprefix(WEEK_WORDS[1]), WEEK_WORDS)
    found = None if words and number is None else numbers.week_of(turn, number)
    if found is None:
        begun = numbers.weeks_begun(turn)
        raise Refusal("stats.no_week", words=words[:WORDS_SHOWN_MAX], weeks=begun, forms=_forms())
    return await numbers.of_week(turn, found)


async def _day(turn: Turn, words: str) -> Reply:
    found, first = _read(turn, words), turn.campaign.start
    last = min(turn.today, turn.campaign.last_day)
    if found is None:
        raise Refusal("stats.unread_day", words=words[:WORDS_SHOWN_MAX], forms=_forms())
    if not first <= found <= last:
        raise Refusal("stats.no_day", day=found, first=first, last=max(first, last))
    return await numbers.of_day(turn, found)


def _read(turn: Turn, words: str) -> date | None:
    if normal(words) in TODAY:
        return turn.today
    if normal(words) in YESTERDAY:
        return turn.today - ONE_DAY
    return moments.day(words, (turn.campaign.start, turn.campaign.until), MARKS)


def _forms() -> Phrase:
    return Phrase("stats.forms")
