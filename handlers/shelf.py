"""书房: the citizen's own shelf: what is under way, finished, kept; and what today still pays."""

from bot.campaign import Activity
from bot.feature import Feature, Turn, Work, button, named, rows, say
from bot.messages import Named, Phrase, Refusal, Reply, Rows
from bot.operations import listing
from bot.operations.glance import glance
from bot.rules import taps
from storage import experiences, items, ledger, shelves
from storage.items import Item

feature = Feature("shelf", in_menu=True)

LISTS = {
    shelves.GOING: ("shelf.going", "shelf.going_empty"),
    shelves.FINISHED: ("shelf.finished", "shelf.finished_empty"),
    shelves.KEPT: ("shelf.kept", "shelf.kept_empty"),
}
DONE_HERE = {"video", "book", "audio"}


@feature.on(command="shelf", words=["书房", "书架"], tap="shelf")
async def shelf(turn: Turn) -> Reply:
    """Show the three sections, one's own lists, and today's points at a glance."""
    citizen = turn.person.citizen
    has = await shelves.counts(turn.db, citizen, turn.campaign_id)
    paid = await ledger.day_of(turn.db, turn.campaign_id, citizen, day=turn.today)
    sections = [
        button(f"sections.{activity.id}", _section(activity))
        for activity in turn.campaign.activities
        if activity.done
    ]
    told = await experiences.count_shown(turn.db, turn.campaign_id)
    voices = (button("voices", Phrase("shelf.voices", {"n": told})),) if told else ()
    lists = [
        button(f"shelf.list:{shelves.GOING}", Phrase("shelf.go_on", {"n": has.going})),
        button(f"shelf.list:{shelves.KEPT}", Phrase("shelf.the_kept", {"n": has.kept})),
        button(f"shelf.list:{shelves.FINISHED}", Phrase("shelf.the_finished", {"n": has.finished})),
        button("search"),
        *voices,
    ]
    return say(
        "shelf.text",
        going=has.going,
        finished=has.finished,
        kept=has.kept,
        activities=glance(turn.campaign, paid),
        buttons=rows(sections, wide=3) + rows(lists, wide=2) + ((button("menu"),),),
    )


def _section(activity: Activity) -> Phrase | Named:
    """Say beside a section's own name what one does there: 经典品阅 alone tells few people."""
    name = named(activity)
    if activity.id not in DONE_HERE:
        return name
    return Phrase("shelf.section", {"section": name, "does": Phrase(f"shelf.does_{activity.id}")})


@feature.on(tap="shelf.list", work=Work.WRITES)
async def one_list(turn: Turn) -> Reply:
    """Show one of the lists, newest first."""
    which, _, wanted = turn.argument.partition(":")
    if which not in LISTS:
        return await shelf(turn)
    key, empty = LISTS[which]
    citizen, campaign = turn.person.citizen, turn.campaign_id
    has = await shelves.counts(turn.db, citizen, campaign)
    total = {shelves.GOING: has.going, shelves.FINISHED: has.finished, shelves.KEPT: has.kept}[
        which
    ]
    if not total:
        return say(empty, buttons=((button("shelf"), button("menu")),))
    page = listing.page_of(f"shelf.list:{which}", wanted, total)
    found = await shelves.page(
        turn.db, which, citizen, campaign=campaign, offset=page.offset, limit=listing.PAGE_SIZE
    )
    return await listing.show(turn, key, found, page=page, total=total)


@feature.on(tap="shelf.keep", work=Work.WRITES)
async def keep(turn: Turn) -> Reply:
    """Put an item among the kept ones."""
    item = await _asked_for(turn)
    await shelves.keep(turn.db, turn.person.citizen, item=item.id, at=turn.now)
    return say("shelf.is_kept", title=item.title, buttons=_back(item))


@feature.on(tap="shelf.drop", work=Work.WRITES)
async def drop(turn: Turn) -> Reply:
    """Take an item from the kept ones; it can be put back at once."""
    item = await _asked_for(turn)
    await shelves.drop(turn.db, turn.person.citizen, item=item.id)
    undo = button(f"shelf.keep:{item.id}", Phrase("buttons.undo"))
    return say("shelf.is_dropped", title=item.title, buttons=((undo, button("shelf")),))


async def _asked_for(turn: Turn) -> Item:
    item = await items.get(turn.db, taps.number(turn.argument))
    if item is None:
        raise Refusal("items.unknown")
    return item


def _back(item: Item) -> Rows:
    return ((button(f"items.open:{item.id}", Phrase("items.back")), button("shelf")),)
