"""待确认代报: a second person confirms or denies; whoever attested cannot confirm it alone."""

import asyncio

import pytest

from storage import attests
from storage.attests import Scope
from tests.carded import acts, card, made, takes, visits
from tests.duties import appoint


async def several(chat, organiser, count=3):
    """Check in the readers of several cards, and return their numbers."""
    numbers = await made(chat, organiser, count)
    for number in numbers:
        await takes(chat, organiser, number)
        await visits(chat, organiser, number)
    return numbers


async def states(chat):
    """Count how what was attested stands."""
    async with chat.database.reading() as db:
        found = await attests.count(db, Scope(chat.campaign_id))
    return found.every, found.waiting, found.void


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_second_person_confirms(chat, mei, boss, staff):
    """All that is shown with one tap; one's own are listed and left; others' units are not."""
    lan = await appoint(chat, "lan", "zhujiajiao", by=boss)
    jin = await appoint(chat, "jin", "jinze", by=boss)
    await several(chat, mei, 8)
    own = await mei.says("纸质卡")
    assert own.params["waiting"] == 8
    mine = await mei.taps(mei.button("待确认代报"))
    assert (mine.key, mine.params["count"]) == ("vouching.text", 8)
    assert "您代报的，须由另一位在5月4日前确认" in mei.rendered.text
    assert "都属实" not in str(mei.rendered.buttons)
    assert (await mei.taps("vouching.yes:1.2.3")).params["count"] == 0
    assert (await jin.taps("vouching")).key == "vouching.none"
    assert (await jin.taps("vouching.yes:1.2")).params["count"] == 0
    await lan.says("审核")
    await lan.taps(lan.button("待确认代报（8）"))
    first = lan.button("以上 6 项都属实")
    done = await lan.taps(first)
    assert (done.params["count"], done.params["left"]) == (6, 2)
    assert (await lan.taps(first)).params["count"] == 0
    await staff.taps("vouching")
    done = await staff.taps(staff.button("以上 2 项都属实"))
    assert (done.params["count"], done.params["left"]) == (2, 0)
    assert await states(chat) == (8, 0, 0)
    assert (await acts(chat)).count("attests_confirmed") == 2
    for target in ("vouching.yes", "vouching.yes:x.y", "vouching.yes:" + "9." * 40):
        assert (await lan.taps(target)).key == "vouching.done"
    assert await chat.broken() == {}


async def test_what_was_not_so_is_taken_back(chat, mei, staff, boss):
    """By another one, or by who attested it by mistake; once, audited, out of the sums."""
    first, second, third = await several(chat, mei)
    await staff.taps("vouching")
    assert (await staff.taps(staff.button("第 1 项不属实"))).key == "vouching.ask_no"
    confirm = staff.button("确认")
    denied = await staff.taps(confirm)
    assert (denied.key, denied.params["points"]) == ("vouching.denied", 5)
    assert (await staff.taps(confirm)).key == "vouching.done_already"
    again = await visits(chat, mei, first)
    assert again.key == "attesting.already"  # what was taken back is not noted anew
    await mei.taps(f"papercards.number:{second}")
    await mei.taps("vouching.ask:2")
    assert (await mei.taps(mei.button("确认"))).key == "vouching.denied"
    jin = await appoint(chat, "jin", "jinze", by=boss)
    assert (await jin.taps("vouching.ask:3")).key == "vouching.gone"
    assert (await staff.taps("vouching.ask:99")).key == "vouching.gone"
    assert (await staff.taps("vouching.deny:3")).key == "errors.confirm_again"
    assert await states(chat) == (3, 1, 2)
    assert (await acts(chat)).count("attest_denied") == 2
    shown = await mei.taps(f"papercards.number:{third}")
    assert shown.params["earned"] == 5
    shown = await mei.taps(f"papercards.number:{first}")
    assert shown.params["earned"] == 0
    assert await chat.broken() == {}


async def test_one_confirms_while_another_denies(chat, mei, staff, boss):
    """One of both is first, and the points are as that one said."""
    lan = await appoint(chat, "lan", "zhujiajiao", by=boss)
    [number] = await several(chat, mei, 1)
    await staff.taps("vouching.ask:1")
    deny = staff.button("确认")
    replies = await asyncio.gather(lan.taps("vouching.yes:1"), staff.taps(deny))
    assert (replies[0].params["count"], replies[1].key) in {
        (1, "vouching.done_already"),
        (0, "vouching.denied"),
    }
    points = 5 * replies[0].params["count"]
    assert (await mei.taps(f"papercards.number:{number}")).params["earned"] == points
    assert (await card(chat, number)).citizen is not None
    assert await chat.broken() == {}
