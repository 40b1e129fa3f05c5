"""我的评选: the own score sheet, and the lists as they are published."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Lines, Param, Phrase, Reply
from bot.operations import choosing, listing, scoring
from bot.rules import calendar, cards
from bot.rules import selection as rules
from bot.rules.selection import READER
from storage import behind, candidates, places, selections
from storage.behind import Behind
from storage.places import CHOSEN
from storage.selections import PUBLISHED, Selection

feature = Feature("results")


@feature.on(command="result", words=["我的评选", "评选结果"], tap="results")
async def own(turn: Turn) -> Reply:
    """Show the own sheet: what counted, what it brought, which place, or why there is none."""
    found = await selections.published(turn.db, turn.campaign_id)
    ends = ((button("me"), button("menu")),)
    if found is None:
        _, until = calendar.scoring(turn.campaign.spans)
        return say("results.not_yet", day=until, buttons=ends)
    lists = rows(
        button(f"results.list:{n}", scoring.called(award)) for n, award in enumerate(found.awards)
    )
    kept = await candidates.mine(turn.db, found.id, turn.person.citizen)
    if kept is None:
        return say("results.none", at=found.as_of, buttons=(*lists, *ends))
    stands = await scoring.results(turn.db, found, kept)
    dispute = ((button("objections", Phrase("objections.name")),),) if _is_open(turn, found) else ()
    return say(
        "results.text",
        number=str(kept.number),
        at=found.as_of,
        sheet=scoring.sheet(kept, stands),
        counts=scoring.counted(kept),
        formula=scoring.formula(found, READER),
        window=_window(turn, found),
        buttons=(*dispute, *lists, *ends),
    )


def _is_open(turn: Turn, found: Selection) -> bool:
    until = found.objections_until
    return found.state == PUBLISHED and until is not None and turn.today < until


def _window(turn: Turn, found: Selection) -> Param:
    if not _is_open(turn, found) or found.objections_until is None:
        return Phrase("results.closed")
    return Phrase("results.open", {"last": found.objections_until - calendar.ONE_DAY})


@feature.on(tap="results.list", work=Work.WRITES)
async def listed(turn: Turn) -> Reply:
    """Show a page of a published list; a name only of those who want to be named."""
    which, _, wanted = turn.argument.partition(":")
    found = await selections.published(turn.db, turn.campaign_id)
    if found is None:
        _, until = calendar.scoring(turn.campaign.spans)
        return say("results.not_yet", day=until, buttons=((button("menu"),),))
    award = choosing.awarded(found, which)
    total = await places.count(turn.db, found.id, award.id, standings=[CHOSEN])
    page = listing.page_of(f"results.list:{which}", wanted, total)
    on = await places.listed(
        turn.db,
        found.id,
        award.id,
        standings=[CHOSEN],
        offset=page.offset,
        limit=listing.PAGE_SIZE,
    )
    who = await behind.of(turn.db, found, who=award.who, numbers=[each.number for each in on])
    lines = tuple(
        Phrase(
            "results.line",
            {
                "rank": each.rank,
                "whom": _named(turn, who[each.number]),
                "score": rules.written(each.score),
            },
        )
        for each in on
    )
    return say(
        "results.list" if total else "results.empty",
        name=scoring.called(award),
        count=total,
        page=page.number + 1,
        pages=page.of,
        lines=Lines(lines),
        digest=found.digest or "",
        buttons=(*listing.neighbours(page), (button("results", Phrase("results.name")),)),
    )


def _named(turn: Turn, who: Behind) -> Param:
    if who.named is not None:
        return who.named
    if who.citizen is None:
        return Phrase("results.nobody")
    return who.shown or cards.alias(turn.secret, who.citizen)
