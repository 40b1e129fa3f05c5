"""Paper cards in chat: which card is meant, who may act on it, and what they see of it.

Whoever is in charge of cards works with them; anybody else who scans one wants it as their own.
"""

from datetime import timedelta

from bot.feature import Turn, button, named, rows, say
from bot.messages import Button, Param, Phrase, Refusal, Reply, Rows
from bot.operations import charge, linking, listing
from bot.rules import papercards as rules
from bot.rules import signing, taps
from bot.rules.points import VISIT
from bot.rules.rights import Right
from storage import (
    accounts,
    attests,
    dialogs,
    items,
    ledger,
    links,
    papercards,
    totals,
    twins,
    units,
)
from storage.attests import Scope
from storage.citizens import YOUNG
from storage.papercards import PaperCard
from storage.twins import Who

ASKED_FOR = timedelta(minutes=30)
BACK: Rows = ((button("papercards"), button("menu")),)


async def scanned(turn: Turn, words: str) -> Reply:
    """Answer a card that was scanned, or whose number was typed."""
    if not turn.incoming.private:
        raise Refusal("errors.in_private")
    if turn.known is not None:
        turn = await charge.known(turn, turn.known)
    refused, card = await _found(turn, words)
    if card is None:
        return refused or say("menu.text", menu=True)
    if card.campaign != turn.campaign_id:
        raise Refusal("papercards.past")
    if turn.reach(Right.CARDS):
        return await page(turn, await allowed(turn, card))
    return await offered(turn, card)


async def _found(turn: Turn, words: str) -> tuple[Reply | None, PaperCard | None]:
    """Return the card that is meant, or the answer to what is none; wrong ones are few.

    A number alone is taken from who is in charge of that card. Whose it is otherwise, or whether
    there is such a one, is not told.
    """
    back = BACK if turn.reach(Right.CARDS) else ((button("claiming"), button("menu")),)
    account, now = signing.keyed(turn.secret, f"card:{turn.account}"), turn.system_now
    tries = await links.tried(turn.db, account, now=now)
    if tries >= links.TRIES_MAX:
        minutes = int(links.TRIES_WITHIN.total_seconds()) // 60
        return say("papercards.no_tries", minutes=minutes, buttons=back), None
    scan = rules.read(words)
    if scan is None:
        return say("papercards.no_number", buttons=back), None
    card = await papercards.numbered(turn.db, scan.number)
    known = rules.is_genuine(turn.secret, scan)
    if not known and not scan.signature:
        known = card is not None and await may(turn, card)
    if card is None or not known:
        await links.count_try(turn.db, account, now=now)
        left = links.TRIES_MAX - tries - 1
        return say("papercards.wrong", left=left, buttons=back), None
    return None, card


async def may(turn: Turn, card: PaperCard) -> bool:
    """Say whether this person is in charge of a card: by whose it is, else by where it was made."""
    reach = turn.reach(Right.CARDS)
    if reach.everything or card.citizen is None:
        return reach.covers(card.unit)
    return await units.belongs_to(turn.db, card.citizen, reach.units)


async def allowed(turn: Turn, card: PaperCard) -> PaperCard:
    """Return a card this person is in charge of.

    Raises:
        Refusal: it is another unit's.

    """
    if not await may(turn, card):
        raise Refusal("papercards.elsewhere")
    return card


async def meant(turn: Turn, argument: str) -> PaperCard:
    """Return the card that a button names, to who is in charge of it.

    Raises:
        Refusal: there is none, or it is another unit's.

    """
    card = await papercards.of(turn.db, turn.campaign_id, taps.number(argument))
    if card is None:
        raise Refusal("papercards.gone")
    return await allowed(turn, card)


async def in_use(turn: Turn, argument: str) -> tuple[PaperCard, Who]:
    """Return a card that is somebody's, and who they are.

    Raises:
        Refusal: it is void, nobody's, or its person is not served here.

    """
    card = await meant(turn, argument)
    if card.voided_at is not None:
        raise Refusal("papercards.void", number=rules.grouped(card.number))
    whose = await twins.who(turn.db, card.citizen or 0)
    if whose is None or whose.consented_at is None:
        raise Refusal("papercards.unused_yet")
    if whose.band == YOUNG and turn.traits.abroad:
        raise Refusal("papercards.young_abroad")
    return card, whose


