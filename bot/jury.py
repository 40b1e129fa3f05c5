"""What the child process does for a selection: takes the snapshot, draws the lists up."""

import hashlib
import json
from datetime import datetime

from bot import selecting
from bot.clerk import EXPORT_BYTES_MAX, Errand
from bot.clock import SystemClock
from bot.messages import Phrase
from bot.rules.rights import Right
from bot.selecting import Tell, Wish
from storage import audit, citizens, pushes, roles, selections
from storage.audit import NewLine
from storage.db import Db
from storage.jobs import Done
from storage.pushes import NewPush
from storage.selections import Seal, Selection

TAKE, SEAL = "selection", "selection_seal"
TOLD, URGENCY = "publishing.moved", 3
"""The push by which staff hear how far a selection is."""
STEPS = 20


async def take(errand: Errand) -> Done:
    """Take the snapshot that was asked for, as of then."""
    if not await errand.reach(Right.SELECTION):
        return _refused("errors.not_allowed")
    job = errand.job
    at = datetime.fromisoformat(str(job.params["at"]))
    wish = Wish(errand.campaign, job.campaign, job.citizen, at)
    found = await selecting.take(errand.database, wish, tell=_teller(errand))
    if found is None:
        return _refused("selections.out")
    async with errand.database.transaction() as db:
        await _note(db, errand, found, act="selection_taken", what="draft")
    return Done(result={"readers": found.readers, "units": found.units})


async def seal(errand: Errand) -> Done:
    """Draw all lists up and write them down, for the second person to confirm."""
    if not await errand.reach(Right.SELECTION):
        return _refused("errors.not_allowed")
    job = errand.job
    async with errand.database.reading() as db:
        found = await selections.of(db, int(job.params["selection"]))
    revision = int(job.params["revision"])
    if found is None or found.state != selections.DRAFT or found.revision != revision:
        return _refused("sealing.changed")
    name = errand.campaign.campaign.id
    if found.digest is None:
        written = await selecting.seal(errand.database, found, name, tell=_teller(errand))
    else:  # sealed meanwhile, or before a crash: the places stay, the second person may confirm
        written = await selecting.written(errand.database, found, name)
    content = written.content()
    digest = hashlib.sha256(content).hexdigest()
    at = datetime.fromisoformat(str(job.params["at"]))
    async with errand.database.transaction() as db:
        made = Seal(digest, written.bests, job.citizen, at)
        if await selections.seal(db, found.id, made, revision=revision):
            await _note(db, errand, found, act="selection_sealed", what="sealed", digest=digest)
        elif not await selections.is_sealed(db, found.id, digest=digest, revision=revision):
            return _refused("sealing.changed")
    day = found.as_of.astimezone(errand.campaign.zone).date().isoformat()
    if len(content) > EXPORT_BYTES_MAX:  # too big for a chat; the command line writes it
        return Done(result={"digest": digest})
    return Done(f"shuxiang-selection-{day}.json", content, {"digest": digest})


async def _note(
    db: Db, errand: Errand, selection: Selection, *, act: str, what: str, digest: str = ""
) -> None:
    """Note a move in the audit, and tell staff; done again after a crash, nobody hears it twice."""
    job, system = errand.job, SystemClock().system()
    at = datetime.fromisoformat(str(job.params["at"]))
    duties = await roles.duties(db, job.campaign, job.citizen)
    details = {"selection": selection.id, "revision": selection.revision, "digest": digest}
    whose, cause = (job.campaign, job.citizen), f"job:{job.id}"
    role = duties[0].role if duties else ""
    line = NewLine(*whose, role, act, str(selection.id), details, cause, at=at, recorded_at=system)
    await audit.add(db, line)
    by = await citizens.number(db, job.citizen)
    content = {"what": what, "digest": digest, "by": by, "citizen": job.citizen}
    once = f"selection:{selection.id}:{what}:{selection.revision}"
    new = NewPush(job.campaign, TOLD, once, json.dumps(content), URGENCY, made_at=at)
    await pushes.make(db, new, at=system)


def _teller(errand: Errand) -> Tell:
    told = 0

    async def tell(done: int, of: int) -> None:
        nonlocal told
        if done * STEPS // max(1, of) > told:  # a writer is not troubled for less
            told = done * STEPS // max(1, of)
            await errand.advance(done, of)

    return tell


def _refused(key: str) -> Done:
    phrase = Phrase(key)
    return Done(result={"refused": [phrase.key, dict(phrase.params)]})
