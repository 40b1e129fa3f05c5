"""明细: every deed and every line of the own account, with its reason, newest first."""

from collections.abc import Sequence

from bot.feature import Feature, Turn, button, rows, say
from bot.messages import Button, Lines, Param, Phrase, Reply, Rows
from bot.operations import recounting
from storage import attests, disputes, history
from storage.history import Entry

feature = Feature("log")

PAGE_SIZE = 8
PAGE_DIGITS_MAX = 5
DISPUTES_WIDE = 2


@feature.on(command="log", words=["明细"], tap="log")
async def log(turn: Turn) -> Reply:
    """Page through what happened and what it paid."""
    wanted = turn.argument
    page = int(wanted) if wanted.isdecimal() and len(wanted) <= PAGE_DIGITS_MAX else 0
    found = await history.page(
        turn.db,
        turn.person.citizen,
        turn.campaign_id,
        offset=page * PAGE_SIZE,
        limit=PAGE_SIZE + 1,
    )
    if not found:
        key = "log.empty" if page == 0 else "log.no_more"
        return say(key, buttons=((button("checkins"), button("menu")),))
    shown = found[:PAGE_SIZE]
    entries = tuple(_numbered(turn, n, entry) for n, entry in enumerate(shown, start=1))
    turning = _neighbours(page, more=len(found) > PAGE_SIZE)
    return say(
        "log.text",
        page=page + 1,
        entries=Lines(entries),
        buttons=(*_disputes(shown), *turning, (button("me"), button("menu"))),
    )


def _numbered(turn: Turn, n: int, entry: Entry) -> Phrase:
    params: dict[str, Param] = {
        "n": n,
        "entry": recounting.entry(turn.campaign, entry),
        "mark": "",
        "answer": "",
    }
    if entry.attested:
        waits = entry.attested == attests.State.WAITING
        params["mark"] = Phrase("log.mark_waiting" if waits else "log.mark_attested")
    if entry.line is not None and entry.line.reversed_by is not None:
        params["mark"] = Phrase("log.mark_reversed")
    if entry.dispute is not None and entry.dispute.state != disputes.DRAFT:
        said = {"answer": entry.dispute.answer or ""}
        params["answer"] = Phrase(f"log.mark_{entry.dispute.state}", said)
    return Phrase("log.numbered", params)


def _disputes(entries: Sequence[Entry]) -> Rows:
    labels = (
        Phrase("log.dispute" if entry.dispute is None else "log.disputed", {"n": n})
        for n, entry in enumerate(entries, start=1)
    )
    buttons = (
        button(f"disputes.about:{entry.ref}", label)
        for entry, label in zip(entries, labels, strict=True)
    )
    return rows(buttons, wide=DISPUTES_WIDE)


def _neighbours(page: int, *, more: bool) -> tuple[tuple[Button, ...], ...]:
    newer = (button(f"log:{page - 1}", Phrase("log.newer")),) * (page > 0)
    older = (button(f"log:{page + 1}", Phrase("log.older")),) * more
    return (newer + older,) if newer or older else ()
