"""二维码: a picture with the codes by which people join a unit, to be printed or sent on."""

from bot.feature import Feature, Turn, Work, say
from bot.messages import Button, Named, Phrase, Refusal, Reply
from bot.operations import unit_view, waiting
from bot.rules.rights import Right
from storage import jobs
from storage.jobs import Job

feature = Feature("posters")

KIND = "poster"


@feature.on(tap="posters", work=Work.WRITES, right=Right.UNIT)
async def poster(turn: Turn) -> Reply:
    """Have the picture drawn, or show it if this person has just had the same one."""
    unit = await unit_view.own(turn, turn.argument)
    links = list(turn.links(f"unit_{unit.code}"))
    if not links:
        raise Refusal("posters.no_link")
    told = {"unit": [unit.name, unit.name_en], "code": unit.code, "links": links}
    same = await waiting.same(turn, KIND, told)
    if same is not None and same.state == jobs.DONE:
        return ready(same)
    if same is not None and same.state in waiting.BUSY:
        return say("posters.begun", buttons=waiting.look("posters.look", same.id))
    job = await waiting.ask(turn, KIND, **told)
    return say("posters.begun", buttons=waiting.look("posters.look", job))


@feature.on(tap="posters.look", right=Right.UNIT)
async def look(turn: Turn) -> Reply:
    """Say how far the picture is, or show it."""
    return await waiting.answer(turn, feature, "posters.look")


@feature.work(KIND, failed="posters.failed")
def ready(job: Job) -> Reply:
    """Show the finished picture."""
    unit = Named(*job.params["unit"])
    back = Button(Phrase("posters.back"), f"units.invite:{job.params['code']}")
    return Reply("posters.ready", {"unit": unit}, ((back,),), job=job.id)
