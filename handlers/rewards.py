"""兑换: what points buy, what a reward costs, and redeeming it once it was seen and confirmed."""

import json
from collections.abc import Mapping
from dataclasses import replace

from bot.feature import Feature, Sending, Turn, Work, button, rows, say
from bot.messages import Lines, Param, Phrase, Reply, Rows
from bot.operations import charge, listing, pushing, redeeming
from bot.rules import rewards as rules
from bot.rules import rights
from bot.rules.rewards import State, Verdict
from bot.rules.rights import Right
from bot.spending import Spent
from storage import citizens, roles, totals, vouchers
from storage import rewards as stored
from storage.db import Db
from storage.rewards import Reward

feature = Feature("rewards", in_menu=True)

REFUSED = "rewards.not_redeemed"


@feature.push("low", switch="", urgency=2, audience=pushing.staff, duty=True)
async def low(sending: Sending) -> Mapping[int, Reply]:
    """Tell staff that little of a reward is left, or nothing."""
    content = json.loads(sending.push.content)
    key = "rewards.low" if content["left"] else "rewards.out"
    look = button(f"stocking.one:{content['reward']}", Phrase("rewards.restock"))
    reply = say(key, title=content["title"], left=content["left"], buttons=((look,),))
    may = await charge.still(sending, Right.REWARDS, "")
    return dict.fromkeys(may, reply)


@feature.on(command="rewards", words=["兑换", "奖品"], tap="rewards", work=Work.WRITES)
async def rewards(turn: Turn) -> Reply:
    """List what can be had, with the own balance and what it is enough for."""
    citizen = turn.person.citizen
    has = await totals.of(turn.db, turn.campaign_id, citizen)
    found = await stored.on_offer(turn.db, turn.campaign_id, turn.today)
    ready = await vouchers.count(turn.db, turn.campaign_id, citizen, state=State.OPEN)
    ways: Rows = ((button("codes", Phrase("rewards.codes", {"count": ready})), button("menu")),)
    held = await roles.duties(turn.db, turn.campaign_id, citizen)
    if rights.reach(held, Right.REWARDS):
        ways = (*ways, (button("stocking"),))
    own: dict[str, Param] = {
        "balance": has.balance,
        "debt": Phrase("rewards.debt", {"debt": has.debt}) if has.debt else "",
    }
    if not found:
        earn = (button("checkins"), button("shelf"))
        return Reply("rewards.none", own, (earn, *ways))
    page = listing.page_of("rewards", turn.argument, len(found))
    shown = found[page.offset : page.offset + listing.PAGE_SIZE]
    had = await vouchers.had(turn.db, {(citizen, each.id) for each in shown})
    entries = tuple(
        _entry(turn, n, each, balance=has.balance, held=had.get((citizen, each.id), 0))
        for n, each in enumerate(shown, start=1)
    )
    opens = rows(
        button(f"rewards.one:{each.id}", listing.label(each.offer.title)) for each in shown
    )
    own["entries"] = Lines(entries)
    reply = await listing.numbered(turn, "rewards.text", opens, page=page, ways=ways)
    return replace(reply, params={**reply.params, **own})


def _entry(turn: Turn, n: int, reward: Reward, *, balance: int, held: int) -> Phrase:
    terms = reward.terms
    verdict = rules.buy(terms, balance=balance, held=held, day=turn.today)
    told: dict[str, Param] = {
        "left": terms.stock,
        "short": terms.price - balance,
        "opens": terms.opens,
    }
    mark = Phrase(f"rewards.mark_{verdict}", told)
    given: dict[str, Param] = {
        "n": n,
        "title": reward.offer.title,
        "price": terms.price,
        "mark": mark,
    }
    return Phrase("rewards.entry", given)


@feature.on(tap="rewards.one")
async def one(turn: Turn) -> Reply:
    """Show a reward, and what redeeming it would leave."""
    redeeming.alone(turn)
    return await redeeming.page(turn, await redeeming.offered(turn, turn.argument))


@feature.on(tap="rewards.buy", work=Work.PAYS)
async def buy(turn: Turn) -> Reply:
    """Redeem what was seen and confirmed; if it is not so any more, show it again."""
    redeeming.alone(turn)

    async def tell_staff(db: Db, spent: Spent) -> None:
        if spent.reward is not None:
            moment = replace(turn, opened=db)
            await redeeming.warn(moment, spent.reward, before=spent.left + 1, after=spent.left)

    act = redeeming.purchase(turn, turn.confirmed("rewards.buy"), also=tell_staff)
    spent = await turn.till.spend(act)
    async with turn.looking() as db:
        person = await citizens.find(db, turn.account)
        seen = replace(turn, opened=db, known=person)
        reply = await _told(seen, spent, act.reward)
    return redeeming.said_to(person, reply)


async def _told(turn: Turn, spent: Spent, reward: int) -> Reply:
    if spent.line is None:
        why = Phrase("rewards.changed" if spent.verdict is Verdict.CHANGED else REFUSED)
        offered = await redeeming.offered(turn, str(reward))
        return await redeeming.page(turn, offered, first=why)
    voucher = await vouchers.paid_by(turn.db, turn.campaign_id, spent.citizen, line=spent.line)
    if voucher is None:
        return say("codes.gone", menu=True)
    facts = await redeeming.facts(turn.db, voucher, secret=turn.secret, reward=spent.reward)
    key = "rewards.bought" if spent.verdict is Verdict.BOOKED else "rewards.bought_before"
    params = {**facts, "balance": spent.balance}
    return Reply(key, params, redeeming.ways(voucher, turn.today), voucher=voucher.id)
