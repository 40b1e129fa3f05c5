"""The selection as a workbook, and on the command line."""

import io

import openpyxl
import pytest

from bot import campaign as campaigns
from storage import places, selections
from storage.db import Database
from storage.places import Act, Whom
from tests import duties
from tests.chat import Chat
from tests.processes import run
from tests.selected import (
    AFTER,
    published,
    readers,
    replaced,
    sealed,
    season,
    short,
    taken,
    worked,
)


@pytest.fixture
def database(sqlite_database):
    """Rows are read as elsewhere; one database will do."""
    return sqlite_database


async def exported(chat, person):
    """Export the selection by words, and return the sheets of the workbook that comes."""
    begun = await person.says("导出 评选")
    assert begun.key == "exports.begun"
    told = await worked(chat, person)
    assert told.key == "exports.ready"
    book = openpyxl.load_workbook(io.BytesIO(person.rendered.document.content))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


async def chosen(chat, staff):
    """Publish lists of one, with an exclusion, and let the reserve move up on the first."""
    await staff.taps("checkins")
    await readers(chat, ming=4, hua=2, lan=1)
    draft = await taken(chat, campaign=short(chat.campaign))
    early = await exported(chat, staff)
    async with chat.database.transaction() as db:
        whom = Whom(draft.id, "reader", 4)
        await places.exclude(db, whom, Act(1, "=cmd()", chat.clock.now()))
        await selections.revise(db, draft.id)
        draft = await selections.of(db, draft.id)
    found = await published(chat, draft=draft)
    await replaced(chat, found, "top_readers", rank=1, by=1)
    return found, early


async def test_lists_sheets_rules_exclusions_and_definitions(chat):
    """What is in the book adds up, says by which rules, and prints the digest."""
    staff = await duties.appoint(chat, "li", "staff")
    found, early = await chosen(chat, staff)
    sheets = await exported(chat, staff)

    people, best = sheets["读者得分表"], sheets["百名读书达人"]
    assert [row[0] for row in early["百名读书达人"][1:]] == [1, 2]
    assert list(sheets)[:4] == ["百名读书达人", "区读书达人", "优秀组织单位", "区优秀组织单位"]
    assert [(row[0], row[5], row[7], row[8], row[9]) for row in best[1:]] == [
        (1, "25.00", "已移出", None, "a reason"),
        (2, "12.50", "入选", 1, None),
    ]
    heads, by_number = people[0], {row[0]: row for row in people[1:]}
    days, score = heads.index("签到天数"), heads.index("百名读书达人: 得分")
    part = heads.index("百名读书达人: 签到天数 × 25")
    assert [by_number[n][days] for n in (1, 2, 3, 4)] == [1, 4, 2, 1]
    assert (by_number[3][part], by_number[3][score]) == (12.5, 12.5)
    assert (by_number[1][4], by_number[1][score]) == ("活动工作人员", None)
    assert (by_number[4][5], by_number[4][score]) == ("=cmd()", None)
    assert sheets["排除"][1][-1] == "=cmd()"
    rules = {row[0]: row[1] for row in sheets["规则"]}
    assert (rules["校验值"], rules["状态"]) == (found.digest, "已公布")
    assert any("百万分之一" in str(row[1]) for row in sheets["说明"])


async def test_organisers_do_not_get_everybody(chat):
    """The selection is of everybody; without one, the sentence says so."""
    mei = await duties.appoint(chat, "mei", "zhujiajiao")
    boss = chat.person("owner", "web")
    offered = await mei.says("导出")
    refused = await mei.says("导出 评选")
    await boss.says("导出 评选")
    none = await worked(chat, boss)

    targets = [each.target for row in offered.buttons for each in row]
    assert "exports:selection" not in targets
    assert (refused.key, none.key) == ("errors.not_allowed", "selections.missing")


async def test_the_command_line_writes_and_verifies(tmp_path, clock):
    """A season selected, exported, verified; one byte changed is named; the book comes, too."""
    url = f"sqlite:///{tmp_path}/shuxiang.sqlite3"
    database = Database(url)
    await database.upgrade()

    async def does(*arguments):
        return await run(tmp_path, *arguments, DATABASE_URL=url)

    document, book = tmp_path / "selection.json", tmp_path / "selection.xlsx"
    async with Chat.open(database, clock, campaigns.load("qingpu_2022")) as chat:
        missing = await does("export", "selection", str(book))
        await season(chat, people=12, days=2)
        clock.set(AFTER)
        found, written = await sealed(chat, await taken(chat))
    await database.aclose()
    exports = [await does("export", "selection", str(file)) for file in (document, book)]
    same = await does("selection", "verify", str(document))
    content = document.read_bytes()
    assert content == written.content()
    spot = content.index(b'"checkin_days":', content.index(b'"readers":[')) + 15
    document.write_bytes(content[:spot] + b"9" + content[spot + 1 :])
    spoilt = await does("selection", "verify", str(document))

    assert missing[0] == 1
    assert "There is no selection yet" in missing[1]
    assert "Traceback" not in missing[1]
    assert ([status for status, _ in exports], same[0], spoilt[0]) == ([0, 0], 0, 1)
    assert found.digest in same[1]
    assert "readers[number 1].checkin_days: 9 in the file, " in spoilt[1]
    assert "NOT equal" in spoilt[1]
    assert "百名读书达人" in openpyxl.load_workbook(book).sheetnames
