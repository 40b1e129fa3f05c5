"""Choosing units: a tap turns one round; organisers choose among their own."""

from storage import units
from storage.units import Unit
from tests.broadcasting import crowd, draft, organiser, staff
from tests.duties import appoint


async def test_towns_are_turned_on_and_off(chat):
    """The chosen ones are marked, and their people are counted once."""
    _, hua = await staff(chat)
    await crowd(chat, 2)
    await crowd(chat, 3, town="jinze")
    written = await draft(hua)
    await hua.taps(f"picking:{written}:town")

    await hua.taps(f"picking.turn:{written}:zhujiajiao:0")
    await hua.taps(f"picking.turn:{written}:jinze:0")
    both = (await hua.taps(f"launching:{written}")).params["counts"].params["total"]
    await hua.taps(f"picking:{written}:town")
    await hua.taps(f"picking.turn:{written}:jinze:0")
    one = (await hua.taps(f"launching:{written}")).params["counts"].params["total"]

    assert (both, one) == (5, 2)


async def test_the_last_one_taken_out_leaves_nobody(chat):
    """Then somebody must be chosen again."""
    _, hua = await staff(chat)
    written = await draft(hua)
    await hua.taps(f"picking.turn:{written}:jinze:0")
    await hua.taps(f"picking.turn:{written}:jinze:0")

    assert (await hua.taps(f"launching:{written}")).key == "launching.no_audience"


async def test_who_has_two_units_chooses(chat):
    """One of them, or both; others are not offered."""
    li = await organiser(chat)
    async with chat.database.transaction() as db:
        team = Unit("reading", units.TEAM, "晨读组", "Morning readers", town="jinze")
        await units.put(db, chat.campaign_id, [team])
    boss = chat.person("owner")
    code = (await boss.says("/grant 晨读组")).params["code"]
    await li.says(f"/role {code}")
    written = await draft(li)

    reply = await li.taps(li.button("改发给谁"))
    offered = [row[0].target for row in reply.buttons if row[0].target.startswith("picking.turn")]
    await li.taps(li.button("晨读组"))

    assert offered == [f"picking.turn:{written}:{code}:0" for code in ("reading", "zhujiajiao")]
    assert li.button("✓ 晨读组")


async def test_pages_and_unknown_kinds(chat):
    """Eleven towns take two pages; a kind without units says so."""
    _, hua = await staff(chat)
    written = await draft(hua)

    first = await hua.taps(f"picking:{written}:town")
    last = await hua.taps(f"picking:{written}:town:1")

    assert (first.params["pages"], last.params["page"]) == (2, 2)
    assert (await hua.taps(f"picking:{written}:mars")).key == "picking.none"
    assert (await hua.taps(f"picking.turn:{written}:mars:0")).key == "picking.unknown"


async def test_a_team_organiser_speaks_to_the_team(chat):
    """Not to its town."""
    async with chat.database.transaction() as db:
        team = Unit("reading", units.TEAM, "晨读组", "Morning readers", town="jinze")
        await units.put(db, chat.campaign_id, [team])
    wang = await appoint(chat, "wang", "晨读组")
    await crowd(chat, 2, town="jinze")
    written = await draft(wang)

    reply = await wang.taps(f"launching:{written}")

    assert reply.params["counts"].params["total"] == 0
    assert "晨读组" in wang.rendered.before.text
