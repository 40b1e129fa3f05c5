"""交报告情况: staff see who has handed in, and pack what there is into archives."""

from bot.archivist import ZIP_BYTES_MAX
from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Reply
from bot.operations import auditing, handed, waiting
from bot.rules import taps
from bot.rules.rights import Right
from storage.jobs import Job

feature = Feature("handins")


@feature.on(tap="handins", right=Right.COLLECT)
async def overview(turn: Turn) -> Reply:
    """List the units, page by page."""
    return await handed.overview(turn, turn.argument)


@feature.on(tap="handins.pack", work=Work.WRITES, right=Right.COLLECT)
async def pack(turn: Turn) -> Reply:
    """Begin to pack the newest versions; what is too much for one archive goes into several."""
    there = [one for one in await handed.owed(turn) if one.newest]
    parts = handed.parcels(there, ZIP_BYTES_MAX)
    number = taps.number(turn.argument)
    if number >= len(parts):
        return await handed.overview(turn, "")
    listed = [(one.newest, one.unit.name) for one in (there[n] for n in parts[number])]
    wanted = [[newest.id, name] for newest, name in listed if newest]
    asked = {"summaries": wanted, "part": number + 1, "parts": len(parts)}
    job = await waiting.ask(turn, "summaries_zip", **asked)
    await auditing.note(turn, "summaries_packed", str(len(wanted)))
    return say("handins.packing", count=len(wanted), buttons=waiting.look("handins.look", job))


@feature.on(tap="handins.look", right=Right.COLLECT)
async def look(turn: Turn) -> Reply:
    """Say how far it is, or hand it out."""
    return await waiting.answer(turn, feature, "handins.look")


@feature.work("summaries_zip", failed="handins.failed", right=Right.COLLECT, heavy=True)
def ready(job: Job) -> Reply:
    """Hand an archive out, with the way to the next one."""
    result, part, parts = job.result, int(job.params["part"]), int(job.params["parts"])
    back = (button("handins"), button("menu"))
    if "refused" in result:
        return waiting.refused(job, (back,))
    lost = [str(name) for name in result["lost"]]
    told = {
        "count": int(result["count"]),
        "part": Phrase("handins.part", {"n": part, "of": parts}) if parts > 1 else "",
        "lost": Phrase("handins.lost", {"names": ", ".join(lost)}) if lost else "",
    }
    more = button(f"handins.pack:{part}", Phrase("handins.next")) if part < parts else None
    return Reply("handins.ready", told, (*(((more,),) if more else ()), back), job=job.id)
