import csv
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import campaign as campaigns
from bot import catalogue, sheets
from bot.catalogue import Row
from bot.sheets import UnreadableError

HEAD = "kind,title,author,url,minutes,language,tags,summary"
GOOD = "book,红楼梦,曹雪芹,https://books.example/1,20,zh,小说,大观园"
KINDS = ("video", "book", "audio")


def parse(*lines, head=HEAD, encoding="utf-8"):
    """Read a file of these lines."""
    return catalogue.read("\n".join((head, *lines)).encode(encoding), KINDS)


def reasons(*lines):
    """Return line and reason of each bad row."""
    return [(problem.line, problem.phrase.key) for problem in parse(*lines).problems]


def workbook(*rows):
    """Write rows into a workbook and return its bytes."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_good_row_is_taken_as_it_is():
    """Each column finds its place."""
    assert parse(GOOD).rows == [
        Row("book", "红楼梦", "曹雪芹", "https://books.example/1", 20, "zh", "小说", "大观园")
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("film,x,,https://x.example,1,,,", "catalogue.kind"),
        (",x,,https://x.example,1,,,", "catalogue.kind"),
        ("book,,,https://x.example,1,,,", "catalogue.no_title"),
        ("book,\u0007,,https://x.example,1,,,", "catalogue.no_title"),
        (f"book,{'字' * 301},,https://x.example,1,,,", "catalogue.too_long"),
        ("book,x,,javascript:alert(1),1,,,", "catalogue.url"),
        ("book,x,,data:text/html;base64,1,,,", "catalogue.url"),
        ("book,x,,//x.example,1,,,", "catalogue.url"),
        ("book,x,,https://,1,,,", "catalogue.url"),
        ("book,x,,https://bank.example@evil.example,1,,,", "catalogue.url"),
        ("book,x,,https://x.example/a b,1,,,", "catalogue.url"),
        ("book,x,,https:\\\\x.example,1,,,", "catalogue.url"),
        ("book,x,,https://x.example:port,1,,,", "catalogue.url"),
        ("book,x,,ftp://x.example,1,,,", "catalogue.url"),
        ("book,x,,https://x.example,,,,", "catalogue.minutes"),
        ("book,x,,https://x.example,-1,,,", "catalogue.minutes"),
        ("book,x,,https://x.example,1.5,,,", "catalogue.minutes"),
        ("book,x,,https://x.example,1441,,,", "catalogue.minutes"),
        ("book,x,,https://x.example,二十,,,", "catalogue.minutes"),
        ("book,x", "catalogue.url"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_reason(row, reason):
    """The first thing that is wrong is said; the good rows around it are taken."""
    parsed = parse(GOOD, row)

    assert [(p.line, p.phrase.key) for p in parsed.problems] == [(3, reason)]
    assert len(parsed.rows) == 1


def test_the_same_address_twice_is_said_so():
    """The second one names the first one's line; another kind may share it."""
    assert reasons(GOOD, GOOD, GOOD.replace("book,", "audio,")) == [(3, "catalogue.twice")]


@pytest.mark.parametrize(
    "row",
    [
        "BOOK,红楼梦,,https://books.example/1,２０,,,",
        " book , 红楼梦 ,,https://books.example/1, 20 ,,,",
        "book,红\0楼梦,,https://books.example/1,20,,,",
    ],
)
def test_small_slips_are_forgiven(row):
    """Case, blanks, full-width digits and control signs do not cost a row."""
    head, *rest = parse(row).rows

    assert (head.kind, head.title, head.minutes, rest) == ("book", "红楼梦", 20, [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encodings_of_this_country_are_read(encoding):
    """UTF-8 with and without a mark, and GB 18030 where it is unmistakable."""
    assert parse(GOOD, encoding=encoding).rows[0].title == "红楼梦"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_recognised(delimiter):
    """Whatever the spreadsheet wrote, in any order of columns and any case of names."""
    head = delimiter.join(["Title", "KIND", "minutes", "url", "extra"])
    parsed = parse(delimiter.join(["甲", "book", "3", "https://x.example", "?"]), head=head)

    assert (parsed.rows[0].title, parsed.ignored) == ("甲", ("extra",))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "sheets.empty"),
        (b"\n\n", "sheets.empty"),
        (b"topic,start\n", "catalogue.no_catalogue"),
        ("kind,title,url,minutes\nbook,Ärger,x,1".encode("latin-1"), "catalogue.encoding"),
        ("kind,title,url,minutes\nbook,中,x,1".encode("utf-16"), "catalogue.encoding"),
        (b"PK\x03\x04 nothing", "catalogue.no_workbook"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\r", "sheets.foreign"),
        (b"%PDF-1.7\n", "sheets.foreign"),
        (sheets.OLD_WORKBOOK + b"x" * 512, "sheets.old"),
        (sheets.OLD_WORKBOOK + b"x" * 512 + sheets.LOCKED, "sheets.locked"),
        (b"x" * (sheets.FILE_BYTES_MAX + 1), "catalogue.too_big"),
    ],
)
def test_what_is_no_catalogue_is_refused_as_a_whole(data, reason):
    """Foreign files, foreign encodings and damaged ones are refused with the reason."""
    with pytest.raises(UnreadableError) as refused:
        catalogue.read(data, KINDS)

    assert refused.value.phrase.key == reason


