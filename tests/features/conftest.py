"""People whom several features talk about: owners, a member of staff, an organiser, a citizen."""

import pytest

from storage import citizens, deployment
from tests import duties
from tests.chat import OWNER, Chat, Person
from tests.duties import appoint


@pytest.fixture
def inline() -> bool:
    """Talk without a thread between: what two of them do at once is tested elsewhere."""
    return True


@pytest.fixture
async def boss(chat: Chat) -> Person:
    """Bring the owner in."""
    return await duties.owner(chat)


@pytest.fixture
async def staff(chat: Chat, boss: Person) -> Person:
    """Bring a member of staff in."""
    return await appoint(chat, "staff", "staff", by=boss)


@pytest.fixture
async def owner(chat: Chat) -> Person:
    """Bring an owner in who takes no part in the campaign."""
    channel, sender = OWNER
    owner = chat.person(sender, channel)
    async with chat.database.transaction() as db:
        person = await citizens.add(db, owner.account, at=chat.clock.now())
        await deployment.put(db, deployment.OWNERS, str(person.citizen))
    return owner


@pytest.fixture
async def mei(chat: Chat, boss: Person) -> Person:
    """Bring the organiser of 朱家角镇 in."""
    return await appoint(chat, "mei", "zhujiajiao", by=boss)


@pytest.fixture
async def ming(chat: Chat) -> Person:
    """Bring somebody in who has five points."""
    ming = await chat.join("ming")
    await ming.taps("checkins")
    return ming
