"""When a broadcast goes out: at once, or at a time that is neither past nor quiet."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Reply
from bot.operations import broadcasting
from bot.rules import compositions
from bot.rules.compositions import Problem
from bot.rules.rights import Right
from storage import dialogs

feature = Feature("scheduling")

ASKED_FOR = timedelta(hours=1)


@feature.on(tap="scheduling", work=Work.WRITES, right=Right.BROADCASTS)
async def ask_time(turn: Turn) -> Reply:
    """Ask when it shall go out."""
    draft = await broadcasting.mine(turn, turn.argument)
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, f"scheduling.at:{draft.id}", until=until)
    soon = button(f"scheduling.soon:{draft.id}", Phrase("broadcasts.at_once"))
    return say(
        "scheduling.ask_time",
        day=turn.today.isoformat(),
        buttons=((soon,), *broadcasting.back(draft)),
    )


@feature.on(tap="scheduling.at", work=Work.WRITES, right=Right.BROADCASTS)
async def at(turn: Turn) -> Reply:
    """Take the time that was typed; the quiet hours and the past are refused."""
    which, _, written = turn.argument.partition(":")
    draft = await broadcasting.mine(turn, which, lock=True)
    found = compositions.start(written, turn.now, broadcasting.season(turn.campaign))
    if isinstance(found, Problem):
        no = broadcasting.untimely(turn, found)
        return Reply(no.key, no.params, broadcasting.back(draft))
    await dialogs.answered(turn.db, turn.person.citizen)
    return await broadcasting.desk(turn, await broadcasting.edit(turn, draft, starts_at=found))


@feature.on(tap="scheduling.soon", work=Work.WRITES, right=Right.BROADCASTS)
async def soon(turn: Turn) -> Reply:
    """Let it go out as soon as it is confirmed."""
    draft = await broadcasting.mine(turn, turn.argument, lock=True)
    await dialogs.answered(turn.db, turn.person.citizen)
    return await broadcasting.desk(turn, await broadcasting.edit(turn, draft, starts_at=None))
