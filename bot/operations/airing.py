"""What pushes about a livestream share: which one, what stands below, how they are stored."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.feature import Kind, Sending, Slice, Tick, button
from bot.messages import Phrase, Reply, Rows
from bot.operations import pushing
from storage import attendances, livestreams
from storage.db import Db
from storage.livestreams import Livestream
from storage.pushes import Push


def replay_once(livestream: int) -> str:
    """Return the name under which a recording is pushed, once."""
    return f"live:{livestream}:replay"


def start_once(livestream: Livestream, minutes: int) -> str:
    """Return the name under which so many minutes before a start are told, once.

    A new start is told anew; that it began, or another address, is not.
    """
    return f"live:{livestream.id}:{livestream.starts_at:%Y%m%d%H%M}:{minutes}"


def number(push: Push) -> int:
    """Return the livestream a push is about."""
    return int(json.loads(push.content)["livestream"])


def start(push: Push) -> datetime:
    """Return the start the livestream had when the push was made."""
    return datetime.fromisoformat(json.loads(push.content)["start"])


async def booked(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    """Be the audience of what goes to those who booked."""
    return list(await attendances.booked(db, number(push), after=wanted.after, most=wanted.most))


async def now(sending: Sending) -> Livestream | None:
    """Return the livestream as it is now: what was edited since is said as it is."""
    return await livestreams.of(sending.db, number(sending.push))


async def to_those_awaited(
    sending: Sending, livestream: Livestream, reply: Reply
) -> Mapping[int, Reply]:
    """Tell those who have not joined yet, unless they took their booking back meanwhile."""
    found = await attendances.awaited(sending.db, livestream.id, citizens=sending.citizens)
    return dict.fromkeys(found, reply)


def may_change(livestream: Livestream, now: datetime) -> bool:
    """Say whether a livestream can still be edited: it is on, and has not begun."""
    return livestream.state in livestreams.OPEN and livestream.starts_at > now


def buttons(livestream: Livestream) -> Rows:
    """Lead to the livestream, and to the list."""
    opens = button(f"livestreams.open:{livestream.id}", Phrase("reminders.open"))
    return ((opens, button("livestreams")),)


async def push(
    tick: Tick, kind: Kind, livestream: Livestream, *, once: str, until: datetime
) -> None:
    """Store a push about a livestream; after `until` it would help nobody."""
    content = {
        "livestream": livestream.id,
        "start": livestream.starts_at.isoformat(),
        "title": livestream.topic,
    }
    await pushing.push(tick, kind, once=once, content=content, expires_at=until)
