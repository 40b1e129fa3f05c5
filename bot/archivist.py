"""What the child process does with cases and reports: looks at pictures, writes, reads, hands out.

Rights are looked at again here, in the transaction in which something is kept: between asking and
doing they may be gone.
"""

import io
import zipfile
from datetime import datetime
from typing import Any

from bot import documents, photos, summary_file
from bot.cabinet import Cabinet
from bot.clerk import EXPORT_BYTES_MAX, UPLOAD, Errand, refused
from bot.messages import Phrase
from bot.rules import rights, summaries
from bot.rules.rights import Reach, Right
from bot.sheets import UnreadableError
from storage import cases, roles, uploads
from storage import summaries as kept
from storage.db import Db
from storage.jobs import Done
from storage.summaries import NewSummary, Summary

PICTURES_MAX = 9  # of one case, as a group of photos is shown
VERSIONS_MAX = 99
DOCX, ZIP = "docx", "zip"
ZIP_BYTES_MAX = EXPORT_BYTES_MAX - (1 << 20)
NOT_YOURS = Phrase("errors.not_yours")


async def take_picture(errand: Errand) -> Done:
    """Look at a picture that was sent, and add it to a case."""
    number, caption = int(errand.job.params["case"]), str(errand.job.params["caption"])
    try:
        photo = photos.check(await _sent(errand, "photos.lost"))
    except UnreadableError as error:
        return refused(error.phrase)
    hashed = (await errand.cabinet()).keep(photo.content)
    async with errand.database.transaction() as db:
        await cases.hold(db, number)
        case = await cases.of(db, errand.job.campaign, number)
        if (
            case is None
            or case.deleted_at
            or not (await _reach(errand, db, Right.REPORTS)).covers(case.unit)
        ):
            return refused(NOT_YOURS)
        there = [each.hash for each in await cases.pictures(db, case.id)]
        if len(there) >= PICTURES_MAX and hashed not in there:
            return refused(Phrase("photos.enough", {"most": PICTURES_MAX}))
        size = (photo.width, photo.height, len(photo.content))
        new = await cases.add_picture(db, case.id, hashed, size=size, caption=caption)
    told = {"case": case.id, "title": case.title, "count": len(there) + new, "new": new}
    return Done(result=told)


async def album(errand: Errand) -> Done:
    """Show a case's pictures side by side."""
    number = int(errand.job.params["case"])
    async with errand.database.reading() as db:
        case = await cases.of(db, errand.job.campaign, number)
        if case is None or not (await _reach(errand, db, Right.REPORTS)).covers(case.unit):
            return refused(NOT_YOURS)
        found = await cases.pictures(db, number)
    cabinet = await errand.cabinet()
    content = photos.contact_sheet([cabinet.find(each.hash) for each in found])
    told = {"case": case.id, "title": case.title, "units": [case.unit]}
    ids = [each.id for each in found]
    return Done(f"shuxiang-case-{number}-{errand.job.id}.jpg", content, {**told, "ids": ids})


async def write_summary(errand: Errand) -> Done:
    """Write a unit's report, ready to be filled in."""
    told, unit = errand.job.params, str(errand.job.params["code"])
    async with errand.database.reading() as db:
        if not (await _reach(errand, db, Right.REPORTS)).covers(unit):
            return refused(NOT_YOURS)
        chosen = await cases.chosen(db, errand.job.campaign, unit)
        listed = [(case, await cases.pictures(db, case.id)) for case in chosen]
    cabinet = await errand.cabinet()
    shown = [(case, [*_photos(cabinet, found)]) for case, found in listed]
    await errand.advance(1, 3)
    content = documents.summary(told, errand.campaign, errand.texts, cases=shown)
    day = datetime.fromisoformat(told["at"]).astimezone(errand.campaign.zone).date()
    name = f"{summaries.file_name(told['unit'][0])}-{day.isoformat()}.{DOCX}"
    result = {"units": [unit], "cases": len(shown), "pictures": sum(len(p) for _, p in shown)}
    return Done(name, content, result)


