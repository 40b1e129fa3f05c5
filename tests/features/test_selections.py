"""评选: how far it is, and the snapshot."""

import pytest

from storage import audit
from tests import worker
from tests.selected import published, readers, worked


@pytest.fixture
def database(sqlite_database):
    """What is asked of SQL is tested with the engine; here one database will do."""
    return sqlite_database


async def test_a_snapshot_is_asked_for_taken_and_told(chat, clock, staff):
    """Previewed, confirmed, taken by a real child process, told, and in the audit."""
    await readers(chat, ming=2, hua=1)
    none = await staff.says("评选")
    asked = await staff.taps("selections.take")
    begun = await staff.taps(staff.button("确认"))
    waiting = await staff.says("评选")
    ready, _ = await worker.worked(chat, staff)
    shown = await staff.says("/selection")
    labels = [button.label for row in staff.rendered.buttons for button in row]

    assert (none.key, asked.key, begun.key) == (
        "selections.none",
        "selections.ask",
        "selections.begun",
    )
    assert (waiting.key, waiting.buttons[0][0].target) == ("selections.under_way", "selections")
    assert (ready.key, ready.params["readers"]) == ("selections.ready", 2)
    assert (shown.key, shown.params["readers"]) == ("selections.text", 2)
    assert "草稿" in staff.rendered.text
    assert {"百名读书达人", "优秀组织单位", "试算权重", "确认名单", "导出名单"} <= set(labels)
    async with chat.database.reading() as db:
        acts = [line.act for line in await audit.newest(db, chat.campaign_id, offset=0, limit=2)]
    assert acts == ["selection_taken", "selection_asked"]
    assert (await staff.taps("contenders:9")).key == "selections.missing"
    assert (await staff.taps("contenders.one:r99")).key == "selections.missing"


async def test_no_snapshot_once_it_is_out_and_none_for_citizens(chat, staff):
    """Whoever is not staff may not; what people know of is not taken anew."""
    (ming,) = await readers(chat, ming=1)
    await published(chat)

    assert (await ming.says("评选")).key == "errors.not_allowed"
    assert (await staff.taps("selections.take")).key == "selections.out"
    assert (await staff.taps("selections.taken:forged")).key == "errors.confirm_again"
    assert (await staff.says("评选")).key == "selections.text"
    assert "异议期到" in staff.rendered.text


async def test_what_is_taken_early_is_only_to_look_at(chat, staff, ming):
    """While points are earned a snapshot says so, and cannot be confirmed."""
    await staff.taps("selections.take")
    assert "只能看看" in staff.rendered.text
    await staff.taps(staff.button("确认"))
    await worked(chat, staff)
    early = await staff.taps("sealing")

    assert (early.key, str(early.params["day"])) == ("sealing.too_early", "2022-10-07")
    assert (await ming.says("我的评选")).key == "results.not_yet"
