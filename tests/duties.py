"""People in charge, for tests: whoever holds which role, taken with a code as in life."""

from storage import deployment
from tests.chat import OWNER, Chat, Person


async def owner(chat: Chat) -> Person:
    """Bring the owner in, who takes part as well, as the program does at its start."""
    channel, sender = OWNER
    person = await chat.join(sender, channel)
    async with chat.database.transaction() as db:
        await deployment.put(db, deployment.OWNERS, str(await person.id()))
    return person


async def appoint(chat: Chat, sender: str, what: str, *, by: Person | None = None) -> Person:
    """Bring somebody in who holds a role: `staff`, or the organiser of a unit or team."""
    giver = by or await owner(chat)
    made = await giver.says(f"/grant {what}")
    assert made is not None
    person = await chat.join(sender)
    taken = await person.says(f"/role {made.params['code']}")
    assert taken is not None
    assert taken.key == "roles.taken"
    return person
