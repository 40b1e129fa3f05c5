"""Fakes at our own seams."""

from datetime import datetime, timedelta

from bot.i18n import Texts
from bot.messages import Rendered, Reply


class FixedClock:
    """A clock that stands still until it is set; the machine's time stands with it."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the moment that was set."""
        return self._moment

    def system(self) -> datetime:
        """Return the moment that was set."""
        return self._moment

    def set(self, moment: str) -> None:
        """Set the moment, with its offset."""
        self._moment = datetime.fromisoformat(moment)

    def ahead(self, **by: float) -> None:
        """Move ahead by days, hours or minutes."""
        self._moment += timedelta(**by)


class Replies(Texts):
    """Texts that remember the replies they were asked to say."""

    last: Reply | None = None

    def render(self, reply: Reply, language: str | None) -> Rendered:
        """Remember, then say."""
        self.last = reply
        return super().render(reply, language)
