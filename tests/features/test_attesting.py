"""代报: an organiser notes for a card's reader; same caps, marked, once, by right only."""

import asyncio

import pytest
from openpyxl import load_workbook

from bot.exporting import Order, export
from storage import attests, history, ledger
from storage.attests import Scope
from tests.carded import acts, card, made, scans, start, takes, visits
from tests.duties import appoint
from tests.stocked import stock


async def paid(chat, citizen):
    """Return what each activity paid somebody today."""
    async with chat.database.reading() as db:
        day = chat.campaign.day(chat.clock.now())
        return await ledger.day_of(db, chat.campaign_id, citizen, day=day)


async def count(chat):
    """Count what was attested."""
    async with chat.database.reading() as db:
        return await attests.count(db, Scope(chat.campaign_id))


async def test_checking_in_and_finishing_by_card(chat, mei, clock):
    """Scan, tap, next one; an item by its words, the same for the next reader by one tap."""
    [book] = await stock(chat, "book", "红楼梦")
    first, second, _ = await made(chat, mei)
    ones = [await takes(chat, mei, number) for number in (first, second)]
    shown = await scans(mei, first)
    assert (shown.key, shown.params["today"]) == ("papercards.is_used", 0)
    target = mei.button("签到")
    done = await mei.taps(target)
    assert (done.key, done.params["points"], done.params["today"], done.params["cap"]) == (
        "attesting.paid", 5, 5, 5,
    )  # fmt: skip
    assert "5月4日前确认" in mei.rendered.text
    assert (await mei.taps(target)).key == "attesting.already"
    assert (await mei.says(second)).key == "papercards.is_used"  # typed, without a camera
    await mei.taps(mei.button("记一项读完（看完、听完）"))
    assert (await mei.says("三国")).key == "attesting.nothing"
    await mei.taps(f"attesting.find:{(await card(chat, second)).id}")
    which = await mei.says("红楼")
    assert which.key == "attesting.which"
    done = await mei.says("1")
    assert (done.key, done.params["points"], done.params["cap"]) == ("attesting.paid", 2, 10)
    await scans(mei, first)
    assert (await mei.taps(mei.button("再记：红楼梦"))).key == "attesting.paid"
    assert [await paid(chat, one) for one in ones] == [{"checkin": 5, "book": 2}, {"book": 2}]
    every = await count(chat)
    assert (every.every, every.waiting) == (3, 3)
    assert (await acts(chat)).count("attested") == 3
    # On the next day it may be read again; the day after that, everything is as it was.
    clock.ahead(days=1)
    assert (await mei.taps(f"attesting.item:{(await card(chat, first)).id}:{book}")).key == (
        "attesting.paid"
    )
    assert await chat.broken() == {}


