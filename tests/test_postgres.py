"""The PostgreSQL that tests run on clears away what a killed run left behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgres


def _ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_dead_server_of_a_killed_run_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pid file that outlived its process must not end the next run before its first test."""
    monkeypatch.setattr(postgres, "_folder", lambda: tmp_path)
    left = postgres.Server.create()
    ended = _ended_process()
    home = left.home.rename(left.home.with_name(f"{postgres.PREFIX}{ended}-left"))
    (home / "data").mkdir(exist_ok=True)
    (home / "data" / "postmaster.pid").write_text(f"{ended}\n{home}/data\n")
    ours = postgres.Server.create()

    postgres.sweep()

    assert not home.exists()
    assert ours.home.exists()
