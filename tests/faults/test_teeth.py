"""A guard that nothing misses guards nothing: each is taken out once, and what it promises breaks.

The guards are taken out here, in the test's process or database; the program has no such switch.
"""

import asyncio
import hmac
import itertools
import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot import booking
from bot.channels.wecom.crypto import Envelope, Forged, Stamp
from bot.correcting import Reversal
from bot.feature import Turn
from bot.flood import Flood, Verdict
from bot.messages import Traits
from bot.operations import finishing
from bot.rules import corrections, papercards, points, rewards, rights, signing
from bot.rules.corrections import Purse
from bot.rules.points import Day, Rate
from bot.rules.rewards import Verdict as Bought
from storage import links
from tests import shop
from tests.chat import Chat, Person
from tests.conftest import START
from tests.duties import owner
from tests.features.test_linking import code, video
from tests.stocked import stock

Guards = Iterable[
    tuple[
        Callable[[Chat, pytest.MonkeyPatch], None],
        Callable[[Chat], Awaitable[None]],
        str,
    ]
]
"""What is taken out, what does not hold then, and what that is seen by."""
LEAST = 15
"""How many guards are taken out at least, the triggers among them."""

names = itertools.count(1)
SECRET = b"the secret of the teeth tests"


async def fresh(chat: Chat, channel: str = "web") -> Person:
    """Bring somebody new in."""
    return await chat.join(f"p{next(names)}", channel)


async def _offer(chat: Chat, **more: int) -> int:
    return await shop.offer(chat, title=f"r{next(names)}", **more)


# What is promised: each holds with its guard, and not without.


async def one_check_in_a_day(chat: Chat) -> None:
    """The second tap of a day pays nothing and says so."""
    ming = await fresh(chat)
    assert (await ming.taps("checkins")).key != "checkins.already"
    assert (await ming.taps("checkins")).key == "checkins.already"
    assert (await ming.has()).balance == 5


async def five_videos_a_day(chat: Chat) -> None:
    """The sixth pays nothing."""
    ming = await fresh(chat)
    for number in range(6):
        await chat.till.award(video(chat, ming, number))
    assert (await ming.has()).balance == 10


async def nothing_on_credit(chat: Chat) -> None:
    """Nobody buys for more than they have."""
    ming = await shop.rich(chat, f"p{next(names)}", 4, by=1)
    told = await shop.buy(chat, ming, await _offer(chat, price=5))
    assert told.verdict is Bought.POOR


async def no_more_than_there_is(chat: Chat) -> None:
    """The second one comes too late."""
    fan = await _offer(chat, stock=1)
    told = []
    for _ in range(2):
        ming = await shop.rich(chat, f"p{next(names)}", 9, by=1)
        told.append((await shop.buy(chat, ming, fan)).verdict)
    assert told == [Bought.BOOKED, Bought.SOLD_OUT]


async def nobody_owes_unasked(chat: Chat) -> None:
    """Points that are spent are taken back only if somebody agreed to the debt."""
    ming = await fresh(chat)
    await ming.taps("checkins")
    await shop.buy(chat, ming, await _offer(chat))
    act = Reversal(await ming.id(), 1, f"t:r{next(names)}", START)
    assert (await chat.till.correct(act)).verdict.value == "debt"


async def lines_stay(chat: Chat) -> None:
    """What is in the ledger is changed and deleted by nobody."""
    ming = await fresh(chat)
    await ming.taps("checkins")
    for wrong in ("UPDATE ledger SET points = 4 WHERE points = 5", "DELETE FROM ledger"):
        with pytest.raises(Exception, match="ledger"):
            async with chat.database.transaction() as db:
                await db.execute(text(wrong))


async def confirmed_by_us(chat: Chat) -> None:
    """Nothing is confirmed by a button that was not ours."""
    ming = await fresh(chat)
    told = await ming.taps(f"leaving.erase:{await ming.id()}:7fffffff:AAAAAAAAAAAA")
    assert told is not None
    assert told.key == "errors.confirm_again", told.key


