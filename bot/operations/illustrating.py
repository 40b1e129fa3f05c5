"""Taking a picture that somebody sent: by its channel's name, or as a page has sent it."""

from dataclasses import replace

from bot.feature import Turn
from bot.messages import File, Refusal, is_picture
from bot.rules.compositions import PICTURE_BYTES_MAX
from storage import pictures, uploads
from storage.pictures import NewPicture
from storage.uploads import NewUpload


async def take(turn: Turn, said: File) -> NewPicture | None:
    """Describe the picture that was sent, None if it is none; `keep` makes it stay.

    Raises:
        Refusal: it is too big.

    """
    content = await _content(turn, said)
    if not (said.picture or (content and is_picture(content))):
        return None
    whose = (turn.campaign_id, turn.person.citizen, turn.account.channel)
    resends = said.picture and turn.traits.resends
    return NewPicture(*whose, ref=said.ref, resends=resends, content=content)


def with_content(new: NewPicture, content: bytes) -> NewPicture:
    """Return the picture with another content."""
    return replace(new, content=content)


async def keep(turn: Turn, new: NewPicture) -> int:
    """Keep a picture and return its number."""
    return await pictures.add(turn.db, new, at=turn.system_now)


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
