"""书友卡: the reader scans it from an own chat and has it all there; strangers change nothing."""

import asyncio

import pytest
from sqlalchemy import insert, update

from storage import history
from storage.deployment import CampaignRow
from storage.papercards import PaperCardRow, SheetRow
from tests.carded import card, made, scans, start, takes, visits
from tests.duties import appoint
from tests.push import Worker
from tests.stocked import stock


async def used(chat, mei, *, child=False):
    """Make a card on which somebody has two entries, and return its number and reader."""
    [book] = await stock(chat, "book", "红楼梦")
    number, *_ = await made(chat, mei)
    holder = await takes(chat, mei, number, child=child)
    await visits(chat, mei, number)
    await mei.taps(f"attesting.item:{(await card(chat, number)).id}:{book}")
    return number, holder


async def test_a_new_phone_takes_the_card_over(chat, mei):
    """First contact by the card: no town question; what waited counts; the card goes on working."""
    number, holder = await used(chat, mei)
    wang = chat.person("wang")
    preview = await scans(wang, number)
    assert (preview.key, preview.params["points"]) == ("claiming.preview_new", 7)
    assert "还没有确认的 2 项" in wang.rendered.text
    confirm = wang.button("确认")
    done = await wang.taps(confirm)
    assert (done.key, done.params["number"]) == ("claiming.done_new", number)
    assert (await wang.taps(confirm)).key == "claiming.yours"  # tapped twice
    assert await wang.id() == holder
    assert (await wang.has()).earned == 7
    assert (await mei.taps("vouching")).key == "vouching.none"
    assert (await scans(wang, number)).key == "claiming.yours"
    assert (await wang.taps("checkins")).key == "checkins.already"
    chat.clock.ahead(days=1)
    assert (await visits(chat, mei, number)).key == "attesting.paid"
    worker = Worker(chat)
    await worker.rings()
    assert worker.platform.told("mei").count("claiming.claimed") == 1
    assert worker.platform.told("wang").count("attesting.told") == 1
    assert await chat.broken() == {}


async def test_who_has_an_account_gets_the_history_by_the_rules_of_linking(chat, mei, boss):
    """Caps hold, doubles are void, the older consent stays; the marks go along; it is undone."""
    wang = await chat.join("wang", town="baihe")
    await wang.taps("checkins")
    number, holder = await used(chat, mei)
    wangs = await wang.id()
    preview = await scans(wang, number)
    assert (preview.key, preview.params["goes"], preview.params["earned"]) == (
        "claiming.preview", number, 7,
    )  # fmt: skip
    done = await wang.taps(wang.button("确认"))
    assert (done.key, done.params["void"].params["count"]) == ("claiming.done", 1)
    assert (await wang.id(), (await wang.has()).earned) == (wangs, 7)
    assert (await card(chat, number)).citizen == wangs
    async with chat.database.reading() as db:
        found = await history.page(db, wangs, chat.campaign_id, offset=0, limit=9)
    marked = {(entry.activity, entry.attested) for entry in found if entry.points > 0}
    assert ("book", "confirmed") in marked
    assert await chat.broken() == {}
    # It was somebody else's card: staff part them, and the card is its reader's again.
    await boss.says(f"/unlink {done.params['number']}")
    assert (await boss.taps(boss.button("确认"))).key == "unlinking.done"
    assert (await card(chat, number)).citizen == holder
    assert (await wang.has()).earned == 5
    assert await chat.broken() == {}


