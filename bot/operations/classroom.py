"""A livestream as citizens meet it: whether they may join now, how it is shown, its buttons."""

from datetime import datetime, timedelta

from bot.campaign import Activity, Campaign
from bot.feature import Turn, button, rows
from bot.messages import Button, Param, Phrase, Refusal, Rows
from bot.rules import airtime, taps
from bot.rules.airtime import Stage
from bot.rules.points import SESSION
from bot.rules.rights import Right
from storage import livestreams, units
from storage.livestreams import Livestream


def activity(campaign: Campaign) -> Activity:
    """Return what joining a livestream scores as.

    Raises:
        Refusal: this campaign has no livestreams.

    """
    for each in campaign.activities:
        if each.repeat == SESSION:
            return each
    raise Refusal("livestreams.unknown")


def opens_at(turn: Turn, livestream: Livestream) -> datetime:
    """Return from when on people are let in."""
    ahead = activity(turn.campaign).join_before_minutes
    return livestream.starts_at - timedelta(minutes=ahead)


def stage(turn: Turn, livestream: Livestream) -> Stage | None:
    """Say where the moment of the act lies to a livestream; None if that is called off."""
    if livestream.state == livestreams.CANCELLED:
        return None
    if livestream.state == livestreams.ENDED:
        return Stage.OVER
    ahead = livestream.starts_at - opens_at(turn, livestream)
    return airtime.stage(livestream.starts_at, livestream.ends_at, turn.acted_at, ahead=ahead)


def is_moved(livestream: Livestream) -> bool:
    """Say whether a livestream has a new time."""
    return livestream.state == livestreams.POSTPONED


def shown(turn: Turn, livestream: Livestream | None) -> Livestream:
    """Return a livestream of this campaign that citizens may know of.

    Raises:
        Refusal: there is none, or it is not public yet.

    """
    if livestream is None or livestream.campaign != turn.campaign_id:
        raise Refusal("livestreams.unknown")
    if livestream.state not in livestreams.SHOWN:
        raise Refusal("livestreams.unknown")
    return livestream


async def in_charge(turn: Turn, argument: str, right: Right = Right.PROPOSALS) -> Livestream:
    """Return the livestream a button names, if whoever speaks is in charge of it.

    Raises:
        Refusal: there is none, or it is another unit's.

    """
    livestream = await livestreams.of(turn.db, taps.number(argument))
    if livestream is None or livestream.campaign != turn.campaign_id:
        raise Refusal("livestreams.unknown")
    turn.require(right, livestream.unit or "")
    return livestream


def status(turn: Turn, livestream: Livestream) -> Phrase:
    """Say in a sentence how things stand."""
    params: dict[str, Param] = {
        "start": livestream.starts_at,
        "end": livestream.ends_at,
        "opens": opens_at(turn, livestream),
    }
    match stage(turn, livestream):
        case None:
            return Phrase("livestreams.is_cancelled")
        case Stage.COMING if is_moved(livestream):
            return Phrase("livestreams.is_moved", params)
        case Stage.OVER if livestream.replay:
            return Phrase("livestreams.is_over_replay", {"pays": replay_pays(turn)})
        case found:
            return Phrase(f"livestreams.is_{found}", params)


def replay_pays(turn: Turn) -> Phrase:
    """Say whether watching again scores."""
    scores = activity(turn.campaign).replay_scores
    return Phrase("livestreams.replay_pays" if scores else "livestreams.replay_free")


async def unit(turn: Turn, livestream: Livestream) -> Param:
    """Name who holds a livestream."""
    found = await units.of(turn.db, turn.campaign_id, livestream.unit or "")
    return livestream.unit or "" if found is None else found.named


def buttons(turn: Turn, livestream: Livestream, *, booked: bool) -> Rows:
    """Return what can be done about a livestream now, and the way back."""
    can: list[Button] = []
    found = stage(turn, livestream)
    if found in {Stage.OPEN, Stage.RUNNING}:
        can.append(button(f"joining.join:{livestream.id}", Phrase("livestreams.join")))
    if found in {Stage.COMING, Stage.OPEN}:
        verb = "unbook" if booked else "book"
        label = Phrase(f"livestreams.{verb}")
        can.append(button(f"livestreams.{verb}:{livestream.id}", label))
    can += replay_button(turn, livestream)
    return (*rows(can), (button("livestreams"), button("menu")))


def replay_button(turn: Turn, livestream: Livestream) -> tuple[Button, ...]:
    """Return the button that leads to the recording, if it is over and there is one."""
    if stage(turn, livestream) is not Stage.OVER or not livestream.replay:
        return ()
    return (button(f"joining.replay:{livestream.id}", Phrase("livestreams.replay")),)


def back(livestream: Livestream) -> tuple[Button, Button]:
    """Return the buttons that lead to a livestream's page, and to the list."""
    page = button(f"livestreams.open:{livestream.id}", Phrase("livestreams.back"))
    return page, button("livestreams")


def way_in(livestream: Livestream) -> tuple[Button, ...]:
    """Return the button that opens the classroom."""
    return (Button(Phrase("joining.go"), url=livestream.address),)


def recording(livestream: Livestream) -> tuple[Button, ...]:
    """Return the button that opens the recording."""
    return (Button(Phrase("joining.watch"), url=livestream.replay or ""),)
