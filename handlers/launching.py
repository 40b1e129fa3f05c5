"""A broadcast's last step: seen exactly as it will look, counted, confirmed or scheduled."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import broadcasting, charge
from bot.rules import audiences, compositions
from bot.rules.rights import Right
from storage import approvals, broadcasts
from storage.approvals import NewApproval
from storage.broadcasts import Broadcast

feature = Feature("launching")

REPEAT_WITHIN = timedelta(days=2)
DIGEST_LENGTH = 8


@feature.on(tap="launching", right=Right.BROADCASTS)
async def preview(turn: Turn) -> Reply:
    """Show it exactly as it will look, to how many it goes, and how long that takes."""
    draft = await broadcasting.mine(turn, turn.argument)
    if broadcasting.audience(draft) is None:
        return say("launching.no_audience", buttons=((broadcasting.choosing(draft),),))
    _authorised(turn, draft)
    counts = await broadcasting.counted(turn, draft)
    shown = await broadcasting.preview(turn, draft)
    act = f"{draft.id}:{broadcasting.digest(draft)[:DIGEST_LENGTH]}"
    confirm = button(turn.confirming(f"launching.now:{act}"), Phrase("buttons.confirm"))
    change = button(f"composing.open:{draft.id}", Phrase("composing.back"))
    cancel = button(f"composing.drop:{draft.id}", Phrase("composing.drop"))
    return Reply(
        "launching.preview",
        {
            "audience": await broadcasting.called(
                turn.db, turn.campaign_id, broadcasting.audience(draft)
            ),
            "counts": broadcasting.counting(counts),
            "lasts": broadcasting.lasting(counts.reached, turn.speed),
            "room": await broadcasting.room(turn, draft, counts=counts, shown=shown),
            "when": broadcasting.when(turn, draft, second=_needs_second(turn, draft)),
            "then": Phrase("launching.second" if _needs_second(turn, draft) else "launching.goes"),
        },
        ((confirm,), (change, cancel)) if counts.reached else ((change, cancel),),
        before=shown,
    )


@feature.on(tap="launching.now", work=Work.WRITES, right=Right.BROADCASTS)
async def confirm(turn: Turn) -> Reply:
    """Send exactly what was shown, unless the same was just sent to the same people."""
    draft = await _confirmed(turn, turn.confirmed("launching.now"))
    since = turn.now - REPEAT_WITHIN
    before = await broadcasts.alike(
        turn.db, turn.campaign_id, broadcasting.same(draft), since=since, but=draft.id
    )
    if before is None or before.confirmed_at is None:
        return await _go(turn, draft)
    act = f"{draft.id}:{broadcasting.digest(draft)[:DIGEST_LENGTH]}"
    again = button(turn.confirming(f"launching.again:{act}"), Phrase("launching.again"))
    keep = button(f"composing.open:{draft.id}", Phrase("buttons.cancel"))
    return say("launching.same", at=before.confirmed_at, buttons=((again,), (keep,)))


@feature.on(tap="launching.again", work=Work.WRITES, right=Right.BROADCASTS)
async def again(turn: Turn) -> Reply:
    """Send it although the same was sent before."""
    return await _go(turn, await _confirmed(turn, turn.confirmed("launching.again")))


async def _confirmed(turn: Turn, act: str) -> Broadcast:
    """Return the draft that was shown, if it is still exactly that, and still may go out."""
    which, _, shown = act.partition(":")
    draft = await broadcasting.mine(turn, which, lock=True)
    if draft.state != broadcasts.DRAFT:
        raise Refusal("broadcasts.confirmed")
    if broadcasting.digest(draft)[:DIGEST_LENGTH] != shown:
        raise Refusal("launching.changed")
    _authorised(turn, draft)
    if draft.starts_at is not None:
        season = broadcasting.season(turn.campaign)
        if (wrong := compositions.problem(draft.starts_at, turn.now, season)) is not None:
            raise broadcasting.untimely(turn, wrong)
    return draft


async def _go(turn: Turn, draft: Broadcast) -> Reply:
    """Start it, keep it for its time, or ask the second person."""
    counts = await broadcasting.counted(turn, draft)
    if not counts.reached:
        raise Refusal("launching.nobody")
    second = _needs_second(turn, draft)
    if second and not await charge.colleagues(turn):
        raise Refusal("launching.alone")
    state = broadcasts.WAITING if second else broadcasts.SCHEDULED
    same = broadcasting.same(draft)
    await broadcasts.move(
        turn.db,
        draft.id,
        (broadcasts.DRAFT,),
        state=state,
        confirmed_at=turn.now,
        same=same,
        total=counts.total,
    )
    await broadcasting.note(turn, "broadcast_confirmed", draft, people=counts.total)
    stop = button(f"composing.drop:{draft.id}", Phrase("composing.drop"))
    back = broadcasting.past()
    if second:
        await _ask_second(turn, draft)
        return say("launching.waits", buttons=((stop, back),))
    if draft.starts_at is not None:
        return say("launching.scheduled", at=draft.starts_at, buttons=((stop, back),))
    await broadcasting.launch(turn, draft)
    halt = button(f"broadcasts.pause:{draft.id}", Phrase("broadcasts.pause"))
    return say("launching.started", count=counts.reached, buttons=((halt, back),))


async def _ask_second(turn: Turn, draft: Broadcast) -> None:
    new = NewApproval(
        *broadcasting.matter(turn.campaign_id, draft.id),
        title=compositions.title(draft.text),
        digest=broadcasting.digest(draft),
        asked_by=turn.person.citizen,
    )
    await approvals.ask(turn.db, new, at=turn.now)
    await broadcasting.tell(turn, broadcasting.WAITS, draft)


def _needs_second(turn: Turn, draft: Broadcast) -> bool:
    chosen = broadcasting.audience(draft)
    asks = turn.campaign.pushes.second_person and not draft.own
    return asks and chosen is not None and chosen.wide


def _authorised(turn: Turn, draft: Broadcast) -> None:
    chosen, reach = broadcasting.audience(draft), turn.reach(Right.BROADCASTS)
    if chosen is None or not audiences.may(reach, chosen, own=draft.own):
        raise Refusal("errors.not_yours")
