"""Summary reports as they come back: a DOCX, weighed and looked through before anything is counted.

Nothing of it is trusted: not its name, not the sizes it announces, not what its parts point to.
Its parts are read one element after the other, so neither depth nor length is a danger.
"""

import hashlib
import io
import posixpath
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.rules import summaries
from bot.rules.summaries import Counted
from bot.sheets import LOCKED, OLD_WORKBOOK, ZIP, UnreadableError

BYTES_MAX = 20 << 20
UNPACKED_BYTES_MAX = 200 << 20
PART_BYTES_MAX = 32 << 20
ENTRIES_MAX = 3000
RATIO_MAX, RATIO_FROM_BYTES = 100, 10 << 20
DEPTH_MAX = 256
TYPES, ROOT = "[Content_Types].xml", "_rels/.rels"
MAIN = "wordprocessingml.document.main+xml"
MACROS = ("macroenabled", "vbaproject", "vbadata", "activex", "oleobject")
"""Parts of names and types of what can run when a document is opened."""
HARMLESS = frozenset({"http", "https", "mailto"})
RASTER = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
CASE_TITLE, FIGURES = "case title", "report figures"
"""Names of the styles by which a document that the bot made is known again."""
OURS = "chart:"  # how the names of pictures begin that the bot drew
SILENT = ("title", "subtitle", "caption", "toc", "table of figures", "header", "footer")
LINE_LENGTH_MAX = 60
DELETED = frozenset({"del", "moveFrom", "Fallback"})


@dataclass(frozen=True, slots=True)
class Words:
    """What is looked for in any language: how a case is headed, and what the bot asked to fill."""

    case: Collection[str]
    prompts: Collection[str]


@dataclass(slots=True)
class Paragraph:
    """A paragraph being read: its text, and the level of its heading, 0 if it is none."""

    parts: list[str] = field(default_factory=list)
    style: str = ""
    level: int = 0


def read(data: bytes, words: Words) -> Counted:
    """Count what a report holds.

    Raises:
        UnreadableError: it is no such document, or holds what must not be passed on.

    """
    if len(data) > BYTES_MAX:
        raise UnreadableError("summary_file.too_big", megabytes=BYTES_MAX >> 20)
    if data.startswith(OLD_WORKBOOK):
        raise UnreadableError(f"summary_file.{'locked' if LOCKED in data else 'old'}")
    if not data.startswith(ZIP):
        raise UnreadableError("summary_file.foreign" if data else "summary_file.empty")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return _counted(_Package(packed), words)
    except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError) as error:
        raise UnreadableError("summary_file.damaged") from error


