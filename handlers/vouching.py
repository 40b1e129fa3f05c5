"""待确认代报: a second person confirms what an organiser attested, or it is taken back."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Lines, Param, Phrase, Refusal, Reply
from bot.operations import attesting, auditing, carding, listing
from bot.rules import papercards, taps
from bot.rules.rights import Right
from storage import attests, citizens
from storage.attests import Attest, State
from storage.db import Db

feature = Feature("vouching")


@feature.on(tap="vouching", work=Work.WRITES, right=Right.CARDS)
async def queue(turn: Turn) -> Reply:
    """List what waits, the oldest first; what one attested oneself is for somebody else."""
    where, me = carding.scope(turn), turn.person.citizen
    total = (await attests.count(turn.db, where)).waiting
    if not total:
        return say("vouching.none", buttons=((button("papercards"), button("roles")),))
    page = listing.page_of("vouching", turn.argument, total)
    shown = await attests.waiting(turn.db, where, offset=page.offset, limit=listing.PAGE_SIZE)
    lines = [await _line(turn, n, one) for n, one in enumerate(shown, start=1)]
    others = [one.id for one in shown if one.by != me]
    yes = button(
        f"vouching.yes:{'.'.join(map(str, others))}",
        Phrase("vouching.yes", {"count": len(others)}),
    )
    no = [
        button(f"vouching.ask:{one.id}", Phrase("vouching.no", {"n": n}))
        for n, one in enumerate(shown, start=1)
    ]
    params: dict[str, Param] = {"count": total, "lines": Lines(tuple(lines))}
    ways = (button("papercards"), button("roles"))
    first = ((yes,),) if others else ()
    buttons = (*first, *rows(no, wide=2), *listing.neighbours(page), ways)
    return Reply("vouching.text", params, buttons)


async def _line(turn: Turn, n: int, one: Attest) -> Phrase:
    params: dict[str, Param] = {
        "n": n,
        "number": papercards.grouped(one.number),
        "day": one.day,
        "what": await attesting.called(turn.db, turn.campaign, one),
        "by": await citizens.number(turn.db, one.by),
        "until": attesting.until(one.day),
    }
    key = "vouching.line_own" if one.by == turn.person.citizen else "vouching.line"
    return Phrase(key, params)


@feature.on(tap="vouching.yes", work=Work.WRITES, right=Right.CARDS)
async def yes(turn: Turn) -> Reply:
    """Confirm what was shown, but what one attested oneself."""
    seen = {taps.number(each) for each in turn.argument.split(".")[: listing.PAGE_SIZE]}
    me = turn.person.citizen
    count = await attests.confirm(turn.db, carding.scope(turn), seen, by=me, at=turn.now)
    if count:
        numbers = sorted(seen)
        await auditing.note(turn, "attests_confirmed", str(count), attests=numbers)
    left = await attests.count_waiting(turn.db, carding.scope(turn), but=me)
    more = (button("vouching", Phrase("vouching.more")),) if left else ()
    ways = (*more, button("papercards"), button("roles"))
    return say("vouching.done", count=count, left=left, buttons=(ways,))


@feature.on(tap="vouching.ask", right=Right.CARDS)
async def ask(turn: Turn) -> Reply:
    """Ask before points are taken back."""
    one = await _seen(turn.db, turn, turn.argument)
    confirm = button(turn.confirming(f"vouching.deny:{one.id}"), Phrase("buttons.confirm"))
    cancel = button("vouching", Phrase("buttons.cancel"))
    return say(
        "vouching.ask_no",
        number=papercards.grouped(one.number),
        day=one.day,
        what=await attesting.called(turn.db, turn.campaign, one),
        points=one.points,
        buttons=((confirm, cancel),),
    )


@feature.on(tap="vouching.deny", work=Work.PAYS, right=Right.CARDS)
async def deny(turn: Turn) -> Reply:
    """Take it back: by a second person, or by who attested it by mistake."""
    number = turn.confirmed("vouching.deny")
    async with turn.looking() as db:
        one = await _seen(db, turn, number)
    points = await attesting.take_back(turn, one, one.number)
    ways = ((button("vouching"), button("papercards")),)
    number = papercards.grouped(one.number)
    return say("vouching.denied", number=number, points=points, buttons=ways)


async def _seen(db: Db, turn: Turn, argument: str) -> Attest:
    """Return what waits in this person's charge.

    Raises:
        Refusal: there is no such thing, or it does not wait any more.

    """
    found = await attests.of(db, turn.campaign_id, taps.number(argument))
    if found is None or not await attests.is_among(db, carding.scope(turn), found.id):
        raise Refusal("vouching.gone")
    if found.state != State.WAITING:
        raise Refusal("vouching.done_already")
    return found
