"""纸质卡的印张: a sheet of cards is made once, drawn as a PDF, and can be fetched again."""

import secrets

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Named, Param, Phrase, Refusal, Reply, normal
from bot.operations import auditing, carding, unit_view, waiting
from bot.rules import cards as numbers
from bot.rules import papercards as rules
from bot.rules import taps
from bot.rules.rights import Right
from storage import dialogs, jobs, papercards
from storage.jobs import Job
from storage.papercards import NewSheet, Sheet
from storage.units import Unit

feature = Feature("cardsheets")

KIND = "paper_cards"
CHANCES_MAX = 5


@feature.on(tap="cardsheets", work=Work.WRITES, right=Right.CARDS)
async def ask(turn: Turn) -> Reply:
    """Ask for another number of cards."""
    code, _, n = turn.argument.partition(":")
    unit = await unit_view.own(turn, code, Right.CARDS)
    until = turn.system_now + carding.ASKED_FOR
    target = f"cardsheets.typed:{code}:{taps.number(n)}"
    await dialogs.ask(turn.db, turn.person.citizen, target, until=until)
    back = ((button(f"papercards:{code}", Phrase("buttons.cancel")),),)
    return say("cardsheets.ask_count", unit=unit.named, most=rules.SHEET_MAX, buttons=back)


@feature.on(tap="cardsheets.typed", work=Work.WRITES, right=Right.CARDS)
async def typed(turn: Turn) -> Reply:
    """Make as many as were typed."""
    code, n, words = [*turn.argument.split(":", 2), "", ""][:3]
    digits = "".join(sign for sign in normal(words) if sign.isdecimal())
    return await _made(turn, code, count=digits, n=n)


@feature.on(tap="cardsheets.make", work=Work.WRITES, right=Right.CARDS)
async def make(turn: Turn) -> Reply:
    """Make a sheet; tapped twice, or by two at once, it is one sheet."""
    code, count, n = [*turn.argument.split(":"), "", ""][:3]
    return await _made(turn, code, count=count, n=n)


async def _made(turn: Turn, code: str, *, count: str, n: str) -> Reply:
    unit = await unit_view.own(turn, code, Right.CARDS)
    many, nth = taps.number(count), taps.number(n, most=taps.COUNT_MAX)
    if not 1 <= many <= rules.SHEET_MAX or not nth:
        raise Refusal("cardsheets.wrong_count", most=rules.SHEET_MAX)
    made = await papercards.nth(turn.db, turn.campaign_id, code, n=nth)
    if made is not None:
        return await _printed(turn, unit, made)
    unused = (await papercards.count(turn.db, turn.campaign_id, [code])).unused
    if unused + many > rules.UNUSED_MAX:
        raise Refusal("cardsheets.enough", unused=unused, most=rules.UNUSED_MAX)
    new = NewSheet(turn.campaign_id, code, nth, many, turn.person.citizen, turn.now)
    begun = await papercards.begin(turn.db, new)
    if begun is not None:
        sheet = Sheet(begun, code, nth, many, turn.now)
        await _fill(turn, sheet)
        await auditing.note(turn, "cards_made", unit.name, unit=code, sheet=nth, count=many)
    await dialogs.answered(turn.db, turn.person.citizen)
    made = await papercards.nth(turn.db, turn.campaign_id, code, n=nth)
    if made is None:
        raise Refusal("papercards.gone")
    return await _printed(turn, unit, made)


async def _fill(turn: Turn, sheet: Sheet) -> None:
    """Give a sheet its cards, each with a number that is nobody's."""
    missing = sheet.count
    for _ in range(CHANCES_MAX):
        chosen = {numbers.from_chance(secrets.randbits(64)) for _ in range(missing)}
        free = sorted(chosen - await papercards.taken(turn.db, chosen))
        missing -= await papercards.add(turn.db, sheet, turn.campaign_id, numbers=free)
        if not missing:
            return
    raise RuntimeError("no free card numbers were found")


@feature.on(tap="cardsheets.fetch", work=Work.WRITES, right=Right.CARDS)
async def fetch(turn: Turn) -> Reply:
    """Have a sheet again, with those of its cards that nobody has used."""
    sheet = await papercards.sheet(turn.db, turn.campaign_id, taps.number(turn.argument))
    if sheet is None:
        raise Refusal("papercards.gone")
    return await _printed(turn, await unit_view.own(turn, sheet.unit, Right.CARDS), sheet)


async def _printed(turn: Turn, unit: Unit, sheet: Sheet) -> Reply:
    free = await papercards.unused(turn.db, sheet.id)
    if not free:
        raise Refusal("cardsheets.all_used", n=sheet.n)
    coded = [(each, rules.code(turn.secret, each)) for each in free]
    held = [[each, ([code, *turn.links(rules.START + code)])[-1]] for each, code in coded]
    told = {"cards": held, "n": sheet.n, "count": len(free), "code": unit.code}
    told["unit"] = [unit.name, unit.name_en]
    same = await waiting.same(turn, KIND, told)
    if same is not None and same.state == jobs.DONE:
        return ready(same)
    busy = same is not None and same.state in waiting.BUSY
    job = same.id if same is not None and busy else await waiting.ask(turn, KIND, **told)
    look = waiting.look("cardsheets.look", job)
    return say("cardsheets.begun", count=len(free), n=sheet.n, buttons=look)


@feature.on(tap="cardsheets.look", right=Right.CARDS)
async def look(turn: Turn) -> Reply:
    """Say how far the sheet is, or show it."""
    return await waiting.answer(turn, feature, "cardsheets.look")


@feature.work(KIND, failed="cardsheets.failed", right=Right.CARDS, heavy=True)
def ready(job: Job) -> Reply:
    """Hand the sheet out, and say what to do with it."""
    told = job.params
    params: dict[str, Param] = {"unit": Named(*told["unit"]), "n": told["n"]}
    params["count"] = told["count"]
    back = ((button(f"papercards:{told['code']}"), button("menu")),)
    return Reply("cardsheets.ready", params, back, job=job.id)
