"""A DOCX being written: real styles, a Chinese font, tables, pictures with words for the blind.

It is given words and knows no feature. python-docx weighs much, so it is loaded only when a
document is written, in the child process of a job.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LATIN, TEXT_FONT, HEAD_FONT = "Times New Roman", "SimSun", "SimHei"
TITLE, HEAD, CASE, BODY, SMALL = 22, 16, 14, 12, 10.5  # points
CASE_TITLE, PROMPT, FIGURES, ALBUM = "Case Title", "Prompt", "Report Figures", "Report Pictures"
WIDTH_CM, SIDE_CM, ALONE_CM, PAIRED_CM, HIGH_CM = 15.4, 2.8, 11.0, 7.4, 9.0
INK, FAINT, SHADE, LINE = "000000", "6B6B6B", "F2F2F2", "808080"
UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
INDENT = {"w:firstLine": "480", "w:firstLineChars": "200"}
"""Two signs, in twentieths of a point and in hundredths of a sign: how Chinese paragraphs begin."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture with what is said below it, and what it is for those who cannot see it."""

    content: bytes
    width: int
    height: int
    caption: str
    described: str
    name: str = "picture"


def fit(text: str) -> str:
    """Return a text without the signs that no XML can hold."""
    return UNFIT.sub("", text)


