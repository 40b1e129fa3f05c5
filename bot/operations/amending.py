"""Corrections as staff make them: previewed as they would be booked, then booked once by the till.

A draft is kept in the database, because its reason fits into no button; what a button carries is
its number, signed for the person who saw the preview.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta

from bot import correcting
from bot.campaign import Campaign
from bot.correcting import Adjustment, Also, Corrected, Makeup, Reversal
from bot.feature import Kind, Turn, button, named, rows, say
from bot.messages import Button, Lines, Named, Param, Phrase, Refusal, Reply
from bot.operations import auditing, pushing
from bot.rules import cards, orders, rights, signing, taps
from bot.rules import corrections as rules
from bot.rules.corrections import Decision, Verdict
from bot.rules.rights import Right
from bot.till import Unregistered
from storage import approvals, corrections, disputes, profiles, roles, totals, twins
from storage import ledger as stored
from storage.approvals import Approval, Matter
from storage.corrections import Correction, NewCorrection
from storage.db import Db
from storage.profiles import Shown

KIND = "adjustments"  # of its approvals
NOON = time(12)
A_DAY = timedelta(days=1)
GUESSES_MAX = 4
REFUSED = {
    Verdict.ALREADY: "amending.already",
    Verdict.FULL: "amending.full",
    Verdict.DEAR: "amending.dear",
    Verdict.RESTS: "amending.rests",
    Verdict.MISSING: "amending.missing",
    Verdict.FIXED: "amending.fixed",
}


async def meant(turn: Turn, typed: str) -> Shown | Reply:
    """Return whose number this is, or ask which of the numbers near it was meant.

    Raises:
        Refusal: nobody has it, nor one near it.

    """
    number = cards.read(typed)
    if number is not None:
        found = await profiles.numbered(turn.db, [number])
        if not found:
            raise Refusal("errors.unknown_number", number=number)
        return found[0]
    near = (await profiles.numbered(turn.db, orders.guesses(typed)))[:GUESSES_MAX]
    wrong = typed[: cards.LENGTH * 2]
    if not near:
        raise Refusal("errors.wrong_number", number=wrong)
    told = Lines(tuple(Phrase("adjusting.near", face(turn, each)) for each in near))
    picks = (button(f"adjusting.of:{each.number}", each.number) for each in near)
    return say("adjusting.typo", number=wrong, near=told, buttons=rows(picks))


async def draft(turn: Turn, new: NewCorrection) -> Reply:
    """Keep a correction and show what it would do; nothing is booked.

    Raises:
        Refusal: it is about the own points, or the rules say no.

    """
    if new.citizen == turn.person.citizen:
        raise Refusal("amending.own")
    made = await corrections.add(turn.db, new, at=turn.system_now)
    return await preview(turn, await found(turn.db, turn.campaign_id, str(made)))


async def found(db: Db, campaign: int, argument: str) -> Correction:
    """Return the correction a button or an approval names.

    Raises:
        Refusal: there is none; its citizen may have left.

    """
    row = await corrections.of(db, taps.number(argument))
    if row is None or row.campaign != campaign:
        raise Refusal("amending.gone")
    return row


async def preview(turn: Turn, row: Correction) -> Reply:
    """Show a draft as it would be booked now, with the button that does it."""
    told = await facts(turn, row)
    cancel = button("adjusting", Phrase("buttons.cancel"))
    if not await _needs_second(turn, row):
        confirm = button(turn.confirming(f"adjustments.do:{row.id}"), Phrase("buttons.confirm"))
        more = ((_as_makeup(row),),) if row.kind == rules.Kind.ADJUSTMENT and row.points > 0 else ()
        return Reply(
            "amending.preview",
            {**told, "second": Phrase("amending.first")},
            ((confirm, cancel), *more),
        )
    others = set(await roles.staff(turn.db, turn.campaign_id)) - {row.by, row.citizen}
    if not others:
        alone = Phrase("amending.alone", {"most": turn.campaign.pushes.second_person_points})
        return Reply("amending.preview", {**told, "second": alone}, ((cancel,),))
    ask = button(turn.confirming(f"adjustments.ask:{row.id}"), Phrase("buttons.confirm"))
    second = Phrase("amending.second", {"most": turn.campaign.pushes.second_person_points})
    return Reply("amending.preview", {**told, "second": second}, ((ask, cancel),))


def _as_makeup(row: Correction) -> Button:
    return button(f"makeups:{row.id}", Phrase("amending.as_makeup"))


async def facts(turn: Turn, row: Correction) -> Mapping[str, Param]:
    """Return what is told of a correction before it is booked.

    Raises:
        Refusal: the rules say no.

    """
    whom = await whose(turn.db, row.citizen)
    has = await totals.of(turn.db, turn.campaign_id, row.citizen)
    decision = await foresee(turn, row)
    if decision.verdict in REFUSED:
        raise Refusal(REFUSED[decision.verdict])
    if row.state == corrections.DRAFT and decision.purse.debt != row.debt:
        await corrections.agree_to_debt(turn.db, row.id, decision.purse.debt)
    owed = decision.purse.debt
    return {
        **face(turn, whom),
        "what": await what(turn.db, turn, row),
        "before": has.balance - has.debt,
        "after": decision.purse.balance - owed,
        "debt": Phrase("amending.debt", {"debt": owed}) if owed else "",
        "reason": row.reason,
    }


async def whose(db: Db, citizen: int) -> Shown:
    """Return whom staff see.

    Raises:
        Refusal: they left.

    """
    whom = await profiles.shown(db, citizen)
    if whom is None or await twins.who(db, citizen) is None:
        raise Refusal("amending.gone")
    return whom


def face(turn: Turn, whom: Shown) -> dict[str, Param]:
    """Return the number, the display name and the town of somebody, for a sentence."""
    town = turn.campaign.unit(whom.town or "")
    return {
        "number": whom.number,
        "name": whom.name or Phrase("amending.no_name"),
        "town": named(town) if town else "",
    }


async def what(db: Db, turn: Turn, row: Correction) -> Phrase:
    """Say in a phrase what a correction does."""
    params: dict[str, Param] = {
        "points": f"{row.points:+}",
        "day": row.day,
        "activity": activity(turn.campaign, row.activity),
    }
    if row.kind != rules.Kind.REVERSAL or row.reverses is None:
        return Phrase(f"amending.what_{row.kind}", params)
    line = await stored.line_of(db, row.campaign, row.citizen, line=row.reverses)
    if line is None:
        raise Refusal("amending.missing")
    params |= {"points": f"{-line.points:+}", "line": line_named(turn, line)}
    return Phrase("amending.what_reversal", params)


def line_named(turn: Turn, line: stored.Line) -> Phrase:
    """Name a line of the ledger: its day, what it is, its points."""
    kind: Param = Phrase(f"amending.kind_{line.kind}")
    if line.activity:
        kind = activity(turn.campaign, line.activity)
    params: dict[str, Param] = {"day": line.day, "kind": kind, "points": f"{line.points:+}"}
    return Phrase("amending.line", params)


def activity(campaign: Campaign, wanted: str | None) -> Named | Phrase:
    """Name an activity; one that the campaign has no more is something else."""
    known = [each for each in campaign.activities if each.id == wanted]
    return named(known[0]) if known else Phrase("log.something")


async def foresee(turn: Turn, row: Correction) -> Decision:
    """Decide a correction as the till would now, without a lock and without writing."""
    act = _act(turn, row, also=None)
    seen = await correcting.look(turn.db, turn.campaign_id, act)
    if seen.before is not None:
        return Decision(Verdict.ALREADY)
    has = await totals.of(turn.db, turn.campaign_id, row.citizen)
    return correcting.decide(act, seen, has, campaign=turn.campaign)


async def owes_more(turn: Turn, row: Correction) -> bool:
    """Say whether it would leave a larger debt by now than whoever asked for it agreed to."""
    return (await foresee(turn, row)).verdict is Verdict.DEBT


async def _needs_second(turn: Turn, row: Correction) -> bool:
    pushes = turn.campaign.pushes
    since = turn.system_now - A_DAY
    today = await corrections.adjusted_by(turn.db, row.campaign, row.by, since=since)
    return pushes.second_person and rules.needs_second(
        row.points, alone_max=pushes.second_person_points, adjusted_today=today
    )


async def confirmed(turn: Turn, row: Correction, told: Kind) -> Reply:
    """Book what its author confirmed, or show it again if it is not as it was seen."""
    async with turn.looking() as db:
        seen = replace(turn, opened=db)
        if row.state == corrections.DRAFT and await _needs_second(seen, row):
            raise Refusal("amending.again")
    return await book(turn, row, told, second=None)


async def book(
    turn: Turn, row: Correction, told: Kind, *, second: int | None, answered: Kind | None = None
) -> Reply:
    """Let the till book a correction, and say how it ended; tell its citizen, and who asked."""
    async with turn.looking() as db:
        whom = await whose(db, row.citizen)
    also = _finishing(turn, row, told, whom=whom, second=second)
    if answered is not None:
        also = _answering(turn, row, answered, whom=whom, first=also)
    try:
        corrected = await turn.till.correct(_act(turn, row, also=also))
    except Unregistered:
        raise Refusal("amending.gone") from None  # they became one with another a moment ago
    if corrected.verdict is Verdict.DEBT:
        raise Refusal("amending.again")
    if corrected.verdict in REFUSED:
        raise Refusal(REFUSED[corrected.verdict])
    more = button(f"adjusting.of:{whom.number}", Phrase("amending.more"))
    params: dict[str, Param] = {
        **face(turn, whom),
        "points": f"{corrected.points:+}",
        "balance": corrected.balance,
        "debt": Phrase("amending.owes", {"debt": corrected.debt}) if corrected.debt else "",
        "earned": corrected.earned,
    }
    return Reply("amending.booked", params, ((more,), (button("roles"), button("menu"))))


def once_of(row: Correction) -> str:
    """Return the key under which a draft is booked, once."""
    return f"correction:{row.id}"


def _act(turn: Turn, row: Correction, *, also: Also | None) -> correcting.Correction:
    match row.kind:
        case rules.Kind.MAKEUP:
            noon = datetime.combine(row.day, NOON, turn.campaign.zone)
            return Makeup(
                row.citizen,
                row.activity or "",
                row.points,
                row.once or once_of(row),
                turn.cause,
                row.day,
                min(noon, turn.now),
                row.subject,
                also,
            )
        case rules.Kind.REVERSAL:
            return Reversal(
                row.citizen, row.reverses or 0, turn.cause, turn.now, debt=row.debt, also=also
            )
        case _:
            return Adjustment(
                row.citizen, row.points, once_of(row), turn.cause, row.day, turn.now, row.debt, also
            )


def _finishing(turn: Turn, row: Correction, told: Kind, *, whom: Shown, second: int | None) -> Also:
    """Return what is written with the line: the decision, the dispute, the audit, the push."""
    details = {"kind": row.kind, "points": row.points, "by": row.by, "correction": row.id}
    line = auditing.line(turn, row.kind, whom.number, **details)

    async def finish(db: Db, corrected: Corrected) -> None:
        me = turn.person.citizen
        for person in {row.by, second or row.by}:
            held = await roles.duties(db, row.campaign, person)
            if not rights.reach(held, Right.ADJUST):
                mine = person == me
                raise Refusal("errors.not_allowed" if mine else "amending.asker_gone")
        if second is None and await _needs_second(replace(turn, opened=db), row):
            raise Refusal("amending.again")  # others of theirs were booked at the same moment
        at = turn.system_now
        number = corrected.line or 0
        if second is not None:
            await _approve(db, turn, row, by=second)
        if not await corrections.book(db, row.id, line=number, second=second, at=at):
            raise Refusal("amending.decided")
        if row.dispute is not None and not await disputes.accept(
            db, row.dispute, by=row.by, answer=row.reason, at=turn.now
        ):
            raise Refusal("amending.dispute_decided")
        await auditing.add(db, line)
        content = {"citizens": [row.citizen], "correction": row.id}
        moment = replace(turn, opened=db)
        await pushing.push(moment, told, once=f"correction:{row.id}", content=content)

    return finish


def _answering(turn: Turn, row: Correction, answered: Kind, *, whom: Shown, first: Also) -> Also:
    """Return the same, and that whoever asked hears of the yes."""

    async def finish(db: Db, corrected: Corrected) -> None:
        await first(db, corrected)
        title = f"{whom.number} {row.points:+}"
        content = {"citizens": [row.by], "yes": True, "title": title, "reason": ""}
        once = f"correction:{row.id}:yes"
        await pushing.push(replace(turn, opened=db), answered, once=once, content=content)

    return finish


async def _approve(db: Db, turn: Turn, row: Correction, *, by: int) -> None:
    """Note the second person's yes, to exactly what was asked."""
    approval = await approvals.of(db, matter(row))
    if approval is None or approval.digest != digest(turn, row):
        raise Refusal("amending.gone")
    yes = approvals.APPROVED
    if not await approvals.decide(db, approval.id, state=yes, by=by, reason=None, at=turn.now):
        raise Refusal("amending.decided")


