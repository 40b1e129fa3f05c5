import pytest

from bot import importing
from bot.importing import Place
from bot.sheets import UnreadableError
from tests.engine.test_catalogue import workbook
from tests.processes import run, serving

HEAD = "kind,title,author,url,minutes,language,tags,summary\n"
GOOD = HEAD + "book,甲,,https://x.example/1,5,,,\nbook,乙,,https://x.example/2,5,,,\n"


async def test_a_file_is_previewed_and_taken_over_on_yes(tmp_path):
    """Without --yes nothing is written; with it once; again it changes nothing."""
    file = tmp_path / "a.csv"
    file.write_text(GOOD + "film,丙,,https://x.example/3,5,,,\n", encoding="utf-8")
    await run(tmp_path, "db", "upgrade")

    asked = await run(tmp_path, "import", str(file))
    taken = await run(tmp_path, "import", str(file), "--yes")
    again = await run(tmp_path, "import", str(file), "--yes")

    assert asked[0] == 1
    assert "2 good rows (2 new" in asked[1]
    assert "line 4: kind “film” is unknown" in asked[1]
    assert "Nothing was written" in asked[1]
    assert taken[0] == 0
    assert "Taken over: 2 new" in taken[1]
    assert "(0 new, 0 changed, 2 as they are)" in again[1]


async def test_a_bad_file_is_one_line_and_the_others_are_taken(tmp_path):
    """Each file stands for itself."""
    good, bad = tmp_path / "good.csv", tmp_path / "bad.xlsx"
    good.write_text(GOOD, encoding="utf-8")
    bad.write_bytes(b"PK\x03\x04nothing")
    await run(tmp_path, "db", "upgrade")

    status, printed = await run(tmp_path, "import", str(bad), str(good), "--yes")

    assert status == 1
    assert "bad.xlsx: this is no workbook" in printed
    assert "Taken over: 2 new" in printed
    assert "Traceback" not in printed


async def test_it_works_beside_a_serving_process(tmp_path):
    """The bot keeps running while its catalogue grows."""
    file = tmp_path / "a.csv"
    file.write_text(GOOD, encoding="utf-8")
    async with serving(tmp_path) as process:
        status, printed = await run(tmp_path, "import", str(file), "--yes")
        stopped = await process.stop()

    assert (status, stopped[0]) == (0, 0)
    assert "Taken over: 2 new" in printed


async def offered(chat, data):
    """Read a file."""
    return await importing.offer(Place(chat.database, chat.campaign, chat.campaign_id), data)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("kind,title,url,minutes", "catalogue"),
        ("URL,Title,KIND,Minutes", "catalogue"),
        ("topic,start,minutes,address", "livestreams"),
        ("Topic,title,start,minutes,address", "livestreams"),
        ("kind,name,town", "units"),
    ],
)
async def test_the_header_decides_what_a_file_is(chat, head, kind):
    """Never its name."""
    assert (await offered(chat, f"{head}\n".encode())).kind == kind


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "sheets.empty"),
        (b"a,b\n1,2\n", "sheets.unknown"),
        ("青浦目录,,,\nkind,title,url,minutes\n".encode(), "sheets.header_line"),
        (workbook(["目录"], [], ["kind", "title", "url", "minutes"]), "sheets.header_line"),
        (workbook(), "sheets.unknown"),
    ],
)
async def test_what_a_file_lacks_is_said(chat, data, reason):
    """Empty, of another kind, or with its names in another line than the first."""
    with pytest.raises(UnreadableError) as refused:
        await offered(chat, data)

    assert refused.value.phrase.key == reason