async def confirmed_by_whoever_was_asked(chat: Chat) -> None:
    """A confirming button is good for the one it was shown to."""
    ming, hua, li = await fresh(chat), await fresh(chat), await fresh(chat)
    await hua.says(f"/link {await code(ming)}")
    told = await li.taps(hua.button("确认"))
    assert told is not None
    assert told.key == "errors.confirm_again", told.key


async def confirmed_in_time(chat: Chat) -> None:
    """A confirming button is good for ten minutes."""
    del chat
    signed = signing.sign(SECRET, "ming", "act", at=START)
    assert signing.opened(SECRET, "ming", signed, at=START + timedelta(minutes=11)) is None


async def cards_of_ours(chat: Chat) -> None:
    """A card that somebody invented is none."""
    del chat
    assert not papercards.is_genuine(SECRET, papercards.Scan("23456789", "AAAAAAAAAAAA"))


async def letters_of_wecom(chat: Chat) -> None:
    """A letter with another signature is not opened."""
    del chat
    envelope, stamp = Envelope("token", "a" * 43, "corp"), Stamp("1", "2")
    sealed = envelope.sealed(b"<xml/>", b"s" * 16)
    try:
        opened = envelope.opened("0" * 40, stamp, sealed)
    except Forged:
        opened = None
    assert opened is None


async def for_staff_only(chat: Chat) -> None:
    """A citizen reads no numbers of the city."""
    ming = await fresh(chat)
    assert (await ming.says("/stats")).key == "errors.not_allowed"


async def children_at_home(chat: Chat) -> None:
    """No child joins on a channel abroad."""
    child = chat.person(f"p{next(names)}", "telegram")
    assert (await child.taps("start.guardian")).key == "start.young_abroad"


async def few_guesses(chat: Chat) -> None:
    """After five wrong codes even a good one is not looked at."""
    ming, hua = await fresh(chat), await fresh(chat)
    for _ in range(5):
        await hua.says("/link 23456789")
    assert (await hua.says(f"/link {await code(ming)}")).key == "linking.no_tries"


async def time_to_read(chat: Chat) -> None:
    """A book is not finished in the minute it was opened in."""
    ming = await fresh(chat)
    [book] = await stock(chat, "book", f"书{next(names)}")
    await ming.taps(f"items.open:{book}")
    await ming.taps(f"items.done:{book}")
    assert (await ming.has()).balance == 0


async def no_flood(chat: Chat) -> None:
    """Who sends too much is told once, and then not heard for a while."""
    del chat
    flood = Flood(3)
    told = [flood.judge(("web", "x"), 1.0) for _ in range(5)]
    assert told == [*[Verdict.ANSWER] * 3, Verdict.NOTICE, Verdict.SILENCE]


async def one_sale_at_a_time(chat: Chat) -> None:
    """Twenty taps at once cost once."""
    ming = await shop.rich(chat, f"p{next(names)}", 100, by=1)
    fan = await _offer(chat, stock=30, each_max=1)
    acts = (shop.buy(chat, ming, fan, once=f"redeem:{fan}:{n}") for n in range(20))
    told = [spent.verdict for spent in await asyncio.gather(*acts)]
    assert told.count(Bought.BOOKED) == 1


# The guards.


