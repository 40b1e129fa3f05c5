"""新增奖品: the form by which staff describe a reward, or change what is said of it."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Reply
from bot.operations import auditing, describing
from bot.operations import stocking as shop
from bot.operations.describing import BACK, FIELDS
from bot.rules.rights import Right
from storage import dialogs, rewards
from storage.rewards import DELIVERED, Move

feature = Feature("offering")

ASKED_FOR = timedelta(hours=1)


@feature.on(words=["新增奖品"], tap="offering", work=Work.WRITES, right=Right.REWARDS, takes=True)
async def form(turn: Turn) -> Reply:
    """Show the empty form, or make a reward of a filled one; it waits to be put on the list."""
    if not turn.argument:
        await _await(turn, "offering")
        return say(
            "offering.template",
            form=describing.lines(FIELDS, describing.usual(turn)),
            buttons=(BACK,),
        )
    read = await describing.read(turn, turn.argument, None)
    if isinstance(read, Reply):
        await _await(turn, "offering")
        return read
    await dialogs.answered(turn.db, turn.person.citizen)
    made = await rewards.add(turn.db, turn.campaign_id, read.offer, at=turn.now)
    await rewards.close(turn.db, made, at=turn.now)
    if read.stock:
        move = Move(made, read.stock, DELIVERED, by=turn.person.citizen)
        await rewards.move(turn.db, [move], at=turn.now)
    await auditing.note(turn, "reward_added", read.offer.title, reward=made, price=read.offer.price)
    reward = await shop.asked_for(turn, str(made))
    return await shop.page(turn, reward, first=Phrase("offering.made"))


async def _await(turn: Turn, target: str) -> None:
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, target, until=until)


@feature.on(tap="offering.edit", work=Work.WRITES, right=Right.REWARDS)
async def edit(turn: Turn) -> Reply:
    """Show the form of a reward as it is, to be changed and sent back."""
    reward = await shop.asked_for(turn, turn.argument)
    await _await(turn, f"offering.again:{reward.id}")
    filled = await describing.filled(turn, reward.offer)
    again = describing.lines([name for name in FIELDS if name != "stock"], filled)
    cancel = button(f"stocking.one:{reward.id}", Phrase("buttons.cancel"))
    return say("offering.edit", title=reward.offer.title, form=again, buttons=((cancel,),))


@feature.on(tap="offering.again", work=Work.WRITES, right=Right.REWARDS)
async def again(turn: Turn) -> Reply:
    """Take over what was changed; whoever has the old page open must look again."""
    number, _, text = turn.argument.partition(":")
    reward = await shop.asked_for(turn, number, lock=True)
    read = await describing.read(turn, text, reward)
    if isinstance(read, Reply):
        return read
    await dialogs.answered(turn.db, turn.person.citizen)
    if read.offer != reward.offer:
        await rewards.edit(turn.db, reward.id, read.offer)
        prices = {"before": reward.offer.price, "price": read.offer.price}
        await auditing.note(turn, "reward_changed", read.offer.title, reward=reward.id, **prices)
    reward = await shop.asked_for(turn, number)
    return await shop.page(turn, reward, first=Phrase("offering.changed"))