def _photos(cabinet: Cabinet, found: list[cases.Picture]) -> list[documents.Photo]:
    contents = ((each, cabinet.find(each.hash)) for each in found)
    return [
        documents.Photo(content, each.width, each.height, each.caption)
        for each, content in contents
        if content is not None
    ]


async def take_summary(errand: Errand) -> Done:
    """Read a report that was handed in, and keep it as the unit's next version."""
    job = errand.job
    unit = str(job.params["code"])
    try:
        content = await _sent(errand, "summary_file.lost")
        counted = summary_file.read(content, documents.words(errand.texts))
    except UnreadableError as error:
        return refused(error.phrase)
    hashed = (await errand.cabinet()).keep(content)
    async with errand.database.transaction() as db:
        if not (await _reach(errand, db, Right.REPORTS)).covers(unit):
            return refused(NOT_YOURS)
        before = await kept.versions(db, job.campaign, unit)
        if before and before[0].hash == hashed:
            return _handed(before[0], same=True)
        if len(before) >= VERSIONS_MAX:
            return refused(Phrase("summary_file.enough", {"most": VERSIONS_MAX}))
        new = NewSummary(
            *(job.campaign, unit, job.citizen, datetime.fromisoformat(job.params["at"])),
            job=job.id,
            hash=hashed,
            bytes=len(content),
            counted=counted,
        )
        return _handed(await kept.add(db, new), same=False)


def _handed(summary: Summary, *, same: bool) -> Done:
    counted = list(summary.counted)
    told = {"version": summary.version, "counted": counted, "hash": summary.hash, "same": same}
    return Done(result=told)


async def hand_out(errand: Errand) -> Done:
    """Hand a version out."""
    job = errand.job
    async with errand.database.reading() as db:
        summary = await kept.of(db, job.campaign, int(job.params["summary"]))
        if summary is None or not (await _reach(errand, db, Right.REPORTS)).covers(summary.unit):
            return refused(NOT_YOURS)
    content = (await errand.cabinet()).find(summary.hash)
    if content is None:
        return refused(Phrase("summary_file.gone"))
    name = _named(summary, str(job.params["name"]))
    return Done(name, content, {"units": [summary.unit], "version": summary.version})


async def pack(errand: Errand) -> Done:
    """Pack reports into one archive, in the order that was asked for; safe names, nothing twice."""
    wanted: list[list[Any]] = errand.job.params["summaries"]
    async with errand.database.reading() as db:
        if not (await _reach(errand, db, Right.COLLECT)).everything:
            return refused(Phrase("errors.not_allowed"))
        found = [(await kept.of(db, errand.job.campaign, n), name) for n, name in wanted]
    cabinet, packed, count, lost = await errand.cabinet(), io.BytesIO(), 0, []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:  # a DOCX is packed already
        for place, (summary, name) in enumerate(found, start=1):
            content = cabinet.find(summary.hash) if summary else None
            if summary is None or content is None:
                lost.append(name)
                continue
            archive.writestr(f"{place:02}-{_named(summary, name)}", content)
            count += 1
            await errand.advance(place, len(found))
    result = {"units": None, "count": count, "lost": lost}
    return Done(f"shuxiang-summaries-{errand.job.id}.{ZIP}", packed.getvalue(), result)


def _named(summary: Summary, name: str) -> str:
    return f"{summaries.file_name(name)}-v{summary.version}.{DOCX}"


async def _sent(errand: Errand, lost: str) -> bytes:
    """Return the file that was sent."""
    async with errand.database.reading() as db:
        content = await uploads.content(db, int(errand.job.params[UPLOAD]))
    if content is None:
        raise UnreadableError(lost)
    return content


async def _reach(errand: Errand, db: Db, right: Right) -> Reach:
    """Return how far a right of whoever asked goes now, in this transaction."""
    return rights.reach(await roles.duties(db, errand.job.campaign, errand.job.citizen), right)