def _the_once_keys(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(booking.Booking, "_remember", lambda _self, _deed: None)


def _the_cap(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    def decide(rate: Rate, day: Day, *, scores: bool = True) -> points.Decision:
        del scores
        return points.Decision(points.Outcome.PAID, rate.points, day.slots)

    patch.setattr(booking.points, "decide", decide)


def _verdict(gone: Bought) -> Callable[[Chat, pytest.MonkeyPatch], None]:
    """Take one reason out of those why nothing is sold."""
    real = rewards.buy

    def remove(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
        def buy(*args: object, **more: object) -> Bought:
            found = real(*args, **more)  # type: ignore[arg-type]
            return Bought.BOOKED if found is gone else found

        patch.setattr(rewards, "buy", buy)

    return remove


def _the_comparison(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(hmac, "compare_digest", lambda _one, _other: True)


def _the_table_of_rights(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rights, "reach", lambda _duties, _right: True)


def _the_tries(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(links, "TRIES_MAX", 1_000)


def _the_wait(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(finishing, "left", lambda *_args, **_more: START - START)


def _the_counting(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Flood, "judge", lambda _self, _who, _seconds: Verdict.ANSWER)


def _the_persons_name(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    real = signing._signature  # noqa: SLF001 - the guard
    patch.setattr(signing, "_signature", lambda secret, _person, body: real(secret, "", body))


def _the_expiry(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(signing, "CONFIRM_SECONDS", 10**6)


def _the_debt(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    def moved(purse: Purse, points: int, *, agreed: int) -> corrections.Decision:
        del agreed
        return corrections.Decision(corrections.Verdict.BOOKED, points, purse.after(points))

    patch.setattr(corrections, "_moved", moved)


def _the_border(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Turn, "traits", Traits())


async def _the_triggers(chat: Chat) -> None:
    """Drop what keeps the ledger as it is."""
    async with chat.database.transaction() as db:
        for name in ("ledger_no_update", "ledger_no_delete"):
            await db.execute(text(f"DROP TRIGGER {name}"))


GUARDS = (
    (_the_once_keys, one_check_in_a_day, "'checkins.capped' == 'checkins.already'"),
    (_the_cap, five_videos_a_day, "CHECK constraint failed: ck_ledger_slot"),
    (_verdict(Bought.POOR), nothing_on_credit, "Verdict.BOOKED: 'booked'> is <Verdict.POOR"),
    (_verdict(Bought.SOLD_OUT), no_more_than_there_is, "somebody took stock past the lock"),
    (_verdict(Bought.LIMIT), one_sale_at_a_time, "assert 20 == 1"),
    (_the_debt, nobody_owes_unasked, "'booked' == 'debt'"),
    (_the_comparison, confirmed_by_us, "'leaving.erased' == 'errors.confirm_again'"),
    (_the_comparison, cards_of_ours, "assert not True"),
    (_the_comparison, letters_of_wecom, "b'<xml/>' is None"),
    (_the_persons_name, confirmed_by_whoever_was_asked, "'linking.done' == 'errors.confirm_again'"),
    (_the_expiry, confirmed_in_time, "'act' is None"),
    (_the_table_of_rights, for_staff_only, "'stats.text' == 'errors.not_allowed'"),
    (_the_border, children_at_home, "'start.ask_town' == 'start.young_abroad'"),
    (_the_tries, few_guesses, "'linking.preview' == 'linking.no_tries'"),
    (_the_wait, time_to_read, "assert 2 == 0"),
    (_the_counting, no_flood, "At index 3 diff"),
)


async def each_breaks(chat: Chat, monkeypatch: pytest.MonkeyPatch, guards: Guards) -> None:
    """Show that a promise holds with its guard, does not without, and does with it again."""
    for remove, promise, seen in guards:
        await promise(chat)
        with monkeypatch.context() as patch:
            remove(chat, patch)
            with pytest.raises((Exception, pytest.fail.Exception), match=re.escape(seen)):
                await promise(chat)
        await promise(chat)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_each_promise_breaks_without_its_guard(chat, monkeypatch, caplog, record):
    """What is paid, spent and allowed, and that the ledger stays as it is."""
    await owner(chat)
    await each_breaks(chat, monkeypatch, GUARDS)
    await lines_stay(chat)
    await _the_triggers(chat)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        await lines_stay(chat)
    caplog.clear()
    count = len(GUARDS) + 1
    assert count >= LEAST
    record("R9", f"{count} of {count}")
