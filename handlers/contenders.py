"""The lists of a selection, and each candidate's sheet, for staff."""

from bot.feature import Feature, Turn, Work, button, rows
from bot.messages import Lines, Param, Phrase, Reply
from bot.operations import choosing, contending, listing, ordering, scoring
from bot.rules import selection as rules
from bot.rules.rights import Right
from bot.rules.selection import UNIT
from storage import behind
from storage.places import Place

feature = Feature("contenders")


@feature.on(tap="contenders", work=Work.WRITES, right=Right.SELECTION)
async def listed(turn: Turn) -> Reply:
    """Show a page of a list; a number alone opens the candidate's sheet."""
    which, _, wanted = turn.argument.partition(":")
    found = await choosing.at_hand(turn)
    award = choosing.awarded(found, which)
    total = await ordering.count(turn.db, found, award)
    page = listing.page_of(f"contenders:{which}", wanted, total)
    on = await ordering.page(turn.db, found, award, offset=page.offset, limit=listing.PAGE_SIZE)
    who = await behind.of(turn.db, found, who=award.who, numbers=[each.number for each in on])
    lines = [
        _line(n, each, whom=scoring.whom(turn, each.number, who[each.number]))
        for n, each in enumerate(on, start=1)
    ]
    letter = "u" if award.who == UNIT else "r"
    opens = (
        button(f"contenders.one:{letter}{each.number}", Phrase("contenders.open", {"n": n}))
        for n, each in enumerate(on, start=1)
    )
    return await listing.numbered(
        turn,
        "contenders.text" if total else "contenders.none",
        rows(opens, wide=3),
        page=page,
        ways=choosing.back(),
        name=scoring.called(award),
        size=award.rule.size,
        reserve=award.rule.reserve,
        count=total,
        lines=Lines(tuple(lines)),
        formula=scoring.formula(found, award.who),
    )


def _line(n: int, place: Place, *, whom: Param) -> Phrase:
    standing = Phrase(f"contenders.is_{place.standing}")
    told: dict[str, Param] = {
        "n": n,
        "rank": place.rank,
        "score": rules.written(place.score),
    }
    return Phrase("contenders.line", {**told, "whom": whom, "standing": standing})


@feature.on(tap="contenders.one", right=Right.SELECTION)
async def one(turn: Turn) -> Reply:
    """Show a candidate's sheet, and what can be done about them now."""
    found = await choosing.at_hand(turn)
    kept = await choosing.candidate(turn, found, turn.argument)
    return await contending.page(turn, found, kept)
