"""Noting what staff and organisers do, in the transaction in which they do it."""

from bot.feature import Turn
from storage import audit
from storage.audit import NewLine
from storage.db import Db

SUBJECT_LENGTH_MAX = 100


async def note(turn: Turn, act: str, subject: str, **details: object) -> None:
    """Note an act of a writing turn. `act` is a key below `audit.`; `subject` is shown as it is."""
    await add(turn.db, line(turn, act, subject, **details))


def line(turn: Turn, act: str, subject: str, **details: object) -> NewLine:
    """Describe an act, for a turn whose act the till writes: `add` it in `also`."""
    return NewLine(
        turn.campaign_id,
        turn.person.citizen,
        turn.duties[0].role if turn.duties else "",
        act,
        subject[:SUBJECT_LENGTH_MAX],
        details,
        turn.cause,
        turn.now,
        turn.system_now,
    )


async def add(db: Db, made: NewLine) -> None:
    """Write a line."""
    await audit.add(db, made)
