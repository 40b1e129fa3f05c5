"""案例: a unit's short cases of the season; listed, looked at, chosen for the report, deleted."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, Lines, Param, Phrase, Refusal, Reply
from bot.operations import auditing, casebook, listing, unit_choice
from bot.rules.rights import Right
from storage import cases
from storage.cases import Case
from storage.units import Unit

feature = Feature("cases")


@feature.on(
    command="case",
    words=["案例"],
    tap="cases",
    work=Work.WRITES,
    right=Right.REPORTS,
    takes=True,
)
async def listed(turn: Turn) -> Reply:
    """List the cases of the own unit, or of the one that is named or chosen."""
    unit = await unit_choice.unit(turn, Right.REPORTS, "cases")
    return unit if isinstance(unit, Reply) else await _page(turn, unit, "")


@feature.on(tap="cases.page", work=Work.WRITES, right=Right.REPORTS)
async def page(turn: Turn) -> Reply:
    """Show another page of the list."""
    code, _, number = turn.argument.partition(":")
    return await _page(turn, await unit_choice.own(turn, code, Right.REPORTS), number)


async def _page(turn: Turn, unit: Unit, number: str) -> Reply:
    where = (turn.db, turn.campaign_id, unit.code)
    total = await cases.count(*where)
    new = button(f"telling:{unit.code}", Phrase("telling.new"))
    ways = ((new, button(f"summaries:{unit.code}")), (button("roles"), button("menu")))
    if not total:
        return say("cases.none", unit=unit.named, buttons=ways)
    page = listing.page_of(f"cases.page:{unit.code}", number, total)
    found = await cases.listed(*where, offset=page.offset, limit=listing.PAGE_SIZE)
    lines = tuple(_line(n, each) for n, each in enumerate(found, start=1))
    opens = (Button(listing.label(each.title), f"cases.one:{each.id}") for each in found)
    return await listing.numbered(
        turn,
        "cases.text",
        rows(opens),
        page=page,
        ways=ways,
        unit=unit.named,
        lines=Lines(lines),
        count=total,
        chosen=await cases.count(*where, chosen=True),
        most=turn.campaign.campaign.deadlines.report_cases_max,
    )


def _line(n: int, case: Case) -> Phrase:
    key = "cases.line_untold" if case.untold else "cases.line"
    mark = Phrase("cases.mark") if case.chosen else ""
    params: dict[str, Param] = {"n": n, "title": case.title, "pictures": case.pictures}
    return Phrase(key, {**params, "mark": mark})


@feature.on(tap="cases.one", right=Right.REPORTS)
async def one(turn: Turn) -> Reply:
    """Show a case."""
    return casebook.page(turn, await casebook.asked_for(turn, turn.argument))


@feature.on(tap="cases.choose", work=Work.WRITES, right=Right.REPORTS)
async def choose(turn: Turn) -> Reply:
    """Take a case into the report, or leave it out; no more than a report may hold."""
    number, _, flag = turn.argument.partition(":")
    case = await casebook.asked_for(turn, number)
    wanted, most = flag == "1", turn.campaign.campaign.deadlines.report_cases_max
    there = await cases.count(turn.db, turn.campaign_id, case.unit, chosen=True)
    if wanted and not case.chosen and there >= most:
        raise Refusal("cases.enough_chosen", most=most)
    await cases.change(turn.db, case.id, chosen=wanted)
    return casebook.page(turn, await casebook.asked_for(turn, number))


@feature.on(tap="cases.delete", right=Right.REPORTS)
async def delete(turn: Turn) -> Reply:
    """Ask before a case is deleted."""
    case = await casebook.asked_for(turn, turn.argument)
    target = turn.confirming(f"cases.delete_now:{case.id}")
    return say(
        "cases.delete_asked",
        title=case.title,
        pictures=case.pictures,
        buttons=(
            (
                button(target, Phrase("buttons.confirm")),
                button(f"cases.one:{case.id}", Phrase("buttons.cancel")),
            ),
        ),
    )


@feature.on(tap="cases.delete_now", work=Work.WRITES, right=Right.REPORTS)
async def delete_now(turn: Turn) -> Reply:
    """Delete a case; for a week it can be brought back."""
    case = await casebook.asked_for(turn, turn.confirmed("cases.delete_now"))
    await cases.change(turn.db, case.id, deleted_at=turn.now, chosen=False)
    await auditing.note(turn, "case_deleted", case.title, case=case.id, unit=case.unit)
    undo = button(f"cases.restore:{case.id}", Phrase("cases.to_restore"))
    return say("cases.deleted", title=case.title, buttons=((undo, casebook.back(case.unit)),))


@feature.on(tap="cases.restore", work=Work.WRITES, right=Right.REPORTS)
async def restore(turn: Turn) -> Reply:
    """Bring a deleted case back, with its pictures."""
    case = await casebook.asked_for(turn, turn.argument, deleted=True)
    await cases.change(turn.db, case.id, deleted_at=None)
    await auditing.note(turn, "case_restored", case.title, case=case.id, unit=case.unit)
    return casebook.page(turn, await casebook.asked_for(turn, turn.argument))
