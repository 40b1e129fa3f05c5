"""换卡、作废: the old card does nothing any more, the points stay, nothing is done twice."""

import asyncio

import pytest

from tests.carded import acts, card, made, scans, start, takes, visits
from tests.duties import appoint

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def test_a_lost_card_is_replaced(chat, mei):
    """Asked for the new number, seen first; the old code is dead, the new one has the points."""
    old, new, third = await made(chat, mei)
    holder = await takes(chat, mei, old)
    await visits(chat, mei, old)
    await scans(mei, old)
    assert (await mei.taps(mei.button("换新卡"))).key == "lostcards.ask"
    assert (await mei.says("2A3B4C5D")).key == "lostcards.no_card"
    assert (await mei.says(old)).key == "lostcards.no_card"
    preview = await mei.says(new.lower())
    assert preview.key == "lostcards.preview"
    confirm = mei.button("确认")
    assert (await mei.taps(confirm)).key == "lostcards.swapped"
    assert (await mei.taps(confirm)).key == "lostcards.done_already"
    assert (await card(chat, new)).citizen == holder
    shown = await scans(mei, new)
    assert (shown.key, shown.params["earned"], shown.params["reader"]) == (
        "papercards.is_used", 5, old,
    )  # fmt: skip
    assert (await visits(chat, mei, old)).key == "papercards.void"
    assert (await visits(chat, mei, new)).key == "attesting.already"
    assert (await scans(mei, old)).key == "papercards.is_void"
    wang = await chat.join("wang")
    assert (await wang.says(start(old))).key == "claiming.void"
    assert (await mei.taps(f"lostcards:{(await card(chat, old)).id}")).key == (
        "lostcards.done_already"
    )
    assert (await mei.taps(f"lostcards:{(await card(chat, third)).id}")).key == (
        "papercards.unused_yet"
    )
    assert (await acts(chat))[-1] == "card_replaced"
    assert await chat.broken() == {}


async def test_a_card_is_made_void(chat, mei, staff, boss):
    """In use or not, by the unit's organiser or staff, once; its reader can get another one."""
    used, unused, new = await made(chat, mei)
    await takes(chat, mei, used)
    jin = await appoint(chat, "jin", "jinze", by=boss)
    assert (await jin.taps(f"lostcards.void:{(await card(chat, used)).id}")).key == (
        "papercards.elsewhere"
    )
    asked = [
        await person.taps(f"lostcards.void:{(await card(chat, number)).id}")
        for person, number in ((mei, used), (staff, unused))
    ]
    assert [reply.key for reply in asked] == ["lostcards.ask_void_used", "lostcards.ask_void"]
    done = [await person.taps(person.button("确认")) for person in (mei, staff)]
    assert [reply.key for reply in done] == ["lostcards.voided"] * 2
    assert (await staff.taps(f"lostcards.void:{(await card(chat, unused)).id}")).key == (
        "papercards.void"
    )
    assert (await acts(chat)).count("card_voided") == 2
    assert (await visits(chat, mei, used)).key == "papercards.void"
    shown = await scans(mei, used)
    assert shown.key == "papercards.is_void"
    await mei.taps(mei.button("换一张新卡给本人"))
    assert (await mei.says(unused)).key == "lostcards.no_card"
    await mei.says(new)
    assert (await mei.taps(mei.button("确认"))).key == "lostcards.swapped"
    assert (await visits(chat, mei, new)).key == "attesting.paid"
    assert await chat.broken() == {}


async def test_two_replace_one_card_at_once(chat, mei, staff):
    """One new card is the reader's, the other one stays free."""
    old, *fresh = await made(chat, mei)
    await takes(chat, mei, old)
    which = (await card(chat, old)).id
    targets = []
    for person, number in zip((mei, staff), fresh, strict=True):
        await person.taps(f"lostcards:{which}")
        await person.says(number)
        targets.append((person, person.button("确认")))
    replies = await asyncio.gather(*(person.taps(target) for person, target in targets))
    assert sorted(reply.key for reply in replies) == ["lostcards.done_already", "lostcards.swapped"]
    held = [await card(chat, number) for number in fresh]
    assert sum(each.citizen is not None for each in held) == 1
    assert await chat.broken() == {}
