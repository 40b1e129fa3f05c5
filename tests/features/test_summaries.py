"""总结报告: the document with the unit's figures and cases; written once, for those who may."""

import io
import re
import zipfile

import pytest
from docx import Document
from sqlalchemy import text

from bot import documents, summary_file
from bot.i18n import Texts
from storage import units
from storage.units import Unit
from tests.classes import on_air, row
from tests.duties import appoint
from tests.photographs import part
from tests.reporting import illustrate, tell
from tests.worker import worked
from tests.worker import worked as worked_in_a_child


@pytest.fixture
def database(sqlite_database):
    """No statement here differs between the two databases."""
    return sqlite_database


@pytest.fixture
async def written(chat, mei, clock):
    """What is said of a document, and the document, of a town with a class, a team and a case."""
    async with chat.database.transaction() as db:
        team = Unit("readers", units.TEAM, "放生桥读书会", "Readers", "zhujiajiao", must_join=True)
        await units.put(db, chat.campaign_id, [team])
    await on_air(chat, row("在运河边读红楼", "2022-06-18 19:00"))
    hua = await chat.join("hua", town="zhujiajiao")
    await hua.taps("checkins")
    clock.set("2022-09-10T09:00:00+08:00")
    await illustrate(chat, mei, await tell(mei))
    await mei.taps("summaries.write:zhujiajiao")
    return await worked_in_a_child(chat, mei)


async def test_it_is_written_once_however_often_it_is_tapped(mei):
    """The page says how far it is to the deadline, and what is asked for."""
    page = await mei.says("总结报告")
    begun = await mei.taps("summaries.write:zhujiajiao")
    again = await mei.taps("summaries.write:zhujiajiao")

    assert page.params["state"].key == "summaries.nothing"
    assert [reply.key for reply in (begun, again)] == ["summaries.begun"] * 2
    assert begun.buttons == again.buttons


async def test_the_document_holds_the_figures_and_the_cases(mei, written):
    """The figures as of now, the class, the team, the case, and room for a second one."""
    ready, rendered = written
    made = Document(io.BytesIO(rendered.document.content))
    texts = [each.text for each in made.paragraphs]
    cells = [cell.text for table in made.tables for line in table.rows for cell in line.cells]
    heads = [each.text for each in made.paragraphs if each.style.name == "Heading 1"]
    cases = [each.text for each in made.paragraphs if each.style.name == "Case Title"]

    assert (ready.key, ready.params) == ("summaries.ready", {"cases": 1, "pictures": 1})
    assert rendered.document.name == "朱家角镇-2022-09-10.docx"
    assert heads[:5] == ["一、总体情况", "二、数据", "三、直播课", "四、学习团队", "五、典型案例"]
    assert cases == ["案例 1：古镇书声", "案例 2：（请写标题）"]
    assert "大家在桥边轮流朗读。" in texts
    assert {"参与人数", "1500", "在运河边读红楼", "放生桥读书会"} <= set(cells)
    assert any("截至" in text for text in texts)
    assert mei.button("交报告") == "handing:zhujiajiao"


async def test_the_document_is_well_made(written):
    """A Chinese font by name, words for the blind, and nobody's name but the unit's."""
    content = written[1].document.content
    styles, body = part(content, "word/styles.xml"), part(content, "word/document.xml")
    about = re.findall(r'descr="([^"]*)"', body)

    assert 'w:eastAsia="SimSun"' in styles
    assert 'w:eastAsia="zh-CN"' in styles
    assert len(about) == 3
    assert all(about)
    assert Document(io.BytesIO(content)).core_properties.author == "朱家角镇"
    assert "python-docx" not in part(content, "docProps/core.xml")


async def test_what_nobody_wrote_does_not_count(chat, mei):
    """The empty document lacks everything: figures, charts and hints are ours, not theirs."""
    await mei.taps("summaries.write:zhujiajiao")
    _, rendered = await worked(chat, mei)

    words = documents.words(Texts(chat.campaign.zone))
    assert tuple(summary_file.read(rendered.document.content, words)) == (0, 0, 0)


async def test_a_full_document_is_small(chat, mei):
    """Three cases with ten pictures; signs that no XML can hold are left out."""
    pictures = 0
    for n in range(3):
        number = await tell(mei, f"案例\x0b{n}", "六月", "读者", "经过\x01 & <好>")
        for seed in range(4 if n == 0 else 3):
            await illustrate(chat, mei, number, seed=10 * n + seed)
            pictures += 1
    await mei.taps("summaries.write:zhujiajiao")
    ready, rendered = await worked(chat, mei)

    assert ready.params == {"cases": 3, "pictures": pictures}
    assert len(rendered.document.content) < 10 << 20
    with zipfile.ZipFile(io.BytesIO(rendered.document.content)) as packed:
        assert sum(name.startswith("word/media/") for name in packed.namelist()) == 12
    words = documents.words(Texts(chat.campaign.zone))
    assert summary_file.read(rendered.document.content, words).cases == 3


async def test_every_unit_gets_one_at_any_time(chat, boss, clock):
    """A school without a target, before the season, after it, with nobody and nothing."""
    async with chat.database.transaction() as db:
        school = Unit("school1", units.SCHOOL, "实验/小学", "School", None)
        team = Unit("readers", units.TEAM, "读书会", "Readers", "zhujiajiao")
        await units.put(db, chat.campaign_id, [school, team])
    li = await appoint(chat, "li", "school1", by=boss)
    for moment in ("2022-04-01", "2022-10-20"):
        clock.set(f"{moment}T09:00:00+08:00")
        page = await li.says("/report")
        await li.taps("summaries.write:school1")
        _, rendered = await worked(chat, li)
        assert rendered.document.name == f"实验_小学-{moment}.docx"
    tan = await appoint(chat, "tan", "readers", by=boss)

    assert page.params["due"].key == "summaries.due_over"
    assert (await tan.says("/report")).key == "errors.not_allowed"
    assert (await boss.says("/report 读书会")).key == "unit_choice.no_team"
    assert (await boss.says("/report 实验")).params["unit"].name == "实验/小学"


async def test_a_right_that_is_gone_gives_no_document(chat, mei):
    """Revoked between asking and writing: the child refuses, and nothing is handed out."""
    await mei.taps("summaries.write:zhujiajiao")
    look = mei.button("刷新")
    async with chat.database.transaction() as db:
        await db.execute(text("DELETE FROM duties"))
    refused, rendered = await worked(chat, mei)

    assert (refused.key, rendered.document) == ("errors.not_yours", None)
    assert (await mei.taps(look)).key == "errors.not_allowed"
