"""搜索: find items by title, author, tag, or the first letters of the title's pinyin."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Reply, normal
from bot.operations import listing
from storage import dialogs, items

feature = Feature("search")

ASKED_FOR = timedelta(minutes=10)
WORDS_MAX = 5
QUERY_LENGTH_MAX = 40


@feature.on(command="search", words=["搜索", "找书"], tap="search", work=Work.WRITES, takes=True)
async def search(turn: Turn) -> Reply:
    """Show what was found, or ask what to look for."""
    words = normal(turn.argument)[:QUERY_LENGTH_MAX].split()[:WORDS_MAX]
    if not words:
        return await _ask(turn)
    await dialogs.answered(turn.db, turn.person.citizen)
    return await _found(turn, " ".join(words), "0")


@feature.on(tap="search.more", work=Work.WRITES)
async def more(turn: Turn) -> Reply:
    """Show another page of the last search."""
    open_now = await dialogs.open_for(turn.db, turn.person.citizen, turn.system_now)
    if not open_now.source:
        return await _ask(turn)
    return await _found(turn, open_now.source, turn.argument)


async def _ask(turn: Turn) -> Reply:
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, "search", until=until)
    return say("search.ask", buttons=((button("shelf"), button("menu")),))


async def _found(turn: Turn, query: str, wanted: str) -> Reply:
    words = query.split()
    total = await items.count_found(turn.db, words)
    again = ((button("search"), button("shelf")),)
    if not total:
        return say("search.nothing", words=query, buttons=again)
    page = listing.page_of("search.more", wanted, total)
    found = await items.search(turn.db, words, offset=page.offset, limit=listing.PAGE_SIZE)
    return await listing.show(
        turn, "search.found", found, page=page, words=query, total=total, source=query
    )
