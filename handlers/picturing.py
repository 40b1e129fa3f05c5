"""A picture for a broadcast: sent to the bot, seen in the preview, or taken away again."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button
from bot.messages import File, Phrase, Refusal, Reply, is_picture
from bot.operations import broadcasting
from bot.rules.compositions import PICTURE_BYTES_MAX
from bot.rules.rights import Right
from storage import dialogs, pictures, uploads
from storage.pictures import NewPicture
from storage.uploads import NewUpload

feature = Feature("picturing", files=frozenset({"picturing.given"}))

ASKED_FOR = timedelta(minutes=30)


@feature.on(tap="picturing", work=Work.WRITES, right=Right.BROADCASTS)
async def ask(turn: Turn) -> Reply:
    """Ask for a picture, or offer to take it away."""
    draft = await broadcasting.mine(turn, turn.argument)
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, f"picturing.given:{draft.id}", until=until)
    without = button(f"picturing.drop:{draft.id}", Phrase("picturing.drop"))
    rows = (((without,),) if draft.picture else ()) + broadcasting.back(draft)
    return Reply("picturing.ask", {}, rows, files=True)


@feature.on(tap="picturing.given", work=Work.WRITES, right=Right.BROADCASTS)
async def given(turn: Turn) -> Reply:
    """Take the picture that was asked for."""
    which, _, _ = turn.argument.partition(":")
    draft = await broadcasting.mine(turn, which, lock=True)
    said = turn.incoming.said
    if not isinstance(said, File):
        return Reply("picturing.ask", {}, broadcasting.back(draft), files=True)
    channel, content = turn.account.channel, await _content(turn, said)
    if not (said.picture or (content and is_picture(content))):
        return Reply("picturing.none", {}, broadcasting.back(draft), files=True)
    whose = (turn.campaign_id, turn.person.citizen, channel)
    resends = said.picture and turn.traits.resends
    new = NewPicture(*whose, ref=said.ref, resends=resends, content=content)
    number = await pictures.add(turn.db, new, at=turn.system_now)
    await dialogs.answered(turn.db, turn.person.citizen)
    return await broadcasting.desk(turn, await broadcasting.edit(turn, draft, picture=number))


@feature.on(tap="picturing.drop", work=Work.WRITES, right=Right.BROADCASTS)
async def drop(turn: Turn) -> Reply:
    """Take the picture away."""
    draft = await broadcasting.mine(turn, turn.argument, lock=True)
    await dialogs.answered(turn.db, turn.person.citizen)
    return await broadcasting.desk(turn, await broadcasting.edit(turn, draft, picture=None))


async def _content(turn: Turn, said: File) -> bytes | None:
    """Return what a page has sent before it said so; None where the platform keeps it."""
    if said.size > PICTURE_BYTES_MAX:
        raise Refusal("files.too_big", megabytes=PICTURE_BYTES_MAX >> 20)
    if said.picture:
        return None
    whose = (turn.campaign_id, turn.person.citizen, turn.account.channel)
    new = NewUpload(*whose, said.ref, name=said.name, size=said.size)
    found = await uploads.content(turn.db, await uploads.add(turn.db, new, at=turn.system_now))
    if found is not None and len(found) > PICTURE_BYTES_MAX:
        raise Refusal("files.too_big", megabytes=PICTURE_BYTES_MAX >> 20)
    return found
