"""The guards at the doors, of consent and of a frozen week, taken out one by one.

As in `test_teeth`: each promise breaks without its guard, and at the place that is named.
"""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.dialects import sqlite

from bot import booking
from bot.channels.wecom import Callback, callback
from bot.channels.wecom.crypto import Envelope, Stamp
from bot.rules.weeks import Week
from bot.till import Unregistered
from bot.web import hooks
from storage import citizens, freezing
from tests.chat import Chat, Person
from tests.conftest import START
from tests.faults.test_teeth import each_breaks, fresh
from tests.features.test_linking import video

WEEK = Week(2, date(2022, 4, 25), date(2022, 5, 1))
TERMS = freezing.Terms(date(2022, 4, 23), visit="checkin", items=(), lives=())

# What is promised.


async def posts_of_telegram(chat: Chat) -> None:
    """Whoever does not know the webhook's secret is not heard."""
    del chat
    heard, told = [], []

    async def take(body: bytes) -> hooks.Answered:
        heard.append(body)
        return callback.Answer(200)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"update"}

    async def send(message: dict[str, object]) -> None:
        told.append(message.get("status"))

    scope = {"method": "POST", "headers": [(hooks.TELEGRAM_SECRET, b"guessed")]}
    await hooks.telegram("secret", take, seconds=60)(scope, receive, send)
    assert (told[0], heard) == (403, [])


def _letter(*, at: int) -> tuple[Callback, dict[str, str]]:
    """Return WeCom's door at a second of the clock, and what it asks there, signed well."""
    envelope, stamp = Envelope("token", "a" * 43, "corp"), Stamp("1000", "2")
    sealed = envelope.sealed(b"echo", b"s" * 16)
    asked = {"timestamp": stamp.timestamp, "nonce": stamp.nonce, "echostr": sealed}
    asked["msg_signature"] = envelope.signature(stamp, sealed)
    return Callback(None, envelope, lambda: at), asked


async def letters_of_now(chat: Chat) -> None:
    """A letter that somebody kept for eleven minutes is not opened."""
    del chat
    door, asked = _letter(at=1660)
    assert door.verify(asked).status == 403


async def letters_three_times(chat: Chat) -> None:
    """Whoever sends a letter more often than WeCom does is not WeCom."""
    del chat
    door, asked = _letter(at=1010)
    assert [door.verify(asked).status for _ in range(4)] == [200, 200, 200, 403]


async def _withdrawn(chat: Chat) -> Person:
    ming = await fresh(chat)
    citizen = await ming.id()
    async with chat.database.transaction() as db:
        await citizens.withdraw(db, citizen, at=chat.clock.now())
    return ming


async def nothing_told_without_consent(chat: Chat) -> None:
    """Who took their consent back is asked for it, whatever they tap."""
    assert (await (await _withdrawn(chat)).taps("me")).key == "start.welcome"


async def nothing_paid_without_consent(chat: Chat) -> None:
    """Nor does the till book anything for them."""
    ming = await _withdrawn(chat)
    with pytest.raises(Unregistered):
        await chat.till.award(video(chat, ming, 1))


async def weeks_stay(chat: Chat) -> None:
    """A week is frozen once: what is earned later does not enter it."""
    frozen = []
    for _ in range(2):
        await (await fresh(chat)).taps("checkins")
        async with chat.database.transaction() as db:
            frozen.append(await freezing.freeze(db, chat.campaign_id, WEEK, terms=TERMS, at=START))
    assert frozen[0] == frozen[1]


# The guards.


def _the_comparison(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(hooks.hmac, "compare_digest", lambda _one, _other: True)


def _the_window(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(callback, "WINDOW_SECONDS", 10**6)


def _the_count_of_letters(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(callback, "POSTS_MAX", 10**6)


def _the_gate(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(citizens.Person, "registered", property(lambda _self: True))


def _the_tills_look(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    real = booking.totals.of_accounts

    async def of_accounts(*asked):
        found = await real(*asked)
        return {who: replace(reader, consented=True) for who, reader in found.items()}

    patch.setattr(booking.totals, "of_accounts", of_accounts)


def _the_frozen_row(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    class Over(sqlite.Insert):
        inherit_cache = False

        def on_conflict_do_nothing(self):
            key = ["campaign", "first"]
            return self.on_conflict_do_update(index_elements=key, set_={"points": 0})

    patch.setattr(freezing, "insert", lambda _db, table: Over(table))


GUARDS = (
    (_the_comparison, posts_of_telegram, "(200, [b'update']) == (403, [])"),
    (_the_window, letters_of_now, "assert 200 == 403"),
    (_the_count_of_letters, letters_three_times, "At index 3 diff: 200 != 403"),
    (_the_gate, nothing_told_without_consent, "'me.text' == 'start.welcome'"),
    (_the_tills_look, nothing_paid_without_consent, "DID NOT RAISE"),
    (_the_frozen_row, weeks_stay, "['participants', 'points']"),
)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_each_promise_breaks_without_its_guard(chat, monkeypatch, record):
    """Who is let in and heard, who is told and paid, and what stays as it was."""
    await each_breaks(chat, monkeypatch, GUARDS)
    record("R9", f"doors: {len(GUARDS)} of {len(GUARDS)}")
