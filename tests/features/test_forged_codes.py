"""Codes that were changed, guessed or used already get nobody in, at whichever door."""

import random
import string

import pytest

from bot.rules import cards, papercards, vouchers
from storage import units
from storage.units import Unit
from tests import shop
from tests.carded import made, scans, start, takes
from tests.chat import SECRET
from tests.gates import LONG, SEED
from tests.rules.test_forgeries import changed

FORGERIES = 200 if LONG else 30
"""Of each kind of code."""
SIGNS = string.ascii_letters + string.digits
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def forged(code, read, guess):
    """Return changed codes, and as many well-formed guesses; none that reads as the code itself."""
    chance, found = random.Random(SEED), set()
    while len(found) < FORGERIES:
        one = changed(code, chance).encode(errors="replace").decode().replace("\0", "")
        found |= {each for each in (one, guess(chance)) if each and read(each) != read(code)}
    return sorted(found)


def guessed(chance):
    """Guess a number that is well-formed."""
    return cards.from_chance(chance.randrange(31**7))


async def test_no_forged_code_makes_anybody_more(chat, boss, record):
    """Codes of roles and of linking, each from an account of its own: the true one works once."""
    role = (await boss.says("/grant zhujiajiao")).params["code"]
    link = (await (await chat.join("ming")).says("/link")).params["code"]
    wrong = {"role": {"roles.wrong_code", "roles.ask_code"}, "link": {"linking.wrong_code"}}
    thieves = []
    for door, code in (("role", role), ("link", link)):
        for each in forged(code, cards.read, guessed):
            thieves.append(chat.person(f"thief{len(thieves)}"))
            assert (await thieves[-1].says(f"/{door} {each}")).key in wrong[door], (SEED, each)

    assert (await chat.person("mei").says(f"/role {role}")).key == "roles.taken"
    assert (await chat.person("hua").says(f"/role {role}")).key == "roles.wrong_code"
    other = chat.person("other")
    assert (await other.says(f"/link {link}")).key.startswith("linking.preview")
    assert (await other.taps(other.button("确认"))).key.startswith("linking.done")
    assert (await chat.person("late").says(f"/link {link}")).key == "linking.wrong_code"
    record("R10", f"0 of {len(thieves) + 2} codes of roles and links", seed=SEED)


async def test_no_forged_code_gets_a_reward(chat, boss, mei, clock, record):
    """Somebody in charge tries for a whole day; the true code is handed out once."""
    holder = await shop.rich(chat, "holder", 12, by=await boss.id())
    await shop.buy(chat, holder, await shop.offer(chat))
    code = vouchers.grouped(vouchers.code(SECRET, (await shop.held(chat, holder))[0].seed))
    tried = forged(code, vouchers.read, lambda chance: vouchers.code(b"x", str(chance.random())))
    for each in tried:
        clock.ahead(minutes=16)  # or the lock would be what refuses
        reply = await mei.says(f"/verify {each}")
        assert reply.key in {"verifying.wrong", "verifying.no_code"}, (SEED, each)

    await mei.says(f"/verify {code}")
    confirm = mei.button("确认")
    assert (await mei.taps(confirm)).key == "verifying.handed"
    assert (await mei.taps(confirm)).key == "verifying.used"
    assert (await mei.says(f"/verify {code}")).key == "verifying.used"
    record("R10", f"0 of {len(tried) + 2} codes of vouchers", seed=SEED)


async def test_no_forged_card_or_invitation_is_taken(chat, mei, record):
    """Scanned by strangers: a signature of another card, or none; a unit that is not there."""
    number, other, *_ = await made(chat, mei)
    await takes(chat, mei, number)
    code = start(number).rpartition(papercards.START)[2]
    tried = forged(code, papercards.read, lambda chance: f"{number}_{guessed(chance)}abcd")
    tried += [number, f"{number}_{start(other)[-12:]}", f"{other}_{code[-12:]}"]
    plain = await chat.person("plain").says("/start")
    for n, each in enumerate(tried):
        reply = await chat.person(f"finder{n}").says(f"/start {papercards.START}{each}")
        assert reply.key in {"papercards.wrong", "papercards.no_number"}, (SEED, each)
    assert (await scans(chat.person("reader"), number)).key == "claiming.preview_new"
    async with chat.database.transaction() as db:
        team = Unit("readers", units.TEAM, "读书会", "Readers", town="zhujiajiao")
        await units.put(db, chat.campaign_id, [team])
    invited = await chat.person("invited").says("/start unit_readers")
    assert invited.buttons != plain.buttons
    invitations = forged("readers", str, lambda chance: "".join(chance.choices(SIGNS, k=7)))
    for n, each in enumerate(invitations):
        reply = await chat.person(f"guest{n}").says(f"/start unit_{each}")
        assert reply.buttons == plain.buttons, (SEED, each)
    record("R10", f"0 of {len(tried) + len(invitations)} cards and invitations", seed=SEED)
