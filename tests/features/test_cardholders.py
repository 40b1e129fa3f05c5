"""启用纸质卡: consent on paper, one person a card, the young, the code, and leaving."""

import asyncio
import json

import pytest
from sqlalchemy import select

from storage import citizens
from storage.citizens import ADULT, YOUNG, CitizenRow, ConsentRow
from tests.carded import acts, card, made, scans, takes, visits
from tests.duties import appoint
from tests.worker import jobs_of


async def person(chat, number):
    """Return who has a card's number, read as columns."""
    async with chat.database.reading() as db:
        wanted = select(citizens.CitizenRow).where(citizens.CitizenRow.number == number)
        return (await db.execute(wanted)).first()


async def test_the_first_use_needs_consent_on_paper(chat, mei):
    """The card's number becomes the reader's; how they consented is kept; no name is."""
    adult, child, _ = await made(chat, mei)
    shown = await scans(mei, adult)
    assert shown.key == "papercards.is_new"
    assert "本人在登记表上签字" in mei.rendered.text
    assert await person(chat, adult) is None
    used = await mei.taps(mei.button("本人已书面同意，已满14周岁"))
    assert (used.key, used.params["reader"], used.params["earned"]) == (
        "papercards.is_used", adult, 0,
    )  # fmt: skip
    await takes(chat, mei, child, child=True)
    rows = [await person(chat, number) for number in (adult, child)]
    assert [(row.band, row.town) for row in rows] == [
        (ADULT, "zhujiajiao"), (YOUNG, "zhujiajiao"),
    ]  # fmt: skip
    async with chat.database.reading() as db:
        ours = ConsentRow.citizen.in_([row.id for row in rows])
        proofs = [*await db.execute(select(ConsentRow).where(ours).order_by(ConsentRow.citizen))]
    assert [(each.words, each.by_guardian) for each in proofs] == [
        ("card-2022-04", False), ("card-2022-04", True),
    ]  # fmt: skip
    assert (await acts(chat))[-2:] == ["card_used", "card_used"]
    assert await chat.broken() == {}


async def test_two_organisers_take_one_card_at_once(chat, mei, staff):
    """It is one person's; the other one reads that it was just taken."""
    number, *_ = await made(chat, mei)
    which = (await card(chat, number)).id
    replies = await asyncio.gather(
        *(each.taps(f"cardholders.take:a:{which}") for each in (mei, staff, mei))
    )
    keys = sorted(reply.key for reply in replies)
    assert keys.count("papercards.is_used") == 1
    assert set(keys) == {"papercards.is_used", "cardholders.taken"}
    assert (await acts(chat)).count("card_used") == 1
    assert await chat.broken() == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_who_cannot_be_taken_in(chat, clock, mei, boss):
    """A child abroad, a void card, an odd button, before and after the campaign."""
    number, other, third = await made(chat, mei)
    which = (await card(chat, number)).id
    mei.traits = chat.person("x", "telegram").traits  # the organiser's channel is abroad
    assert (await mei.taps(f"cardholders.take:c:{which}")).key == "papercards.young_abroad"
    mei.traits = chat.person("x").traits
    await takes(chat, mei, number, child=True)
    mei.traits = chat.person("x", "telegram").traits
    assert (await visits(chat, mei, number)).key == "papercards.young_abroad"
    assert (await scans(mei, number)).key == "papercards.young_abroad"
    void = (await card(chat, other)).id
    await mei.taps(f"lostcards.void:{void}")
    await mei.taps(mei.button("确认"))
    assert (await mei.taps(f"cardholders.take:a:{void}")).key == "papercards.void"
    free = (await card(chat, third)).id
    assert (await mei.taps(f"cardholders.take:z:{free}")).key == "cardholders.taken"
    assert (await mei.taps("cardholders.take")).key == "papercards.gone"
    clock.set("2022-11-05T09:00:00+08:00")
    assert (await mei.taps(f"cardholders.take:a:{free}")).key == "errors.over"
    assert (await person(chat, third)) is None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_reader_without_a_phone_may_leave(chat, mei, boss):
    """Asked first; everything is erased, the card is void, the number is nobody's."""
    number, *_ = await made(chat, mei)
    holder = await takes(chat, mei, number)
    await visits(chat, mei, number)
    which = (await card(chat, number)).id
    asked = await mei.taps(f"cardholders.leave:{which}")
    assert asked.key == "cardholders.ask_leave"
    confirm = mei.button("确认")
    assert (await mei.taps(confirm)).key == "cardholders.left"
    assert (await mei.taps(confirm)).key == "papercards.void"
    gone = await card(chat, number)
    assert (gone.citizen, gone.voided_at is None) == (None, False)
    assert await person(chat, number) is None
    async with chat.database.reading() as db:
        erased = select(CitizenRow.erased_at).where(CitizenRow.id == holder)
        assert await db.scalar(erased) is not None
    assert (await mei.taps("vouching")).key == "vouching.none"  # nothing is open about them
    assert (await scans(mei, number)).key == "papercards.is_void"
    assert await chat.broken() == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_code_takes_the_place_of_the_camera(chat, mei, boss):
    """Given by the organiser, said once on the reader's phone; then the card is on that phone."""
    number, *_ = await made(chat, mei)
    await takes(chat, mei, number)
    await visits(chat, mei, number)
    which = (await card(chat, number)).id
    given = await mei.taps(f"cardholders.code:{which}")
    assert given.key == "cardholders.code"
    wang = chat.person("wang")
    preview = await wang.says(f"绑定 {given.params['code']}")
    assert (preview.key, preview.params["number"]) == ("linking.preview_new", number)
    assert (await wang.taps(wang.button("确认"))).key == "linking.done_new"
    assert await wang.points() == 5
    assert (await mei.taps(f"cardholders.code:{which}")).key == "claiming.taken"
    assert (await mei.taps(f"cardholders.leave:{which}")).key == "cardholders.by_themselves"
    jin = await appoint(chat, "jin", "jinze", by=boss)
    assert (await jin.taps(f"cardholders.code:{which}")).key == "papercards.elsewhere"
    # The reader's copy holds the card and what was attested, and says by what number.
    await wang.says("我的数据")
    worker = jobs_of(chat, told := [])
    while await worker.work_off_one():
        pass  # the sheet first
    held = json.loads(told[-1][1].document.content)["held"]
    assert [row["number"] for row in held["paper_cards"]["rows"]] == [number]
    assert [row["state"] for row in held["attests"]["rows"]] == ["waiting"]
    assert (await wang.says("注销")) is not None
    assert await chat.broken() == {}