class _Package:
    """The parts of a document, after they were weighed."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        _weigh(packed.infolist())
        self.names = {entry.filename for entry in packed.infolist()}
        if TYPES not in self.names or ROOT not in self.names:
            raise UnreadableError("summary_file.foreign")
        types = {
            str(each.get("PartName", each.get("Extension", ""))): str(each.get("ContentType", ""))
            for tag, each in self.elements(TYPES)
            if tag in {"Override", "Default"}
        }
        told = [*types, *types.values(), *self.names]
        if any(macro in one.lower() for one in told for macro in MACROS):
            raise UnreadableError("summary_file.macros")
        mains = [name.lstrip("/") for name, type_ in types.items() if type_.endswith(MAIN)]
        if len(mains) != 1 or mains[0] not in self.names:
            raise UnreadableError("summary_file.foreign")
        self.main = mains[0]

    def content(self, name: str) -> bytes:
        """Return what a part holds."""
        return self._packed.read(name)

    def elements(self, name: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Go through a part's elements: their names and attributes, without namespaces."""
        for event, tag, element in self.events(name):
            if event == "start":
                yield tag, {_local(key): value for key, value in element.attrib.items()}

    def events(self, name: str) -> Iterator[tuple[str, str, Any]]:
        """Go through a part, each element at its start and at its end."""
        from defusedxml import ElementTree
        from defusedxml.common import DefusedXmlException

        stream, depth = io.BytesIO(self.content(name)), 0
        try:
            for event, element in ElementTree.iterparse(
                stream, events=("start", "end"), forbid_dtd=True
            ):
                depth += 1 if event == "start" else -1
                if depth > DEPTH_MAX:
                    raise UnreadableError("summary_file.damaged")
                yield event, _local(element.tag), element
                if event == "end":
                    element.clear()
        except DefusedXmlException:
            raise UnreadableError("summary_file.entities") from None
        except ElementTree.ParseError as error:
            raise UnreadableError("summary_file.damaged") from error

    def relations(self, part: str) -> dict[str, str]:
        """Return where the relations of a part lead, by their ids."""
        folder, _, file = part.rpartition("/")
        name = posixpath.join(folder, "_rels", f"{file}.rels")
        if name not in self.names:
            return {}
        return {
            each.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, each["Target"]))[1:]
            for tag, each in self.elements(name)
            if tag == "Relationship" and each.get("Target") and not _leads_outside(each)
        }

    def check(self) -> None:
        """Look through all parts that are XML: what they declare, and where they lead.

        A link that people click may lead outside; anything else would be fetched unasked.
        """
        for name in sorted(self.names):
            if not name.lower().endswith((".xml", ".rels")):
                continue
            if any(_fetches(each) for tag, each in self.elements(name) if tag == "Relationship"):
                raise UnreadableError("summary_file.linked")


def _weigh(entries: Collection[zipfile.ZipInfo]) -> None:
    """Refuse what grows too large when it is unpacked, and what no program packs like this."""
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if (
        len(entries) > ENTRIES_MAX
        or unpacked > UNPACKED_BYTES_MAX
        or (unpacked > RATIO_FROM_BYTES and unpacked > RATIO_MAX * max(1, packed))
        or any(
            entry.file_size > PART_BYTES_MAX
            for entry in entries
            if entry.filename.lower().endswith((".xml", ".rels"))
        )
    ):
        raise UnreadableError("summary_file.bomb")
    names = [entry.filename for entry in entries]
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableError("summary_file.locked")
    if len({name.lower() for name in names}) < len(names) or any(
        name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names
    ):
        raise UnreadableError("summary_file.damaged")


def _leads_outside(relation: Mapping[str, str]) -> bool:
    return relation.get("TargetMode", "").lower() == "external"


def _fetches(relation: Mapping[str, str]) -> bool:
    """Say whether a relation leads outside and is no link that somebody has to click."""
    is_link = relation.get("Type", "").endswith("/hyperlink")
    scheme = urlsplit(relation.get("Target", "")).scheme
    return _leads_outside(relation) and not (is_link and scheme in HARMLESS)


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _counted(package: _Package, words: Words) -> Counted:
    package.check()
    folder = posixpath.dirname(package.main)
    reader = _Reader(_styles(package, posixpath.join(folder, "styles.xml")))
    for event, tag, element in package.events(package.main):
        if event == "start":
            given = {_local(key): value for key, value in element.attrib.items()}
            reader.start(tag, given)
        else:
            reader.end(tag, element.text or "")
    targets = package.relations(package.main)
    shown = {unquote(targets.get(one, "")) for one in reader.pictures} & package.names
    contents = (package.content(name) for name in shown)
    different = {hashlib.sha256(each).digest() for each in contents if each.startswith(RASTER)}
    tally = _Tally(words)
    for paragraph in reader.paragraphs:
        tally.take(paragraph)
    return Counted(tally.characters, tally.cases, len(different))


