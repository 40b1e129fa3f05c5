"""Lists, page by page; the numbers of their entries are answers, and open them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.feature import Turn, button, rows
from bot.messages import Button, Lines, Param, Phrase, Reply, Rows
from bot.rules import taps
from storage import dialogs, shelves
from storage.items import Item

PAGE_SIZE = 6
PAGES_MAX = 9999
LABEL_LENGTH_MAX = 24
LIST_LASTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of how many, counted from 0, and the tap that leads to its neighbours."""

    target: str
    number: int
    of: int

    @property
    def offset(self) -> int:
        """Return how many items stand before this page."""
        return self.number * PAGE_SIZE


def page_of(target: str, wanted: str, total: int) -> Page:
    """Return the page that was asked for, or the nearest there is."""
    pages = max(1, -(-total // PAGE_SIZE))
    return Page(target, min(taps.number(wanted, most=PAGES_MAX), pages - 1), pages)


async def show(
    turn: Turn, key: str, found: Sequence[Item], *, page: Page, source: str = "", **params: Param
) -> Reply:
    """Show one page as a numbered list; its numbers and its buttons open the items."""
    citizen = turn.person.citizen
    ids = [item.id for item in found]
    done = await shelves.marks(turn.db, citizen, turn.campaign_id, of=ids)
    entries = tuple(
        Phrase(
            "listing.done" if item.id in done else "listing.entry",
            {"n": n, "title": item.title, "author": item.author, "minutes": item.minutes},
        )
        for n, item in enumerate(found, start=1)
    )
    params["entries"] = Lines(entries)
    opens, ways = rows(map(open_button, found)), ((button("shelf"),),)
    return await numbered(turn, key, opens, page=page, ways=ways, source=source, **params)


async def numbered(
    turn: Turn, key: str, opens: Rows, *, page: Page, ways: Rows, source: str = "", **params: Param
) -> Reply:
    """Show one page of a list; a number alone opens what the button of that entry opens."""
    targets = [each.target for row in opens for each in row]
    await remember(turn, targets, source=source)
    params |= {"page": page.number + 1, "pages": page.of}
    return Reply(key, params, opens + neighbours(page) + ways)


def open_button(item: Item) -> Button:
    """Make the button that opens an item; it starts with the title."""
    return Button(label(item.title), f"items.open:{item.id}")


def label(title: str) -> str:
    """Return a title as it fits on a button."""
    return title if len(title) <= LABEL_LENGTH_MAX else f"{title[: LABEL_LENGTH_MAX - 1]}…"


async def remember(turn: Turn, targets: Sequence[str], *, source: str = "") -> None:
    """Note the list that is shown now: a number alone will be a tap on its entry."""
    until = turn.system_now + LIST_LASTS
    await dialogs.list_shown(turn.db, turn.person.citizen, targets, source=source, until=until)


def neighbours(page: Page) -> Rows:
    """Return the buttons that lead to the pages before and after."""
    before = button(f"{page.target}:{page.number - 1}", Phrase("listing.before"))
    after = button(f"{page.target}:{page.number + 1}", Phrase("listing.after"))
    row = (before,) * (page.number > 0) + (after,) * (page.number < page.of - 1)
    return (row,) if row else ()
