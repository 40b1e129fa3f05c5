"""Files that people sent, noted until a piece of work reads them."""

from bot.feature import Turn
from bot.messages import File
from storage import uploads
from storage.uploads import NewUpload


async def note(turn: Turn, said: File) -> int:
    """Note a file and return its number; its channel has its content until it is fetched."""
    whose = (turn.campaign_id, turn.person.citizen, turn.account.channel)
    new = NewUpload(*whose, said.ref, name=said.name or "?", size=said.size)
    return await uploads.add(turn.db, new, at=turn.system_now)
