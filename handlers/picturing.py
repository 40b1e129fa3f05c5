"""A picture for a broadcast: sent to the bot, seen in the preview, or taken away again."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button
from bot.messages import File, Phrase, Reply
from bot.operations import broadcasting, illustrating
from bot.rules.rights import Right
from storage import dialogs

feature = Feature("picturing", files=frozenset({"picturing.given"}))

ASKED_FOR = timedelta(minutes=30)


@feature.on(tap="picturing", work=Work.WRITES, right=Right.BROADCASTS)
async def ask(turn: Turn) -> Reply:
    """Ask for a picture, or offer to take it away."""
    draft = await broadcasting.mine(turn, turn.argument)
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, f"picturing.given:{draft.id}", until=until)
    without = button(f"picturing.drop:{draft.id}", Phrase("picturing.drop"))
    rows = (((without,),) if draft.picture else ()) + broadcasting.back(draft)
    return Reply("picturing.ask", {}, rows, files=True)


@feature.on(tap="picturing.given", work=Work.WRITES, right=Right.BROADCASTS)
async def given(turn: Turn) -> Reply:
    """Take the picture that was asked for."""
    which, _, _ = turn.argument.partition(":")
    draft = await broadcasting.mine(turn, which, lock=True)
    said = turn.incoming.said
    if not isinstance(said, File):
        return Reply("picturing.ask", {}, broadcasting.back(draft), files=True)
    new = await illustrating.take(turn, said)
    if new is None:
        return Reply("picturing.none", {}, broadcasting.back(draft), files=True)
    number = await illustrating.keep(turn, new)
    await dialogs.answered(turn.db, turn.person.citizen)
    return await broadcasting.desk(turn, await broadcasting.edit(turn, draft, picture=number))


@feature.on(tap="picturing.drop", work=Work.WRITES, right=Right.BROADCASTS)
async def drop(turn: Turn) -> Reply:
    """Take the picture away."""
    draft = await broadcasting.mine(turn, turn.argument, lock=True)
    await dialogs.answered(turn.db, turn.person.citizen)
    return await broadcasting.desk(turn, await broadcasting.edit(turn, draft, picture=None))
