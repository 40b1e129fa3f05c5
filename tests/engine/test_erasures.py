"""A backup is restored, and whoever had themselves erased since it was made does not come back."""

from sqlalchemy import text

from bot.erasures import NAME, ErasureList, Noting, fingerprint
from storage.base import Base
from storage.db import Database
from tests.chat import SECRET
from tests.duties import owner
from tests.features.test_guardians import parted
from tests.features.test_linking import joined
from tests.processes import run, serving

SUMS = "SELECT (SELECT sum(points) FROM ledger), (SELECT sum(earned) FROM totals)"


async def seen(file):
    """Return every row of a database as text, its sums, and what it noted of the erased."""
    database = Database(f"sqlite:///{file}")
    async with database.reading() as db:
        rows = [str(r) for t in Base.metadata.sorted_tables for r in await db.execute(t.select())]
        sums = tuple((await db.execute(text(SUMS))).one())
        acts = await db.scalars(text("SELECT subject FROM audit WHERE act = 'erased_again'"))
        noted = list(acts)
    await database.aclose()
    return "\n".join(rows), sums, noted


async def leaves(person):
    """Have oneself erased."""
    await person.says("注销")
    await person.taps(person.button("注销，全部删掉"))


def restored(chat, copy):
    """Return the settings under which a copy is served on, at the same moment."""
    mode = {"REHEARSAL": "1", "REHEARSAL_START": chat.clock.now().isoformat(), "WEB_CHAT": "on"}
    return {**mode, "DATABASE_URL": f"sqlite:///{copy}", "SECRET_KEY": SECRET.decode()}


async def season(chat, folder, copy):
    """Live two days with a backup between them; return its sums and whom it still knows."""
    ming, gone = await chat.join("ming"), await chat.join("early-canary")
    late = await chat.join("late-canary", town="baihe")
    for one in (ming, gone, late):
        await one.taps("checkins")
    await late.taps("settings.rename")
    await late.says("小canary")
    await leaves(gone)
    number, noting = await late.id(), Noting(chat.database, folder)
    url = chat.database.url.render_as_string(hide_password=False)
    assert await noting.note() == 1
    assert (await run(folder, "backup", str(copy), DATABASE_URL=url))[0] == 0
    before, sums, _ = await seen(copy)
    assert "late-canary" in before

    await leaves(late)
    chat.clock.ahead(days=1)
    await ming.taps("checkins")
    await leaves(await chat.join("stranger-canary"))  # nobody whom the backup knows
    assert (await noting.note(), await noting.note()) == (2, 0)
    return sums, number


async def test_a_restored_backup_brings_nobody_back(chat, tmp_path):
    """Backup, erase, go on, restore, start: gone again, audited, the sums as they were."""
    copy = tmp_path / "copy.sqlite3"
    sums, number = await season(chat, tmp_path, copy)
    listed = (tmp_path / NAME).read_text()
    settings = restored(chat, copy)

    warned = await run(tmp_path, "doctor", **settings)
    async with serving(tmp_path, **settings) as process:
        status, errors = await process.stop()
    after, kept, noted = await seen(copy)
    doubly = await run(tmp_path, "erasures", **settings)

    assert ("canary" in listed, len(listed.splitlines())) == (False, 3)
    assert warned[0] == 1
    assert "1 of them are here again: run shuxiang erasures" in warned[1]
    assert (status, "brought 1 erased people back" in errors) == (0, True)
    assert "canary" not in after
    assert (kept, noted) == (sums, [str(number)])
    assert "3 in the list, 0 of them erased again, 0 newly noted" in doubly[1]
    assert (await run(tmp_path, "audit", **settings))[0] == 0


async def test_who_was_parted_since_the_backup_is_erased_and_not_who_they_had_become(
    chat, clock, tmp_path
):
    """Linked, backed up, undone, erased, restored: their account goes, the other one stays."""
    boss = await owner(chat)
    ming, hua = await chat.join("ming"), await chat.join("hua-canary")
    await hua.taps("checkins")
    clock.ahead(days=1)
    _, told = await joined(ming, hua)
    whose, copy = await ming.id(), tmp_path / "copy.sqlite3"
    url = chat.database.url.render_as_string(hide_password=False)
    backed = await run(tmp_path, "backup", str(copy), DATABASE_URL=url)
    assert backed[0] == 0, backed

    await parted(boss, told.params["goes"])
    number = await hua.id()
    await leaves(hua)
    assert await Noting(chat.database, tmp_path).note() == 1
    settings = restored(chat, copy)
    again = await run(tmp_path, "erasures", **settings)

    rows, _, noted = await seen(copy)
    assert "1 of them erased again" in again[1], again
    assert noted == [str(number)]
    assert ("hua-canary" in rows, "'ming'" in rows) == (False, True)
    assert await ming.id() == whose
    assert (await run(tmp_path, "audit", **settings))[0] == 0


async def test_two_who_were_erased_as_one_are_not_parted(chat, clock, tmp_path):
    """Linked, backed up, erased, restored: both are gone, and the sums are those of one person."""
    ming, hua = await chat.join("ming-canary"), await chat.join("hua-canary")
    for person in (ming, hua):
        await person.taps("checkins")
    await joined(ming, hua)
    async with chat.database.transaction() as db:  # who stays may be read after who became them
        await db.execute(text("UPDATE citizens SET band = band WHERE merged_into IS NULL"))
    copy = tmp_path / "copy.sqlite3"
    url = chat.database.url.render_as_string(hide_password=False)
    backed = await run(tmp_path, "backup", str(copy), DATABASE_URL=url)
    assert backed[0] == 0, backed
    _, sums, _ = await seen(copy)

    await leaves(ming)
    assert await Noting(chat.database, tmp_path).note() == 2
    again = await run(tmp_path, "erasures", **restored(chat, copy))

    rows, kept, noted = await seen(copy)
    assert "2 of them erased again" in again[1], again
    assert ("canary" in rows, len(noted), kept) == (False, 2, sums)
    assert (await run(tmp_path, "audit", **restored(chat, copy)))[0] == 0


async def test_a_list_outlives_a_crash_and_takes_nobody_for_another(chat, clock, tmp_path):
    """A torn line is passed over, a number given anew is somebody else; a copy is taken in."""
    ming = await chat.join("ming")
    number = await ming.id()
    file = tmp_path / NAME
    file.write_text(
        f"{number} {fingerprint(number, clock.now().replace(year=2020))} x\n{number} 0a"
    )
    url = chat.database.url.render_as_string(hide_password=False)
    settings = {"DATABASE_URL": url, "REHEARSAL": "1", "WEB_CHAT": "on"}

    same = await run(tmp_path, "erasures", **settings)
    await leaves(ming)
    hua = await chat.join("hua")
    assert await Noting(chat.database, tmp_path).note() == 1
    copy = tmp_path / "copy.txt"
    async with chat.database.reading() as db:
        wanted = text("SELECT since FROM citizens WHERE id = :id")
        typed = wanted.columns(since=Base.metadata.tables["citizens"].c.since.type)
        began = await db.scalar(typed, {"id": await hua.id()})
    ErasureList(tmp_path / "elsewhere").add(
        [f"{await hua.id()} {fingerprint(await hua.id(), began)} x"]
    )
    (tmp_path / "elsewhere" / NAME).rename(copy)
    taken = await run(tmp_path, "erasures", str(copy), **settings)

    assert "0 of them erased again" in same[1]
    assert len(ErasureList(tmp_path).read()) == 2
    assert "1 of them erased again, 1 newly noted" in taken[1]
    assert await chat.broken() == {}