class Paper:
    """An A4 document, written from top to bottom."""

    def __init__(self, *, title: str, author: str, language: str, at: datetime) -> None:
        from docx import Document

        self._made: Any = Document()
        self._pictures = 0
        head = self._made.core_properties
        head.title, head.author, head.language = fit(title), fit(author), language
        head.comments = head.keywords = head.subject = head.last_modified_by = ""
        head.created = head.modified = at
        self._dress()

    def _dress(self) -> None:
        from docx.enum.style import WD_STYLE_TYPE
        from docx.shared import Cm, Pt

        page = self._made.sections[0]
        page.page_width, page.page_height = Cm(21), Cm(29.7)
        page.left_margin = page.right_margin = Cm(SIDE_CM)
        page.top_margin = page.bottom_margin = Cm(2.5)
        styles = self._made.styles
        _spell(styles.element)
        for name, size, bold in (
            *(("Normal", BODY, False), ("Title", TITLE, True), ("Subtitle", SMALL, False)),
            *(("Heading 1", HEAD, True), ("Heading 2", CASE, True), ("Caption", SMALL, False)),
        ):
            _set(styles[name], size=size, bold=bold)
        for name, based in ((CASE_TITLE, "Heading 2"), (PROMPT, "Normal")):
            made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            made.base_style = styles[based]
            made.next_paragraph_style = styles["Normal"]
            made.quick_style = True
        _set(styles[PROMPT], size=SMALL, bold=False, colour=FAINT)
        for name, based in ((FIGURES, "Table Grid"), (ALBUM, "Normal Table")):
            styles.add_style(name, WD_STYLE_TYPE.TABLE).base_style = styles[based]
        _border(styles["Title"], none=True)
        space = {"Normal": (0, 6), "Title": (0, 6), "Subtitle": (0, 18), "Caption": (3, 12)}
        space |= {"Heading 1": (18, 8), "Heading 2": (12, 6), PROMPT: (0, 6)}
        for name, (before, after) in space.items():
            layout = styles[name].paragraph_format
            layout.space_before, layout.space_after = Pt(before), Pt(after)
            layout.line_spacing = 1.0 if name in {"Title", "Caption"} else 1.4

    def title(self, text: str, below: str) -> None:
        """Write the title and what stands below it."""
        self._centred(text, "Title")
        self._centred(below, "Subtitle")

    def head(self, text: str) -> None:
        """Begin a section."""
        self._made.add_paragraph(fit(text), style="Heading 1")

    def case(self, text: str) -> None:
        """Begin a case."""
        self._made.add_paragraph(fit(text), style=CASE_TITLE)

    def text(self, text: str) -> None:
        """Write paragraphs, one for each line."""
        for line in fit(text).splitlines():
            if line.strip():
                _indent(self._made.add_paragraph(line.strip()))

    def note(self, text: str) -> None:
        """Write something small."""
        self._made.add_paragraph(fit(text), style="Caption")

    def prompt(self, text: str, *, lines: int = 2) -> None:
        """Say what is to be written here, and leave room for it."""
        marked = self._made.add_paragraph(fit(text), style=PROMPT)
        _shade(marked._p.get_or_add_pPr())  # noqa: SLF001 - python-docx knows no shading
        for _ in range(lines):
            _indent(self._made.add_paragraph())

    def table(self, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
        """Write a table whose first row is its head; widths are shares of the page.

        Numbers stand on the right, below each other.
        """
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm, Pt

        made = self._made.add_table(len(rows), len(widths), style=FIGURES)
        made.autofit = False
        sizes = [Cm(WIDTH_CM * each / sum(widths)) for each in widths]
        for column, size in zip(made.columns, sizes, strict=True):
            column.width = size
        for place, row in enumerate(rows):
            for column, text in enumerate(row):
                cell = made.cell(place, column)
                cell.width = sizes[column]
                written = cell.paragraphs[0]
                written.paragraph_format.space_after = Pt(0)
                written.paragraph_format.line_spacing = 1.15
                if rows[-1][column].rstrip("%").isdecimal():
                    written.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                run = written.add_run(fit(text))
                run.font.size, run.bold = Pt(SMALL), place == 0
                if place == 0:
                    _shade(cell._tc.get_or_add_tcPr())  # noqa: SLF001 - as above
            _keep_row(made.rows[place]._tr, head=place == 0)  # noqa: SLF001 - as above
        self._made.add_paragraph().paragraph_format.space_after = Pt(0)

    def picture(self, shown: Shown, *, across_cm: float = WIDTH_CM) -> None:
        """Show a picture with its caption."""
        self._place(self._made.add_paragraph(), shown, across_cm)
        self._caption(self._made.add_paragraph(), shown)

    def pictures(self, shown: Sequence[Shown]) -> None:
        """Show pictures, two of them side by side."""
        from docx.shared import Pt

        if len(shown) == 1:
            self.picture(shown[0], across_cm=ALONE_CM)
        if len(shown) < 2:  # noqa: PLR2004 - a pair
            return
        made = self._made.add_table(-(-len(shown) // 2), 2, style=ALBUM)
        for n, one in enumerate(shown):
            cell = made.cell(n // 2, n % 2)
            self._place(cell.paragraphs[0], one, PAIRED_CM)
            self._caption(cell.add_paragraph(), one)
        for row in made.rows:
            _keep_row(row._tr, head=False)  # noqa: SLF001 - as above
        self._made.add_paragraph().paragraph_format.space_after = Pt(0)

    def _place(self, paragraph: Any, shown: Shown, across_cm: float) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm

        high = across_cm * shown.height / max(1, shown.width)
        most = high if across_cm >= WIDTH_CM else min(high, HIGH_CM)
        across = across_cm * most / high
        placed = paragraph.add_run().add_picture(io.BytesIO(shown.content), width=Cm(across))
        self._pictures += 1
        about = placed._inline.docPr  # noqa: SLF001 - python-docx knows no words for the blind
        about.set("name", f"{shown.name} {self._pictures}")
        about.set("descr", fit(shown.described))
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.line_spacing = 1.0

    def _caption(self, paragraph: Any, shown: Shown) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph.style = self._made.styles["Caption"]
        paragraph.add_run(fit(shown.caption))
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def _centred(self, text: str, style: str) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        written = self._made.add_paragraph(fit(text), style=style)
        written.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def footer(self, text: str) -> None:
        """Write what stands on the foot of each page, and its number."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        foot = self._made.sections[0].footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        foot.add_run(f"{fit(text)}　")
        foot._p.append(_element("w:fldSimple", {"w:instr": "PAGE"}))  # noqa: SLF001 - no fields

    def docx(self) -> bytes:
        """Return the finished document."""
        held = io.BytesIO()
        self._made.save(held)
        return held.getvalue()


def _element(name: str, given: dict[str, str]) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(name)
    for key, value in given.items():
        made.set(qn(key), value)
    return made


def _spell(styles: Any) -> None:
    """Say that the text is Chinese where it is not Latin, and which fonts it has."""
    from docx.oxml.ns import qn

    rules = styles.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for name in ("w:rFonts", "w:lang"):
        for old in rules.findall(qn(name)):
            rules.remove(old)
    rules.insert(0, _element("w:rFonts", _fonts(TEXT_FONT)))
    rules.append(_element("w:lang", {"w:val": "en-US", "w:eastAsia": "zh-CN", "w:bidi": "ar-SA"}))


def _fonts(chinese: str) -> dict[str, str]:
    names = {"w:ascii": LATIN, "w:hAnsi": LATIN, "w:cs": LATIN, "w:eastAsia": chinese}
    return {**names, "w:hint": "eastAsia"}


def _set(style: Any, *, size: float, bold: bool, colour: str = INK) -> None:
    """Give a style its font, by name for Chinese as well; a theme would choose another."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor.from_string(colour)
    rules = style.element.get_or_add_rPr()
    for old in rules.findall(qn("w:rFonts")):
        rules.remove(old)
    rules.insert(0, _element("w:rFonts", _fonts(HEAD_FONT if bold else TEXT_FONT)))
    for spacing in (*rules.findall(qn("w:spacing")), *rules.findall(qn("w:kern"))):
        rules.remove(spacing)


def _border(style: Any, *, none: bool) -> None:
    from docx.oxml.ns import qn

    layout = style.element.get_or_add_pPr()
    for old in layout.findall(qn("w:pBdr")) if none else ():
        layout.remove(old)


def _indent(paragraph: Any) -> None:
    layout = paragraph._p.get_or_add_pPr()  # noqa: SLF001 - python-docx knows no indent in signs
    layout.append(_element("w:ind", INDENT))


def _shade(rules: Any) -> None:
    shade = {"w:val": "clear", "w:color": "auto", "w:fill": SHADE}
    rules.append(_element("w:shd", shade))


def _keep_row(row: Any, *, head: bool) -> None:
    """Keep a row on one page, and repeat the head of a table on each."""
    rules = row.get_or_add_trPr()
    rules.append(_element("w:cantSplit", {}))
    if head:
        rules.append(_element("w:tblHeader", {}))