def _styles(package: _Package, name: str) -> dict[str, tuple[str, int]]:
    """Return the name of each style and the level of its headings, by its id."""
    found: dict[str, tuple[str, int]] = {}
    based: dict[str, str] = {}
    current = ""
    for tag, each in package.elements(name) if name in package.names else ():
        value = each.get("val", "")
        match tag:
            case "style":
                current = each.get("styleId", "")
                found[current] = ("", 0)
            case "name" if current:
                found[current] = (value.lower(), _level(value))
            case "basedOn" if current:
                based[current] = value
            case "outlineLvl" if current and value in set("012345678"):
                found[current] = (found[current][0], int(value) + 1)
            case _:
                pass
    for style, (called, level) in found.items():
        parent = based.get(style, "")
        if not level and parent in found:
            found[style] = (called, found[parent][1])
    return found


def _level(name: str) -> int:
    head, _, number = name.lower().rpartition(" ")
    return int(number) if head == "heading" and number in set("123456789") else 0


class _Reader:
    """Takes a document's text apart into paragraphs, and notes which pictures it shows."""

    def __init__(self, styles: Mapping[str, tuple[str, int]]) -> None:
        self._styles = styles
        self._open: list[Paragraph] = []
        self._tables: list[bool] = []
        self._unread = 0
        self._drawing = ""
        self.paragraphs: list[Paragraph] = []
        self.pictures: set[str] = set()

    def start(self, tag: str, given: Mapping[str, str]) -> None:
        """Take the beginning of an element."""
        match tag:
            case "p":
                self._open.append(Paragraph())
            case "tbl":
                self._tables.append(False)
            case "tblStyle" if self._tables:
                self._tables[-1] = self._style(given)[0] == FIGURES
            case "pStyle" if self._open:
                self._open[-1].style, self._open[-1].level = self._style(given)
            case "docPr":
                self._drawing = given.get("name", "")
            case "blip" | "imagedata" if not self._drawing.startswith(OURS):
                self.pictures |= {given.get("embed", given.get("id", ""))}
            case _ if tag in DELETED:
                self._unread += 1
            case _:
                pass

    def _style(self, given: Mapping[str, str]) -> tuple[str, int]:
        return self._styles.get(given.get("val", ""), ("", 0))

    def end(self, tag: str, text: str) -> None:
        """Take the end of an element, with the text it held."""
        match tag:
            case "p" if self._open:
                done = self._open.pop()
                if not any(self._tables):
                    self.paragraphs.append(done)
            case "tbl" if self._tables:
                self._tables.pop()
            case "t" if self._open and not self._unread:
                self._open[-1].parts.append(text)
            case "tab" | "br" | "cr" if self._open:
                self._open[-1].parts.append(" ")
            case "drawing" | "pict":
                self._drawing = ""
            case _ if tag in DELETED:
                self._unread -= 1
            case _:
                pass


class _Tally:
    """Counts the characters somebody wrote, and the cases under which something is written.

    A case is headed in the style of ours, by its word and number, or below a heading that says
    what follows are cases; the first level of headings below that one is theirs.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._section = self._level = 0
        self._in_case = False
        self.characters = self.cases = 0

    def take(self, paragraph: Paragraph) -> None:
        """Take the next paragraph."""
        text = "".join(paragraph.parts)
        for prompt in self._words.prompts:
            text = text.replace(prompt, "")
        text = text.strip()
        if paragraph.style.startswith(SILENT):
            return
        if self._heads_a_case(paragraph, text):
            self._in_case = bool(text)
        elif paragraph.level:
            self._take_heading(paragraph.level, text)
        elif text:
            self.characters += summaries.characters(text)
            self.cases += self._in_case
            self._in_case = False

    def _heads_a_case(self, paragraph: Paragraph, text: str) -> bool:
        if paragraph.style == CASE_TITLE:
            return True
        if len(text) <= LINE_LENGTH_MAX and summaries.is_numbered(text, self._words.case):
            return True
        level = paragraph.level
        if not self._section or level <= self._section:
            return False
        self._level = self._level or level
        return level == self._level

    def _take_heading(self, level: int, text: str) -> None:
        if level <= self._section:
            self._section = 0
        self._in_case = self._in_case and level > self._level > 0
        if not self._section and any(word in text.lower() for word in self._words.case):
            self._section, self._level = level, 0
