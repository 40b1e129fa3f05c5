"""异议: a citizen says that a line of the log is not right; staff answer with a reason."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Named, Phrase, Refusal, Reply, Rows
from bot.operations import recounting
from bot.rules import orders, taps
from bot.rules.orders import Wrong
from storage import dialogs, history
from storage import disputes as stored
from storage.disputes import DECIDED, Dispute
from storage.history import Entry

feature = Feature("disputes")

ASKED_FOR = timedelta(minutes=30)
WORDS_MAX = 300
OPEN_MAX = 10


@feature.on(tap="disputes.about", work=Work.WRITES)
async def about(turn: Turn) -> Reply:
    """Ask what is wrong with a line, or say how its dispute stands."""
    entry = await _entry(turn, turn.argument)
    if entry.dispute is not None and entry.dispute.state != stored.DRAFT:
        return _shown(turn, entry, entry.dispute)
    await _has_room(turn)
    begun = await stored.begin(
        turn.db, turn.campaign_id, turn.person.citizen, about=entry.ref, at=turn.now
    )
    return await _ask(turn, entry, begun)


async def _ask(turn: Turn, entry: Entry, dispute: Dispute) -> Reply:
    target = f"disputes.words:{dispute.id}"
    await dialogs.ask(turn.db, turn.person.citizen, target, until=turn.system_now + ASKED_FOR)
    file = button(f"disputes.file:{dispute.id}", Phrase("disputes.file"))
    cancel = button(f"disputes.withdraw:{dispute.id}", Phrase("buttons.cancel"))
    line = recounting.entry(turn.campaign, entry)
    return say("disputes.ask", line=line, longest=WORDS_MAX, buttons=((file,), (cancel,)))


@feature.on(tap="disputes.words", work=Work.WRITES)
async def words(turn: Turn) -> Reply:
    """Take what the citizen writes about it."""
    number, _, said = turn.argument.partition(":")
    tidied = orders.reason(said, longest=WORDS_MAX)
    if tidied is Wrong.LONG:
        raise Refusal("disputes.too_long", longest=WORDS_MAX)
    return await _file(turn, number, words="" if isinstance(tidied, Wrong) else tidied)


@feature.on(tap="disputes.file", work=Work.WRITES)
async def file(turn: Turn) -> Reply:
    """Hand it in without words."""
    return await _file(turn, turn.argument, words=None)


async def _file(turn: Turn, number: str, *, words: str | None) -> Reply:
    citizen = turn.person.citizen
    await dialogs.answered(turn.db, citizen)
    dispute = await _mine(turn, number)
    if dispute.state == stored.DRAFT:  # others may have been filed since it was begun
        await _has_room(turn)
    if not await stored.file(turn.db, dispute.id, citizen=citizen, words=words, at=turn.now):
        raise Refusal("disputes.decided")
    entry = await _entry(turn, dispute.about)
    line = recounting.entry(turn.campaign, entry)
    return say("disputes.filed", line=line, words=_quoted(words), buttons=_buttons(dispute))


@feature.on(tap="disputes.withdraw", work=Work.WRITES)
async def withdraw(turn: Turn) -> Reply:
    """Take it back."""
    await dialogs.answered(turn.db, turn.person.citizen)
    dispute = await _mine(turn, turn.argument)
    if not await stored.withdraw(turn.db, dispute.id, citizen=turn.person.citizen):
        raise Refusal("disputes.decided")
    again = button(f"disputes.about:{dispute.about}", Phrase("disputes.again"))
    return say("disputes.withdrawn", buttons=((again,), (button("log"), button("menu"))))


def _shown(turn: Turn, entry: Entry, dispute: Dispute) -> Reply:
    contact = turn.campaign.contact
    return say(
        f"disputes.is_{dispute.state}",
        line=recounting.entry(turn.campaign, entry),
        words=_quoted(dispute.words),
        answer=dispute.answer or "",
        at=dispute.opened_at,
        person=Named(contact.person, contact.person_en),
        phone=contact.phone,
        buttons=_buttons(dispute),
    )


def _quoted(words: str | None) -> Phrase | str:
    return Phrase("disputes.words", {"words": words}) if words else ""


def _buttons(dispute: Dispute) -> Rows:
    back = (button("log"), button("menu"))
    if dispute.state in DECIDED:
        return (back,)
    return ((button(f"disputes.withdraw:{dispute.id}", Phrase("disputes.withdraw")),), back)


async def _entry(turn: Turn, ref: str) -> Entry:
    entry = await history.entry(turn.db, turn.person.citizen, turn.campaign_id, ref=ref)
    if entry is None:
        raise Refusal("disputes.unknown")
    return entry


async def _has_room(turn: Turn) -> None:
    mine = await stored.count_open_of(turn.db, turn.campaign_id, turn.person.citizen)
    if mine >= OPEN_MAX:
        raise Refusal("disputes.too_many", most=OPEN_MAX)


async def _mine(turn: Turn, number: str) -> Dispute:
    dispute = await stored.of(turn.db, taps.number(number))
    own = (turn.campaign_id, turn.person.citizen)
    if dispute is None or (dispute.campaign, dispute.citizen) != own:
        raise Refusal("disputes.unknown")
    return dispute