async def decline(turn: Turn, row: Correction, approval: Approval, *, reason: str) -> None:
    """Note that a second person said no.

    Raises:
        Refusal: somebody decided meanwhile.

    """
    by, no = turn.person.citizen, approvals.REFUSED
    if not await approvals.decide(
        turn.db, approval.id, state=no, by=by, reason=reason, at=turn.now
    ):
        raise Refusal("amending.decided")
    if not await corrections.refuse(turn.db, row.id, second=by, at=turn.system_now):
        raise Refusal("amending.decided")
    await auditing.note(turn, "correction_refused", approval.title, correction=row.id)


def matter(row: Correction) -> Matter:
    """Name the question whether a correction may be booked."""
    return Matter(row.campaign, KIND, str(row.id))


def digest(turn: Turn, row: Correction) -> str:
    """Return a hash over exactly what would be booked, for an approval to be bound to."""
    said = [row.id, row.citizen, row.kind, row.points, str(row.day), row.activity, row.reverses]
    return signing.keyed(turn.secret, json.dumps([*said, row.once, row.reason, row.debt]))


def lines(turn: Turn, listed: list[stored.Line]) -> Lines:
    """Name lines of the ledger, each with its number in the list."""
    return Lines(
        tuple(
            Phrase(
                "amending.entry_reversed" if line.reversed_by else "amending.entry",
                {"n": n, "line": line_named(turn, line)},
            )
            for n, line in enumerate(listed, start=1)
        )
    )
