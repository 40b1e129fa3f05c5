"""海报: a picture of one's own figures and badges, to be shared; its code leads to the bot."""

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import badging, waiting
from storage import jobs, profiles, totals
from storage.citizens import YOUNG
from storage.jobs import Job

feature = Feature("keepsakes")

KIND = "keepsake"
BADGES_MAX = 10


@feature.on(command="poster", words=["海报"], tap="keepsakes", work=Work.WRITES)
async def draw(turn: Turn) -> Reply:
    """Have the picture drawn, or show it if this person has just had the same one.

    A name stands there only of who shows it to others; nobody under 14 is named.
    """
    if not turn.incoming.private:
        raise Refusal("errors.in_private")
    links = list(turn.links(""))[:1]
    person = turn.person
    profile = await profiles.of(turn.db, person.citizen)
    has = await totals.of(turn.db, turn.campaign_id, person.citizen)
    every = await badging.mine(turn)
    mine = [each.badge.id for each in every if each.has]
    told = {
        "name": (profile.name or "") if profile.listed and person.band != YOUNG else "",
        "figures": [has.earned, has.visit_days, has.finished, has.lives],
        "badges": mine[-BADGES_MAX:],
        "links": links,
        "language": person.language or turn.incoming.language,
    }
    same = await waiting.same(turn, KIND, told)
    if same is not None and same.state == jobs.DONE:
        return ready(same)
    del told["language"]  # goes with every wish
    busy = same is not None and same.state in waiting.BUSY
    job = same.id if same is not None and busy else await waiting.ask(turn, KIND, **told)
    return say("keepsakes.begun", buttons=waiting.look("keepsakes.look", job))


@feature.on(tap="keepsakes.look")
async def look(turn: Turn) -> Reply:
    """Say how far the picture is, or show it."""
    return await waiting.answer(turn, feature, "keepsakes.look")


@feature.work(KIND, failed="keepsakes.failed")
def ready(job: Job) -> Reply:
    """Show the finished picture."""
    ways = ((button("badges", Phrase("badges.name")), button("menu")),)
    return Reply("keepsakes.ready", {}, ways, job=job.id)
