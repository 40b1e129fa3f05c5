"""A broadcast to the city waits for a second person, who sees exactly what would go out."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import broadcasting
from bot.rules import taps
from bot.rules.rights import Right
from storage import approvals, broadcasts, citizens, dialogs
from storage.approvals import Approval
from storage.broadcasts import Broadcast

feature = Feature("approving")

ASKED_FOR = timedelta(minutes=30)
REASON_LENGTH_MAX = 200


@feature.on(tap="broadcasts.review", right=Right.REVIEW)
async def review(turn: Turn) -> Reply:
    """Show what would go out, to whom and from whom; its author does not decide."""
    found, asked = await _waiting(turn, turn.argument)
    counts = await broadcasting.counted(turn, found)
    shown = await broadcasting.preview(turn, found)
    own = found.author == turn.person.citizen
    act = f"{found.id}:{asked.id}"
    yes = button(turn.confirming(f"approving.yes:{act}"), Phrase("approving.yes"))
    no = button(f"approving.no:{found.id}", Phrase("approving.no"))
    back = button("reviews")
    return Reply(
        "approving.own" if own else "approving.text",
        {
            "author": await citizens.number(turn.db, found.author),
            "audience": await broadcasting.called(
                turn.db, turn.campaign_id, broadcasting.audience(found)
            ),
            "counts": broadcasting.counting(counts),
            "lasts": broadcasting.lasting(counts.reached, turn.speed),
            "room": await broadcasting.room(turn, found, counts=counts, shown=shown),
            "when": broadcasting.when(turn, found, second=True),
        },
        ((back,),) if own else ((yes, no), (back,)),
        before=shown,
    )


@feature.on(tap="approving.yes", work=Work.WRITES, right=Right.REVIEW)
async def approve(turn: Turn) -> Reply:
    """Agree: it goes out now, or at its time."""
    act, _, question = turn.confirmed("approving.yes").partition(":")
    found, asked = await _waiting(turn, act, lock=True)
    if str(asked.id) != question or asked.digest != broadcasting.digest(found):
        raise Refusal("approving.changed")
    await _decide(turn, found, asked, state=approvals.APPROVED)
    if not await broadcasting.may(turn.db, turn.campaign_id, found):
        raise Refusal("approving.author_may_not")
    await broadcasting.note(turn, "broadcast_approved", found)
    if found.starts_at is not None:
        await broadcasts.move(turn.db, found.id, (broadcasts.WAITING,), state=broadcasts.SCHEDULED)
    else:
        await broadcasting.launch(turn, found)
    await broadcasting.tell(turn, broadcasting.TOLD, found, what="approved")
    return say("approving.approved", buttons=((button("reviews"), broadcasting.past()),))


@feature.on(tap="approving.no", work=Work.WRITES, right=Right.REVIEW)
async def ask_reason(turn: Turn) -> Reply:
    """Ask why not; the author reads it."""
    found, _ = await _waiting(turn, turn.argument)
    _somebody_else(turn, found)
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, f"approving.reason:{found.id}", until=until)
    return say("approving.ask_reason", buttons=((button("reviews", Phrase("buttons.cancel")),),))


@feature.on(tap="approving.reason", work=Work.WRITES, right=Right.REVIEW)
async def refuse(turn: Turn) -> Reply:
    """Refuse with a reason; it is a draft again."""
    which, _, reason = turn.argument.partition(":")
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= REASON_LENGTH_MAX:
        raise Refusal("approving.wrong_reason", most=REASON_LENGTH_MAX)
    found, asked = await _waiting(turn, which, lock=True)
    await _decide(turn, found, asked, state=approvals.REFUSED, reason=reason)
    await broadcasts.move(
        turn.db, found.id, (broadcasts.WAITING,), state=broadcasts.DRAFT, confirmed_at=None
    )
    await dialogs.answered(turn.db, turn.person.citizen)
    await broadcasting.note(turn, "broadcast_refused", found, reason=reason)
    await broadcasting.tell(turn, broadcasting.TOLD, found, what="refused", reason=reason)
    return say("approving.refused", buttons=((button("reviews"), button("menu")),))


async def _waiting(turn: Turn, text: str, *, lock: bool = False) -> tuple[Broadcast, Approval]:
    """Return a broadcast that waits, and the question about it.

    Raises:
        Refusal: it waits no more.

    """
    number = taps.number(text)
    found = await broadcasts.of(turn.db, turn.campaign_id, number, lock=lock)
    asked = await approvals.of(turn.db, broadcasting.matter(turn.campaign_id, number))
    if found is None or asked is None:
        raise Refusal("broadcasts.unknown")
    if found.state != broadcasts.WAITING or asked.state != approvals.WAITING:
        raise Refusal("approving.over")
    return found, asked


def _somebody_else(turn: Turn, found: Broadcast) -> None:
    if found.author == turn.person.citizen:
        raise Refusal("approving.not_by_author")


async def _decide(
    turn: Turn, found: Broadcast, asked: Approval, *, state: str, reason: str | None = None
) -> None:
    """Decide, unless this is the author, or somebody was quicker."""
    _somebody_else(turn, found)
    decided = await approvals.decide(
        turn.db, asked.id, state=state, by=turn.person.citizen, reason=reason, at=turn.now
    )
    if not decided:
        raise Refusal("approving.over")
