"""Staff's answer to an experience: accepted it goes out as news, refused its writer reads why."""

import json
from collections.abc import Mapping
from datetime import timedelta

from bot.feature import Feature, Sending, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import auditing, pushing, sharing
from bot.rules import orders, taps
from bot.rules.orders import Wrong
from bot.rules.rights import Right
from storage import approvals, dialogs, experiences
from storage.approvals import Approval, Matter
from storage.experiences import Experience

feature = Feature("praising")

ASKED_FOR = timedelta(minutes=30)
TOLD_FOR = timedelta(days=2)
REASON_MAX = 300
BEGINNING = 80
BACK = (button("reviews"), button("roles"))


@feature.on(tap="experiences.review", work=Work.WRITES, right=Right.REVIEW)
async def review(turn: Turn) -> Reply:
    """Show what would go out, and ask."""
    found, _ = await _waiting(turn, turn.argument)
    accept = button(turn.confirming(f"praising.accept:{found.id}"), Phrase("moderating.accept"))
    refuse = button(f"praising.refuse:{found.id}", Phrase("moderating.refuse"))
    return Reply("praising.page", sharing.shown(found), ((accept, refuse), BACK))


async def _waiting(turn: Turn, argument: str) -> tuple[Experience, Approval]:
    """Return an experience that waits, and the question about it.

    Raises:
        Refusal: it is decided, was taken back, its writer left, or it is the own one.

    """
    matter = Matter(turn.campaign_id, sharing.KIND, argument)
    asked = await approvals.of(turn.db, matter)
    found = await experiences.of(turn.db, turn.campaign_id, taps.number(argument))
    if found is None or found.state != experiences.WAITING:
        await approvals.void(turn.db, matter)
        raise Refusal("praising.gone")
    if asked is None or asked.state != approvals.WAITING:
        raise Refusal("praising.gone")
    if found.citizen == turn.person.citizen:
        raise Refusal("amending.own")
    return found, asked


@feature.on(tap="praising.accept", work=Work.WRITES, right=Right.REVIEW)
async def accept(turn: Turn) -> Reply:
    """Let all read it: on the shelf, and as news to who wants news."""
    found = await _decide(turn, turn.confirmed("praising.accept"), experiences.ACCEPTED)
    content = {"experience": found.id, "title": found.title}
    until = turn.now + TOLD_FOR
    await pushing.push(turn, news, once=f"experience:{found.id}", content=content, expires_at=until)
    return say("praising.accepted", title=found.title, buttons=(BACK,), replaces=True)


async def _decide(
    turn: Turn, argument: str, state: str, *, reason: str | None = None
) -> Experience:
    found, asked = await _waiting(turn, argument)
    moved = await experiences.move(
        turn.db, found.id, (experiences.WAITING,), state=state, touched_at=turn.now
    )
    answer = approvals.APPROVED if state == experiences.ACCEPTED else approvals.REFUSED
    by = turn.person.citizen
    if not moved or not await approvals.decide(
        turn.db, asked.id, state=answer, by=by, reason=reason, at=turn.now
    ):
        raise Refusal("praising.gone")
    act = f"experience_{state}"
    await auditing.note(turn, act, found.title, experience=found.id, reason=reason)
    content = {"citizens": [found.citizen], "title": found.title, "state": state}
    once = f"experience:{found.id}:{state}"
    await pushing.push(turn, told, once=once, content={**content, "reason": reason or ""})
    return found


@feature.on(tap="praising.refuse", work=Work.WRITES, right=Right.REVIEW)
async def refuse(turn: Turn) -> Reply:
    """Ask for the reason that the writer will read."""
    found, _ = await _waiting(turn, turn.argument)
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, f"praising.no:{found.id}", until=until)
    cancel = button(f"experiences.review:{found.id}", Phrase("buttons.cancel"))
    return say("moderating.why", title=found.title, most=REASON_MAX, buttons=((cancel,),))


@feature.on(tap="praising.no", work=Work.WRITES, right=Right.REVIEW)
async def no(turn: Turn) -> Reply:
    """Refuse, and tell the writer why."""
    number, _, words = turn.argument.partition(":")
    reason = orders.reason(words, longest=REASON_MAX)
    if isinstance(reason, Wrong):
        raise Refusal("moderating.reason_length", most=REASON_MAX)
    found = await _decide(turn, number, experiences.REFUSED, reason=reason)
    await dialogs.answered(turn.db, turn.person.citizen)
    return say("praising.refused", title=found.title, buttons=(BACK,))


@feature.push("told", switch="", urgency=2, audience=pushing.named_ones)
async def told(sending: Sending) -> Mapping[int, Reply]:
    """Tell the writer the answer."""
    content = json.loads(sending.push.content)
    reply = say(
        f"praising.told_{content['state']}",
        title=content["title"],
        reason=content["reason"],
        buttons=((button("experiences"), button("menu")),),
    )
    return dict.fromkeys(sending.citizens, reply)


@feature.push("news", switch="news", urgency=4, audience=pushing.everybody)
async def news(sending: Sending) -> Mapping[int, Reply]:
    """Tell how it begins, with the way to the rest; what was taken back is told nobody."""
    number = json.loads(sending.push.content)["experience"]
    found = await experiences.of(sending.db, sending.campaign_id, number)
    if found is None or found.state != experiences.ACCEPTED:
        return {}
    line = found.text.replace("\n", " ")
    begins = line if len(line) <= BEGINNING else f"{line[: BEGINNING - 1]}…"
    reply = Reply(
        "praising.news",
        {**sharing.shown(found), "text": begins},
        ((button(f"voices.read:{found.id}", Phrase("voices.open")), button("shelf")),),
    )
    return dict.fromkeys(sending.citizens, reply)
