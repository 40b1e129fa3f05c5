"""核销: a desk names a voucher's code, sees what it is for, and notes that it was handed out."""

import json
from collections.abc import Mapping
from datetime import timedelta

from bot.feature import Feature, Sending, Turn, Work, button, rows, say
from bot.messages import Param, Phrase, Reply
from bot.operations import handing, pushing
from bot.operations.handing import Answer, Shown
from bot.rules import taps
from bot.rules import vouchers as codes
from bot.rules.rights import Right
from storage import dialogs, rewards, vouchers

feature = Feature("verifying")

ASKED_FOR, MINUTE = timedelta(minutes=10), timedelta(minutes=1)
BACK = (button("verifying", Phrase("verifying.next")), button("roles"))


@feature.push("told", switch="", urgency=1, audience=pushing.named_ones)
async def told(sending: Sending) -> Mapping[int, Reply]:
    """Tell the holder that their voucher was handed in, in case it was somebody else."""
    number = json.loads(sending.push.content)["voucher"]
    voucher = (await vouchers.of(sending.db, [number])).get(number)
    if voucher is None or voucher.ended_at is None:
        return {}
    reply = say(
        "verifying.told",
        title=(await rewards.titles(sending.db, [voucher.reward])).get(voucher.reward, ""),
        at=voucher.ended_at,
        place=voucher.place or "",
        buttons=((button("codes"), button("menu")),),
    )
    return {citizen: reply for citizen in sending.citizens if citizen == voucher.citizen}


@feature.on(
    command="verify",
    words=["核销"],
    tap="verifying",
    work=Work.WRITES,
    right=Right.VERIFY,
    takes=True,
)
async def verify(turn: Turn) -> Reply:
    """Show what a code is for, with the button that hands it out; alone, ask for the code."""
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, "verifying", until=until)
    if not turn.argument:
        return say("verifying.ask", buttons=((button("roles"), button("menu")),))
    code = codes.read(turn.argument)
    if code is None:
        return say("verifying.no_code", length=codes.LENGTH, buttons=((button("roles"),),))
    return _said(turn, await handing.look(turn, code))


@feature.on(tap="verifying.hand", work=Work.WRITES, right=Right.VERIFY)
async def hand(turn: Turn) -> Reply:
    """Note that the reward was handed out here and now."""
    number, _, place = turn.confirmed("verifying.hand").partition(":")
    shown = await handing.hand_out(turn, taps.number(number), taps.number(place), told=told)
    return _said(turn, shown)


def _said(turn: Turn, shown: Shown) -> Reply:
    voucher, reward = shown.voucher, shown.reward
    if voucher is None or reward is None:
        key = "verifying.locked" if shown.answer is Answer.LOCKED else "verifying.wrong"
        wait = (shown.until or turn.system_now) - turn.system_now
        params: dict[str, Param] = {"left": shown.left, "minutes": max(1, -(-wait // MINUTE))}
        return Reply(key, params, (BACK,))
    params = {
        "title": reward.offer.title,
        "price": voucher.price,
        "made": voucher.made_at,
        "until": voucher.expires_on,
        "at": voucher.ended_at or voucher.made_at,
        "place": voucher.place or "",
    }
    if shown.answer is not Answer.READY:
        return Reply(f"verifying.{shown.answer}", params, (BACK,))
    hand_over = [
        button(
            turn.confirming(f"verifying.hand:{voucher.id}:{n}"),
            Phrase("buttons.confirm")
            if len(shown.places) == 1
            else Phrase("verifying.at", {"place": place.name}),
        )
        for n, place in shown.places
    ]
    only = shown.places[0][1].name if len(shown.places) == 1 else ""
    params["ask"] = Phrase("verifying.here", {"place": only}) if only else Phrase("verifying.where")
    cancel = button("roles", Phrase("buttons.cancel"))
    return Reply("verifying.ready", params, (*rows(hand_over), (cancel,)), picture=reward.picture)
