"""Reports that come back: what is counted in them, and what is never opened."""

import io
import zipfile
from zoneinfo import ZoneInfo

import pytest

from bot import documents, summary_file
from bot.i18n import Texts
from bot.rules.summaries import Counted
from bot.sheets import LOCKED, OLD_WORKBOOK, UnreadableError
from tests.photographs import part, photo, repacked, report

WORDS = documents.words(Texts(ZoneInfo("Asia/Shanghai")))
GOOD = report(characters=1100, cases=2, pictures=2)
RELS = "word/_rels/document.xml.rels"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}"
OUTSIDE = '<Relationship Id="rX" Type="{}" Target="{}" TargetMode="{}"/></Relationships>'
BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>&b;</a>'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def counted(content):
    """Read a report."""
    return summary_file.read(content, WORDS)


def refusal(content):
    """Return why a file is not taken."""
    with pytest.raises(UnreadableError) as error:
        counted(content)
    return error.value.phrase.key.removeprefix("summary_file.")


def body(*paragraphs):
    """Put other paragraphs into the good document."""
    inside = "".join(paragraphs)
    return repacked(
        GOOD, {"word/document.xml": f"<w:document {W}><w:body>{inside}</w:body></w:document>"}
    )


def paragraph(text, style=""):
    """Write a paragraph."""
    mark = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{mark}<w:r><w:t>{text}</w:t></w:r></w:p>"


def outside(kind, target, mode="External"):
    """Make the good document lead outside."""
    told = OUTSIDE.format(LINK.format(kind), target, mode)
    return repacked(GOOD, {RELS: part(GOOD, RELS).replace("</Relationships>", told)})


def test_what_somebody_wrote_is_counted():
    """Not our tables, headings, captions, charts; a picture that is there twice counts once."""
    assert counted(GOOD) == Counted(1100, 2, 2)
    assert counted(report(characters=999, cases=1, pictures=0)) == Counted(999, 1, 0)
    assert counted(report(pictures=3, chart=False)) == Counted(1100, 2, 3)


def test_a_document_of_their_own_is_understood():
    """Cases by word and number without any heading, or below a heading; hints do not count."""
    prompt = next(iter(WORDS.prompts))
    plain = body(
        paragraph("案例一：古镇书声"),
        paragraph("读 书"),
        paragraph("案例2"),
        paragraph("案例二讲的是一位老人怎样学会了听书"),
        paragraph("案例 3：没有内容"),
        paragraph(prompt),
        paragraph(f"{prompt}接着写"),
    )
    styled = body(
        paragraph("三、典型案例", "Heading1"),
        paragraph("古镇书声", "Heading2"),
        paragraph("背景", "Heading3"),
        paragraph("一"),
        paragraph("做法", "Heading3"),
        paragraph("二"),
        paragraph("银发读书会", "Heading2"),
        paragraph("三"),
        paragraph("四、体会", "Heading1"),
        paragraph("小结", "Heading2"),
        paragraph("四"),
    )
    deleted = body("<w:p><w:del><w:r><w:t>删了</w:t></w:r></w:del></w:p>", paragraph("留下"))
    boxed = body(
        "<w:p><w:r><mc:AlternateContent xmlns:mc='urn:mc'><mc:Choice><w:p><w:r><w:t>框里</w:t>"
        "</w:r></w:p></mc:Choice><mc:Fallback><w:p><w:r><w:t>框里</w:t></w:r></w:p></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )

    assert counted(plain) == Counted(2 + 17 + 3, 3, 0)
    assert counted(styled) == Counted(4, 2, 0)
    assert counted(deleted).characters == 2
    assert counted(boxed).characters == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "foreign"),
        (photo(), "foreign"),
        (OLD_WORKBOOK + b"x" * 600, "old"),
        (OLD_WORKBOOK + LOCKED, "locked"),
        (b"PK\x03\x04 no archive", "damaged"),
        (GOOD[: len(GOOD) // 2], "damaged"),
        (repacked(GOOD, {"[Content_Types].xml": None}), "foreign"),
        (repacked(GOOD, {"word/document.xml": None}), "foreign"),
        (repacked(GOOD, {"word/document.xml": "<w:document"}), "damaged"),
        (repacked(GOOD, {"word/vbaProject.bin": b"x"}), "macros"),
        (repacked(GOOD, {"word/activeX/activeX1.xml": "<a/>"}), "macros"),
        (repacked(GOOD, {"word/embeddings/oleObject1.bin": b"x"}), "macros"),
        (repacked(GOOD, {"customXml/item1.xml": BOMB}), "entities"),
        (repacked(GOOD, {"word/document.xml": BOMB}), "entities"),
        (repacked(GOOD, {"../../evil.xml": "<a/>"}), "damaged"),
        (repacked(GOOD, {"WORD/document.xml": "<a/>"}), "damaged"),
        (outside("attachedTemplate", "http://evil.example/a.dotm"), "linked"),
        (outside("image", "http://evil.example/a.png"), "linked"),
        (outside("hyperlink", "file:///etc/passwd", "EXTERNAL"), "linked"),
        (outside("hyperlink", r"\\evil.example\share"), "linked"),
        (b"PK\x03\x04" + b"x" * (20 << 20), "too_big"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_refused(content, why):
    """Each with its own sentence."""
    assert refusal(content) == why


def test_a_document_with_macros_is_one_under_any_name():
    """Its type says so."""
    types = part(GOOD, "[Content_Types].xml").replace(
        "wordprocessingml.document.main", "ms-word.document.macroEnabled.main"
    )
    main = "vnd.openxmlformats-officedocument"
    assert refusal(repacked(GOOD, {"[Content_Types].xml": types.replace(main, "x")})) == "macros"


def test_a_renamed_archive_is_none():
    """A ZIP with a letter in it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        packed.writestr("letter.txt", "好")
    assert refusal(held.getvalue()) == "foreign"


def test_links_that_people_click_are_taken():
    """To pages and mailboxes, and inside the document."""
    for target in ("https://www.example.org/a?b=1", "mailto:a@example.org"):
        assert counted(outside("hyperlink", target)).cases == 2
    assert counted(outside("image", "media/image1.png", "Internal")).cases == 2


def test_bombs_are_weighed_and_not_opened():
    """By their ratio, their number, one huge part, or depth."""
    assert refusal(repacked(GOOD, {"word/media/x.bin": b"\0" * (60 << 20)})) == "bomb"
    assert refusal(repacked(GOOD, {f"word/media/{n}.bin": b"" for n in range(3001)})) == "bomb"
    assert refusal(repacked(GOOD, {"word/x.xml": b" " * ((32 << 20) + 1)})) == "bomb"
    deep = "<w:r>" * 100_000 + "</w:r>" * 100_000
    assert refusal(body(deep)) == "damaged"
