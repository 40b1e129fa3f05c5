"""注销: withdrawing the consent, as easy as giving it, and erasing the own data."""

from bot.feature import KNOWN, Feature, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import erasing, registering
from storage import citizens, links, seats, totals

feature = Feature("leaving")


@feature.on(command="forget", words=["注销", "退出"], tap="leaving", right=KNOWN)
async def leaving(turn: Turn) -> Reply:
    """Explain the two ways of leaving, and offer both and neither."""
    has = await totals.of(turn.db, turn.campaign_id, turn.person.citizen)
    erase = button(turn.confirming("leaving.erase:all"), Phrase("leaving.erase"))
    pause = button(turn.confirming("leaving.pause:all"), Phrase("leaving.pause"))
    stay = button("menu", Phrase("buttons.cancel"))
    return say(
        "leaving.text",
        balance=has.balance,
        last=turn.campaign.last_day,
        buttons=((pause,), (erase,), (stay,)),
    )


@feature.on(tap="leaving.pause", work=Work.WRITES, right=KNOWN)
async def pause(turn: Turn) -> Reply:
    """Withdraw the consent: nothing more is recorded or sent; points wait."""
    turn.confirmed("leaving.pause")
    if turn.person.holder is not None:
        raise Refusal("leaving.held")
    citizen = turn.person.citizen
    await citizens.lock_one(turn.db, citizen)
    await citizens.withdraw(turn.db, citizen, at=turn.now)
    await registering.choose(turn, registering.DECLINED)
    back = button("start", Phrase("start.mistaken"))
    return say("leaving.paused", buttons=((back,),), replaces=True)


@feature.on(tap="leaving.erase", work=Work.WRITES, right=KNOWN)
async def erase(turn: Turn) -> Reply:
    """Erase who this is; the sums stay, under nobody's name."""
    turn.confirmed("leaving.erase")
    citizen = turn.person.citizen
    held = [] if turn.person.holder else await seats.alone(turn.db, citizen)
    gone = {citizen, *held}
    for one in (citizen, *held):
        gone |= set(await links.absorbed_by(turn.db, one))
    for one in sorted(gone):
        await citizens.lock_one(turn.db, one)
        await erasing.now(turn, one)
    if turn.person.holder is not None:  # the account is its owner's again, who stays
        return say("leaving.erased_reader", last=turn.campaign.last_day, menu=True)
    await registering.choose(turn, registering.DECLINED)
    return say("leaving.erased", last=turn.campaign.last_day, replaces=True)
