"""Whatever is earned, spent, corrected and linked by chance: the books are those of the model."""

import itertools
import shutil
from collections import Counter

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from storage.db import Database
from tests import compiled
from tests.families import Families
from tests.gates import LONG, SEED

STEPS = 150  # of a life, at most: what does not apply is skipped
LIVES = 4  # at a time
ACTS = {"sqlite": 20_000, "postgres": 8_000} if LONG else {"sqlite": 4_600, "postgres": 1_400}
EACH = ("earned", "redeemed", "cancelled", "expired", "handed out", "reversed", "adjusted")
FAMILY = ("taken in", "acts", "a child earned", "invited", "let go", "let go for good", "left")


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_the_books_are_those_of_the_model(backend, request, tmp_path, record):
    """Thousands of steps, and each kind of act really happened."""
    names = itertools.count(1)
    given = request.getfixturevalue(
        {"sqlite": "sqlite_template", "postgres": "postgres_url"}[backend]
    )

    async def on_sqlite(_self):
        path = shutil.copy(given, tmp_path / f"{next(names)}.db")
        database = Database(f"sqlite+aiosqlite:///{path}", inline=True)
        compiled.share(database)
        return database

    async def on_postgres(_self):
        database = Database(given)
        compiled.share(database)
        request.getfixturevalue("emptying").empty()
        return database

    opening = {"sqlite": on_sqlite, "postgres": on_postgres}[backend]
    happened: Counter[str] = Counter()
    machine = type("Machine", (Families,), {"open_database": opening, "happened": happened})
    for turn in itertools.count():
        if happened.total() >= ACTS[backend]:
            break
        run_state_machine_as_test(
            hypothesis.seed(SEED + turn)(machine),
            settings=settings(
                max_examples=LIVES,
                stateful_step_count=STEPS,
                database=None,
                phases=[Phase.generate],  # shrinking would take minutes; the steps are printed
                suppress_health_check=list(HealthCheck),
            ),
        )

    assert min(happened[act] for act in (*EACH, *FAMILY, "linked", "unlinked")) > 0, happened
    record("R3", f"0 of {happened.total():,} acts", seed=SEED)
