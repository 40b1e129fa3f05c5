"""我的数据: a copy of everything that is held about oneself, as a file."""

from bot.feature import KNOWN, Feature, Turn, Work, button, say
from bot.messages import Phrase, Reply, Rows
from storage import jobs
from storage.jobs import Job, Wish

feature = Feature("mydata")

KIND = "mydata"


@feature.on(command="mydata", words=["我的数据"], tap="mydata", work=Work.WRITES, right=KNOWN)
async def mydata(turn: Turn) -> Reply:
    """Hand the copy out if it is ready, say how far it is, or begin it."""
    job = await jobs.latest(turn.db, turn.person.citizen, KIND)
    if job is not None and job.state == jobs.DONE:
        return ready(job)
    if job is not None and job.state in {jobs.WAITING, jobs.RUNNING}:
        return _on_its_way(job)
    return await anew(turn)


@feature.on(tap="mydata.anew", work=Work.WRITES, right=KNOWN)
async def anew(turn: Turn) -> Reply:
    """Begin a new copy, unless one is on its way."""
    job = await jobs.latest(turn.db, turn.person.citizen, KIND)
    if job is not None and job.state in {jobs.WAITING, jobs.RUNNING}:
        return _on_its_way(job)
    account = turn.account
    wish = Wish(turn.campaign_id, turn.person.citizen, account.channel, account.sender, kind=KIND)
    once = f"{KIND}:{turn.cause}"
    await jobs.ask(turn.db, wish, once=once, at=turn.system_now)
    return say("mydata.begun", buttons=_look())


@feature.work(KIND, failed="mydata.failed")
def ready(job: Job) -> Reply:
    """Hand out a finished copy."""
    again = button("mydata.anew", Phrase("mydata.make_anew"))
    return Reply("mydata.ready", buttons=((again, button("settings")),), job=job.id)


def _on_its_way(job: Job) -> Reply:
    return say("mydata.on_its_way", percent=job.progress, buttons=_look())


def _look() -> Rows:
    return ((button("mydata", Phrase("mydata.look")), button("settings")),)
