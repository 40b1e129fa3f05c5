"""Broadcasts that went out: the list of them, one with its result, halting and going on."""

from bot.feature import Feature, Turn, Work, rows
from bot.messages import Button, Lines, Phrase, Refusal, Reply
from bot.operations import broadcasting, listing, sending
from bot.rules import compositions
from bot.rules.rights import Right
from storage import broadcasts, halts
from storage.broadcasts import Broadcast

feature = Feature("sendouts")


@feature.on(words=["群发记录"], tap="broadcasts.past", work=Work.WRITES, right=Right.BROADCASTS)
async def past(turn: Turn) -> Reply:
    """List the confirmed ones, the newest first: the own ones, for staff all."""
    everything = turn.reach(Right.BROADCASTS).everything
    author = None if everything else turn.person.citizen
    total = await broadcasts.count_past(turn.db, turn.campaign_id, author=author)
    page = listing.page_of("broadcasts.past", turn.argument, total)
    found = await broadcasts.past(
        turn.db, turn.campaign_id, author=author, offset=page.offset, limit=listing.PAGE_SIZE
    )
    lines = [await _line(turn, n, each) for n, each in enumerate(found, start=1)]
    opens = [
        Button(listing.label(compositions.title(each.text)), f"broadcasts.open:{each.id}")
        for each in found
    ]
    back = (Button(Phrase("composing.name"), "composing"), Button(Phrase("menu.name"), "menu"))
    return await listing.numbered(
        turn,
        "sendouts.text" if found else "sendouts.none",
        rows(opens),
        page=page,
        ways=(back,),
        lines=Lines(tuple(lines)),
    )


async def _line(turn: Turn, n: int, each: Broadcast) -> Phrase:
    audience = broadcasting.audience(each)
    return Phrase(
        "sendouts.line",
        {
            "n": n,
            "title": compositions.title(each.text),
            "at": each.started_at or each.starts_at or each.confirmed_at or turn.now,
            "audience": await broadcasting.called(turn.db, turn.campaign_id, audience),
            "state": Phrase(f"sendouts.state_{each.state}"),
        },
    )


@feature.on(tap="broadcasts.open", right=Right.BROADCASTS)
async def opened(turn: Turn) -> Reply:
    """Show how one stands; what has not gone out can still be changed by its author."""
    found = await broadcasting.of(turn, turn.argument)
    if found.state in broadcasts.SENT:
        return await _standing(turn, found)
    if found.author == turn.person.citizen:
        return await broadcasting.desk(turn, found)
    raise Refusal("sendouts.not_yet")


@feature.on(tap="broadcasts.pause", work=Work.WRITES, right=Right.BROADCASTS)
async def pause(turn: Turn) -> Reply:
    """Halt at once; then decide whether it goes on."""
    found = await broadcasting.of(turn, turn.argument, lock=True)
    if found.state == broadcasts.RUNNING and await halts.pause(turn.db, found.push or 0):
        held = {"state": broadcasts.HELD, "why": sending.HAND}
        await broadcasts.move(turn.db, found.id, (broadcasts.RUNNING,), **held)
        await broadcasting.note(turn, "broadcast_paused", found)
    return await _again(turn, found)


@feature.on(tap="broadcasts.resume", work=Work.WRITES, right=Right.BROADCASTS)
async def resume(turn: Turn) -> Reply:
    """Let it go on, if its author may still send it."""
    found = await broadcasting.of(turn, turn.argument, lock=True)
    if not await broadcasting.may(turn.db, turn.campaign_id, found):
        raise Refusal("errors.not_yours")
    if found.state == broadcasts.HELD and await halts.resume(turn.db, found.push or 0):
        going = {"state": broadcasts.RUNNING, "why": None}
        await broadcasts.move(turn.db, found.id, (broadcasts.HELD,), **going)
        await broadcasting.note(turn, "broadcast_resumed", found)
    return await _again(turn, found)


@feature.on(tap="broadcasts.stop", work=Work.WRITES, right=Right.BROADCASTS)
async def stop(turn: Turn) -> Reply:
    """End it for good; who was not told yet is not told any more."""
    found = await broadcasting.of(turn, turn.argument, lock=True)
    if found.state in broadcasts.GOING and await halts.stop(turn.db, found.push or 0):
        ended = {"state": broadcasts.STOPPED, "why": sending.HAND, "ended_at": turn.now}
        await broadcasts.move(turn.db, found.id, broadcasts.GOING, **ended)
        await broadcasting.note(turn, "broadcast_stopped", found)
    return await _again(turn, found)


async def _again(turn: Turn, found: Broadcast) -> Reply:
    return await _standing(turn, await broadcasting.of(turn, str(found.id)))


async def _standing(turn: Turn, found: Broadcast) -> Reply:
    if found.state not in broadcasts.SENT:
        raise Refusal("sendouts.not_yet")
    return await sending.standing(turn.db, found, now=turn.now, campaign=turn.campaign)
