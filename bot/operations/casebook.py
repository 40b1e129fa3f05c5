"""案例: a unit's cases as its organisers see them."""

from datetime import timedelta

from bot.feature import Turn, button, rows, say
from bot.messages import Button, Param, Phrase, Refusal, Reply, Rows
from bot.operations import unit_choice
from bot.rules import taps
from bot.rules.rights import Right
from storage import cases, dialogs
from storage.cases import Case

LENGTHS = {"title": 60, "happened": 60, "who": 120, "story": 2000}
"""How many characters each text of a case may have."""
ASKED_FOR = timedelta(hours=2)
WIDE = 2


async def asked_for(turn: Turn, argument: str, *, deleted: bool = False) -> Case:
    """Return the case a button names, if it is of a unit this person acts for.

    Raises:
        Refusal: there is none, it was deleted, or it is another unit's.

    """
    found = await cases.of(turn.db, turn.campaign_id, taps.number(argument))
    if found is None:
        raise Refusal("cases.unknown")
    await unit_choice.own(turn, found.unit, Right.REPORTS)
    if (found.deleted_at is not None) is not deleted:
        raise Refusal("cases.deleted_before" if not deleted else "cases.there_again")
    return found


def page(turn: Turn, case: Case) -> Reply:
    """Show a case, what is still to be told of it, and what can be done."""
    return Reply("cases.one", {**_told(case), "ask": _ask(turn, case)}, _ways(case))


def _told(case: Case) -> dict[str, Param]:
    told: dict[str, Param] = {name: getattr(case, name) or "–" for name in cases.FIELDS}
    return {**told, "pictures": case.pictures}


def _ask(turn: Turn, case: Case) -> Phrase:
    """Say the one thing that is to be done next."""
    if case.untold:
        return Phrase("cases.lacks", {"what": Phrase(f"telling.name_{case.untold[0]}")})
    if not case.pictures:
        return Phrase("cases.lacks_pictures")
    if case.chosen:
        return Phrase("cases.is_chosen")
    return Phrase(
        "cases.is_not_chosen", {"most": turn.campaign.campaign.deadlines.report_cases_max}
    )


def _ways(case: Case) -> Rows:
    tell = [
        button(f"telling.ask:{case.id}:{name}", Phrase(f"telling.change_{name}"))
        for name in cases.FIELDS
    ]
    choose = Phrase("cases.to_unchoose" if case.chosen else "cases.to_choose")
    ways = [button(f"snapshots:{case.id}", Phrase("snapshots.to_add"))]
    if case.pictures:
        ways.append(button(f"snapshots.album:{case.id}", Phrase("snapshots.to_album")))
    ways.append(button(f"cases.choose:{case.id}:{int(not case.chosen)}", choose))
    ways.append(button(f"cases.delete:{case.id}", Phrase("cases.to_delete")))
    end = [back(case.unit), button(f"summaries:{case.unit}")]
    return rows([*tell, *ways], wide=WIDE) + rows(end, wide=WIDE)


def back(unit: str) -> Button:
    """Make the button that leads to all cases of a unit."""
    return button(f"cases:{unit}", Phrase("cases.all"))


def to_case(case: int) -> Button:
    """Make the button that leads to a case."""
    return button(f"cases.one:{case}", Phrase("cases.to_one"))


async def ask(turn: Turn, target: str) -> None:
    """Open a question: the next words, or files, go there."""
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, target, until=until)


async def next_question(turn: Turn, case: Case) -> Reply:
    """Ask for the first text that is missing, or for pictures, or show that it is complete."""
    if case.untold:
        return await question(turn, case, case.untold[0])
    if case.pictures:
        await dialogs.answered(turn.db, turn.person.citizen)
        return page(turn, case)
    await ask(turn, f"snapshots.given:{case.id}")
    return Reply("snapshots.ask_first", {"title": case.title}, ((to_case(case.id),),), files=True)


async def question(turn: Turn, case: Case, field: str) -> Reply:
    """Ask for one text of a case, with what it says now."""
    await ask(turn, f"telling.write:{case.id}:{field}")
    now = getattr(case, field)
    step = Phrase("telling.step", {"n": cases.FIELDS.index(field) + 1})
    return say(
        f"telling.ask_{field}",
        most=LENGTHS[field],
        now=Phrase("telling.now", {"text": now}) if now else "",
        step="" if now else step,
        buttons=((to_case(case.id),),),
    )
