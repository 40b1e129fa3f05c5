"""A worker of `shuxiang` whose lease is short, and whose clock is off by so many seconds.

    python -m tests.faults.quick 90

Tests need not wait a quarter of a minute for a lease; the proportions are those of the product.
With `patient` as a second argument the lease is the product's own.
"""

import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module

from bot import leader
from bot.clock import RehearsalClock

LEASE_SECONDS, RENEW_SECONDS, MARGIN_SECONDS = 3.0, 0.8, 0.8
PATIENT = "patient"
PROGRAM = (sys.executable, "-m", "tests.faults.quick")


def main() -> None:
    """Shorten the lease, set the clock wrong, and serve."""
    if PATIENT not in sys.argv:
        leader.LEASE = timedelta(seconds=LEASE_SECONDS)
        leader.RENEW_SECONDS, leader.MARGIN_SECONDS = RENEW_SECONDS, MARGIN_SECONDS
    off = timedelta(seconds=float(sys.argv[1]))

    class WrongClock(RehearsalClock):
        def now(self) -> datetime:
            return self.system() + self.offset

        def system(self) -> datetime:
            return datetime.now(UTC) + off  # noqa: TID251 - it is a clock

    vars(import_module("bot.app"))["RehearsalClock"] = WrongClock
    import_module("bot.cli").cli(["run"])


if __name__ == "__main__":
    main()
