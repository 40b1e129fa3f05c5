"""奖品管理: what there is to redeem, its stock with a reason for every move, its picture."""

import re
import unicodedata
from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, File, Lines, Phrase, Refusal, Reply
from bot.operations import auditing, illustrating, listing
from bot.operations import stocking as shop
from bot.rules.rewards import STOCK_MAX
from bot.rules.rights import Right
from storage import dialogs, rewards, vouchers
from storage.rewards import DELIVERED, REMOVED, WORDS_MAX, Move, Reward

feature = Feature("stocking", files=frozenset({"stocking.shown"}))

ASKED_FOR = timedelta(minutes=30)
CHANGE = re.compile(r"([+\-−]?)\s*(\d{1,6})[\s,:]*(.*)", re.DOTALL)


@feature.on(words=["奖品管理"], tap="stocking", work=Work.WRITES, right=Right.REWARDS)
async def stocking(turn: Turn) -> Reply:
    """List every reward with what is left and what is out."""
    found = await rewards.listed(turn.db, turn.campaign_id)
    ways = (
        (button("offering", Phrase("stocking.new")), button("imports")),
        (button("rewards"), button("roles")),
    )
    if not found:
        return say("stocking.none", buttons=ways)
    out = await vouchers.issued(turn.db, turn.campaign_id)
    page = listing.page_of("stocking", turn.argument, len(found))
    here = found[page.offset :][: listing.PAGE_SIZE]
    lines = tuple(shop.entry(n, each, out.get(each.id, 0)) for n, each in enumerate(here, start=1))
    opens = rows(
        button(f"stocking.one:{each.id}", listing.label(each.offer.title)) for each in here
    )
    return await listing.numbered(
        turn, "stocking.text", opens, page=page, ways=ways, entries=Lines(lines)
    )


@feature.on(tap="stocking.one", right=Right.REWARDS)
async def one(turn: Turn) -> Reply:
    """Show a reward with the last moves of its stock."""
    return await shop.page(turn, await shop.asked_for(turn, turn.argument))


@feature.on(tap="stocking.put", work=Work.WRITES, right=Right.REWARDS)
async def put(turn: Turn) -> Reply:
    """Ask how many came or went, and why."""
    reward = await shop.asked_for(turn, turn.argument)
    return await _ask_change(turn, reward, "stocking.ask_change")


async def _ask_change(turn: Turn, reward: Reward, key: str) -> Reply:
    await _ask(turn, f"stocking.moved:{reward.id}")
    title, back = reward.offer.title, ((_cancel(reward),),)
    return say(key, title=title, left=reward.stock, most=WORDS_MAX, buttons=back)


async def _ask(turn: Turn, target: str) -> None:
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, target, until=until)


def _cancel(reward: Reward) -> Button:
    return button(f"stocking.one:{reward.id}", Phrase("buttons.cancel"))


@feature.on(tap="stocking.moved", work=Work.WRITES, right=Right.REWARDS)
async def moved(turn: Turn) -> Reply:
    """Move the stock as it was written, with its reason; never below nothing."""
    number, _, text = turn.argument.partition(":")
    reward = await shop.asked_for(turn, number, lock=True)
    found = CHANGE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None or not int(found[2]) or not found[3].strip():
        return await _ask_change(turn, reward, "stocking.wrong_change")
    change = int(found[2]) * (-1 if found[1] in {"-", "−"} else 1)
    words = " ".join(found[3].split())
    after = reward.stock + change
    if len(words) > WORDS_MAX or not 0 <= after <= STOCK_MAX:
        key = "stocking.wrong_change" if len(words) > WORDS_MAX else "stocking.not_so_many"
        return await _ask_change(turn, reward, key)
    await dialogs.answered(turn.db, turn.person.citizen)
    why = (DELIVERED if change > 0 else REMOVED, words, turn.person.citizen)
    await rewards.move(turn.db, [Move(reward.id, change, *why)], at=turn.now)
    await auditing.note(turn, "stock_moved", reward.offer.title, change=change, words=words)
    await shop.warn(turn, reward, after=after)
    return await _page(turn, reward, "stocking.is_moved")


async def _page(turn: Turn, reward: Reward, done: str) -> Reply:
    return await shop.page(turn, await shop.asked_for(turn, str(reward.id)), first=Phrase(done))


@feature.on(tap="stocking.close", work=Work.WRITES, right=Right.REWARDS)
async def close(turn: Turn) -> Reply:
    """Take a reward off the list; what was redeemed can still be picked up."""
    reward = await shop.asked_for(turn, turn.confirmed("stocking.close"), lock=True)
    if reward.closed_at is None:
        await rewards.close(turn.db, reward.id, at=turn.now)
        await auditing.note(turn, "reward_closed", reward.offer.title, reward=reward.id)
    return await _page(turn, reward, "stocking.was_closed")


@feature.on(tap="stocking.open", work=Work.WRITES, right=Right.REWARDS)
async def reopen(turn: Turn) -> Reply:
    """Put a reward on the list, for everybody to see."""
    reward = await shop.asked_for(turn, turn.confirmed("stocking.open"), lock=True)
    if reward.closed_at is not None:
        await rewards.close(turn.db, reward.id, at=None)
        await auditing.note(turn, "reward_opened", reward.offer.title, reward=reward.id)
    return await _page(turn, reward, "stocking.was_opened")


@feature.on(tap="stocking.picture", work=Work.WRITES, right=Right.REWARDS)
async def picture(turn: Turn) -> Reply:
    """Ask for a picture of a reward."""
    reward = await shop.asked_for(turn, turn.argument)
    await _ask(turn, f"stocking.shown:{reward.id}")
    back = ((_cancel(reward),),)
    return Reply("stocking.ask_picture", {"title": reward.offer.title}, back, files=True)


@feature.on(tap="stocking.shown", work=Work.WRITES, right=Right.REWARDS)
async def shown(turn: Turn) -> Reply:
    """Take the picture that was asked for."""
    reward = await shop.asked_for(turn, turn.argument.partition(":")[0], lock=True)
    said = turn.incoming.said
    new = await illustrating.take(turn, said) if isinstance(said, File) else None
    if new is None:
        raise Refusal("stocking.no_picture")
    number = await illustrating.keep(turn, new)
    await dialogs.answered(turn.db, turn.person.citizen)
    await rewards.illustrate(turn.db, reward.id, number)
    return await _page(turn, reward, "stocking.is_shown")
