"""群发: writing what goes to many: a draft with its text and its link, kept until it goes out."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import broadcasting
from bot.rules import compositions
from bot.rules.audiences import Audience, To
from bot.rules.compositions import LABEL_LENGTH_MAX, TEXT_LENGTH_MAX
from bot.rules.rights import Right
from storage import broadcasts, dialogs

feature = Feature("composing")

ASKED_FOR = timedelta(hours=2)
EXAMPLE = "https://live.example.org/1"
OFF = "-"  # an answer that takes the link away


@feature.on(
    command="broadcast",
    words=["群发"],
    tap="composing",
    work=Work.WRITES,
    right=Right.BROADCASTS,
    takes=True,
)
async def compose(turn: Turn) -> Reply:
    """Begin with the text that came along; else go on with the last draft, or ask for the text."""
    if turn.argument.strip():
        return await _begin(turn, turn.argument)
    draft = await broadcasts.draft_of(turn.db, turn.campaign_id, turn.person.citizen)
    return await fresh(turn) if draft is None else await broadcasting.desk(turn, draft)


@feature.on(tap="composing.fresh", work=Work.WRITES, right=Right.BROADCASTS)
async def fresh(turn: Turn) -> Reply:
    """Ask for a text."""
    await _ask(turn, "composing.first")
    return say(
        "composing.ask_text",
        most=TEXT_LENGTH_MAX,
        buttons=((broadcasting.past(), button("menu")),),
    )


@feature.on(tap="composing.first", work=Work.WRITES, right=Right.BROADCASTS)
async def first(turn: Turn) -> Reply:
    """Take the text that was asked for."""
    return await _begin(turn, turn.argument)


@feature.on(tap="composing.open", right=Right.BROADCASTS)
async def opened(turn: Turn) -> Reply:
    """Show a draft; one that waits for something becomes a draft only when it is changed."""
    return await broadcasting.desk(turn, await broadcasting.mine(turn, turn.argument))


@feature.on(tap="composing.text", work=Work.WRITES, right=Right.BROADCASTS)
async def text(turn: Turn) -> Reply:
    """Ask for another text."""
    draft = await broadcasting.mine(turn, turn.argument)
    await _ask(turn, f"composing.write:{draft.id}")
    return say("composing.ask_text", most=TEXT_LENGTH_MAX, buttons=broadcasting.back(draft))


@feature.on(tap="composing.write", work=Work.WRITES, right=Right.BROADCASTS)
async def write(turn: Turn) -> Reply:
    """Take another text."""
    which, _, written = turn.argument.partition(":")
    draft = await broadcasting.mine(turn, which, lock=True)
    changed = await broadcasting.edit(turn, draft, text=_text(written))
    await dialogs.answered(turn.db, turn.person.citizen)
    return await broadcasting.desk(turn, changed)


@feature.on(tap="composing.link", work=Work.WRITES, right=Right.BROADCASTS)
async def link(turn: Turn) -> Reply:
    """Ask for a button that leads somewhere, or offer to take it away."""
    draft = await broadcasting.mine(turn, turn.argument)
    await _ask(turn, f"composing.linked:{draft.id}")
    without = button(f"composing.linked:{draft.id}:{OFF}", Phrase("composing.no_link"))
    buttons = (*(((without,),) if draft.link_url else ()), *broadcasting.back(draft))
    return say("composing.ask_link", most=LABEL_LENGTH_MAX, example=EXAMPLE, buttons=buttons)


@feature.on(tap="composing.linked", work=Work.WRITES, right=Right.BROADCASTS)
async def linked(turn: Turn) -> Reply:
    """Take a label and an address, or nothing."""
    which, _, written = turn.argument.partition(":")
    draft = await broadcasting.mine(turn, which, lock=True)
    found = compositions.link(written)
    if found is None and written.strip() != OFF:
        return say("composing.wrong_link", most=LABEL_LENGTH_MAX, buttons=broadcasting.back(draft))
    label, url = found or (None, None)
    changed = await broadcasting.edit(turn, draft, link_label=label, link_url=url)
    await dialogs.answered(turn.db, turn.person.citizen)
    return await broadcasting.desk(turn, changed)


@feature.on(tap="composing.drop", work=Work.WRITES, right=Right.BROADCASTS)
async def drop(turn: Turn) -> Reply:
    """Throw a draft away; nobody was told anything."""
    draft = await broadcasting.mine(turn, turn.argument, lock=True)
    changed = await broadcasting.edit(turn, draft)
    await broadcasts.drop(turn.db, changed.id)
    await dialogs.answered(turn.db, turn.person.citizen)
    return say("composing.dropped", buttons=((button("composing"), button("menu")),))


async def _begin(turn: Turn, written: str) -> Reply:
    """Begin a draft; who has but one unit speaks to it."""
    reach, told = turn.reach(Right.BROADCASTS), _text(written)
    only = Audience(To.UNITS, units=reach.units) if len(reach.units) == 1 else None
    draft = await broadcasts.begin(
        turn.db,
        turn.campaign_id,
        turn.person.citizen,
        at=turn.now,
        text=told,
        own=not reach.everything,
        audience=None if only is None else str(only),
    )
    await dialogs.answered(turn.db, turn.person.citizen)
    return await broadcasting.desk(turn, await broadcasting.mine(turn, str(draft)))


def _text(written: str) -> str:
    told = compositions.tidied(written)
    if not told:
        raise Refusal("composing.empty")
    if len(told) > TEXT_LENGTH_MAX:
        raise Refusal("composing.too_long", signs=len(told), most=TEXT_LENGTH_MAX)
    return told


async def _ask(turn: Turn, target: str) -> None:
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, target, until=until)