async def test_two_organisers_scan_one_card_at_once(chat, mei, staff):
    """Both tap 签到: paid, noted and audited once."""
    number, *_ = await made(chat, mei)
    holder = await takes(chat, mei, number)
    replies = await asyncio.gather(
        *(visits(chat, person, number) for person in (mei, staff, mei, staff))
    )
    keys = [reply.key for reply in replies]
    assert keys.count("attesting.paid") == 1
    assert set(keys) == {"attesting.paid", "attesting.already"}
    assert await paid(chat, holder) == {"checkin": 5}
    assert (await count(chat)).every == 1
    assert (await acts(chat)).count("attested") == 1
    assert await chat.broken() == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_caps_phases_and_days(chat, mei, clock):
    """The sixth book pays nothing and burns nothing; phase 2 pays nothing; then it is over."""
    books = await stock(chat, "book", *(f"书{n}" for n in range(7)))
    number, *_ = await made(chat, mei)
    holder = await takes(chat, mei, number)
    which = (await card(chat, number)).id
    keys = [(await mei.taps(f"attesting.item:{which}:{book}")).key for book in books[:6]]
    assert keys == ["attesting.paid"] * 5 + ["attesting.capped"]
    assert "今天已到上限（10/10）" in mei.rendered.text
    assert (await paid(chat, holder))["book"] == 10
    found = await count(chat)
    assert (found.every, found.waiting) == (6, 5)
    clock.ahead(days=1)
    assert (await mei.taps(f"attesting.item:{which}:{books[5]}")).key == "attesting.paid"
    assert (await mei.taps(f"attesting.item:{which}:9999")).key == "items.unknown"
    clock.set("2022-10-08T09:00:00+08:00")
    assert (await visits(chat, mei, number)).key == "attesting.unscored"
    assert "评选" in mei.rendered.text
    clock.set("2022-11-02T09:00:00+08:00")
    assert (await visits(chat, mei, number)).key == "errors.over"
    clock.set("2022-04-01T09:00:00+08:00")
    assert (await visits(chat, mei, number)).key == "errors.not_yet"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_who_may_not_attest(chat, mei, boss, staff):
    """A right or card that went a moment ago, a card nobody uses, one's own card, a citizen."""
    number, other, third = await made(chat, mei)
    holder = await takes(chat, mei, number)
    which = (await card(chat, number)).id
    assert (await visits(chat, mei, other)).key == "papercards.unused_yet"
    assert (await mei.taps("attesting.visit:x")).key == "papercards.gone"
    own = await takes(chat, staff, third)
    assert own
    wang = chat.person("wang")
    await wang.says(start(third))
    await wang.taps(wang.button("确认"))
    code = await boss.says("/grant 朱家角镇")
    await wang.says(f"/role {code.params['code']}")
    assert (await visits(chat, wang, third)).key == "attesting.yourself"
    me = (await mei.says("我的")).params["number"]
    await scans(mei, number)
    target = mei.button("签到")
    await boss.says(f"/revoke {me}")
    await boss.taps(boss.button("确认"))
    assert (await mei.taps(target)).key == "errors.not_allowed"
    await staff.taps(f"lostcards.void:{which}")
    confirm = staff.button("确认")
    replies = await asyncio.gather(staff.taps(confirm), visits(chat, wang, number))
    assert replies[0].key == "lostcards.voided"
    assert replies[1].key in {"papercards.void", "attesting.paid"}  # whoever was first
    assert (await visits(chat, wang, number)).key == "papercards.void"
    assert len(await paid(chat, holder)) <= 1
    assert await chat.broken() == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_it_is_marked_wherever_lines_are_shown(chat, mei, staff, tmp_path):
    """In the reader's log, once on a phone, and in the ledger's export; own lines are not."""
    number, *_ = await made(chat, mei)
    holder = await takes(chat, mei, number)
    await visits(chat, mei, number)
    async with chat.database.reading() as db:
        [entry] = await history.page(db, holder, chat.campaign_id, offset=0, limit=5)
    assert entry.attested == "waiting"
    wang = chat.person("wang")
    await wang.says(start(number))
    await wang.taps(wang.button("确认"))
    chat.clock.ahead(days=1)
    await wang.taps("checkins")
    await wang.says("明细")
    assert "（代报）" in wang.rendered.text.splitlines()[-1]
    assert wang.rendered.text.count("代报") == 1
    order = Order("ledger", chat.campaign, chat.campaign_id, at=chat.clock.now(), language="zh_CN")

    async def tell(_done, _of):
        return None

    for language, head, word in (
        ("zh_CN", "代报", "代报，已确认"), ("en", "Attested", "attested and confirmed"),
    ):  # fmt: skip
        file = tmp_path / f"{language}.xlsx"
        order = Order("ledger", chat.campaign, chat.campaign_id, chat.clock.now(),
                      language=language)  # fmt: skip
        await export(chat.database, order, file, texts=chat.texts, tell=tell)
        rows = [*load_workbook(file).worksheets[0].values]
        assert rows[0][10] == head
        mine = [row[10] for row in rows[1:] if row[0] == number]
        assert mine == [word, None]
    assert await chat.broken() == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_who_has_a_phone_is_asked(chat, mei, boss):
    """A reader who took the card over hears of each note, and says whether it was so."""
    number, *_ = await made(chat, mei)
    await takes(chat, mei, number)
    wang = chat.person("wang")
    await wang.says(start(number))
    await wang.taps(wang.button("确认"))
    await visits(chat, mei, number)
    chat.clock.ahead(days=1)
    await visits(chat, mei, number)
    jin = await appoint(chat, "jin", "jinze", by=boss)
    assert (await wang.taps("claiming.yes:1")).key == "claiming.confirmed"
    assert (await wang.taps("claiming.yes:1")).key == "vouching.done_already"
    assert (await jin.taps("claiming.no:2")).key == "vouching.gone"
    denied = await wang.taps("claiming.no:2")
    assert (denied.key, denied.params["points"]) == ("claiming.denied", 5)
    assert (await wang.taps("claiming.no:2")).key == "vouching.done_already"
    assert (await wang.taps("claiming.no:9")).key == "vouching.gone"
    assert (await wang.has()).balance == 5
    await wang.says("明细")
    assert "代报没有得到确认，已收回" in wang.rendered.text
    assert await chat.broken() == {}
