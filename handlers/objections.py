"""提异议: a citizen says that the own place in the published selection is not right."""

from datetime import date, timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Named, Phrase, Refusal, Reply, Rows
from bot.operations import scoring
from bot.rules import calendar, orders, taps
from bot.rules.orders import Wrong
from storage import candidates, dialogs, selections
from storage import disputes as stored
from storage.disputes import DECIDED, OF_SELECTION, Dispute
from storage.selections import PUBLISHED, Selection

feature = Feature("objections")

ASKED_FOR = timedelta(minutes=30)
WORDS_MAX = 300


@feature.on(command="dispute", words=["提异议"], tap="objections", work=Work.WRITES)
async def about(turn: Turn) -> Reply:
    """Ask what is wrong, or say how the objection stands."""
    found = await selections.published(turn.db, turn.campaign_id)
    if found is None:
        return say("objections.lines", buttons=((button("log"), button("menu")),))
    ref, me = f"{OF_SELECTION}{found.id}", turn.person.citizen
    known = await stored.of_entries(turn.db, turn.campaign_id, me, about=[ref])
    if ref in known and known[ref].state != stored.DRAFT:
        return _shown(turn, known[ref])
    last = await _window(turn, found)
    kept = await candidates.mine(turn.db, found.id, me)
    begun = await stored.begin(turn.db, turn.campaign_id, me, about=ref, at=turn.now)
    target = f"objections.words:{begun.id}"
    await dialogs.ask(turn.db, me, target, until=turn.system_now + ASKED_FOR)
    cancel = button(f"objections.withdraw:{begun.id}", Phrase("buttons.cancel"))
    sheet = scoring.sheet(kept, await scoring.results(turn.db, found, kept)) if kept else ""
    return say("objections.ask", sheet=sheet, last=last, longest=WORDS_MAX, buttons=((cancel,),))


async def _window(turn: Turn, found: Selection) -> date:
    """Return the last day on which one can object.

    Raises:
        Refusal: it is over.

    """
    until = found.objections_until
    if found.state != PUBLISHED or until is None or turn.today >= until:
        raise Refusal("objections.over")
    return until - calendar.ONE_DAY


@feature.on(tap="objections.words", work=Work.WRITES)
async def words(turn: Turn) -> Reply:
    """Take what the citizen writes, and hand it to staff."""
    number, _, said = turn.argument.partition(":")
    tidied = orders.reason(said, longest=WORDS_MAX)
    if isinstance(tidied, Wrong):
        key = "disputes.too_long" if tidied is Wrong.LONG else "objections.wordless"
        raise Refusal(key, longest=WORDS_MAX)
    me = turn.person.citizen
    dispute = await _mine(turn, number)
    found = await selections.published(turn.db, turn.campaign_id)
    if found is None or dispute.about != f"{OF_SELECTION}{found.id}":
        raise Refusal("objections.over")
    await _window(turn, found)
    await dialogs.answered(turn.db, me)
    if not await stored.file(turn.db, dispute.id, citizen=me, words=tidied, at=turn.now):
        raise Refusal("disputes.decided")
    return say("objections.filed", words=tidied, buttons=_buttons(dispute))


@feature.on(tap="objections.withdraw", work=Work.WRITES)
async def withdraw(turn: Turn) -> Reply:
    """Take it back."""
    me = turn.person.citizen
    await dialogs.answered(turn.db, me)
    dispute = await _mine(turn, turn.argument)
    if not await stored.withdraw(turn.db, dispute.id, citizen=me):
        raise Refusal("disputes.decided")
    again = button("objections", Phrase("disputes.again"))
    back = button("results", Phrase("results.name"))
    return say("disputes.withdrawn", buttons=((again, back),))


def _shown(turn: Turn, dispute: Dispute) -> Reply:
    contact = turn.campaign.contact
    return say(
        f"objections.is_{dispute.state}",
        words=dispute.words,
        answer=dispute.answer or "",
        at=dispute.opened_at,
        person=Named(contact.person, contact.person_en),
        phone=contact.phone,
        buttons=_buttons(dispute),
    )


def _buttons(dispute: Dispute) -> Rows:
    back = (button("results", Phrase("results.name")), button("menu"))
    if dispute.state in DECIDED:
        return (back,)
    return ((button(f"objections.withdraw:{dispute.id}", Phrase("disputes.withdraw")),), back)


async def _mine(turn: Turn, number: str) -> Dispute:
    dispute = await stored.of(turn.db, taps.number(number))
    is_mine = dispute is not None and dispute.citizen == turn.person.citizen
    if dispute is None or not is_mine or not dispute.about.startswith(OF_SELECTION):
        raise Refusal("disputes.unknown")
    return dispute
