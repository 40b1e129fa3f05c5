"""Slow work, for tests: the worker of a running bot, and what it tells."""

from bot import work
from bot.jobs import Jobs
from bot.messages import NoFile, Rendered, Reply
from bot.work import Source
from handlers import FEATURES
from storage.citizens import Account
from storage.jobs import Done, Job
from tests.chat import SECRET, Chat, Person


class InPlace(Jobs):
    """Does the work here, not in a child process, which takes seconds to begin.

    It is asked and answered in the words a child would hear and say.
    """

    async def _in_a_child(self, job: Job) -> Done:
        asked = work.asked(work.ask(self._source, job))
        return work.answered(work.answer(await work.do(*asked)))


def jobs_of(
    chat: Chat,
    told: list[tuple[Account, Rendered]],
    sent: dict[str, bytes] | None = None,
    *,
    kind: type[Jobs] = InPlace,
) -> Jobs:
    """Make the worker of a running bot; what it tells is collected, `sent` holds files by ref."""

    async def tell(account: Account, reply: Reply) -> None:
        told.append((account, await chat.dispatcher.render(account, reply)))

    async def fetch(_channel: str, ref: str) -> bytes:
        if sent is None or ref not in sent:
            raise NoFile("files.gone")
        return sent[ref]

    url = chat.database.url.render_as_string(hide_password=False)
    source = Source(url, "qingpu_2022", SECRET, chat.folder)
    return kind(FEATURES, chat.database, chat.clock, source=source, tell=tell, fetch=fetch)


async def worked(
    chat: Chat,
    person: Person,
    sent: dict[str, bytes] | None = None,
    *,
    kind: type[Jobs] = InPlace,
) -> tuple[Reply, Rendered]:
    """Do what was asked for, and return what the person is told, as reply and as rendered."""
    told: list[tuple[Account, Rendered]] = []
    assert await jobs_of(chat, told, sent, kind=kind).work_off_one()
    [(account, rendered)] = told
    assert account == person.account
    reply = chat.texts.last
    assert reply is not None
    person.rendered = rendered
    return reply, rendered
