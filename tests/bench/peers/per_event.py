"""Our own bot with one transaction per event in place of the till: what the till is measured by."""

from bot import app, cli
from tests.bench.s1_till import EventTill

if __name__ == "__main__":
    app.Till = EventTill  # type: ignore[attr-defined]
    cli.cli(["run"])
