"""注销: withdrawing the consent, as easy as giving it, and erasing the own data."""

from itertools import chain

from bot.feature import KNOWN, Feature, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import erasing, linking, registering
from storage import citizens, links, seats, totals

feature = Feature("leaving")


@feature.on(command="forget", words=["注销", "退出"], tap="leaving", right=KNOWN)
async def leaving(turn: Turn) -> Reply:
    """Explain the two ways of leaving, and offer both and neither."""
    me = turn.person.citizen
    has = await totals.of(turn.db, turn.campaign_id, me)
    erase = button(turn.confirming(f"leaving.erase:{me}"), Phrase("leaving.erase"))
    pause = button(turn.confirming(f"leaving.pause:{me}"), Phrase("leaving.pause"))
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
    _confirm(turn, "leaving.pause")
    if turn.person.holder is not None:
        raise Refusal("leaving.held")
    await linking.hold(turn)
    await citizens.withdraw(turn.db, turn.person.citizen, at=turn.now)
    await registering.choose(turn, registering.DECLINED)
    back = button("start", Phrase("start.mistaken"))
    return say("leaving.paused", buttons=((back,),), replaces=True)


@feature.on(tap="leaving.erase", work=Work.WRITES, right=KNOWN)
async def erase(turn: Turn) -> Reply:
    """Erase who this is; the sums stay, under nobody's name."""
    _confirm(turn, "leaving.erase")
    citizen = turn.person.citizen
    await linking.hold(turn, *await _with(turn))
    held = [] if turn.person.holder else await seats.alone(turn.db, citizen)
    gone = {citizen, *held}
    for one in (citizen, *held):
        gone |= set(await links.absorbed_by(turn.db, one))
    for one in sorted(gone):
        await erasing.now(turn, one)
    if turn.person.holder is not None:  # the account is its owner's again, who stays
        return say("leaving.erased_reader", last=turn.campaign.last_day, menu=True)
    await registering.choose(turn, registering.DECLINED)
    return say("leaving.erased", last=turn.campaign.last_day, replaces=True)


async def _with(turn: Turn) -> list[int]:
    """Return whom leaving may be about: whoever the speaker holds, and all who became one of them.

    Two guardians who leave at once both hold a child's lock: the second one takes it along.
    """
    citizen = turn.person.citizen
    held = [] if turn.person.holder else [each.reader for each in await seats.of(turn.db, citizen)]
    became = [await links.absorbed_by(turn.db, one) for one in (citizen, *held)]
    return list(chain(held, *became))


def _confirm(turn: Turn, head: str) -> None:
    """Let pass who saw what leaving means for them.

    Raises:
        Refusal: they became one with another since, who would leave as well.

    """
    if turn.confirmed(head) != str(turn.person.citizen):
        raise Refusal("errors.confirm_again")
