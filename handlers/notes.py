"""Writing a reading note (心得) after a finished item: drafted, previewed, handed in."""

import zlib
from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import File, Param, Phrase, Refusal, Reply
from bot.operations import illustrating, noting
from bot.rules import notes as rules
from bot.rules import photos, taps
from storage import dialogs, items, notes, shelves
from storage.notes import NewNote, Note

feature = Feature("notes", files=frozenset({"notes.given"}))

ASKED_FOR = timedelta(hours=1)
A_DAY_MAX = 5


@feature.on(tap="notes.write", work=Work.WRITES)
async def write(turn: Turn) -> Reply:
    """Ask for the words or the picture, or show the note there is."""
    number = taps.number(turn.argument)
    await _finished(turn, number)
    me = turn.person.citizen
    found = await notes.standing(turn.db, turn.campaign_id, me, item=number)
    if found is not None and found.state != notes.DRAFT:
        return _there_is(found)
    if await notes.handed_in(turn.db, turn.campaign_id, me, day=turn.today) >= A_DAY_MAX:
        raise Refusal("notes.enough", most=A_DAY_MAX)
    await _ask(turn, number)
    return await _asked(turn, number)


def _there_is(note: Note) -> Reply:
    look = button(f"notebook.one:{note.id}", Phrase("notes.look"))
    return say("notes.there_is_one", title=note.title, buttons=((look, button("shelf")),))


async def _finished(turn: Turn, item: int) -> None:
    """Let pass who has finished an item.

    Raises:
        Refusal: they have not, or there is none.

    """
    done = await shelves.marks(turn.db, turn.person.citizen, turn.campaign_id, of=[item])
    if item not in done:
        raise Refusal("notes.not_finished")


async def _ask(turn: Turn, item: int) -> None:
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, f"notes.given:{item}", until=until)


async def _asked(turn: Turn, number: int) -> Reply:
    item = await items.get(turn.db, number)
    back = button(f"items.open:{number}", Phrase("buttons.cancel"))
    title = item.title if item else ""
    params: dict[str, Param] = {"title": title, "least": rules.LENGTH_MIN, "most": rules.LENGTH_MAX}
    return Reply("notes.ask", params, ((back,),), files=True)


@feature.on(tap="notes.given", work=Work.WRITES)
async def given(turn: Turn) -> Reply:
    """Take what was sent into the draft, and show what others would read."""
    which, _, words = turn.argument.partition(":")
    number, me = taps.number(which), turn.person.citizen
    await _finished(turn, number)
    said = turn.incoming.said
    text, picture = None, None
    if isinstance(said, File):
        picture = await _picture(turn, said)
    else:
        text = rules.tidied(words)
        if (wrong := rules.problem(text)) is not None:
            raise Refusal(
                f"notes.wrong_{wrong}", least=rules.LENGTH_MIN, most=rules.LENGTH_MAX, has=len(text)
            )
    new = NewNote(turn.campaign_id, me, number, turn.today, turn.acted_at, text, picture)
    await notes.write(turn.db, new)
    found = await notes.standing(turn.db, turn.campaign_id, me, item=number)
    if found is None:
        raise Refusal("notes.unknown")
    return await _preview(turn, found) if found.state == notes.DRAFT else _there_is(found)


async def _picture(turn: Turn, said: File) -> int:
    new = await illustrating.take(turn, said)
    if new is not None and new.content is not None:
        bare = photos.bare(new.content)
        new = None if bare is None else illustrating.with_content(new, bare)
    if new is None:
        raise Refusal("notes.no_picture")
    return await illustrating.keep(turn, new)


async def _preview(turn: Turn, note: Note) -> Reply:
    act = f"notes.hand_in:{note.id}.{_version(note)}"
    confirm = button(turn.confirming(act), Phrase("buttons.confirm"))
    cancel = button(f"items.open:{note.item}", Phrase("buttons.cancel"))
    return Reply(
        "notes.preview",
        {
            "title": note.title,
            "text": note.text or Phrase("notes.picture_only"),
            "signed": await noting.signed(turn),
        },
        ((confirm, cancel),),
        picture=note.picture,
    )


def _version(note: Note) -> str:
    """Return what tells one wording of a draft from another."""
    return f"{zlib.crc32(f'{note.text}|{note.picture}'.encode()):x}"


@feature.on(tap="notes.hand_in", work=Work.WRITES)
async def hand_in(turn: Turn) -> Reply:
    """Hand in exactly what was shown; somebody in charge reads it first."""
    number, _, version = turn.confirmed("notes.hand_in").partition(".")
    note, me = await noting.own(turn, number), turn.person.citizen
    if note.state != notes.DRAFT:
        return _there_is(note)
    if version != _version(note):
        return await _preview(turn, note)
    if await notes.handed_in(turn.db, turn.campaign_id, me, day=turn.today) >= A_DAY_MAX:
        raise Refusal("notes.enough", most=A_DAY_MAX)
    values = {"state": notes.WAITING, "day": turn.today, "acted_at": turn.acted_at}
    await notes.move(turn.db, note.id, (notes.DRAFT,), **values)
    await dialogs.answered(turn.db, me)
    return say("notes.handed_in", title=note.title, buttons=noting.ways(note), replaces=True)
