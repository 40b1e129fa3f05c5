"""纸质卡: what an organiser sees of the unit's cards, and of a card by its number or its code."""

import pytest

from bot.rules import papercards as rules
from storage import units
from storage.units import Unit
from tests.carded import card, made, scans, start, takes, visits
from tests.chat import SECRET
from tests.duties import appoint

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def test_a_units_cards_are_counted(chat, mei, staff):
    """None, then a sheet: unused, in use, void; the next sheet is offered; staff choose a unit."""
    none = await mei.says("纸质卡")
    assert (none.key, none.params["unused"], none.params["sheets"].key) == (
        "papercards.text", 0, "papercards.no_sheet",
    )  # fmt: skip
    assert "还没有做过卡" in mei.rendered.text
    await mei.taps(mei.button("做 10 张"))
    shown = await mei.says("/card")
    assert (shown.params["unused"], shown.params["used"]) == (10, 0)
    assert "第 1 份（5月1日）：10 张，未用 10，在用 0" in mei.rendered.text
    assert mei.button("做 20 张") == "cardsheets.make:zhujiajiao:20:2"
    assert mei.button("再取第 1 份")
    assert "纸质卡" not in (await said(mei, "本单位"))
    assert (await staff.says("/card")).key == "unit_choice.text"
    assert (await staff.taps("papercards:zhujiajiao")).params["unused"] == 10
    assert (await mei.says("/card 金泽镇")).key == "errors.not_yours"
    ming = await chat.join("ming")
    assert (await ming.says("纸质卡")).key == "errors.not_allowed"
    assert (await mei.enters().says("纸质卡")).key == "errors.in_private"


async def said(person, words):
    """Return the text of an answer."""
    await person.says(words)
    return person.rendered.text


async def test_the_numbers_tell_cards_apart(chat, mei, staff):
    """The unit's page and the statistics say how much stands on an organiser's word."""
    first, second, _ = await made(chat, mei)
    await takes(chat, mei, first)
    await visits(chat, mei, first)
    await takes(chat, staff, second)
    await visits(chat, staff, second)
    line = "纸质卡：在用 2 张；代报 2 次（已算在内），其中待确认 2、作废 0"
    for person, words in ((mei, "本单位"), (staff, "/stats"), (staff, "/stats 朱家角镇")):
        assert line in await said(person, words), words
    mei.language = "en"
    assert "Paper cards in use: 2" in await said(mei, "/unit")
    # Who has a card is not told that nothing reaches them, nor sent anything.
    await mei.taps("gaps.unreachable:zhujiajiao")
    assert first not in mei.rendered.text.replace("-", "")
    assert await chat.broken() == {}


async def test_a_card_by_number_or_code_is_for_its_own_organiser(chat, boss, mei, staff):
    """Another unit's, a forged one, a typo, a guess: each is answered, and guesses are few."""
    jin = await appoint(chat, "jin", "jinze", by=boss)
    number, other, _ = await made(chat, mei)
    assert (await mei.says(f"/card {number.lower()}")).key == "papercards.is_new"
    assert (await mei.says(rules.grouped(other))).key == "papercards.is_new"  # the next one
    assert (await mei.says("/start card_" + rules.code(SECRET, other))).key == "papercards.is_new"
    assert (await staff.says(f"纸质卡 {number}")).key == "papercards.is_new"
    assert (await scans(jin, number)).key == "papercards.elsewhere"
    assert (await jin.says(f"/card {number}")).key == "papercards.wrong"
    which = (await card(chat, number)).id
    for target in (f"cardholders.take:a:{which}", f"lostcards.void:{which}",
                   f"attesting.visit:{which}", "attesting.visit:999", "lostcards:x"):  # fmt: skip
        assert (await jin.taps(target)).key in {"papercards.elsewhere", "papercards.gone"}
    stranger = await chat.join("stranger")
    assert (await stranger.taps(f"attesting.visit:{which}")).key == "errors.not_allowed"
    forged = start(number)[:-1] + ("a" if start(number)[-1] != "a" else "b")
    left = []
    for _ in range(5):
        reply = await stranger.says(forged)
        left.append(reply.params.get("left"))
    assert left == [4, 3, 2, 1, 0]
    locked = await scans(stranger, number)
    assert (locked.key, locked.params["minutes"]) == ("papercards.no_tries", 15)
    assert (await stranger.enters().says(start(number))).key == "errors.in_private"
    assert (await stranger.leaves().says("书友卡")).key == "claiming.how"


async def test_a_bureaus_card_asks_for_the_town(chat, boss):
    """A unit without a town: whoever takes the card into use says where the reader lives."""
    async with chat.database.transaction() as db:
        await units.put(db, chat.campaign_id, [Unit("edu", units.BUREAU, "教育局", "Education")])
    edu = await appoint(chat, "edu", "edu", by=boss)
    number, *_ = await made(chat, edu, 1, "edu")
    await scans(edu, number)
    asked = await edu.taps(edu.button("本人已书面同意，已满14周岁"))
    assert asked.key == "cardholders.ask_town"
    shown = await edu.taps(edu.button("白鹤镇"))
    assert (shown.key, shown.params["town"].name) == ("papercards.is_used", "白鹤镇")
    assert (await visits(chat, edu, number)).key == "attesting.paid"
    assert await chat.broken() == {}
