import openpyxl
import pytest
from sqlalchemy import text

from bot import workbooks
from bot.exporting import Order, export
from bot.i18n import Texts
from storage.db import Database
from tests.processes import run, serving

EVIL = ("=1+1", "+1", "-1", "@x", "\t=1", "＝1", '=HYPERLINK("https://e.example")')


async def written(chat, tmp_path, what):
    """Export something, read it again, and return its rows and definitions."""
    file, told = tmp_path / "x.xlsx", []

    async def tell(done, of):
        told.append((done, of))

    order = Order(what, chat.campaign, chat.campaign_id, at=chat.clock.now())
    await export(chat.database, order, file, texts=Texts(chat.campaign.zone), tell=tell)
    book = openpyxl.load_workbook(file)
    rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    definitions = [list(row) for row in book.worksheets[1].iter_rows(values_only=True)]
    assert told[-1] == (len(rows) - 1, len(rows) - 1)
    return rows, definitions


async def test_participants_are_listed_with_their_numbers(chat, tmp_path):
    """One row each, true numbers, no account and no name; every column is defined."""
    ming, _hua = await chat.join("ming-canary", town="baihe"), await chat.join("hua")
    await ming.taps("checkins")

    rows, definitions = await written(chat, tmp_path, "participants")

    assert [row[1] for row in rows[1:]] == ["baihe", "xiayang"]
    assert [row[4:8] for row in rows[1:]] == [[1, 5, 5, 1], [0, 0, 0, 0]]
    assert [line[0] for line in definitions[:-1]] == rows[0]
    assert "canary" not in str(rows)


async def test_the_ledger_is_listed_line_by_line(chat, clock, tmp_path):
    """Every line that moved points, in order, in the city's time."""
    ming = await chat.join("ming")
    for _ in range(3):
        await ming.taps("checkins")
        clock.ahead(days=1)

    rows, _ = await written(chat, tmp_path, "ledger")

    assert [(row[1], row[5], row[6]) for row in rows[1:]] == [(1, 5, 5), (2, 5, 10), (3, 5, 15)]
    assert rows[1][9] == "2022-05-01 09:00:00"


@pytest.mark.parametrize("evil", EVIL)
async def test_no_text_becomes_a_formula(chat, tmp_path, evil):
    """Whatever a text begins with, the cell is a text."""
    ming = await chat.join("ming")
    async with chat.database.transaction() as db:
        given = {"unit": evil, "id": await ming.id()}
        await db.execute(text("UPDATE citizens SET unit = :unit WHERE id = :id"), given)

    await written(chat, tmp_path, "participants")
    cell = openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets[0].cell(2, 3)

    assert (cell.data_type, cell.value) == ("s", evil)


async def test_a_full_sheet_goes_on_as_another(tmp_path, monkeypatch):
    """What the format cannot hold in one sheet is not lost."""
    monkeypatch.setattr(workbooks, "ROWS_MAX", 2)
    with workbooks.writing(tmp_path / "x.xlsx") as book:
        sheet = book.sheet(
            "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二", ["n"]
        )
        for number in range(5):
            sheet.add([number])

    sheets = openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets
    cells = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in sheets]
    assert cells == [["n", 0, 1], ["n", 2, 3], ["n", 4]]
    assert sheets[2].title.endswith("九 3")


async def test_the_commands_write_beside_a_running_bot(tmp_path):
    """Export and backup while it serves; the copy is whole and passes the audit."""
    copy = tmp_path / "copy.sqlite3"
    async with serving(tmp_path):
        exported = await run(tmp_path, "export", "ledger", str(tmp_path / "ledger.xlsx"))
        kept = await run(tmp_path, "backup", str(copy))
        again = await run(tmp_path, "backup", str(copy))
    checked = await run(tmp_path, "audit", DATABASE_URL=f"sqlite:///{copy}")

    assert exported[0] == 0
    assert "rows" in exported[1]
    assert (kept[0], again[0], checked[0]) == (0, 1, 0)
    assert "exists already" in again[1]


async def test_what_cannot_be_written_is_one_sentence(tmp_path):
    """No trace, status 1."""
    await run(tmp_path, "db", "upgrade")
    for arguments, named in (
        (("export", "secrets", "x.xlsx"), "secrets"),
        (("export", "ledger", "/proc/no/x.xlsx"), "cannot be written"),
        (("backup", "/proc/no/x.sqlite3"), "cannot be written"),
    ):
        status, printed = await run(tmp_path, *arguments)

        assert status == 1
        assert named in printed
        assert "Traceback" not in printed


async def test_postgres_is_copied_into_a_file_row_by_row(chat, tmp_path):
    """On either database the copy holds the same lines and passes the audit."""
    ming = await chat.join("ming")
    await ming.taps("checkins")
    copy = tmp_path / "copy.sqlite3"
    url = chat.database.url.render_as_string(hide_password=False)

    status, printed = await run(tmp_path, "backup", str(copy), DATABASE_URL=url)

    assert (status, "checked" in printed) == (0, True)
    database = Database(f"sqlite:///{copy}")
    async with database.reading() as db:
        assert await db.scalar(text("SELECT sum(points) FROM ledger")) == 5
    await database.aclose()
    assert (await run(tmp_path, "audit", DATABASE_URL=f"sqlite:///{copy}"))[0] == 0
