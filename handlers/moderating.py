"""Reading notes that wait: accepted or refused by the writer's organiser or by staff."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.feature import Feature, Sending, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import auditing, noting, pushing
from bot.rules import orders
from bot.rules.orders import Wrong
from bot.rules.rights import Right
from storage import dialogs, notes, profiles

feature = Feature("moderating")

ASKED_FOR = timedelta(minutes=30)
REASON_MAX = 200
BACK = (button("notequeue"), button("roles"))


@feature.on(tap="moderating.one", right=Right.NOTES)
async def one(turn: Turn) -> Reply:
    """Show a note as its readers would see it, with the number of who wrote it."""
    note = await noting.waiting(turn, turn.argument)
    whom = await profiles.shown(turn.db, note.citizen)
    accept = button(turn.confirming(f"moderating.accept:{note.id}"), Phrase("moderating.accept"))
    refuse = button(f"moderating.refuse:{note.id}", Phrase("moderating.refuse"))
    return Reply(
        "moderating.page",
        {
            "title": note.title,
            "text": note.text or Phrase("notes.picture_only"),
            "number": whom.number if whom else "",
            "reports": noting.reports(note),
        },
        ((accept, refuse), BACK),
        picture=note.picture,
    )


@feature.on(tap="moderating.accept", work=Work.PAYS, right=Right.NOTES)
async def accept(turn: Turn) -> Reply:
    """Let a note be read; where the campaign pays for notes, the till pays once."""
    number = turn.confirmed("moderating.accept")
    async with turn.looking() as db:
        note = await noting.waiting(replace(turn, opened=db), number)
    await noting.accept(turn, note, told)
    return say("moderating.accepted", title=note.title, buttons=(BACK,), replaces=True)


@feature.on(tap="moderating.refuse", work=Work.WRITES, right=Right.NOTES)
async def refuse(turn: Turn) -> Reply:
    """Ask for the reason that the writer will read."""
    note = await noting.waiting(turn, turn.argument)
    target, until = f"moderating.no:{note.id}", turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, target, until=until)
    cancel = button(f"moderating.one:{note.id}", Phrase("buttons.cancel"))
    return say("moderating.why", title=note.title, most=REASON_MAX, buttons=((cancel,),))


@feature.on(tap="moderating.no", work=Work.WRITES, right=Right.NOTES)
async def no(turn: Turn) -> Reply:
    """Refuse, and tell the writer why."""
    number, _, words = turn.argument.partition(":")
    note = await noting.waiting(turn, number)
    reason = orders.reason(words, longest=REASON_MAX)
    if isinstance(reason, Wrong):
        raise Refusal("moderating.reason_length", most=REASON_MAX)
    await dialogs.answered(turn.db, turn.person.citizen)
    by = {"decided_by": turn.person.citizen, "decided_at": turn.now, "reports": 0}
    values = {"state": notes.REFUSED, "reason": reason, **by}
    if not await notes.move(turn.db, note.id, (note.state,), **values):
        raise Refusal("moderating.gone")
    whom = await profiles.shown(turn.db, note.citizen)
    subject = whom.number if whom else ""
    await auditing.note(turn, "note_refused", subject, note=note.id, reason=reason)
    content = {"citizens": [note.citizen], "note": note.id, "points": 0}
    await pushing.push(turn, told, once=f"note:{note.id}:refused", content=content)
    return say("moderating.refused", title=note.title, buttons=(BACK,))


@feature.push("told", switch="", urgency=2, audience=pushing.named_ones)
async def told(sending: Sending) -> Mapping[int, Reply]:
    """Tell the writer the answer; a note taken back meanwhile needs none."""
    content = json.loads(sending.push.content)
    note = await notes.of(sending.db, sending.campaign_id, content["note"])
    if note is None or note.state not in {notes.ACCEPTED, notes.REFUSED}:
        return {}
    points = content["points"]
    reply = say(
        f"moderating.told_{note.state}",
        title=note.title,
        reason=note.reason or "",
        points=Phrase("moderating.points", {"points": points}) if points else "",
        buttons=((button(f"notebook.one:{note.id}", Phrase("notes.look")), button("menu")),),
    )
    return dict.fromkeys(sending.citizens, reply)
