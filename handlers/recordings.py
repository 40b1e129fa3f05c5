"""Where a class can be watched again, set by those in charge; who missed it is told."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.livestream_file import LENGTHS
from bot.messages import Button, Phrase, Reply
from bot.operations import airing, auditing, classroom, proposing
from bot.rules import forms
from bot.rules.airtime import Stage
from bot.rules.rights import Right
from bot.sheets import is_address
from storage import attendances, dialogs, livestreams, programme, proposals, pushes
from storage.livestreams import Livestream
from storage.proposals import REPLAY, Entry

feature = Feature("recordings")

ASKED_FOR = timedelta(minutes=30)
ADDRESS_MAX = LENGTHS["replay"]
SHOWN_MAX = 80


@feature.on(tap="recordings", work=Work.WRITES, right=Right.PROPOSALS)
async def ask(turn: Turn) -> Reply:
    """Ask for the address of the recording."""
    livestream = await classroom.in_charge(turn, turn.argument)
    if livestream.state == livestreams.CANCELLED:
        return say("recordings.cancelled", topic=livestream.topic, buttons=((_back(livestream),),))
    until = turn.system_now + ASKED_FOR
    target = f"recordings.given:{livestream.id}"
    await dialogs.ask(turn.db, turn.person.citizen, target, until=until)
    drop = button(f"recordings.drop:{livestream.id}", Phrase("recordings.drop"))
    row = (drop,) if livestream.replay else ()
    return say("recordings.ask", topic=livestream.topic, buttons=((*row, _back(livestream)),))


@feature.on(tap="recordings.given", work=Work.WRITES, right=Right.PROPOSALS)
async def given(turn: Turn) -> Reply:
    """Show what setting this address does, or say what is wrong with it and keep asking."""
    number, _, text = turn.argument.partition(":")
    livestream = await classroom.in_charge(turn, number)
    address = forms.tidy(" ".join(text.splitlines()))
    if len(address) > ADDRESS_MAX or not is_address(address):
        shown = address[:SHOWN_MAX]
        return say("recordings.wrong", given=shown, buttons=((_back(livestream),),))
    entry = Entry(
        REPLAY, livestream.unit or "", livestream.topic, address=address, livestream=livestream.id
    )
    draft = await proposing.drafted(turn, entry)
    confirm = button(turn.confirming(f"recordings.put:{draft}"), Phrase("buttons.confirm"))
    keep = button(f"programme.one:{livestream.id}", Phrase("buttons.cancel"))
    return say(
        "recordings.preview",
        topic=livestream.topic,
        address=address,
        reach=await _reach(turn, livestream),
        buttons=((confirm, keep),),
    )


async def _reach(turn: Turn, livestream: Livestream) -> Phrase:
    """Say whom the recording is pushed to: once, soon after the class, who booked and missed it."""
    if classroom.stage(turn, livestream) is not Stage.OVER:
        return Phrase("recordings.later")
    since = turn.now - timedelta(days=turn.campaign.pushes.replay_days)
    once = airing.replay_once(livestream.id)
    if livestream.ends_at <= since or await pushes.made(turn.db, turn.campaign_id, [once]):
        return Phrase("recordings.quietly")
    missed = await attendances.missed(turn.db, livestream.id)
    return Phrase("recordings.told", {"count": len(missed)})


@feature.on(tap="recordings.put", work=Work.WRITES, right=Right.PROPOSALS)
async def put(turn: Turn) -> Reply:
    """Set the address, as confirmed."""
    draft = await proposing.draft_of(turn, turn.confirmed("recordings.put"))
    livestream = await classroom.in_charge(turn, str(draft.entry.livestream))
    await dialogs.answered(turn.db, turn.person.citizen)
    await proposals.drop(turn.db, turn.campaign_id, by=turn.person.citizen)
    await programme.put_replay(turn.db, livestream.id, draft.entry.address)
    await auditing.note(turn, "live_replay_set", livestream.topic, livestream=livestream.id)
    return say("recordings.is_set", topic=livestream.topic, buttons=((_back(livestream),),))


@feature.on(tap="recordings.drop", work=Work.WRITES, right=Right.PROPOSALS)
async def drop(turn: Turn) -> Reply:
    """Take the recording off."""
    livestream = await classroom.in_charge(turn, turn.argument)
    await dialogs.answered(turn.db, turn.person.citizen)
    await programme.put_replay(turn.db, livestream.id, None)
    await auditing.note(turn, "live_replay_dropped", livestream.topic, livestream=livestream.id)
    return say("recordings.dropped", topic=livestream.topic, buttons=((_back(livestream),),))


def _back(livestream: Livestream) -> Button:
    return button(f"programme.one:{livestream.id}", Phrase("programme.back"))
