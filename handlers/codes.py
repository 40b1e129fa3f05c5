"""我的兑换: the own vouchers with their codes, to be shown again, and cancelled while unused."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Lines, Param, Phrase, Reply
from bot.operations import listing, redeeming
from bot.rules import taps
from bot.rules.rewards import State, Verdict
from bot.spending import Return
from storage import citizens, rewards, vouchers
from storage.vouchers import Voucher

feature = Feature("codes")


@feature.on(command="codes", words=["我的兑换", "我的兑换码"], tap="codes", work=Work.WRITES)
async def codes(turn: Turn) -> Reply:
    """List the own vouchers: those to be picked up first."""
    redeeming.alone(turn)
    whose = (turn.campaign_id, turn.person.citizen)
    total = await vouchers.count(turn.db, *whose)
    ways = ((button("rewards"), button("menu")),)
    if not total:
        return say("codes.none", buttons=ways)
    page = listing.page_of("codes", turn.argument, total)
    found = await vouchers.held_by(turn.db, *whose, offset=page.offset, limit=listing.PAGE_SIZE)
    titles = await rewards.titles(turn.db, {each.reward for each in found})
    entries, opens = [], []
    for n, each in enumerate(found, start=1):
        title = titles.get(each.reward, "")
        entries.append(Phrase("codes.entry", {"n": n, "title": title, "state": _state(turn, each)}))
        opens.append(button(f"codes.one:{each.id}", listing.label(title)))
    lines = Lines(tuple(entries))
    return await listing.numbered(
        turn, "codes.text", rows(opens), page=page, ways=ways, entries=lines
    )


def _state(turn: Turn, voucher: Voucher) -> Phrase:
    state = redeeming.standing(voucher, turn.today)
    return Phrase(
        f"codes.is_{state}",
        {
            "until": voucher.expires_on,
            "at": voucher.ended_at or voucher.made_at,
            "place": voucher.place or "",
        },
    )


@feature.on(tap="codes.one")
async def one(turn: Turn) -> Reply:
    """Show a voucher again; its code only while it can be used."""
    redeeming.alone(turn)
    voucher = await redeeming.mine(turn, turn.argument)
    facts = await redeeming.facts(turn.db, voucher, secret=turn.secret)
    ways = redeeming.ways(voucher, turn.today)
    if redeeming.standing(voucher, turn.today) == State.OPEN:
        return Reply("codes.page", facts, ways, voucher=voucher.id)
    params: dict[str, Param] = {"title": facts["title"], "state": _state(turn, voucher)}
    return Reply("codes.page_ended", params, ways)


@feature.on(tap="codes.drop")
async def drop(turn: Turn) -> Reply:
    """Ask whether to give a voucher back."""
    redeeming.alone(turn)
    voucher = await redeeming.mine(turn, turn.argument)
    facts = await redeeming.facts(turn.db, voucher, secret=turn.secret)
    confirm = button(turn.confirming(f"codes.dropped:{voucher.id}"), Phrase("buttons.confirm"))
    keep = button(f"codes.one:{voucher.id}", Phrase("buttons.cancel"))
    params = {"title": facts["title"], "price": voucher.price}
    return Reply("codes.ask_drop", params, ((confirm, keep),))


@feature.on(tap="codes.dropped", work=Work.PAYS)
async def dropped(turn: Turn) -> Reply:
    """Give a voucher back: points and stock return, once."""
    number = taps.number(turn.confirmed("codes.dropped"))
    act = Return(turn.account, number, State.CANCELLED, turn.cause, turn.today, turn.acted_at)
    spent = await turn.till.spend(act)
    booked = spent.verdict is Verdict.BOOKED
    key = "codes.dropped" if booked else f"codes.not_dropped_{spent.verdict}"
    async with turn.looking() as db:
        person = await citizens.find(db, turn.account)
    reply = say(
        key,
        points=spent.points,
        balance=spent.balance,
        buttons=((button("codes"), button("rewards"), button("menu")),),
    )
    return redeeming.said_to(person, reply)
