"""Broadcasts in tests: who writes them, the steps to a confirmed one, what their receivers see."""

from bot.messages import Reply
from tests.chat import Chat, Person
from tests.duties import appoint, owner
from tests.fakes import FixedClock
from tests.push import Worker

TEXT = "明天下午两点，社区读书会见！"


async def organiser(chat: Chat, unit: str = "zhujiajiao", *, by: Person | None = None) -> Person:
    """Bring in somebody who organises a unit, and belongs to another town."""
    return await appoint(chat, f"organiser-{unit}", unit, by=by)


async def staff(chat: Chat) -> tuple[Person, Person]:
    """Bring in the owner and a member of staff."""
    boss = await owner(chat)
    return boss, await appoint(chat, "staff", "staff", by=boss)


async def crowd(chat: Chat, count: int, *, town: str = "zhujiajiao") -> list[Person]:
    """Bring in people of a town."""
    return [await chat.join(f"{town}-{n}", "telegram", town=town) for n in range(count)]


def number(reply: Reply | None) -> str:
    """Return the number of the draft that is shown."""
    assert reply is not None
    taps = [button.target for row in reply.buttons for button in row]
    return next(tap.split(":")[1] for tap in taps if tap.startswith("composing.text:"))


async def draft(author: Person, text: str = TEXT, *, to: str = "") -> str:
    """Write a draft, choose whom it is for, and return its number."""
    written = number(await author.says(f"/broadcast {text}"))
    if to:
        chosen = await author.taps(f"targeting.set:{written}:{to}")
        assert chosen is not None
        assert chosen.key == "composing.draft"
    return written


async def send(author: Person, text: str = TEXT, *, to: str = "") -> str:
    """Write, preview and confirm; return the number."""
    written = await draft(author, text, to=to)
    await author.taps(f"launching:{written}")
    confirmed = await author.taps(author.button("确认"))
    assert confirmed is not None
    assert confirmed.key in {"launching.started", "launching.waits"}, confirmed.key
    return written


async def working(chat: Chat, clock: FixedClock) -> Worker:
    """Return a worker who has rung what else is due and moved on, so that only ours are left."""
    worker = Worker(chat)
    await worker.rings()
    clock.ahead(minutes=1)
    await worker.rings()
    return worker


async def card(person: Person) -> str:
    """Return somebody's card number, without the hyphen."""
    shown = await person.says("/me")
    assert shown is not None
    return str(shown.params["number"]).replace("-", "")


def got(worker: Worker, text: str = TEXT) -> set[str]:
    """Return who was sent a text, and see that nobody was sent it twice."""
    found = [who for who, reply in worker.platform.sent if reply.params.get("text") == text]
    assert len(found) == len(set(found))
    return set(found)
