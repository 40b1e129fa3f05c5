"""Corrections in tests: whose number, what staff write, what was told, what is broken."""

from dataclasses import replace

from sqlalchemy import text

from bot.correcting import Adjustment, Corrected, Makeup, Reversal
from bot.messages import Reply
from storage import corrections, ledger
from storage import disputes as stored
from storage.corrections import NewCorrection
from storage.db import Db
from tests.chat import Chat, Person
from tests.push import Worker


async def number(person: Person) -> str:
    """Return somebody's card number, as it is shown."""
    reply = await person.says("我的")
    assert reply is not None
    return str(reply.params["number"])


async def told(chat: Chat, sender: str) -> list[str]:
    """Deliver everything, and return what somebody was told."""
    worker = Worker(chat)
    await worker.leader.renew()
    await worker.delivers()
    return worker.platform.told(sender)


async def adjusts(staff: Person, person: Person, words: str) -> Reply | None:
    """Write an adjustment of somebody's points."""
    return await staff.says(f"/adjust {await number(person)} {words}")


async def disputes(person: Person, n: int = 1) -> Reply | None:
    """Dispute an entry of the log that is shown."""
    await person.says("明细")
    return await person.taps(person.button(f"第 {n} 条有异议"))


async def only(chat: Chat, column: str) -> str:
    """Return a column of the newest dispute there is."""
    async with chat.database.reading() as db:
        newest = f"SELECT {column} FROM disputes ORDER BY id DESC LIMIT 1"
        return str(await db.scalar(text(newest)))


async def booked(
    chat: Chat, act: Adjustment | Makeup | Reversal, *, by: int, dispute: int | None = None
) -> Corrected:
    """Book a correction as staff do: with its reason, by somebody, with the dispute it answers."""
    async with chat.database.transaction() as db:
        made = await corrections.add(
            db, await _new(db, chat, act, by, dispute), at=chat.clock.now()
        )

    async def finish(db: Db, told: Corrected) -> None:
        at = chat.clock.now()
        assert await corrections.book(db, made, line=told.line or 0, second=None, at=at)
        if dispute is not None:
            assert await stored.accept(db, dispute, by=by, answer="why", at=at)

    return await chat.till.correct(replace(act, also=finish))


async def _new(
    db: Db, chat: Chat, act: Adjustment | Makeup | Reversal, by: int, dispute: int | None
) -> NewCorrection:
    kind, points, day = corrections_kind(act), 0, chat.campaign.start
    reverses = None
    match act:
        case Reversal():
            line = await ledger.line_of(db, chat.campaign_id, act.who, line=act.line)
            points, reverses = -line.points if line else 0, act.line
        case _:
            points, day = act.points, act.day
    return NewCorrection(
        chat.campaign_id, act.who, kind, points, day, "why", by, reverses=reverses, dispute=dispute
    )


def corrections_kind(act: Adjustment | Makeup | Reversal) -> str:
    """Return the kind of line an act becomes."""
    return {Adjustment: "adjustment", Makeup: "makeup", Reversal: "reversal"}[type(act)]


async def disputed(chat: Chat, person: Person, about: str, *, by: int | None = None) -> int:
    """File a dispute about an entry; refused by somebody if one is given."""
    citizen, at = await person.id(), chat.clock.now()
    async with chat.database.transaction() as db:
        one = await stored.begin(db, chat.campaign_id, citizen, about=about, at=at)
        assert await stored.file(db, one.id, citizen=citizen, words="", at=at)
        if by is not None:
            assert await stored.write_answer(db, one.id, by=by, answer="why not")
            assert await stored.refuse(db, one.id, by=by, at=at)
    return one.id
