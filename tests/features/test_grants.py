"""One-time codes: for whom, for which unit, for how long; who holds what."""

import pytest
from sqlalchemy import select

from storage import units
from storage.handled import HandledRow
from storage.units import Unit
from tests.duties import appoint, owner


async def test_the_list_of_units_leads_to_a_code(chat):
    """Tapping a town in the list makes its code."""
    boss = await owner(chat)

    await boss.says("授权")
    reply = await boss.taps(boss.button("朱家角镇"))

    assert reply.key == "grants.code"
    assert f"/role {reply.params['code']}" in boss.rendered.text
    assert "朱家角镇组织者" in boss.rendered.text


@pytest.mark.parametrize(
    "words",
    ["朱家角镇", "朱家角", "zhujiajiao", "organiser 朱家角镇", "unit zhujiajiao", "ZHUJIAJIAO"],
)
async def test_a_unit_is_named_in_many_ways(chat, words):
    """Whole name, beginning, id, with or without the role's word."""
    boss = await owner(chat)

    reply = await boss.says(f"/grant {words}")

    assert (reply.key, "朱家角镇" in boss.rendered.text) == ("grants.code", True)


@pytest.mark.parametrize("words", ["火星镇", "x", "<b>", "organiser", "y" * 300])
async def test_an_unknown_unit_is_said(chat, words):
    """It is named in the answer, and no code is made."""
    boss = await owner(chat)

    assert (await boss.says(f"/grant {words}")).key == "grants.unknown_unit"


async def test_words_that_fit_several_units_are_asked_back(chat):
    """Two teams whose names begin alike are both offered."""
    boss = await owner(chat)
    async with chat.database.transaction() as db:
        made = [
            Unit(f"t{n}", units.TEAM, f"晨读{n}组", f"Morning {n}", town="jinze") for n in (1, 2)
        ]
        await units.put(db, chat.campaign_id, made)

    assert (await boss.says("/grant 晨读")).key == "grants.which"
    assert boss.button("授权") == "grants"
    assert (await boss.taps(boss.button("晨读2组"))).key == "grants.code"
    assert "团队" in boss.rendered.text


async def test_teams_are_listed_page_by_page(chat):
    """Eight teams take two pages; a kind without units says so."""
    boss = await owner(chat)
    async with chat.database.transaction() as db:
        made = [Unit(f"t{n}", units.TEAM, f"团队{n}", f"Team {n}") for n in range(8)]
        await units.put(db, chat.campaign_id, made)

    assert (await boss.taps("grants.kind:team")).params["pages"] == 2
    assert (await boss.taps("grants.kind:team:1")).params["page"] == 2
    assert boss.button("团队7") == "grants.unit:t7"
    assert (await boss.taps("grants.kind:bureau")).key == "grants.none_of_kind"
    assert (await boss.taps("grants.kind:nonsense:9")).key == "grants.none_of_kind"


@pytest.mark.parametrize(
    ("last", "key"),
    [("7d", "code"), ("12h", "code"), ("0d", "lasts_too_long"), ("31d", "lasts_too_long")],
)
async def test_how_long_a_code_lasts(chat, last, key):
    """Up to thirty days, as a last word."""
    boss = await owner(chat)

    assert (await boss.says(f"/grant 朱家角镇 {last}")).key == f"grants.{key}"


async def test_only_an_owner_makes_staff(chat):
    """Staff make organisers, and no second staff member who would be their own second person."""
    boss = await owner(chat)
    staff = await appoint(chat, "staff", "staff", by=boss)

    assert (await staff.says("/grant jinze")).key == "grants.code"
    assert (await staff.says("/grant staff")).key == "errors.not_yours"
    assert (await staff.taps("grants.staff")).key == "errors.not_allowed"
    assert (await boss.says("授权工作人员")).key == "grants.code"


async def test_an_organiser_grants_nothing(chat):
    """The command, the list and a forged button are all refused."""
    ming = await appoint(chat, "ming", "zhujiajiao")

    for reply in (
        await ming.says("/grant zhujiajiao"),
        await ming.taps("grants.unit:zhujiajiao"),
        await ming.taps("grants.holders"),
    ):
        assert reply.key == "errors.not_allowed"


async def test_who_holds_a_role_is_listed(chat):
    """Nobody, then one, with the button that takes it away."""
    boss = await owner(chat)
    assert (await boss.taps("grants.holders")).key == "grants.no_holders"
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)
    number = (await ming.says("我的")).params["number"].replace("-", "")

    reply = await boss.taps("grants.holders")

    assert reply.key == "grants.held"
    assert number in boss.rendered.text
    assert boss.button(f"取消 {number} 的授权") == f"revoking:{number}"


async def test_a_code_is_not_kept_with_what_was_answered(chat):
    """The platform's second try reads that it was shown once; no row holds the code."""
    boss = await owner(chat)
    first = await boss.says("/grant jinze", update="twice")
    again = await boss.says("/grant jinze", update="twice")
    async with chat.database.reading() as db:
        kept = "".join(await db.scalars(select(HandledRow.reply)))

    assert (first.key, again.key) == ("grants.code", "grants.code")
    assert first.params["code"] not in kept
    assert "只显示一次" in chat.texts.render(again, "zh_CN").text
