"""What the child process does with files: reads what was sent, takes it over, writes others."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import exporting, importing, workbooks
from bot.cabinet import Cabinet
from bot.campaign import Campaign
from bot.exporting import Order
from bot.i18n import FALLBACK, Texts
from bot.importing import Offer, Place
from bot.messages import Phrase, plain
from bot.rules import rights
from bot.rules.rights import Reach, Right
from bot.selection_book import MissingError
from bot.sheets import UnreadableError
from storage import deployment, jobs, roles, uploads
from storage.db import Database
from storage.jobs import Done, Job

UPLOAD = "upload"  # the parameter that names the file somebody sent
PROBLEMS_TOLD_MAX = 20
IGNORED_TOLD_MAX = 10
NAME_LENGTH_MAX = 40
EXPORT_BYTES_MAX = 48 << 20  # Telegram takes no larger file from a bot


@dataclass(frozen=True, slots=True)
class Errand:
    """One piece of work with what it needs: the database, the campaign, what keys the aliases.

    `folder` is where files are kept.
    """

    database: Database
    campaign: Campaign
    job: Job
    secret: bytes = b""
    folder: Path = Path("data")

    @property
    def language(self) -> str:
        """Return the language of whoever asked."""
        return str(self.job.params.get("language") or FALLBACK)

    @property
    def texts(self) -> Texts:
        """Return the words in all languages."""
        return Texts(self.campaign.zone)

    async def cabinet(self) -> Cabinet:
        """Return where this database's files are kept."""
        async with self.database.transaction() as db:
            return Cabinet(self.folder, await deployment.files(db))

    async def reach(self, right: Right) -> Reach:
        """Return how far a right of whoever asked goes now, whatever it did then."""
        async with self.database.reading() as db:
            duties = await roles.duties(db, self.job.campaign, self.job.citizen)
        return rights.reach(duties, right)

    async def advance(self, done: int, of: int) -> None:
        """Note how far the work is."""
        async with self.database.transaction() as db:
            await jobs.advance(db, self.job.id, min(99, done * 100 // max(1, of)))


async def read(errand: Errand) -> Done:
    """Say what a file that was sent holds, and what taking it over would do."""
    try:
        offer = await _offer(errand)
    except UnreadableError as error:
        return refused(error.phrase)
    compared = await offer.preview()
    result = {
        "kind": offer.kind,
        "rows": offer.rows,
        "added": compared.added,
        "changed": compared.changed,
        "unchanged": compared.unchanged,
        "bad": len(offer.problems),
        "problems": [
            [problem.line, problem.phrase.key, dict(problem.phrase.params)]
            for problem in offer.problems[:PROBLEMS_TOLD_MAX]
        ],
        "ignored": [name[:NAME_LENGTH_MAX] for name in offer.ignored[:IGNORED_TOLD_MAX]],
    }
    if len(offer.problems) <= PROBLEMS_TOLD_MAX:
        return Done(result=result)
    return Done(f"shuxiang-problems-{errand.job.id}.xlsx", _problems(errand, offer), result)


async def take_over(errand: Errand) -> Done:
    """Take a file over that was previewed; it is compared again, and nothing comes twice."""
    if not await errand.reach(Right.IMPORT):
        return refused(Phrase("errors.not_allowed"))
    try:
        offer = await _offer(errand)
    except UnreadableError as error:
        return refused(error.phrase)

    async def tell(done: int) -> None:
        await errand.advance(done, offer.rows)

    at = datetime.fromisoformat(errand.job.params["at"])
    compared = await offer.take_over(at, tell)
    return Done(
        result={
            "kind": offer.kind,
            "added": compared.added,
            "changed": compared.changed,
            "unchanged": compared.unchanged,
        }
    )


async def template(errand: Errand) -> Done:
    """Write an empty file of a kind: its columns, and what each of them means."""
    kind, language, texts = str(errand.job.params["what"]), errand.language, errand.texts
    columns, out = importing.COLUMNS[kind], BytesIO()
    with workbooks.writing(out) as book:
        book.sheet(kind, columns)
        explained = ((name, f"{kind}_{name}") for name in columns)
        means = [(name, _said(texts, f"templates.{key}", language)) for name, key in explained]
        book.note(_said(texts, "export.definitions", language), means)
    return Done(f"shuxiang-{kind}.xlsx", out.getvalue())


async def export(errand: Errand) -> Done:
    """Write an export of what whoever asked may still see."""
    what, language = str(errand.job.params["what"]), errand.language
    units = _still(errand.job.params["units"], await errand.reach(Right.EXPORT))
    if units == () or (what == exporting.SELECTION and units is not None):
        return refused(Phrase("errors.not_allowed"))
    order = Order(
        what,
        errand.campaign,
        errand.job.campaign,
        at=datetime.fromisoformat(errand.job.params["at"]),
        units=units,
        language=language,
        secret=errand.secret,
    )
    told = 0

    async def tell(done: int, of: int) -> None:
        nonlocal told
        if done * 20 // max(1, of) > told:  # a writer is not troubled for less
            told = done * 20 // max(1, of)
            await errand.advance(done, of)

    with TemporaryDirectory() as folder:
        file = Path(folder, "written.xlsx")
        try:
            rows = await exporting.export(
                errand.database, order, file, texts=errand.texts, tell=tell
            )
        except MissingError as missing:
            return refused(Phrase(str(missing)))
        content = await asyncio.to_thread(file.read_bytes)
    if len(content) > EXPORT_BYTES_MAX:
        return refused(Phrase("exports.too_big", {"megabytes": EXPORT_BYTES_MAX >> 20}))
    day = order.at.astimezone(errand.campaign.zone).date().isoformat()
    return Done(f"shuxiang-{what}-{day}.xlsx", content, {"rows": rows, "units": units})


def _still(asked: list[str] | None, reach: Reach) -> tuple[str, ...] | None:
    """Return the units that may be seen, None for all: what was asked for and is still allowed."""
    if asked is None:
        return None if reach.everything else reach.units
    return tuple(unit for unit in asked if reach.covers(unit))


async def _offer(errand: Errand) -> Offer:
    async with errand.database.reading() as db:
        data = await uploads.content(db, int(errand.job.params[UPLOAD]))
    if data is None:
        raise UnreadableError("imports.lost")
    place = Place(errand.database, errand.campaign, errand.job.campaign)
    return await importing.offer(place, data)


def refused(phrase: Phrase) -> Done:
    """Say why something was not done."""
    return Done(result={"refused": [phrase.key, dict(phrase.params)]})


def _problems(errand: Errand, offer: Offer) -> bytes:
    """Write all bad rows, each with its line and reason."""
    texts, language, out = errand.texts, errand.language, BytesIO()
    heads = [_said(texts, f"imports.{head}", language) for head in ("line", "reason")]
    with workbooks.writing(out) as book:
        sheet = book.sheet(_said(texts, "imports.problems", language), heads)
        for problem in offer.problems:
            phrase = problem.phrase
            sheet.add([problem.line, plain(texts.text(phrase.key, language, phrase.params))])
    return out.getvalue()


def _said(texts: Texts, key: str, language: str) -> str:
    return plain(texts.text(key, language, {}))
