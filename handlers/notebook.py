"""心得: the own reading notes, what became of them, and taking one back."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, Lines, Phrase, Reply
from bot.operations import listing, noting
from storage import notes, pictures
from storage.notes import Note

feature = Feature("notebook")


@feature.on(command="notes", words=["心得", "我的心得", "写心得"], tap="notebook", work=Work.WRITES)
async def mine(turn: Turn) -> Reply:
    """List the own notes and what became of them."""
    me = turn.person.citizen
    total = await notes.count_mine(turn.db, turn.campaign_id, me)
    if not total:
        return say("notebook.none", buttons=((button("shelf"), button("menu")),))
    page = listing.page_of("notebook", turn.argument, total)
    found = await notes.mine(
        turn.db, turn.campaign_id, me, offset=page.offset, limit=listing.PAGE_SIZE
    )
    lines = [
        Phrase(
            "notebook.line", {"n": n, "title": one.title, "state": Phrase(f"notes.is_{one.state}")}
        )
        for n, one in enumerate(found, start=1)
    ]
    opens = (Button(listing.label(one.title), f"notebook.one:{one.id}") for one in found)
    ways = ((button("shelf"), button("menu")),)
    return await listing.numbered(
        turn, "notebook.text", rows(opens), page=page, ways=ways, lines=Lines(tuple(lines))
    )


@feature.on(tap="notebook.one")
async def one(turn: Turn) -> Reply:
    """Show an own note, why it was refused if it was, and how to take it back."""
    return _page(turn, await noting.own(turn, turn.argument))


def _page(turn: Turn, note: Note) -> Reply:
    again = button(f"notes.write:{note.item}", Phrase("notebook.again"))
    back = button(turn.confirming(f"notebook.withdraw:{note.id}"), Phrase("notebook.withdraw"))
    return Reply(
        "notebook.page",
        {
            "title": note.title,
            "text": note.text or Phrase("notes.picture_only"),
            "state": Phrase(f"notes.is_{note.state}"),
            "reason": Phrase("notebook.because", {"reason": note.reason}) if note.reason else "",
        },
        ((again if note.state == notes.REFUSED else back,), *noting.ways(note)),
        picture=note.picture,
    )


@feature.on(tap="notebook.withdraw", work=Work.WRITES)
async def withdraw(turn: Turn) -> Reply:
    """Take a note back for good, whatever its state; points that it brought stay."""
    note = await noting.own(turn, turn.confirmed("notebook.withdraw"))
    gone = {"state": notes.WITHDRAWN, "text": "", "picture": None, "reports": 0}
    await notes.move(turn.db, note.id, notes.STATES, **gone, acted_at=turn.acted_at)
    if note.picture is not None:
        await pictures.drop(turn.db, note.picture)
    return say("notebook.withdrawn", title=note.title, buttons=noting.ways(note), replaces=True)
