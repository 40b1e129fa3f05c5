"""导入: files of items, livestreams and units, sent to the bot, previewed, then taken over."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.importing import COLUMNS, KINDS, REQUIRED
from bot.messages import File, Lines, Phrase, Refusal, Reply
from bot.operations import auditing, previewing, waiting
from bot.rules import taps
from bot.rules.rights import Right
from bot.sheets import FILE_BYTES_MAX
from storage import dialogs, jobs, uploads
from storage.jobs import Job
from storage.uploads import NewUpload

feature = Feature("imports", files=frozenset({"imports.given"}))

ASKED_FOR = timedelta(minutes=10)
CONFIRM_WITHIN = timedelta(hours=1)


@feature.on(command="import", words=["导入"], tap="imports", work=Work.WRITES, right=Right.IMPORT)
async def ask(turn: Turn) -> Reply:
    """Ask for the file, say which kinds there are, and offer empty ones."""
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, "imports.given", until=until)
    kinds = tuple(
        Phrase(
            "imports.kind_line",
            {
                "kind": Phrase(f"imports.kind_{kind}"),
                "required": ", ".join(REQUIRED[kind]),
                "optional": ", ".join(name for name in COLUMNS[kind] if name not in REQUIRED[kind]),
            },
        )
        for kind in KINDS
    )
    empty = [
        button(
            f"templates:{kind}",
            Phrase("templates.button", {"kind": Phrase(f"imports.kind_{kind}")}),
        )
        for kind in KINDS
    ]
    buttons = (*rows(empty), (button("roles"), button("menu")))
    return Reply("imports.text", {"kinds": Lines(kinds)}, buttons, files=True)


@feature.on(tap="imports.given", work=Work.WRITES, right=Right.IMPORT)
async def given(turn: Turn) -> Reply:
    """Begin to read the file that was asked for."""
    if not isinstance(turn.incoming.said, File):
        return Reply("imports.send", files=True)
    upload, name = await _note(turn, turn.incoming.said)
    await dialogs.answered(turn.db, turn.person.citizen)
    return await _read(turn, upload, name)


@feature.on(tap="imports.file", work=Work.WRITES, right=Right.IMPORT)
async def file(turn: Turn) -> Reply:
    """Ask what to do with a file nobody asked for."""
    if not isinstance(turn.incoming.said, File):
        return Reply("imports.send", files=True)
    upload, name = await _note(turn, turn.incoming.said)
    check = button(f"imports.read:{upload}", Phrase("imports.check"))
    return say("imports.what", file=name, buttons=((check, button("menu")),))


@feature.on(tap="imports.read", work=Work.WRITES, right=Right.IMPORT)
async def read(turn: Turn) -> Reply:
    """Begin to read a file that was sent before."""
    upload = await uploads.of(turn.db, taps.number(turn.argument))
    if upload is None or upload.citizen != turn.person.citizen:
        raise Refusal("imports.send_again")
    return await _read(turn, upload.id, upload.name)


async def _note(turn: Turn, said: File) -> tuple[int, str]:
    if said.picture:
        raise Refusal("imports.picture")
    if said.size > FILE_BYTES_MAX:
        raise Refusal("files.too_big", megabytes=FILE_BYTES_MAX >> 20)
    name = said.name or "?"
    new = NewUpload(
        *(turn.campaign_id, turn.person.citizen, turn.account.channel, said.ref),
        name=name,
        size=said.size,
    )
    return await uploads.add(turn.db, new, at=turn.system_now), name


async def _read(turn: Turn, upload: int, name: str) -> Reply:
    job = await waiting.ask(turn, "import", upload=upload, name=name)
    return say("imports.reading", file=name, buttons=waiting.look("imports.look", job))


@feature.on(tap="imports.look", right=Right.IMPORT)
async def look(turn: Turn) -> Reply:
    """Say how far it is, or what it came to."""
    return await waiting.answer(turn, feature, "imports.look")


feature.work("import", failed="imports.failed", right=Right.IMPORT, heavy=True)(previewing.preview)
feature.work("take_over", failed="imports.failed", heavy=True)(previewing.taken)


@feature.on(tap="imports.take", work=Work.WRITES, right=Right.IMPORT)
async def take(turn: Turn) -> Reply:
    """Take over what was previewed; however often it is confirmed, once."""
    job = await _previewed(turn)
    file = {name: job.params[name] for name in ("upload", "name")}
    asked = await waiting.ask_once(turn, "take_over", _once(job), **file, at=turn.now.isoformat())
    if asked is None:
        return _begun(await jobs.asked_once(turn.db, _once(job)))
    details = {name: job.result[name] for name in ("kind", "added", "changed", "bad")}
    await auditing.note(turn, "imported", job.params["name"], **details)
    return say("imports.taking", buttons=waiting.look("imports.look", asked))


@feature.on(tap="imports.drop", work=Work.WRITES, right=Right.IMPORT)
async def drop(turn: Turn) -> Reply:
    """Leave everything as it is, unless it was confirmed before."""
    job = await _previewed(turn)
    if (begun := await jobs.asked_once(turn.db, _once(job))) is not None:
        return _begun(begun)
    await jobs.drop(turn.db, job.id, turn.person.citizen)
    return say("imports.dropped", menu=True, replaces=True)


def _once(job: Job) -> str:
    """Return the key under which what was previewed is taken over, once."""
    return f"take_over:{job.id}"


def _begun(job: Job | None) -> Reply:
    return say("imports.begun", buttons=waiting.look("imports.look", job.id if job else 0))


async def _previewed(turn: Turn) -> Job:
    since = turn.system_now - CONFIRM_WITHIN
    number, citizen = taps.number(turn.argument), turn.person.citizen
    job = await jobs.of(turn.db, number, citizen, since=since)
    if job is None or job.kind != "import" or not job.result.get("rows"):
        raise Refusal("imports.confirm_again")
    return job
