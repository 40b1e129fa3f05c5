"""Deep links: what a link or QR code names, and how it travels through first contact."""

from dataclasses import dataclass

from bot.campaign import Spot
from bot.feature import Turn, button, named
from bot.messages import Phrase, Rows
from bot.operations import belonging
from storage.units import Unit

PLACE, LIVE = "place_", "live_"
DIGITS_MAX = 12


@dataclass(frozen=True, slots=True)
class Link:
    """What led somebody here; a place or livestream waits behind the town."""

    unit: Unit | None = None
    spot: Spot | None = None
    live: str = ""
    lost: bool = False
    """It names a town, unit or team that is not known."""

    @property
    def onward(self) -> str:
        """Return the place or livestream as it travels in a button."""
        if self.spot is not None:
            return f"{PLACE}{self.spot.id}"
        return f"{LIVE}{self.live}" if self.live else ""


async def link(turn: Turn) -> Link:
    """Read the deep link that led here, also out of a button that carries it on."""
    argument = turn.argument
    if belonging.is_link(argument):
        unit = await belonging.linked(turn, argument)
        return Link(unit, lost=unit is None)
    _, found, name = argument.rpartition(PLACE)
    if found and (spot := turn.campaign.place(name)) is not None:
        return Link(spot=spot)
    _, found, number = argument.rpartition(LIVE)
    known = found and number.isdecimal() and len(number) <= DIGITS_MAX
    return Link(live=str(int(number)) if known else "")


def carried(turn: Turn, came: Link) -> str:
    """Return the deep link as it travels in a button; what is unknown travels no further."""
    return f":{turn.argument}" if came.unit or came.onward else ""


def here(came: Link) -> Rows:
    """Offer the check-in at the place whose QR code led here, or the livestream of a link."""
    if came.spot is not None:
        label = Phrase("start.check_in_here", {"place": named(came.spot)})
        return ((button(f"checkins:{PLACE}{came.spot.id}", label),),)
    if came.live:
        label = Phrase("start.open_livestream")
        return ((button(f"livestreams.open:{came.live}", label),),)
    return ()