def test_a_renamed_zip_and_a_bomb_are_refused():
    """What a file is, is told by what is in it; what would unpack to gigabytes is not unpacked."""
    harmless, bomb = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(harmless, "w") as packed:
        packed.writestr("a.txt", "hello")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * (sheets.UNPACKED_BYTES_MAX + 1))

    found = []
    for data in (harmless.getvalue(), bomb.getvalue()):
        with pytest.raises(UnreadableError) as refused:
            catalogue.read(data, KINDS)
        found.append(refused.value.phrase.key)

    assert found == ["catalogue.no_workbook", "catalogue.too_big"]


def test_a_workbook_is_read_and_its_formulas_are_bad_rows():
    """Numbers become texts; what would be computed is said to be so, where it matters."""
    formula = '=HYPERLINK("https://evil.example")'
    parsed = catalogue.read(
        workbook(
            [*HEAD.split(","), "note"],
            ["book", "甲", "乙", "https://x.example/1", 20, None, None, None, "=1+1"],
            ["book", formula, "甲", "https://x.example/2", 20],
            ["book", "丙", "乙", "https://x.example/3", "=10+10"],
        ),
        KINDS,
    )

    assert [(row.title, row.minutes) for row in parsed.rows] == [("甲", 20)]
    assert [(p.line, p.phrase.key, p.phrase.params) for p in parsed.problems] == [
        (3, "sheets.formula", {"column": "title"}),
        (4, "sheets.formula", {"column": "minutes"}),
    ]


def test_what_begins_like_a_formula_in_a_text_file_is_a_text():
    """In CSV nothing can be computed."""
    assert parse("book,=1+1,,https://x.example,5,,,").rows[0].title == "=1+1"


def test_merged_rows_are_bad_rows():
    """Cells that hold for several lines cannot be told apart; the lines around them are taken."""
    book = openpyxl.Workbook()
    lines = [["book", f"书{n}", "甲", f"https://x.example/{n}", 5] for n in range(4)]
    for line in (HEAD.split(","), *lines):
        book.active.append(line)
    book.active.merge_cells("C3:C4")
    out = io.BytesIO()
    book.save(out)

    parsed = catalogue.read(out.getvalue(), KINDS)

    assert [(p.line, p.phrase.key) for p in parsed.problems] == [
        (3, "sheets.merged"),
        (4, "sheets.merged"),
    ]
    assert [row.title for row in parsed.rows] == ["书0", "书3"]


def test_a_hundred_thousand_rows_are_read():
    """Big files are nothing special, and too big ones are refused."""
    rows = [f"book,书{n},,https://x.example/{n},5,,," for n in range(100_000)]

    assert len(parse(*rows).rows) == 100_000
    with pytest.raises(UnreadableError):
        parse(GOOD, *[","] * sheets.ROWS_MAX)  # empty ones count, and are the soonest read


@given(st.lists(st.lists(st.text(max_size=30), min_size=8, max_size=8), max_size=8))
def test_whatever_the_cells_hold_no_row_gets_an_address_that_is_none(cells):
    """Any text in any cell is a good row or a reason, never a fault."""
    out = io.StringIO()
    csv.writer(out).writerows([HEAD.split(","), *cells])

    parsed = catalogue.read(out.getvalue().encode("utf-8", "replace"), KINDS)

    assert all(row.url.startswith(("http://", "https://")) and row.title for row in parsed.rows)


@pytest.mark.parametrize(
    ("title", "letters"),
    [
        ("红楼梦", "hlm"),
        ("三国演义", "sgyy"),
        ("Pride and Prejudice", "pap"),
        ("2001 太空漫游", "2tkmy"),
        ("阿Q正传", "aqzz"),
        ("🀄", "🀄"),
    ],
)
def test_initials_are_the_first_letters_of_the_pinyin(title, letters):
    """`hlm` finds 红楼梦."""
    assert catalogue.initials([title]) == [letters]


def test_the_bundled_sample_is_good():
    """At least sixty real works, mostly Chinese, each with an address of its own, no bad row."""
    campaign = campaigns.load("qingpu_2022")
    parsed = catalogue.read(catalogue.bundled("qingpu_2022"), campaign.item_kinds)
    kinds = [row.kind for row in parsed.rows]

    assert parsed.problems == []
    assert len(parsed.rows) >= 60
    assert sum(row.language == "zh" for row in parsed.rows) > len(parsed.rows) / 2
    assert all(kinds.count(kind) >= 12 for kind in KINDS)
    assert len({row.url for row in parsed.rows}) == len(parsed.rows)
