"""启用纸质卡: a card becomes somebody's, with their consent on paper; and its person may leave."""

import secrets

from bot.feature import Feature, Turn, Work, button, named, rows, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import auditing, belonging, carding, erasing, linking, registering
from bot.rules import cards, papercards, taps
from bot.rules.rights import Right
from storage import accounts, citizens, links, units
from storage import papercards as stored
from storage.citizens import ADULT, YOUNG
from storage.papercards import PaperCard

feature = Feature("cardholders")

CONSENT_WORDS = "card-2022-04"
"""The version of the page on which people sign for a card."""
BANDS = {"a": ADULT, "c": YOUNG}


@feature.on(tap="cardholders.take", work=Work.WRITES, right=Right.CARDS)
async def take(turn: Turn) -> Reply:
    """Let a card be somebody's whose consent, or their guardian's, is there on paper."""
    band, which, code = [*turn.argument.split(":"), "", ""][:3]
    card = await carding.meant(turn, which)
    _may_begin(turn, card, band)
    unit = await units.of(turn.db, turn.campaign_id, card.unit)
    if unit is None:
        raise Refusal("papercards.gone")
    town = belonging.home(turn, unit) or turn.campaign.unit(code)
    if town is None or town.kind != units.TOWN:
        towns = (
            button(f"cardholders.take:{band}:{card.id}:{each.id}", named(each))
            for each in turn.campaign.towns
        )
        return say("cardholders.ask_town", buttons=(*rows(towns, wide=2), *carding.BACK))
    holder = await citizens.add_holder(turn.db, card.number, at=turn.now, band=BANDS[band])
    by = turn.person.citizen
    if holder is None or not await stored.use(turn.db, card.id, citizen=holder, by=by, at=turn.now):
        raise Refusal("cardholders.taken")  # by another organiser at the same moment
    await citizens.consent(
        turn.db, holder, words=CONSENT_WORDS, by_guardian=BANDS[band] == YOUNG, at=turn.now
    )
    where = belonging.slot(unit)
    await registering.settle(
        turn,
        holder,
        town=town.id,
        unit=unit.code if where == belonging.UNIT else None,
        team=unit.code if where == belonging.TEAM else None,
    )
    await auditing.note(turn, "card_used", card.number, card=card.id, guardian=band == "c")
    used = await stored.of(turn.db, turn.campaign_id, card.id)
    return await carding.page(turn, used or card)


def _may_begin(turn: Turn, card: PaperCard, band: str) -> None:
    """Let pass who can be taken in with a card now.

    Raises:
        Refusal: the card is void or somebody's, the campaign is over, or no child is served here.

    """
    turn.deed("checkin", once="")  # refuses what is before or after the campaign
    if card.voided_at is not None:
        raise Refusal("papercards.void", number=papercards.grouped(card.number))
    if card.citizen is not None or band not in BANDS:
        raise Refusal("cardholders.taken")
    if BANDS[band] == YOUNG and turn.traits.abroad:
        raise Refusal("papercards.young_abroad")


@feature.on(tap="cardholders.code", work=Work.WRITES, right=Right.CARDS)
async def code(turn: Turn) -> Reply:
    """Give a one-time code by which a card's owner links it to their own phone without scanning."""
    card, whose = await carding.in_use(turn, turn.argument)
    if await accounts.has_way(turn.db, whose.citizen):
        raise Refusal("claiming.taken")
    made = cards.from_chance(secrets.randbits(64))
    hashed = linking.hashed(turn, made)
    until = await links.offer(turn.db, whose.citizen, code=hashed, now=turn.system_now)
    await auditing.note(turn, "card_code", card.number, card=card.id)
    back = ((button("papercards"), button("menu")),)
    number = papercards.grouped(card.number)
    return say("cardholders.code", number=number, code=made, until=until, buttons=back)


@feature.on(tap="cardholders.leave", work=Work.WRITES, right=Right.CARDS)
async def leave(turn: Turn) -> Reply:
    """Ask before somebody without a phone leaves with everything."""
    card, whose = await carding.in_use(turn, turn.argument)
    if await accounts.has_way(turn.db, whose.citizen):
        raise Refusal("cardholders.by_themselves")
    confirm = button(turn.confirming(f"cardholders.left:{card.id}"), Phrase("buttons.confirm"))
    cancel = button("papercards", Phrase("buttons.cancel"))
    number = papercards.grouped(card.number)
    return say("cardholders.ask_leave", number=number, buttons=((confirm, cancel),))


@feature.on(tap="cardholders.left", work=Work.WRITES, right=Right.CARDS)
async def left(turn: Turn) -> Reply:
    """Erase somebody who asked for it on paper; their card is void."""
    number = str(taps.number(turn.confirmed("cardholders.left")))
    card, whose = await carding.in_use(turn, number)
    await citizens.lock_one(turn.db, whose.citizen)
    card, whose = await carding.in_use(turn, number)
    if await accounts.has_way(turn.db, whose.citizen):
        raise Refusal("cardholders.by_themselves")
    await erasing.now(turn, whose.citizen)
    await auditing.note(turn, "card_left", "", card=card.id)
    return say("cardholders.left", buttons=carding.BACK)
