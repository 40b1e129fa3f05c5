"""空白表: empty files to fill in, one for each kind of import."""

from bot.feature import Feature, Turn, Work, say
from bot.importing import KINDS
from bot.messages import Phrase, Refusal, Reply
from bot.operations import waiting
from bot.rules.rights import Right
from storage.jobs import Job

feature = Feature("templates")


@feature.on(tap="templates", work=Work.WRITES, right=Right.IMPORT)
async def ask(turn: Turn) -> Reply:
    """Have an empty file made."""
    if turn.argument not in KINDS:
        raise Refusal("waiting.gone")
    job = await waiting.ask(turn, "template", what=turn.argument)
    return say("templates.making", buttons=waiting.look("templates.look", job))


@feature.on(tap="templates.look", right=Right.IMPORT)
async def look(turn: Turn) -> Reply:
    """Say how far it is, or hand it out."""
    return await waiting.answer(turn, feature, "templates.look")


@feature.work("template", failed="templates.failed")
def made(job: Job) -> Reply:
    """Hand an empty file out."""
    kind = Phrase(f"imports.kind_{job.params['what']}")
    return Reply("templates.made", {"kind": kind}, job=job.id, files=True)
