"""Pictures of a case: sent to the bot, looked at in a job, shown side by side, taken away."""

from bot import photos
from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, File, Param, Phrase, Refusal, Reply
from bot.operations import casebook, sent, waiting
from bot.rules import taps
from bot.rules.rights import Right
from storage import cases, uploads
from storage.cases import Case
from storage.jobs import Job

feature = Feature("snapshots", files=frozenset({"snapshots.given"}))

CAPTION_LENGTH_MAX = 60
WIDE = 3


@feature.on(tap="snapshots", work=Work.WRITES, right=Right.REPORTS)
async def ask(turn: Turn) -> Reply:
    """Ask for pictures, one or several."""
    case = await casebook.asked_for(turn, turn.argument)
    await casebook.ask(turn, f"snapshots.given:{case.id}")
    return _asking(case)


def _asking(case: Case) -> Reply:
    return Reply("snapshots.ask", {"title": case.title}, ((_done(case.id),),), files=True)


def _done(case: int) -> Button:
    return button(f"cases.one:{case}", Phrase("snapshots.done"))


@feature.on(tap="snapshots.given", work=Work.WRITES, right=Right.REPORTS)
async def given(turn: Turn) -> Reply:
    """Begin to look at a picture; the question stays open for the next one."""
    number, _, _ = turn.argument.partition(":")
    case, said = await casebook.asked_for(turn, number), turn.incoming.said
    if not isinstance(said, File):
        return _asking(case)
    await casebook.ask(turn, f"snapshots.given:{case.id}")
    if said.size > photos.BYTES_MAX:
        raise Refusal("photos.too_big", megabytes=photos.BYTES_MAX >> 20)
    return await _look_at(turn, case, await sent.note(turn, said), caption=said.caption)


@feature.on(tap="snapshots.take", work=Work.WRITES, right=Right.REPORTS)
async def take(turn: Turn) -> Reply:
    """Add a picture that was sent before to the case that was chosen for it."""
    number, _, which = turn.argument.partition(":")
    case = await casebook.asked_for(turn, which)
    upload = await uploads.of(turn.db, taps.number(number))
    if upload is None or upload.citizen != turn.person.citizen:
        raise Refusal("photos.lost")
    await casebook.ask(turn, f"snapshots.given:{case.id}")
    return await _look_at(turn, case, upload.id)


async def _look_at(turn: Turn, case: Case, upload: int, *, caption: str = "") -> Reply:
    told = " ".join(caption.split())[:CAPTION_LENGTH_MAX]
    await waiting.ask(turn, "case_picture", upload=upload, case=case.id, caption=told)
    return say("snapshots.checking", title=case.title, buttons=((_done(case.id),),))


@feature.work("case_picture", failed="snapshots.failed")
def taken(job: Job) -> Reply:
    """Say that a picture was added, or why not."""
    case, result = int(job.params["case"]), job.result
    if "refused" in result:
        return waiting.refused(job, ((_done(case),),), files=True)
    told: dict[str, Param] = {"title": str(result["title"]), "count": int(result["count"])}
    key = "snapshots.added" if result["new"] else "snapshots.there_before"
    return Reply(key, told, ((_done(case),),), files=True)


@feature.on(tap="snapshots.album", work=Work.WRITES, right=Right.REPORTS)
async def album(turn: Turn) -> Reply:
    """Begin to put a case's pictures side by side."""
    case = await casebook.asked_for(turn, turn.argument)
    if not case.pictures:
        return casebook.page(turn, case)
    job = await waiting.ask(turn, "case_album", case=case.id)
    return say("snapshots.album_begun", buttons=waiting.look("snapshots.look", job))


@feature.on(tap="snapshots.look", right=Right.REPORTS)
async def look(turn: Turn) -> Reply:
    """Say how far it is, or show it."""
    return await waiting.answer(turn, feature, "snapshots.look")


@feature.work("case_album", failed="snapshots.album_failed", right=Right.REPORTS)
def shown(job: Job) -> Reply:
    """Show a case's pictures, each of which can be taken away."""
    case, result = int(job.params["case"]), job.result
    if "refused" in result:
        return waiting.refused(job, ((_done(case),),))
    drops = [
        button(f"snapshots.drop:{case}:{number}", Phrase("snapshots.to_drop", {"n": n}))
        for n, number in enumerate(result["ids"], start=1)
    ]
    told: dict[str, Param] = {"title": str(result["title"]), "count": len(drops)}
    buttons = (*rows(drops, wide=WIDE), (casebook.to_case(case),))
    return Reply("snapshots.album", told, buttons, job=job.id)


@feature.on(tap="snapshots.drop", right=Right.REPORTS)
async def drop(turn: Turn) -> Reply:
    """Ask before a picture is taken away."""
    number, _, picture = turn.argument.partition(":")
    case = await casebook.asked_for(turn, number)
    ids = [each.id for each in await cases.pictures(turn.db, case.id)]
    if taps.number(picture) not in ids:
        return casebook.page(turn, case)
    target = turn.confirming(f"snapshots.drop_now:{case.id}.{picture}")
    yes = button(target, Phrase("buttons.confirm"))
    no = button(f"cases.one:{case.id}", Phrase("buttons.cancel"))
    place = ids.index(taps.number(picture)) + 1
    return say("snapshots.drop_asked", n=place, title=case.title, buttons=((yes, no),))


@feature.on(tap="snapshots.drop_now", work=Work.WRITES, right=Right.REPORTS)
async def drop_now(turn: Turn) -> Reply:
    """Take a picture away."""
    number, _, picture = turn.confirmed("snapshots.drop_now").partition(".")
    case = await casebook.asked_for(turn, number)
    await cases.drop_picture(turn.db, case.id, taps.number(picture))
    return casebook.page(turn, await casebook.asked_for(turn, number))
