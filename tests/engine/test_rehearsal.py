"""A tiny season in virtual time: the same on both databases, and never on a real campaign."""

import asyncio
import shutil
import signal
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from bot.rehearsal import season
from bot.rehearsal.run import rehearse
from bot.rehearsal.season import LIVED, Plan
from bot.settings import Settings, StartError
from storage import deployment
from storage.db import Database, DatabaseFault, Unavailable
from tests.processes import SHUXIANG, environment


def settings(url, folder):
    """Return settings without the environment's."""
    return Settings(_env_file=None, database_url=url, data_dir=folder, log_level="WARNING")


async def lived(url, folder, *, citizens=12, days=2, seed=7, told=lambda _turns: None):
    """Rehearse, and return what it came to."""
    plan = Plan(citizens, days, seed)
    return await rehearse(
        *(settings(url, folder), plan),
        tell=lambda _: lambda _day, turns: told(turns),
        say=lambda _: None,
    )


async def test_the_same_seed_lives_the_same_season(spare_postgres_database, tmp_path, caplog):
    """On SQLite and on PostgreSQL the same people do the same and get the same; all of it holds."""
    urls = (
        f"sqlite:///{tmp_path / 'a.sqlite3'}",
        spare_postgres_database.url.render_as_string(hide_password=False),
    )
    first, second = [await lived(url, tmp_path) for url in urls]

    assert (first.finished, first.well, second.well) == (True, True, True), first.lines
    assert first.closing.found == second.closing.found
    assert first.closing.found.totals["registered"] >= 6
    assert first.closing.found.deeds["paid"] > 12
    assert first.closing.found.deliveries["sent"] > 0
    assert [picture.stat().st_size > 1000 for picture in first.pictures] == [True, True]
    assert (await lived(urls[0], tmp_path, days=1)).lines[0].startswith("1 days")  # it goes on
    with pytest.raises(StartError, match="--seed 7"):
        await lived(urls[0], tmp_path, seed=8)


async def test_a_real_campaign_is_left_alone(tmp_path):
    """A database that real people use is refused, and nothing is written beside it."""
    url = f"sqlite:///{tmp_path / 'real.sqlite3'}"
    database = Database(url)
    await database.upgrade()
    async with database.transaction() as db:
        await deployment.first(db, deployment.MODE, deployment.REAL)
    await database.aclose()

    with pytest.raises(StartError, match="holds a real campaign"):
        await lived(url, tmp_path)
    assert not (tmp_path / "rehearsal").exists()


async def test_ctrl_c_ends_a_crowded_hour(tmp_path, monkeypatch):
    """Nobody begins to act after it; the first day, lived again, comes out as ever."""
    monkeypatch.setattr(season, "AT_ONCE", 1)
    cut, whole = (f"sqlite:///{tmp_path / name}" for name in ("cut.sqlite3", "whole.sqlite3"))
    crowd, after = {"citizens": 40, "days": 1}, []

    def press(turns):
        if turns > 60:
            after.append(turns)
        if len(after) == 1:
            signal.raise_signal(signal.SIGINT)

    ended = await lived(whole, tmp_path, **crowd)
    first = await lived(cut, tmp_path, **crowd, told=press)
    again = await lived(cut, tmp_path, **crowd)

    assert (first.finished, first.closing.holds) == (False, True)
    assert first.lines[0].startswith(f"0 days, {after[0]} turns")
    assert (again.finished, again.well) == (True, True), again.lines
    assert again.closing.found.fingerprint == ended.closing.found.fingerprint


@contextmanager
def room_for(pages):
    """Let no SQLite file grow beyond so many pages."""

    def limit(connection, _record):
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


async def test_a_full_database_ends_it_in_one_sentence(sqlite_template, tmp_path, caplog):
    """It says why, and how much was lived; with room again, it goes on to its end."""
    file = shutil.copy(sqlite_template, tmp_path / "full.sqlite3")
    pages = file.stat().st_size // 4096

    with room_for(pages + 10), pytest.raises(StartError, match=r"full .* 0 days and \d+ turns"):
        await lived(f"sqlite:///{file}", tmp_path)
    assert {record.getMessage() for record in caplog.records} == {
        "the database is full: nothing more is stored"
    }
    caplog.clear()
    again = await lived(f"sqlite:///{file}", tmp_path)

    assert again.well, again.lines


async def test_interrupted_it_says_what_it_had_done(tmp_path):
    """After Ctrl-C: the days so far, every invariant checked, and how to go on; status 1."""
    process = await asyncio.create_subprocess_exec(
        *SHUXIANG,
        *("rehearse", "--citizens", "10", "--seed", "3"),
        cwd=tmp_path,
        env=environment(tmp_path, {"LOG_LEVEL": "WARNING"}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    database = Database(f"sqlite:///{tmp_path / 'rehearsal.sqlite3'}")
    try:
        async with asyncio.timeout(60):
            while not await has_lived(database):  # noqa: ASYNC110 - another process's doing
                await asyncio.sleep(0.1)
            process.send_signal(signal.SIGINT)
            printed = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await database.aclose()

    assert process.returncode == 1
    assert "Interrupted" in printed
    assert "turns a second" in printed
    assert "invariants hold" in printed
    assert "Traceback" not in printed


async def has_lived(database):
    """Say whether a rehearsal has noted its first day."""
    try:
        async with database.reading() as db:
            return await deployment.fact(db, LIVED) is not None
    except (DatabaseFault, Unavailable):  # it is not made yet
        return False
