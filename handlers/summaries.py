"""总结报告: how a unit's report stands, and the document with its figures, to be filled in."""

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Reply
from bot.operations import handed, summing, unit_choice, waiting
from bot.rules.rights import Right
from storage.jobs import Job

feature = Feature("summaries")


@feature.on(
    command="report",
    words=["总结报告", "总结"],
    tap="summaries",
    work=Work.WRITES,
    right=Right.REPORTS,
    takes=True,
)
async def report(turn: Turn) -> Reply:
    """Show how the report stands of the own unit, or of the one named; staff see all at first."""
    if not turn.argument.strip() and turn.reach(Right.COLLECT):
        return await handed.overview(turn, "")
    unit = await unit_choice.unit(turn, Right.REPORTS, "summaries")
    return unit if isinstance(unit, Reply) else await summing.page(turn, unit)


@feature.on(tap="summaries.write", work=Work.WRITES, right=Right.REPORTS)
async def write(turn: Turn) -> Reply:
    """Begin to write the document, with the figures as of now."""
    unit = await unit_choice.own(turn, turn.argument, Right.REPORTS)
    same = await waiting.same(turn, "summary", {"code": unit.code})
    if same is not None and same.state in waiting.BUSY:  # tapped again while it is on its way
        return _begun(unit.code, same.id)
    told = await summing.facts(turn, unit)
    return _begun(unit.code, await waiting.ask(turn, "summary", **told))


def _begun(code: str, job: int) -> Reply:
    ways = (*waiting.look("summaries.look", job), (button(f"cases:{code}"),))
    return say("summaries.begun", buttons=ways)


@feature.on(tap="summaries.look", right=Right.REPORTS)
async def look(turn: Turn) -> Reply:
    """Say how far it is, or hand it out."""
    return await waiting.answer(turn, feature, "summaries.look")


@feature.work("summary", failed="summaries.failed", right=Right.REPORTS, heavy=True)
def ready(job: Job) -> Reply:
    """Hand the document out, and say what to do with it."""
    code, result = str(job.params["code"]), job.result
    if "refused" in result:
        return waiting.refused(job, ((button("roles"), button("menu")),))
    hand = button(f"handing:{code}", Phrase("handing.to_hand"))
    again = button(f"summaries.write:{code}", Phrase("summaries.again"))
    told = {"cases": int(result["cases"]), "pictures": int(result["pictures"])}
    return Reply("summaries.ready", told, ((hand,), (again, button(f"cases:{code}"))), job=job.id)
