"""Telling a case: title, when, who, what happened; asked one after the other, or changed."""

from bot.feature import Feature, Turn, Work, say
from bot.messages import Refusal, Reply
from bot.operations import casebook, unit_choice
from bot.operations.casebook import LENGTHS
from bot.rules import compositions
from bot.rules.rights import Right
from storage import cases
from storage.cases import NewCase

feature = Feature("telling")

CASES_MAX = 200  # of one unit


@feature.on(tap="telling", work=Work.WRITES, right=Right.REPORTS)
async def new(turn: Turn) -> Reply:
    """Ask for the title of a new case."""
    unit = await unit_choice.unit(turn, Right.REPORTS, "telling")
    if isinstance(unit, Reply):
        return unit
    await casebook.ask(turn, f"telling.first:{unit.code}")
    return say(
        "telling.ask_first",
        unit=unit.named,
        most=LENGTHS["title"],
        buttons=((casebook.back(unit.code),),),
    )


@feature.on(tap="telling.first", work=Work.WRITES, right=Right.REPORTS)
async def first(turn: Turn) -> Reply:
    """Begin a case with its title; while there is room it goes into the report."""
    code, _, written = turn.argument.partition(":")
    unit = await unit_choice.own(turn, code, Right.REPORTS)
    title = _text(written, "title")
    where = (turn.db, turn.campaign_id, unit.code)
    if await cases.count(*where) >= CASES_MAX:
        raise Refusal("telling.enough", most=CASES_MAX)
    room = turn.campaign.campaign.deadlines.report_cases_max
    chosen = await cases.count(*where, chosen=True) < room
    begun = NewCase(unit.code, title, turn.person.citizen, turn.now, chosen)
    case = await cases.add(turn.db, turn.campaign_id, begun)
    return await casebook.next_question(turn, await casebook.asked_for(turn, str(case)))


@feature.on(tap="telling.ask", work=Work.WRITES, right=Right.REPORTS)
async def ask(turn: Turn) -> Reply:
    """Ask for a text of a case once more."""
    number, _, field = turn.argument.partition(":")
    case = await casebook.asked_for(turn, number)
    if field not in LENGTHS:
        return casebook.page(turn, case)
    return await casebook.question(turn, case, field)


@feature.on(tap="telling.write", work=Work.WRITES, right=Right.REPORTS)
async def write(turn: Turn) -> Reply:
    """Take a text, and go on to what is missing."""
    number, _, rest = turn.argument.partition(":")
    field, _, written = rest.partition(":")
    case = await casebook.asked_for(turn, number)
    if field not in LENGTHS:
        return casebook.page(turn, case)
    await cases.change(turn.db, case.id, **{field: _text(written, field)})
    return await casebook.next_question(turn, await casebook.asked_for(turn, number))


def _text(written: str, field: str) -> str:
    told = compositions.tidied(written)
    if field != "story":
        told = " ".join(told.split())
    if not told:
        raise Refusal("telling.empty")
    if len(told) > LENGTHS[field]:
        raise Refusal("telling.too_long", signs=len(told), most=LENGTHS[field])
    return told
