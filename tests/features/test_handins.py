"""Staff see who has handed in, and pack everything; others see nothing of it."""

import io
import zipfile

import pytest

from storage import summaries, units
from storage.units import Unit
from tests.duties import appoint
from tests.photographs import report
from tests.reporting import hand_in
from tests.worker import worked


@pytest.fixture
def database(sqlite_database):
    """No statement here differs between the two databases."""
    return sqlite_database


async def test_staff_see_who_has_handed_in(chat, boss, mei):
    """Date, version and what is missing; a tap leads to the unit, its file can be fetched."""
    lan = await appoint(chat, "lan", "liantang", by=boss)
    await hand_in(chat, mei, report())
    await hand_in(chat, lan, report(characters=500, pictures=1), unit="liantang")
    seen = await boss.says("总结报告")
    text = boss.rendered.text
    unit = await boss.taps("summaries:liantang")
    await boss.taps("handing.versions:liantang")
    await boss.taps(boss.button("取第 1 版"))
    _, given = await worked(chat, boss)

    assert seen.key == "handins.text"
    assert [seen.params[name] for name in ("complete", "partly", "none")] == [1, 1, 9]
    assert "✔ 朱家角镇：第 1 版" in text
    assert "字数不够，还有 1 项" in text
    assert "— 夏阳街道：没交" in text
    assert unit.params["state"].key == "summaries.newest"
    assert given.document.name == "练塘镇-v1.docx"
    assert (await mei.taps("handins")).key == "errors.not_allowed"
    assert (await mei.taps("handins.pack:0")).key == "errors.not_allowed"
    assert (await mei.says("总结报告")).key == "summaries.text"


async def test_everything_is_packed_with_safe_names(chat, boss, mei, monkeypatch):
    """The newest version of each; in several archives where one would be too large."""
    async with chat.database.transaction() as db:
        school = Unit("school1", units.SCHOOL, "../../实验:小学", "School", None)
        await units.put(db, chat.campaign_id, [school])
    li = await appoint(chat, "li", "school1", by=boss)
    await hand_in(chat, mei, report(characters=900))
    newest = report(characters=1200)
    await hand_in(chat, mei, newest, name="b.docx")
    await hand_in(chat, li, report(), unit="school1", name="c.docx")
    await boss.says("/report")
    await boss.taps(boss.button("打包下载（2 份）"))
    ready, rendered = await worked(chat, boss)
    monkeypatch.setattr("handlers.handins.ZIP_BYTES_MAX", len(newest) + 10)
    await boss.taps("handins.pack:0")
    first, _ = await worked(chat, boss)
    await boss.taps(boss.button("下一包"))
    second, _ = await worked(chat, boss)

    with zipfile.ZipFile(io.BytesIO(rendered.document.content)) as packed:
        assert packed.namelist() == ["01-朱家角镇-v2.docx", "02-实验_小学-v1.docx"]
        assert packed.read("01-朱家角镇-v2.docx") == newest
    assert (ready.params["count"], ready.params["part"]) == (2, "")
    assert [reply.params["part"].params["n"] for reply in (first, second)] == [1, 2]
    assert (await boss.taps("handins.pack:9")).key == "handins.text"


async def test_a_lost_file_is_named(chat, boss, mei):
    """The rest is packed all the same; nothing handed in, nothing to pack."""
    nothing = await boss.says("/report")
    await hand_in(chat, mei, report())
    async with chat.database.transaction() as db:
        found = (await summaries.latest(db, chat.campaign_id))["zhujiajiao"]
        lost = summaries.NewSummary(
            *(chat.campaign_id, "liantang", await mei.id(), chat.clock.now()),
            job=99,
            hash="0" * 64,
            bytes=9,
            counted=found.counted,
        )
        gone = await summaries.add(db, lost)
    await boss.taps("handins.pack:0")
    ready, _ = await worked(chat, boss)
    await boss.taps(f"handing.fetch:{gone.id}")
    missing, _ = await worked(chat, boss)

    assert all("pack" not in each.target for line in nothing.buttons for each in line)
    assert (ready.params["count"], ready.params["lost"].params["names"]) == (1, "练塘镇")
    assert missing.key == "summary_file.gone"
