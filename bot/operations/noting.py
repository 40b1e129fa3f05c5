"""Reading notes as several features speak of them: whether they pay, which may be decided."""

from dataclasses import replace

from bot.booking import Award, Deed
from bot.campaign import Campaign
from bot.feature import Kind, Turn, button
from bot.messages import Phrase, Refusal, Rows
from bot.operations import auditing, pushing
from bot.rules import taps
from bot.rules.points import Outcome
from bot.rules.rights import Right
from bot.till import Unregistered
from storage import citizens, notes, profiles, units
from storage.db import Db
from storage.notes import Note
from storage.shelves import Opening

ACTIVITY = "note"
"""The activity of campaign data by which an accepted note scores, where there is one."""


def pays(campaign: Campaign) -> bool:
    """Say whether accepted notes score in a campaign."""
    return any(activity.id == ACTIVITY for activity in campaign.activities)


def subject(note: Note) -> str:
    """Return how deeds and once keys name the note on an item: it pays once."""
    return f"{ACTIVITY}:{note.item}"


async def own(turn: Turn, argument: str) -> Note:
    """Return a note of whoever speaks.

    Raises:
        Refusal: there is none.

    """
    found = await notes.of(turn.db, turn.campaign_id, taps.number(argument))
    if found is None or found.citizen != turn.person.citizen or found.state == notes.WITHDRAWN:
        raise Refusal("notes.unknown")
    return found


def codes(turn: Turn) -> tuple[str, ...] | None:
    """Return for whose people somebody decides: the codes of units and teams, None for all."""
    reach = turn.reach(Right.NOTES)
    return None if reach.everything else reach.units


async def waiting(turn: Turn, argument: str) -> Note:
    """Return a note that this person may decide now.

    Raises:
        Refusal: there is none, it is decided, it is the own one, or another unit's.

    """
    found = await notes.of(turn.db, turn.campaign_id, taps.number(argument))
    if found is None or not _asks(found):
        raise Refusal("moderating.gone")
    if found.citizen == turn.person.citizen:
        raise Refusal("amending.own")
    mine = codes(turn)
    if mine is not None and not await units.belongs_to(turn.db, found.citizen, mine):
        raise Refusal("errors.not_yours")
    return found


def _asks(note: Note) -> bool:
    return note.state == notes.WAITING or (note.state == notes.ACCEPTED and note.reports > 0)


async def signed(turn: Turn) -> Phrase:
    """Say under which name others will read what this person writes."""
    if turn.person.band == citizens.YOUNG:
        return Phrase("notes.unsigned_young")
    profile = await profiles.of(turn.db, turn.person.citizen)
    if profile.listed and profile.name:
        return Phrase("notes.signed", {"name": profile.name})
    return Phrase("notes.unsigned")


async def around(turn: Turn, item: int, opening: Opening | None) -> Rows:
    """Lead from an item that is opened to its notes, and to writing for who has finished it."""
    count = await notes.count_shown(turn.db, turn.campaign_id, item)
    return at_item(item, finished=opening is not None and opening.finishes > 0, count=count)


def at_item(item: int, *, finished: bool, count: int = 0) -> Rows:
    """Lead from an item to what others wrote, and to writing for whoever has finished it."""
    read = button(f"notewall:{item}", Phrase("items.read_notes", {"count": count}))
    write = button(f"notes.write:{item}", Phrase("items.write_note"))
    row = (read,) * bool(count) + (write,) * finished
    return (row,) if row else ()


def ways(note: Note) -> Rows:
    """Lead from a note to its item and to the own notes."""
    return ((button(f"items.open:{note.item}", Phrase("notes.item")), button("notebook")),)


def reports(note: Note) -> Phrase | str:
    """Say how many reported a note since somebody in charge looked."""
    return Phrase("moderating.reports", {"count": note.reports}) if note.reports else ""


async def accept(turn: Turn, note: Note, told: Kind) -> None:
    """Let a note be read, in a paying turn; where the campaign pays for notes, the till pays once.

    Raises:
        Refusal: somebody decided at the same moment, or the writer takes no part any more.

    """

    async def write(db: Db, award: Award | None = None) -> None:
        by = {"decided_by": turn.person.citizen, "decided_at": turn.now}
        values = {"state": notes.ACCEPTED, "reports": 0, "reason": None, **by}
        if not await notes.move(db, note.id, (note.state,), **values):
            raise Refusal("moderating.gone")
        here, whom = replace(turn, opened=db), await profiles.shown(db, note.citizen)
        await auditing.note(here, "note_accepted", whom.number if whom else "", note=note.id)
        if note.state == notes.WAITING:
            points = award.points if award else 0
            content = {"citizens": [note.citizen], "note": note.id, "points": points}
            await pushing.push(here, told, once=f"note:{note.id}:accepted", content=content)

    if note.state == notes.WAITING and pays(turn.campaign):
        once = subject(note)
        deed = Deed(
            *(note.citizen, ACTIVITY, once, note.day, note.acted_at, turn.cause),
            subject=once,
            also=write,
        )
        try:
            award = await turn.till.award(deed)
        except Unregistered:
            raise Refusal("moderating.gone") from None
        if award.outcome is not Outcome.ALREADY:
            return
    async with turn.noting() as db:
        await write(db)
