"""纸质卡: a unit's cards for people without a phone, and the card whose number is typed."""

from bot.feature import Feature, Turn, Work, button, rows
from bot.messages import Lines, Param, Phrase, Reply
from bot.operations import carding, unit_choice
from bot.rules import papercards as rules
from bot.rules.rights import Right
from storage import attests, papercards
from storage.attests import Scope
from storage.units import Unit

feature = Feature("papercards")

OFFERED = (10, 20, 50)
SHEETS_SHOWN_MAX = 4


@feature.on(
    command="card",
    words=["纸质卡"],
    tap="papercards",
    work=Work.WRITES,
    right=Right.CARDS,
    takes=True,
)
async def cards(turn: Turn) -> Reply:
    """Show a unit's cards; or the card whose number was typed."""
    if rules.read(turn.argument) is not None:
        return await carding.scanned(turn, turn.argument)
    meant = await unit_choice.unit(turn, Right.CARDS, "papercards", teams=True)
    return meant if isinstance(meant, Reply) else await _shown(turn, meant)


@feature.on(tap="papercards.number", work=Work.WRITES, right=Right.CARDS)
async def number(turn: Turn) -> Reply:
    """Show the card whose number was sent after another one."""
    return await carding.scanned(turn, turn.argument)


async def _shown(turn: Turn, unit: Unit) -> Reply:
    campaign, code = turn.campaign_id, unit.code
    await carding.wait(turn)
    count = await papercards.count(turn.db, campaign, [code])
    word = await attests.count(turn.db, Scope(campaign, [code]))
    sheets = await papercards.newest(turn.db, campaign, code, most=SHEETS_SHOWN_MAX)
    lines = tuple(
        Phrase(
            "papercards.sheet",
            {"n": each.n, "day": turn.campaign.day(each.made_at), "count": each.count,
             "unused": each.unused, "used": each.used},
        )
        for each in sheets
    )  # fmt: skip
    following = await papercards.sheets_of(turn.db, campaign, code) + 1
    makes = [
        button(
            f"cardsheets.make:{code}:{n}:{following}", Phrase("papercards.so_many", {"count": n})
        )
        for n in OFFERED
    ]
    makes.append(button(f"cardsheets:{code}:{following}", Phrase("papercards.other_count")))
    again = [
        button(f"cardsheets.fetch:{each.id}", Phrase("papercards.again", {"n": each.n}))
        for each in sheets
        if each.unused
    ]
    params: dict[str, Param] = {
        "unit": unit.named,
        "unused": count.unused,
        "used": count.used,
        "void": count.void,
        "waiting": word.waiting,
        "sheets": Lines(lines) if lines else Phrase("papercards.no_sheet"),
    }
    confirm = (button("vouching", Phrase("vouching.name")), button("roles"))
    return Reply("papercards.text", params, (*rows(makes, wide=2), *rows(again, wide=2), confirm))
