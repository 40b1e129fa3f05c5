"""Saying something to people who have not just spoken: it is stored here, and delivered later."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.feature import Kind, Slice, Tick, Turn
from storage import accounts, pushes, roles, twins
from storage.db import Db
from storage.pushes import NewPush, Push


async def everybody(db: Db, _push: Push, wanted: Slice) -> Sequence[int]:
    """Be the audience of what goes to everybody who takes part."""
    return await accounts.registered_after(db, wanted.after, wanted.most)


async def owners(db: Db, _push: Push, wanted: Slice) -> Sequence[int]:
    """Be the audience of what goes to the owners that settings name."""
    return [owner for owner in await roles.owners(db) if owner > wanted.after]


async def staff(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    """Be the audience of what goes to staff and owners; such a kind is a duty."""
    return await roles.staff(db, push.campaign, after=wanted.after, most=wanted.most)


async def named_ones(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    """Be the audience of what goes to the `citizens` its content lists, whoever they are by now."""
    listed = await twins.became(db, json.loads(push.content)["citizens"])
    return [citizen for citizen in listed if citizen > wanted.after][: wanted.most]


async def push(
    moment: Tick | Turn,
    kind: Kind,
    *,
    once: str,
    content: Mapping[str, object] | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """Store a push in the transaction of a bell or a writing turn; the same `once` pushes once.

    `content` is what the kind's wording needs, as JSON can hold it. After `expires_at`, campaign
    time, nobody is told any more.
    """
    made = await store(
        moment,
        kind.name,
        urgency=kind.urgency,
        once=once,
        content=content or {},
        expires_at=expires_at,
    )
    return made is not None


async def store(  # noqa: PLR0913 - what there is to say of a push
    moment: Tick | Turn,
    name: str,
    *,
    urgency: int,
    once: str,
    content: Mapping[str, object],
    expires_at: datetime | None = None,
    author: int | None = None,
) -> int | None:
    """Store a push of a kind by its name and return its number, None if it was stored before."""
    new = NewPush(
        moment.campaign_id,
        name,
        once,
        json.dumps(content, ensure_ascii=False),
        urgency,
        made_at=moment.now,
        expires_at=expires_at,
        author=author,
    )
    return await pushes.make(moment.db, new, at=moment.system_now)