async def test_two_strangers_at_once(chat, mei):
    """Both saw the preview; one has it, the other reads that it is somebody's, with nothing."""
    number, holder = await used(chat, mei)
    people = [chat.person("wang"), chat.person("li")]
    targets = []
    for person in people:
        await scans(person, number)
        targets.append(person.button("确认"))
    replies = await asyncio.gather(
        *(person.taps(target) for person, target in zip(people, targets, strict=True))
    )
    assert sorted(reply.key for reply in replies) == ["claiming.done_new", "claiming.taken"]
    assert (await card(chat, number)).citizen == holder
    assert await chat.broken() == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_stranger_changes_nothing(chat, mei, boss, staff):
    """Taken, unused, void, of a member of staff, forged buttons, another's buttons, too late."""
    number, holder = await used(chat, mei)
    numbers = await made(chat, mei, 3, n=2)
    wang, li = chat.person("wang"), await chat.join("li")
    await scans(wang, number)
    confirm = wang.button("确认")
    assert (await li.taps(confirm)).key == "errors.confirm_again"
    assert (await li.taps("claiming.join:1")).key == "errors.confirm_again"
    await wang.taps(confirm)
    assert (await scans(li, number)).key == "claiming.taken"
    assert (await scans(li, numbers[0])).key == "claiming.unused"
    assert (await scans(chat.person("new"), numbers[0])).key == "claiming.unused"
    await takes(chat, mei, numbers[1])
    await scans(li, numbers[1])
    late = li.button("确认")
    await mei.taps(f"lostcards.void:{(await card(chat, numbers[1])).id}")
    await mei.taps(mei.button("确认"))
    assert (await li.taps(late)).key == "claiming.void"
    assert (await scans(li, numbers[1])).key == "claiming.void"
    assert holder
    assert await chat.broken() == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_card_is_no_way_round_rights(chat, mei, boss):
    """Another unit's organiser gets nothing; a number alone is no card; nor is its late button."""
    number, _ = await used(chat, mei)
    li = await chat.join("li")
    # Who organises another unit is not offered it as their own, nor may they work with it.
    jin = await appoint(chat, "jin", "jinze", by=boss)
    assert (await scans(jin, number)).key == "papercards.elsewhere"
    assert (await scans(mei, number)).key == "papercards.is_used"
    assert (await li.has()).lines == 0
    assert (await li.says(f"书友卡 {number}")).key == "papercards.wrong"  # a number is no card
    assert (await li.says(f"书友卡 {start(number)[7:]}")).key == "claiming.preview"
    chat.clock.ahead(minutes=11)
    assert (await li.taps(li.button("确认"))).key == "errors.confirm_again"
    assert await chat.broken() == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_whose_family_uses_the_phone_now_keeps_the_card(chat, mei):
    """Another reader acts on the account: the card is nobody's to take all the same."""
    number, holder = await used(chat, mei)
    wang = chat.person("wang")
    await scans(wang, number)
    await wang.taps(wang.button("确认"))
    await wang.taps("seating.agree:adult")
    await wang.says("老伴")
    await wang.taps(wang.button("换成 老伴"))
    assert await wang.id() != holder
    assert (await scans(await chat.join("li"), number)).key == "claiming.taken"
    assert (await scans(wang, number)).key == "claiming.taken"  # the other reader's it is not
    which = (await card(chat, number)).id
    assert (await mei.taps(f"cardholders.leave:{which}")).key == "cardholders.by_themselves"
    assert (await card(chat, number)).citizen == holder


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_childs_card(chat, mei):
    """Not to a channel abroad, not into a grown person's account; with a guardian's yes here."""
    number, holder = await used(chat, mei, child=True)
    abroad, parent = chat.person("7", "telegram"), await chat.join("parent")
    assert (await scans(abroad, number)).key == "linking.young_abroad"
    assert (await scans(parent, number)).key == "linking.bands"
    child = chat.person("child")
    await scans(child, number)
    assert (await child.taps(child.button("确认"))).key == "claiming.done_new"
    assert await child.id() == holder
    assert await chat.broken() == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_card_of_another_campaign(chat, mei):
    """It says so, to its reader and to the organiser; nothing is noted."""
    number, _ = await used(chat, mei)
    which = (await card(chat, number)).id
    async with chat.database.transaction() as db:
        await db.execute(insert(CampaignRow).values(id=9, code="qingpu_2021"))
        await db.execute(update(SheetRow).values(campaign=9))
        await db.execute(update(PaperCardRow).values(campaign=9))
    assert (await scans(chat.person("wang"), number)).key == "papercards.past"
    assert (await scans(mei, number)).key == "papercards.past"
    assert (await mei.taps(f"attesting.visit:{which}")).key == "papercards.gone"
    assert (await mei.says("纸质卡")).params["used"] == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_a_code_makes_void_waits_for_nobody(chat, clock, mei, boss, staff):
    """The reader had been there by phone as well, and nobody may deny what has no line any more."""
    wang = await chat.join("wang")
    await wang.taps("checkins")
    clock.ahead(minutes=1)
    number, _ = await used(chat, mei)
    given = await mei.taps(f"cardholders.code:{(await card(chat, number)).id}")
    await wang.says(f"/link {given.params['code']}")
    done = await wang.taps(wang.button("确认"))
    assert (done.key, done.params["void"].params["count"]) == ("linking.done", 1)
    assert await chat.broken() == {}
    shown = await staff.taps("vouching")
    assert (shown.key, shown.params["count"]) == ("vouching.text", 1)  # the book, whose line came
    await boss.says(f"/unlink {number}")
    assert (await boss.taps(boss.button("确认"))).key == "unlinking.done"
    assert await chat.broken() == {}
