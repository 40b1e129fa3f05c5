"""读书经验: the chosen tell how they read, by a form, with their consent; and take it back."""

import zlib
from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Lines, Phrase, Refusal, Reply, Rows
from bot.operations import commending, sharing
from bot.rules import forms
from storage import approvals, citizens, dialogs, experiences
from storage.approvals import Matter, NewApproval
from storage.experiences import Experience

feature = Feature("experiences")

ASKED_FOR = timedelta(hours=2)


@feature.on(
    command="experience", words=["读书经验"], tap="experiences", work=Work.WRITES, takes=True
)
async def form(turn: Turn) -> Reply:
    """Show the empty form to who was chosen, the experience there is, or what a form says."""
    me = turn.person.citizen
    await _may(turn)
    found = await experiences.standing(turn.db, turn.campaign_id, me)
    if found is not None and found.state != experiences.DRAFT:
        return _page(turn, found)
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, me, "experiences", until=until)
    if not turn.argument:
        return say("experiences.template", form=sharing.template(), buttons=_back())
    given = forms.read(turn.argument, sharing.labels(turn))
    entry, problems = sharing.read(turn, given)
    if entry is None:
        told = Lines(tuple(problems))
        again = sharing.template(given)
        return say("experiences.wrong", problems=told, form=again, buttons=_back())
    await experiences.write(turn.db, turn.campaign_id, me, entry=entry, at=turn.now)
    draft = await experiences.standing(turn.db, turn.campaign_id, me)
    return _preview(turn, draft) if draft else say("experiences.none", menu=True)


async def _may(turn: Turn) -> None:
    """Let pass who was chosen, in the last phase, and is 14 or older.

    Raises:
        Refusal: why not.

    """
    if not commending.is_on(turn.campaign, turn.today):
        raise Refusal("experiences.not_yet", day=commending.phase(turn.campaign).start)
    mine = await commending.mine(turn.db, turn.campaign_id, turn.person.citizen)
    if not mine:
        raise Refusal("experiences.not_chosen")
    if turn.person.band == citizens.YOUNG:
        raise Refusal("experiences.young")


def _back() -> Rows:
    return ((button("certificates"), button("menu")),)


def _preview(turn: Turn, draft: Experience) -> Reply:
    act = f"experiences.hand_in:{draft.id}.{_version(draft)}"
    confirm = button(turn.confirming(act), Phrase("buttons.confirm"))
    cancel = button("menu", Phrase("buttons.cancel"))
    return Reply("experiences.preview", sharing.shown(draft), ((confirm, cancel),))


def _version(draft: Experience) -> str:
    said = f"{draft.title}|{draft.text}|{draft.name}"
    return f"{zlib.crc32(said.encode()):x}"


@feature.on(tap="experiences.hand_in", work=Work.WRITES)
async def hand_in(turn: Turn) -> Reply:
    """Hand in exactly what was shown; staff read it before anybody else."""
    number, _, version = turn.confirmed("experiences.hand_in").partition(".")
    await _may(turn)
    draft = await sharing.own(turn, number)
    if draft.state != experiences.DRAFT:
        return _page(turn, draft)
    if version != _version(draft):
        return _preview(turn, draft)
    values = {"state": experiences.WAITING, "consented_at": turn.now, "touched_at": turn.now}
    await experiences.move(turn.db, draft.id, (experiences.DRAFT,), **values)
    new = NewApproval(
        turn.campaign_id, sharing.KIND, number, draft.title, version, turn.person.citizen
    )
    await approvals.ask(turn.db, new, at=turn.now)
    await dialogs.answered(turn.db, turn.person.citizen)
    return say("experiences.handed_in", buttons=_back(), replaces=True)


def _page(turn: Turn, found: Experience) -> Reply:
    back = button(turn.confirming(f"experiences.withdraw:{found.id}"), Phrase("experiences.back"))
    told = {**sharing.shown(found), "state": Phrase(f"notes.is_{found.state}")}
    return Reply("experiences.page", told, ((back, button("menu")),))


@feature.on(tap="experiences.withdraw", work=Work.WRITES)
async def withdraw(turn: Turn) -> Reply:
    """Take it back for good, whatever its state."""
    found = await sharing.own(turn, turn.confirmed("experiences.withdraw"))
    gone = {"state": experiences.WITHDRAWN, "title": "", "text": "", "name": None}
    await experiences.move(turn.db, found.id, experiences.STATES, **gone, touched_at=turn.now)
    await approvals.void(turn.db, Matter(turn.campaign_id, sharing.KIND, str(found.id)))
    return say("experiences.withdrawn", buttons=((button("menu"),),), replaces=True)
