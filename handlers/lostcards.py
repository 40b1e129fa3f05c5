"""换卡、作废: a card that was lost is void for good; another one takes its place."""

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import auditing, carding
from bot.rules import papercards as rules
from bot.rules.rights import Right
from storage import citizens, dialogs, papercards, twins
from storage.papercards import PaperCard

feature = Feature("lostcards")


@feature.on(tap="lostcards", work=Work.WRITES, right=Right.CARDS)
async def swap(turn: Turn) -> Reply:
    """Ask for the number of the card that shall take the place of another."""
    card = await _somebodys(turn, turn.argument)
    until = turn.system_now + carding.ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, f"lostcards.new:{card.id}", until=until)
    back = ((button("papercards", Phrase("buttons.cancel")),),)
    return say("lostcards.ask", number=rules.grouped(card.number), buttons=back)


@feature.on(tap="lostcards.new", work=Work.WRITES, right=Right.CARDS)
async def new(turn: Turn) -> Reply:
    """Show both cards before one takes the other's place."""
    which, _, words = turn.argument.partition(":")
    card = await _somebodys(turn, which)
    scan = rules.read(words)
    found = await papercards.numbered(turn.db, scan.number) if scan else None
    other = None if found is None else await papercards.of(turn.db, turn.campaign_id, found.id)
    back = ((button("papercards", Phrase("buttons.cancel")),),)
    if other is None or not await carding.may(turn, other) or not _is_free(other):
        return say("lostcards.no_card", buttons=back)
    act = f"lostcards.swapped:{card.id}:{other.id}"
    confirm = button(turn.confirming(act), Phrase("buttons.confirm"))
    return say(
        "lostcards.preview",
        old=rules.grouped(card.number),
        number=rules.grouped(other.number),
        buttons=((confirm, *back[0]),),
    )


@feature.on(tap="lostcards.swapped", work=Work.WRITES, right=Right.CARDS)
async def swapped(turn: Turn) -> Reply:
    """Give somebody another card; the one before is void, also if it is found again."""
    old, _, fresh = turn.confirmed("lostcards.swapped").partition(":")
    card = await _somebodys(turn, old)
    await citizens.lock_one(turn.db, card.citizen or 0)
    card, other = await _somebodys(turn, old), await carding.meant(turn, fresh)
    by, at, whose = turn.person.citizen, turn.now, card.citizen or 0
    await papercards.void(turn.db, card.id, by=by, at=at)
    held = await papercards.held(turn.db, turn.campaign_id, whose)
    if held is not None or not await papercards.use(turn.db, other.id, citizen=whose, by=by, at=at):
        raise Refusal("lostcards.no_card")
    await papercards.replaced(turn.db, card.id, other.id)
    await dialogs.answered(turn.db, by)
    await auditing.note(turn, "card_replaced", card.number, card=card.id, by=other.number)
    params = {"old": rules.grouped(card.number), "number": rules.grouped(other.number)}
    return Reply("lostcards.swapped", dict(params), carding.BACK)


@feature.on(tap="lostcards.void", work=Work.WRITES, right=Right.CARDS)
async def void(turn: Turn) -> Reply:
    """Ask before a card is void for good."""
    card = await carding.meant(turn, turn.argument)
    if card.voided_at is not None:
        raise Refusal("papercards.void", number=rules.grouped(card.number))
    confirm = button(turn.confirming(f"lostcards.voided:{card.id}"), Phrase("buttons.confirm"))
    cancel = button("papercards", Phrase("buttons.cancel"))
    key = "lostcards.ask_void" if card.citizen is None else "lostcards.ask_void_used"
    return say(key, number=rules.grouped(card.number), buttons=((confirm, cancel),))


@feature.on(tap="lostcards.voided", work=Work.WRITES, right=Right.CARDS)
async def voided(turn: Turn) -> Reply:
    """Make a card void; what its person has stays theirs."""
    card = await carding.meant(turn, turn.confirmed("lostcards.voided"))
    by = turn.person.citizen
    if await papercards.void(turn.db, card.id, by=by, at=turn.now):
        await auditing.note(turn, "card_voided", card.number, card=card.id)
    number = rules.grouped(card.number)
    swap_in = (button(f"lostcards:{card.id}", Phrase("lostcards.instead")),)
    ways = (swap_in,) if card.citizen is not None else ()
    return say("lostcards.voided", number=number, buttons=(*ways, *carding.BACK))


def _is_free(card: PaperCard) -> bool:
    return card.citizen is None and card.voided_at is None


async def _somebodys(turn: Turn, argument: str) -> PaperCard:
    """Return a card that is or was somebody's who is here, and that nothing replaced yet.

    Raises:
        Refusal: it is nobody's, or was replaced.

    """
    card = await carding.meant(turn, argument)
    if card.replaced_by is not None:
        raise Refusal("lostcards.done_already", number=rules.grouped(card.number))
    if await twins.who(turn.db, card.citizen or 0) is None:
        raise Refusal("papercards.unused_yet")
    return card
