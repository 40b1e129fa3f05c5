"""做卡: a sheet is made once, is a PDF of ten cards a page, and can be had again."""

import asyncio

import pytest

from bot.jobs import Jobs
from storage import papercards
from tests.carded import acts, card, made, takes
from tests.duties import appoint
from tests.worker import worked

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def pages(content):
    """Count the pages of a PDF."""
    return content.count(b"/Type /Page\n") or content.count(b"/Type /Page")


async def test_a_sheet_is_made_drawn_and_sent(chat, mei):
    """As a PDF with all cards and the form to sign; the second tap shows the same one."""
    begun = await mei.taps("cardsheets.make:zhujiajiao:12:1")
    assert (begun.key, begun.params["count"]) == ("cardsheets.begun", 12)
    assert (await mei.taps(begun.buttons[0][0].target)).key == "waiting.text"
    reply, rendered = await worked(chat, mei, kind=Jobs)
    assert (reply.key, reply.params["n"]) == ("cardsheets.ready", 1)
    file = rendered.document
    assert file.name == "shuxiang-cards-zhujiajiao-1.pdf"
    assert file.content.startswith(b"%PDF")
    assert pages(file.content) in {3, 4}  # two of cards, one to sign; the tree may be counted
    assert (await mei.taps("cardsheets.make:zhujiajiao:12:1")).key == "cardsheets.ready"
    assert (await acts(chat)).count("cards_made") == 1
    assert await chat.broken() == {}


async def test_twice_or_by_two_at_once_is_one_sheet(chat, mei, staff):
    """Two taps, two people, another number: the first one's sheet is the unit's."""
    targets = ["cardsheets.make:zhujiajiao:10:1", "cardsheets.make:zhujiajiao:20:1"]
    replies = await asyncio.gather(
        *(person.taps(target) for person in (mei, staff) for target in targets)
    )
    assert {reply.key for reply in replies} == {"cardsheets.begun"}
    assert len({reply.params["count"] for reply in replies}) == 1
    async with chat.database.reading() as db:
        count = await papercards.count(db, chat.campaign_id, None)
        assert count.unused in {10, 20}
        assert await papercards.sheets_of(db, chat.campaign_id, "zhujiajiao") == 1
    assert (await acts(chat)).count("cards_made") == 1


async def test_how_many_may_be_asked_for(chat, mei, boss):
    """None, ten thousand, words, another unit's, and more than a unit may keep unused."""
    for count in ("0", "101", "10000", "-5", "x", ""):
        reply = await mei.taps(f"cardsheets.make:zhujiajiao:{count}:1")
        assert reply.key == "cardsheets.wrong_count", count
    assert (await mei.taps("cardsheets.make:zhujiajiao:10:0")).key == "cardsheets.wrong_count"
    assert (await mei.taps("cardsheets.make:jinze:10:1")).key == "errors.not_yours"
    assert (await mei.taps("cardsheets.make")).key == "errors.not_yours"
    await mei.says("纸质卡")
    asked = await mei.taps(mei.button("做别的张数"))
    assert (asked.key, asked.params["most"]) == ("cardsheets.ask_count", 100)
    assert (await mei.says("一万")).key == "cardsheets.wrong_count"
    assert (await mei.says("10000张")).key == "cardsheets.wrong_count"
    assert (await mei.says("１００ 张")).key == "cardsheets.begun"
    for n in (2, 3):
        assert (await mei.taps(f"cardsheets.make:zhujiajiao:100:{n}")).key == "cardsheets.begun"
    enough = await mei.taps("cardsheets.make:zhujiajiao:1:4")
    assert (enough.key, enough.params["unused"]) == ("cardsheets.enough", 300)
    jin = await appoint(chat, "jin", "jinze", by=boss)
    assert (await jin.taps("cardsheets.make:jinze:1:1")).key == "cardsheets.begun"


async def test_a_sheet_again_has_only_what_is_unused(chat, mei, boss, clock):
    """Used and void cards are not printed a second time; whose right is gone gets no file."""
    first, second, third = await made(chat, mei)
    await worked(chat, mei)
    await takes(chat, mei, first)
    await mei.taps(f"lostcards.void:{(await card(chat, second)).id}")
    await mei.taps(mei.button("确认"))
    await mei.says("纸质卡")
    again = await mei.taps(mei.button("再取第 1 份"))
    assert (again.key, again.params["count"]) == ("cardsheets.begun", 1)
    _, rendered = await worked(chat, mei)
    token = rendered.document.token
    assert await chat.dispatcher.files.file(token) is not None
    await takes(chat, mei, third)
    assert (await mei.taps("cardsheets.fetch:1")).key == "cardsheets.all_used"
    jin = await appoint(chat, "jin", "jinze", by=boss)
    assert (await jin.taps("cardsheets.fetch:1")).key == "errors.not_yours"
    assert (await jin.taps("cardsheets.fetch:99")).key == "papercards.gone"
    number = (await mei.says("我的")).params["number"]
    await boss.says(f"/revoke {number}")
    await boss.taps(boss.button("确认"))
    assert await chat.dispatcher.files.file(token) is None
