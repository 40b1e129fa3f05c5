"""Paper cards, for tests: made, taken into use, scanned as a camera or a link does it."""

from sqlalchemy import text

from bot.messages import Reply
from bot.rules import papercards as rules
from storage import papercards
from storage.papercards import PaperCard
from tests.chat import SECRET, Chat, Person

HERE = "zhujiajiao"


async def made(
    chat: Chat, organiser: Person, count: int = 3, unit: str = HERE, n: int = 1
) -> list[str]:
    """Let an organiser make a sheet, and return the numbers of its cards."""
    reply = await organiser.taps(f"cardsheets.make:{unit}:{count}:{n}")
    assert reply is not None
    assert reply.key == "cardsheets.begun"
    async with chat.database.reading() as db:
        sheet = await papercards.nth(db, chat.campaign_id, unit, n=n)
        assert sheet is not None
        return await papercards.unused(db, sheet.id)


async def card(chat: Chat, number: str) -> PaperCard:
    """Return a card as it stands."""
    async with chat.database.reading() as db:
        found = await papercards.numbered(db, number)
    assert found is not None
    return found


def start(number: str) -> str:
    """Return what the link of a scanned card says."""
    return f"/start {rules.START}{rules.code(SECRET, number)}"


async def scans(person: Person, number: str) -> Reply:
    """Scan a card and come into the chat by its link."""
    reply = await person.says(start(number))
    assert reply is not None
    return reply


async def takes(chat: Chat, organiser: Person, number: str, *, child: bool = False) -> int:
    """Take a card into use for somebody who signed, and return their id."""
    await scans(organiser, number)
    which = (await card(chat, number)).id
    reply = await organiser.taps(f"cardholders.take:{'c' if child else 'a'}:{which}")
    assert reply is not None
    assert reply.key == "papercards.is_used"
    holder = (await card(chat, number)).citizen
    assert holder is not None
    return holder


async def visits(chat: Chat, organiser: Person, number: str) -> Reply:
    """Let an organiser check a card's reader in."""
    reply = await organiser.taps(f"attesting.visit:{(await card(chat, number)).id}")
    assert reply is not None
    return reply


async def acts(chat: Chat) -> list[str]:
    """Return what staff and organisers did, the oldest first."""
    async with chat.database.reading() as db:
        return list(await db.scalars(text("SELECT act FROM audit ORDER BY id")))
