"""Answering an objection to the selection: accepted or refused, with words the citizen reads."""

import json
from collections.abc import Mapping
from datetime import timedelta

from bot.feature import Feature, Sending, Turn, Work, button, say
from bot.messages import Named, Param, Phrase, Refusal, Reply
from bot.operations import amending, auditing, pushing, scoring
from bot.rules import orders, taps
from bot.rules.corrections import REASON_MAX
from bot.rules.orders import Wrong
from bot.rules.rights import Right
from storage import candidates, citizens, dialogs, disputes, selections
from storage.disputes import OF_SELECTION, Dispute

feature = Feature("hearings")

ASKED_FOR = timedelta(minutes=30)
YES, NO = "yes", "no"


@feature.on(tap="hearings", right=Right.DISPUTES)
async def one(turn: Turn) -> Reply:
    """Show an objection beside the sheet it is about."""
    dispute = await _waiting(turn, turn.argument)
    whom = await amending.whose(turn.db, dispute.citizen)
    found = await selections.of(turn.db, int(dispute.about.removeprefix(OF_SELECTION)))
    kept = found and await candidates.mine(turn.db, found.id, dispute.citizen)
    sheet: Param = Phrase("hearings.no_sheet")
    ends = [button("rulings")]
    if found and kept:
        sheet = scoring.sheet(kept, await scoring.results(turn.db, found, kept))
        ends.insert(0, button(f"contenders.one:r{kept.number}", Phrase("hearings.sheet")))
    ways = tuple(
        button(f"hearings.{way}:{dispute.id}", Phrase(f"hearings.{way}")) for way in (YES, NO)
    )
    params: dict[str, Param] = {
        **amending.face(turn, whom),
        "sheet": sheet,
        "words": dispute.words or Phrase("rulings.no_words"),
        "at": dispute.opened_at,
    }
    return Reply("hearings.page", params, (ways, tuple(ends)))


@feature.on(tap="hearings.yes", work=Work.WRITES, right=Right.DISPUTES)
async def accept(turn: Turn) -> Reply:
    """Ask for the words that go with a yes."""
    return await _ask(turn, YES)


@feature.on(tap="hearings.no", work=Work.WRITES, right=Right.DISPUTES)
async def refuse(turn: Turn) -> Reply:
    """Ask for the words that go with a no."""
    return await _ask(turn, NO)


async def _ask(turn: Turn, how: str) -> Reply:
    dispute = await _waiting(turn, turn.argument)
    target = f"hearings.words:{dispute.id}.{how}"
    await dialogs.ask(turn.db, turn.person.citizen, target, until=turn.system_now + ASKED_FOR)
    cancel = button(f"hearings:{dispute.id}", Phrase("buttons.cancel"))
    return say(f"hearings.ask_{how}", longest=REASON_MAX, buttons=((cancel,),))


@feature.on(tap="hearings.words", work=Work.WRITES, right=Right.DISPUTES)
async def words(turn: Turn) -> Reply:
    """Show what the citizen will read."""
    about, _, said = turn.argument.partition(":")
    number, _, how = about.partition(".")
    dispute = await _waiting(turn, number)
    answer = orders.reason(said)
    if isinstance(answer, Wrong) or how not in {YES, NO}:
        raise Refusal("excluding.wrong_reason", longest=REASON_MAX)
    me = turn.person.citizen
    await dialogs.answered(turn.db, me)
    await disputes.write_answer(turn.db, dispute.id, by=me, answer=answer)
    confirm = button(turn.confirming(f"hearings.do:{dispute.id}.{how}"), Phrase("buttons.confirm"))
    cancel = button(f"hearings:{dispute.id}", Phrase("buttons.cancel"))
    return say(f"hearings.preview_{how}", answer=answer, buttons=((confirm, cancel),))


@feature.on(tap="hearings.do", work=Work.WRITES, right=Right.DISPUTES)
async def decide(turn: Turn) -> Reply:
    """Answer, and tell the citizen."""
    number, _, how = turn.confirmed("hearings.do").partition(".")
    dispute, me = await _waiting(turn, number), turn.person.citizen
    if dispute.by != me or dispute.answer is None:
        raise Refusal("amending.again")
    answer = dispute.answer
    if how == YES:
        done = await disputes.accept(turn.db, dispute.id, by=me, answer=answer, at=turn.now)
    else:
        done = await disputes.refuse(turn.db, dispute.id, by=me, at=turn.now)
    if not done:
        raise Refusal("amending.again")
    whom = await citizens.number(turn.db, dispute.citizen)
    act = "dispute_accepted" if how == YES else "dispute_refused"
    await auditing.note(turn, act, whom, dispute=dispute.id, answer=answer)
    content = {"citizens": [dispute.citizen], "dispute": dispute.id}
    await pushing.push(turn, told, once=f"dispute:{dispute.id}", content=content)
    return say(f"hearings.said_{how}", buttons=((button("rulings"), button("selections")),))


@feature.push("told", switch="", urgency=2, audience=pushing.named_ones)
async def told(sending: Sending) -> Mapping[int, Reply]:
    """Tell a citizen what came of an objection, and why."""
    dispute = await disputes.of(sending.db, json.loads(sending.push.content)["dispute"])
    if dispute is None:
        return {}
    contact = sending.campaign.contact
    reply = say(
        f"hearings.told_{dispute.state}",
        words=dispute.words,
        answer=dispute.answer or "",
        person=Named(contact.person, contact.person_en),
        phone=contact.phone,
        buttons=((button("results", Phrase("results.name")), button("menu")),),
    )
    return dict.fromkeys(sending.citizens, reply)


async def _waiting(turn: Turn, argument: str) -> Dispute:
    """Return an objection that nobody has answered, by somebody else.

    Raises:
        Refusal: there is none, or it is the own one.

    """
    dispute = await disputes.of(turn.db, taps.number(argument))
    is_ours = dispute is not None and dispute.campaign == turn.campaign_id
    if dispute is None or not is_ours or not dispute.about.startswith(OF_SELECTION):
        raise Refusal("amending.gone")
    if dispute.state != disputes.OPEN:
        raise Refusal("hearings.over")
    if dispute.citizen == turn.person.citizen:
        raise Refusal("amending.own")
    return dispute
