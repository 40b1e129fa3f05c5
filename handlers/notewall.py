"""Reading what others wrote after an item, one note at a time; and reporting what is not right."""

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.rules import taps
from storage import items, notes

feature = Feature("notewall")


@feature.on(tap="notewall")
async def read(turn: Turn) -> Reply:
    """Show one note on an item, and the ways to the others."""
    which, _, page = turn.argument.partition(":")
    item = await items.get(turn.db, taps.number(which))
    if item is None:
        raise Refusal("items.unknown")
    back = button(f"items.open:{item.id}", Phrase("notes.item"))
    of = await notes.count_shown(turn.db, turn.campaign_id, item.id)
    at = max(0, min(taps.number(page), of - 1))
    note = await notes.shown(turn.db, turn.campaign_id, item.id, offset=at)
    if note is None:
        return say("notewall.none", title=item.title, buttons=((back,),))
    newer = (button(f"notewall:{item.id}:{at - 1}", Phrase("notewall.newer")),) * (at > 0)
    older = (button(f"notewall:{item.id}:{at + 1}", Phrase("notewall.older")),) * (at + 1 < of)
    own = note.citizen == turn.person.citizen
    other = (
        button(f"notebook.one:{note.id}", Phrase("notewall.own"))
        if own
        else button(f"notewall.report:{note.id}", Phrase("notewall.report"))
    )
    return Reply(
        "notewall.text",
        {
            "title": item.title,
            "text": note.text or Phrase("notes.picture_only"),
            "name": note.name or Phrase("notewall.somebody"),
            "day": note.day,
            "at": at + 1,
            "of": of,
        },
        (*(((*newer, *older),) if newer or older else ()), (other, back)),
        picture=note.picture,
    )


@feature.on(tap="notewall.report")
async def ask(turn: Turn) -> Reply:
    """Ask before a note is reported."""
    note = await notes.of(turn.db, turn.campaign_id, taps.number(turn.argument))
    if note is None or note.state != notes.ACCEPTED:
        raise Refusal("notes.unknown")
    confirm = button(turn.confirming(f"notewall.reported:{note.id}"), Phrase("buttons.confirm"))
    cancel = button(f"notewall:{note.item}", Phrase("buttons.cancel"))
    return say("notewall.ask", title=note.title, buttons=((confirm, cancel),))


@feature.on(tap="notewall.reported", work=Work.WRITES)
async def reported(turn: Turn) -> Reply:
    """Have somebody in charge look again; a person reports a note once."""
    number = taps.number(turn.confirmed("notewall.reported"))
    note = await notes.of(turn.db, turn.campaign_id, number)
    if note is None or note.state != notes.ACCEPTED or note.citizen == turn.person.citizen:
        raise Refusal("notes.unknown")
    await notes.report(turn.db, note.id, turn.person.citizen, at=turn.now)
    back = button(f"items.open:{note.item}", Phrase("notes.item"))
    return say("notewall.thanks", buttons=((back,),), replaces=True)
