"""Cases and reports, for tests: told, illustrated, written, handed in, as in life."""

from bot.messages import File, Rendered, Reply
from tests.chat import Chat, Person
from tests.photographs import photo
from tests.worker import worked

TOLD = ("古镇书声", "6月18日下午", "放生桥读书会的 23 位老人", "大家在桥边轮流朗读。")


async def tell(organiser: Person, *texts: str, unit: str = "zhujiajiao") -> str:
    """Tell a case, text after text, and return its number."""
    await organiser.taps(f"telling:{unit}")
    reply = None
    for text in texts or TOLD:
        reply = await organiser.says(text)
        assert reply is not None
    assert organiser.rendered is not None
    target = next(
        button.tap
        for row in organiser.rendered.buttons
        for button in row
        if button.tap.startswith("cases.one:")
    )
    return target.partition(":")[2]


async def send(organiser: Person, name: str, content: bytes, *, picture: bool = False) -> Reply:
    """Send a file over a channel that keeps its content until it is fetched."""
    reply = await organiser.sends(File(name, len(content), f"ref-of-{name}", picture=picture))
    assert reply is not None
    return reply


async def illustrate(
    chat: Chat, organiser: Person, case: str, *, seed: int = 1, content: bytes | None = None
) -> Reply:
    """Add a picture to a case, and return what is said of it."""
    await organiser.taps(f"snapshots:{case}")
    name, sent = f"{seed}.jpg", content or photo(seed)
    assert (await send(organiser, name, sent, picture=True)).key == "snapshots.checking"
    return (await worked(chat, organiser, {f"ref-of-{name}": sent}))[0]


async def hand_in(
    chat: Chat, organiser: Person, content: bytes, *, unit: str = "zhujiajiao", name: str = "r.docx"
) -> tuple[Reply, Rendered]:
    """Hand a report in, and return what is said of it."""
    await organiser.taps(f"handing:{unit}")
    assert (await send(organiser, name, content)).key == "handing.reading"
    return await worked(chat, organiser, {f"ref-of-{name}": content})
