"""The only place that asks what time it is.

Campaign time is what people experience: days, phases, streaks. In a rehearsal staff move it.
System time is the machine's: leases, signatures, expiries and limits never move with a rehearsal.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells campaign time and system time."""

    def now(self) -> datetime:
        """Return the campaign's moment, with its offset."""

    def system(self) -> datetime:
        """Return the machine's moment, with its offset."""


class SystemClock:
    """Campaign time is the machine's time."""

    def now(self) -> datetime:
        """Return the machine's moment in UTC."""
        return datetime.now(UTC)

    def system(self) -> datetime:
        """Return the machine's moment in UTC."""
        return datetime.now(UTC)


class RehearsalClock:
    """Campaign time runs beside the machine's, shifted by an offset kept in the database."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Return the rehearsed moment in UTC."""
        return datetime.now(UTC) + self.offset

    def system(self) -> datetime:
        """Return the machine's moment in UTC."""
        return datetime.now(UTC)

    def offset_for(self, moment: datetime) -> timedelta:
        """Return the offset that makes it this moment now."""
        return moment - self.system()
