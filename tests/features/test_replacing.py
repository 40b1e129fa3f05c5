"""Objection and replacement: who leaves, for a reason, and who comes in."""

from bot.operations import winning
from tests.push import Worker
from tests.selected import published, readers, short, taken


async def winners(chat):
    """Return the numbers on the first list, by place."""
    async with chat.database.reading() as db:
        found = await winning.published(db, chat.campaign_id)
    return [(each.place, each.number) for each in found.winners if each.list == "top_readers"]


async def accepted(hua, staff):
    """Let somebody object, and staff accept it."""
    await hua.says("提异议")
    await hua.says("第一名是工作人员家属")
    await staff.says("异议")
    await staff.says("1")
    await staff.taps(staff.button("采纳"))
    await staff.says("经核实，由候补顺延")
    await staff.taps(staff.button("确认"))


async def test_an_objection_is_accepted_and_the_reserve_moves_up(chat, boss, staff):
    """From the objection over the answer to the new list; everybody concerned is told, once."""
    ming, hua, _lan = await readers(chat, ming=3, hua=2, lan=1)
    draft = await taken(chat, campaign=short(chat.campaign))
    await published(chat, draft=draft)
    before = await winners(chat)
    await accepted(hua, staff)
    await staff.taps("contenders.one:r1")
    await staff.taps(staff.button("移出“百名读书达人”"))
    seen = await staff.says("经核实不符合条件")
    preview, confirm = staff.rendered.text, staff.button("确认")
    left = (await ming.says("我的评选")).params
    done = await staff.taps(confirm)
    again = await staff.taps(confirm)

    assert (seen.key, done.key, again.key) == (
        *("replacing.preview", "replacing.done", "replacing.gone"),
    )
    assert "经核实不符合条件" in preview
    assert left["number"] == "1"
    assert (before, await winners(chat)) == ([(1, 1)], [(2, 2)])
    worker = Worker(chat)
    await worker.rings()
    assert worker.platform.told("ming") == ["replacing.told_left"]
    assert worker.platform.told("hua") == ["hearings.told_accepted", "replacing.told_came"]
    await ming.says("我的评选")
    assert "已移出：经核实不符合条件" in ming.rendered.text
    assert await chat.broken() == {}


async def test_when_nobody_is_left_in_reserve(chat, staff):
    """The place stays empty, and the preview says so; what is not confirmed is not seen."""
    (ming,) = await readers(chat, ming=1)
    draft = await taken(chat, campaign=short(chat.campaign))
    await published(chat, draft=draft)
    await staff.taps("replacing:0.1")
    await staff.says("本人放弃")
    assert "没有候补了" in staff.rendered.text
    confirm = staff.button("确认")
    await ming.says("我的评选")
    assert "本人放弃" not in ming.rendered.text
    assert (await staff.taps(confirm)).key == "replacing.done"
    assert await winners(chat) == []
    assert (await staff.taps("replacing:0.x")).key == "replacing.gone"


async def test_who_comes_in_is_who_was_seen(chat, boss, staff):
    """When somebody else takes the reserve meanwhile, nobody comes in unseen; it is asked anew."""
    await readers(chat, ming=4, hua=3, lan=2, mei=1)
    draft = await taken(chat, campaign=short(chat.campaign, size=2, reserve=2))
    await published(chat, draft=draft)
    stale = {}
    for person, number in ((staff, 1), (boss, 2)):
        await person.taps(f"replacing:0.{number}")
        await person.says("本人放弃")
        stale[person] = person.button("确认")
    assert (await staff.taps(stale[staff])).key == "replacing.done"
    before = await winners(chat)

    assert (await boss.taps(stale[boss])).key == "sealing.changed"
    assert await winners(chat) == before
    await boss.taps("replacing:0.2")
    await boss.says("本人放弃")
    assert (await boss.taps(boss.button("确认"))).key == "replacing.done"
    assert [number for _, number in await winners(chat)] == [3, 4]


async def test_forged_numbers_are_nobody(chat, staff):
    """Numbers that no column holds, and places that no list has, are answered as unknown."""
    await readers(chat, ming=1)
    draft = await taken(chat, campaign=short(chat.campaign))
    huge, long = "9" * 12, "0" * 80
    assert (await staff.taps(f"contenders.one:r{huge}")).key == "selections.missing"
    assert (await staff.taps(f"contenders.one:u{huge}")).key == "selections.missing"
    assert (await staff.taps(f"whatif.of:{long}")).key == "selections.missing"
    await published(chat, draft=draft)
    assert (await staff.taps(f"replacing:0.{huge}")).key == "replacing.gone"
    assert (await staff.taps(f"replacing:0.1@{long}")).key == "replacing.ask"
