"""A file an organiser sent unasked: a picture for a case, a document as the report."""

import pytest

from bot.messages import File
from storage import dialogs
from tests.duties import appoint
from tests.photographs import photo, report
from tests.reporting import send, tell
from tests.worker import worked


@pytest.fixture
def database(sqlite_database):
    """No statement here differs between the two databases."""
    return sqlite_database


async def test_a_picture_goes_into_the_case_that_is_chosen(chat, mei):
    """As a photo or as a file; without any case the way to one is shown."""
    none = await send(mei, "1.jpg", photo(), picture=True)
    await tell(mei)
    await mei.says("菜单")
    await mei.taps("cases:zhujiajiao")
    async with chat.database.transaction() as db:
        await dialogs.answered(db, await mei.id())
    asked = await send(mei, "IMG_1.JPG", photo())
    await mei.taps(mei.button("古镇书声"))
    added, _ = await worked(chat, mei, {"ref-of-IMG_1.JPG": photo()})

    assert (none.key, asked.key) == ("filing.no_case", "filing.picture")
    assert (added.key, added.params["count"]) == ("snapshots.added", 1)
    assert (await mei.sends(File("x.jpg", 50 << 20, "r", picture=True))).key == "photos.too_big"


async def test_a_document_is_offered_as_the_report(chat, boss, mei):
    """For each unit one acts for; staff are asked what to import, as before."""
    made = await boss.says("/grant liantang")
    await mei.says(f"/role {made.params['code']}")
    asked = await send(mei, "总结.docx", report())
    await mei.taps(mei.button("交练塘镇的报告"))
    done, _ = await worked(chat, mei, {"ref-of-总结.docx": report()})

    assert asked.key == "filing.report"
    assert (done.key, done.params["unit"].name) == ("handing.done", "练塘镇")
    assert (await send(boss, "x.docx", b"x")).key == "imports.what"
    assert (await mei.sends(File("x.docx", 50 << 20, "r"))).key == "summary_file.too_big"
    assert (await mei.taps("filing")).key == "filing.send"
    assert (await mei.taps("imports.file")).key == "help.lost"


async def test_citizens_and_team_organisers_send_nothing(chat, boss):
    """Their files are answered like anything that is not understood, or refused."""
    ming = await chat.join("ming")
    assert (await send(ming, "1.jpg", photo(), picture=True)).key == "help.lost"
    lan = await appoint(chat, "lan", "liantang", by=boss)
    assert (await send(lan, "1.docx", b"x")).key == "filing.report"