async def page(turn: Turn, card: PaperCard) -> Reply:
    """Show a card to who is in charge of it, with what can be done now; the next one may follow."""
    await wait(turn)
    number = rules.grouped(card.number)
    unit = await units.of(turn.db, turn.campaign_id, card.unit)
    params: dict[str, Param] = {"number": number, "unit": unit.named if unit else card.unit}
    if card.voided_at is not None:
        swap = button(f"lostcards:{card.id}", Phrase("lostcards.instead"))
        left = card.citizen is not None and card.replaced_by is None
        return Reply("papercards.is_void", params, (*(((swap,),) if left else ()), *BACK))
    if card.citizen is None:
        adult = button(f"cardholders.take:a:{card.id}", Phrase("cardholders.adult"))
        child = button(f"cardholders.take:c:{card.id}", Phrase("cardholders.child"))
        void = button(f"lostcards.void:{card.id}", Phrase("lostcards.to_void"))
        return Reply("papercards.is_new", params, ((adult,), (child,), (void,), *BACK))
    _, whose = await in_use(turn, str(card.id))
    has = await totals.of(turn.db, turn.campaign_id, whose.citizen)
    today = await ledger.day_of(turn.db, turn.campaign_id, whose.citizen, day=turn.today)
    town = turn.campaign.unit(whose.town or "")
    params |= {
        "reader": whose.number,
        "town": named(town) if town else "",
        "earned": has.earned,
        "today": sum(today.values()),
        "visit": Phrase("papercards.here" if today.get(VISIT) else "papercards.not_here"),
    }
    return Reply("papercards.is_used", params, await _ways(turn, card, whose))


async def _ways(turn: Turn, card: PaperCard, whose: Who) -> Rows:
    last = await attests.last_item(turn.db, turn.campaign_id, turn.person.citizen, day=turn.today)
    item = await items.get(turn.db, last) if last is not None else None
    acts = [button(f"attesting.visit:{card.id}", Phrase("attesting.visit"))]
    if item is not None:
        label = Phrase("attesting.same", {"title": listing.label(item.title)})
        acts.append(button(f"attesting.item:{card.id}:{item.id}", label))
    acts.append(button(f"attesting.find:{card.id}", Phrase("attesting.find")))
    more: list[Button] = []
    if not await accounts.has_way(turn.db, whose.citizen):
        more.append(button(f"cardholders.code:{card.id}", Phrase("cardholders.to_code")))
        more.append(button(f"cardholders.leave:{card.id}", Phrase("cardholders.to_leave")))
    more.append(button(f"lostcards:{card.id}", Phrase("lostcards.swap")))
    more.append(button(f"lostcards.void:{card.id}", Phrase("lostcards.to_void")))
    return (*rows(acts), *rows(more, wide=2), *BACK)


async def wait(turn: Turn) -> None:
    """Wait for the number of the next card."""
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, "papercards.number", until=until)


async def offered(turn: Turn, card: PaperCard) -> Reply:
    """Offer a card to whoever scanned it as their own, by the rules of linking."""
    maker = await its_own(turn, card)
    if turn.known is not None and turn.known.citizen == maker.citizen:
        has = await totals.of(turn.db, turn.campaign_id, maker.citizen)
        ways = ((button("me"), button("menu")),)
        return say("claiming.yours", earned=has.earned, balance=has.balance, buttons=ways)
    if await accounts.has_way(turn.db, maker.citizen):
        raise Refusal("claiming.taken")
    two = await linking.judged(turn, maker)
    confirm = button(turn.confirming(f"claiming.join:{card.id}"), Phrase("buttons.confirm"))
    cancel = button("menu", Phrase("buttons.cancel"))
    has = await totals.of(turn.db, turn.campaign_id, maker.citizen)
    waits = await attests.of_person(turn.db, turn.campaign_id, maker.citizen)
    params: dict[str, Param] = {
        "card": rules.grouped(card.number),
        "points": has.earned,
        "attested": Phrase("claiming.attested", {"count": waits}) if waits else "",
        **linking.stays(turn, two),
        **await linking.foreseen(turn, two),
    }
    key = "claiming.preview" if two.goes else "claiming.preview_new"
    return Reply(key, params, ((confirm, cancel),))


async def its_own(turn: Turn, card: PaperCard) -> Who:
    """Return whose card this is.

    Raises:
        Refusal: it is void, nobody's yet, or its person left.

    """
    if card.voided_at is not None:
        raise Refusal("claiming.void")
    if card.citizen is None:
        raise Refusal("claiming.unused")
    found = await twins.who(turn.db, card.citizen)
    if found is None or found.consented_at is None:
        raise Refusal("claiming.gone")
    return found


def scope(turn: Turn) -> Scope:
    """Return whose attests this person may look at."""
    reach = turn.reach(Right.CARDS)
    return Scope(turn.campaign_id, None if reach.everything else reach.units)
