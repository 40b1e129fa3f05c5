"""调整: adding points to somebody's balance or taking some, taking a line back; with a reason."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import amending
from bot.rules import orders
from bot.rules.corrections import POINTS_MAX, REASON_MAX, REVERSIBLE, Kind
from bot.rules.orders import Wrong
from bot.rules.rights import Right
from storage import dialogs, ledger, totals
from storage.corrections import NewCorrection
from storage.profiles import Shown

feature = Feature("adjusting")

ASKED_FOR = timedelta(minutes=10)
SHOWN = 6
LINE_DIGITS_MAX = 6
PROBLEMS = {wrong: f"adjusting.wrong_{wrong}" for wrong in Wrong}


@feature.on(
    command="adjust",
    words=["调整"],
    tap="adjusting",
    work=Work.WRITES,
    right=Right.ADJUST,
    takes=True,
)
async def adjust(turn: Turn) -> Reply:
    """Say how to write it, list somebody's lines, or show what an adjustment would do."""
    number, rest = orders.parted(turn.argument)
    if not number:
        back = ((button("roles"), button("menu")),)
        return say("adjusting.how", most=POINTS_MAX, example="2A3B4C5D", buttons=back)
    person = await amending.meant(turn, number)
    if isinstance(person, Reply):
        return person
    if not rest:
        return await _listed(turn, person, before=None)
    wanted = orders.amount(rest)
    if isinstance(wanted, Wrong):
        raise Refusal(PROBLEMS[wanted], most=POINTS_MAX, longest=REASON_MAX, number=person.number)
    new = NewCorrection(
        turn.campaign_id,
        person.citizen,
        Kind.ADJUSTMENT,
        wanted.points,
        turn.today,
        wanted.reason,
        turn.person.citizen,
    )
    return await amending.draft(turn, new)


@feature.on(tap="adjusting.of", right=Right.ADJUST)
async def lines(turn: Turn) -> Reply:
    """List somebody's lines, the newest first, each with the way to take it back."""
    number, _, before = turn.argument.partition(":")
    person = await amending.meant(turn, number)
    if isinstance(person, Reply):
        return person
    return await _listed(turn, person, before=_line(before) if before else None)


@feature.on(tap="adjusting.take", work=Work.WRITES, right=Right.ADJUST)
async def take(turn: Turn) -> Reply:
    """Ask why a line shall be taken back."""
    person, line = await _named(turn, turn.argument)
    target = f"adjusting.why:{person.number}.{line.line}"
    await dialogs.ask(turn.db, turn.person.citizen, target, until=turn.system_now + ASKED_FOR)
    cancel = button(f"adjusting.of:{person.number}", Phrase("buttons.cancel"))
    named = amending.line_named(turn, line)
    return say("adjusting.ask_why", line=named, longest=REASON_MAX, buttons=((cancel,),))


@feature.on(tap="adjusting.why", work=Work.WRITES, right=Right.ADJUST)
async def why(turn: Turn) -> Reply:
    """Show what taking a line back would do."""
    about, _, words = turn.argument.partition(":")
    person, line = await _named(turn, about.replace(".", ":"))
    reason = orders.reason(words)
    if isinstance(reason, Wrong):
        raise Refusal(PROBLEMS[reason], most=POINTS_MAX, longest=REASON_MAX, number=person.number)
    await dialogs.answered(turn.db, turn.person.citizen)
    new = NewCorrection(
        turn.campaign_id,
        person.citizen,
        Kind.REVERSAL,
        -line.points,
        line.day,
        reason,
        turn.person.citizen,
        activity=line.activity,
        reverses=line.line,
    )
    return await amending.draft(turn, new)


def _line(digits: str) -> int:
    if not digits.isdecimal() or len(digits) > LINE_DIGITS_MAX:
        raise Refusal("amending.missing")
    return int(digits)


async def _named(turn: Turn, argument: str) -> tuple[Shown, ledger.Line]:
    number, _, digits = argument.partition(":")
    person = await amending.meant(turn, number)
    if isinstance(person, Reply):
        raise Refusal("amending.gone")
    line = await ledger.line_of(turn.db, turn.campaign_id, person.citizen, line=_line(digits))
    if line is None:
        raise Refusal("amending.missing")
    return person, line


async def _listed(turn: Turn, person: Shown, *, before: int | None) -> Reply:
    found = await ledger.newest_lines(
        turn.db, turn.campaign_id, person.citizen, before=before, most=SHOWN + 1
    )
    shown = found[:SHOWN]
    has = await totals.of(turn.db, turn.campaign_id, person.citizen)
    takes = [
        button(f"adjusting.take:{person.number}:{line.line}", Phrase("adjusting.take", {"n": n}))
        for n, line in enumerate(shown, start=1)
        if line.kind in REVERSIBLE and line.reversed_by is None
    ]
    older = [
        button(f"adjusting.of:{person.number}:{line.line}", Phrase("log.older"))
        for line in shown[-1:]
        if len(found) > SHOWN
    ]
    params = {**amending.face(turn, person), "balance": has.balance - has.debt}
    params |= {"earned": has.earned, "lines": amending.lines(turn, shown)}
    key = "adjusting.lines" if shown else "adjusting.no_lines"
    return Reply(key, params, (*rows([*takes, *older], wide=2), (button("roles"),)))
