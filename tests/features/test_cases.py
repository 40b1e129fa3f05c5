"""案例: the own unit's cases, listed, chosen, deleted and brought back; nobody else's."""

from datetime import timedelta

from storage import cases
from tests.duties import appoint
from tests.reporting import tell


async def test_the_list_leads_to_each_case(chat, mei):
    """The newest first, page by page; a number opens what stands there; the first three go in."""
    for n in range(7):
        await tell(mei, f"案例{n}", "六月", "读者", "经过")
    first = await mei.says("/case")
    opened = await mei.says("1")
    second = await mei.taps("cases.page:zhujiajiao:1")

    assert [p.params["title"] for p in first.params["lines"].phrases][:2] == ["案例6", "案例5"]
    assert (first.params["count"], first.params["chosen"]) == (7, 3)
    assert opened.params["title"] == "案例6"
    assert [p.params["title"] for p in second.params["lines"].phrases] == ["案例0"]
    assert "★ 案例0" in mei.rendered.text


async def test_which_go_into_the_report_is_chosen(chat, mei):
    """No more than it may hold; taking one out makes room."""
    numbers = [await tell(mei, f"案例{n}", "六月", "读者", "经过") for n in range(4)]
    full = await mei.taps(f"cases.choose:{numbers[3]}:1")
    await mei.taps(f"cases.choose:{numbers[0]}:0")
    again = await mei.taps(f"cases.choose:{numbers[3]}:1")

    assert (full.key, full.params["most"]) == ("cases.enough_chosen", 3)
    assert again.params["ask"].key == "cases.lacks_pictures"
    async with chat.database.reading() as db:
        found = await cases.chosen(db, chat.campaign_id, "zhujiajiao")
    assert [case.title for case in found] == ["案例1", "案例2", "案例3"]


async def test_a_case_is_deleted_in_two_steps_and_brought_back(chat, mei, clock):
    """A button alone, a forged and an old one do nothing; after a week it is gone for good."""
    number = await tell(mei)
    asked = await mei.taps(f"cases.delete:{number}")
    confirm = mei.button("确认")
    forged = await mei.taps(f"cases.delete_now:{number}.x.y")
    clock.ahead(minutes=11)
    old = await mei.taps(confirm)
    await mei.taps(f"cases.delete:{number}")
    deleted = await mei.taps(mei.button("确认"))
    undo = mei.button("撤销删除")
    gone = await mei.taps(f"cases.one:{number}")
    none = await mei.says("案例")
    back = await mei.taps(undo)
    twice = await mei.taps(undo)

    assert (asked.key, deleted.key) == ("cases.delete_asked", "cases.deleted")
    assert {forged.key, old.key} == {"errors.confirm_again"}
    assert (gone.key, none.key) == ("cases.deleted_before", "cases.none")
    assert (back.key, twice.key) == ("cases.one", "cases.there_again")
    await mei.taps(f"cases.delete:{number}")
    await mei.taps(mei.button("确认"))
    async with chat.database.transaction() as db:
        await cases.purge(db, clock.now() + timedelta(seconds=1))
        assert await cases.of(db, chat.campaign_id, int(number)) is None
    assert (await mei.taps(undo)).key == "cases.unknown"


async def test_nobody_else_sees_or_changes_them(chat, boss, mei):
    """Not the organiser of another town, nor one of a team, nor who was revoked; staff may."""
    number = await tell(mei)
    lan = await appoint(chat, "lan", "liantang", by=boss)
    staff = await appoint(chat, "clerk", "staff", by=boss)
    taps = [
        *(f"cases.one:{number}", f"cases.delete:{number}", f"cases.choose:{number}:0"),
        *(f"telling.ask:{number}:title", f"telling.write:{number}:title:x"),
        *(f"snapshots:{number}", f"snapshots.album:{number}", f"snapshots.take:1:{number}"),
        *("cases:zhujiajiao", "telling:zhujiajiao", "cases.page:zhujiajiao:0"),
        *("telling.first:zhujiajiao:x", "summaries:zhujiajiao", "summaries.write:zhujiajiao"),
        *("handing:zhujiajiao", "handing.versions:zhujiajiao", "handing.take:1:zhujiajiao"),
    ]
    keys = {(await lan.taps(tap)).key for tap in taps}
    named = await lan.says("/case 朱家角镇")
    seen = await staff.says("/case 朱家角镇")
    towns = await staff.says("案例")

    assert keys == {"errors.not_yours"}
    assert (named.key, seen.key, towns.key) == (
        "errors.not_yours",
        "cases.text",
        "unit_choice.text",
    )
    assert (await staff.says("/case 没有这个镇")).key == "units.unknown"
    assert (await lan.taps("cases.one:999")).key == "cases.unknown"
    assert (await chat.person("stranger").says("案例")).key.startswith("start.")
