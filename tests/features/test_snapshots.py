"""Pictures of a case: looked at in a job, kept without what cameras note, shown, taken away."""

import io
from pathlib import Path

import pytest
from PIL import Image

from bot.cabinet import Cabinet
from bot.messages import File
from storage import cases, deployment
from tests.duties import appoint
from tests.photographs import photo
from tests.reporting import illustrate, send, tell
from tests.worker import jobs_of, worked


@pytest.fixture
def database(sqlite_database):
    """No statement here differs between the two databases."""
    return sqlite_database


async def kept(chat, number):
    """Return the pictures of a case, with what the cabinet holds of them."""
    async with chat.database.reading() as db:
        found = await cases.pictures(db, int(number))
        name = await deployment.fact(db, deployment.FILES)
    cabinet = Cabinet(Path(chat.folder), name or "none")
    return [(each, cabinet.find(each.hash)) for each in found]


async def test_an_album_is_added_and_shown(chat, mei):
    """Several at once while the question is open; the same again is one; then all on one sheet."""
    number = await tell(mei)
    sent = {f"ref-of-{n}.jpg": photo(n) for n in (1, 2)}
    for n in (1, 2):
        await send(mei, f"{n}.jpg", sent[f"ref-of-{n}.jpg"], picture=True)
    added = [(await worked(chat, mei, sent))[0] for _ in sent]
    again = await illustrate(chat, mei, number, seed=2)
    pictures = await kept(chat, number)
    begun = await mei.taps(f"snapshots.album:{number}")
    shown, rendered = await worked(chat, mei)

    assert [reply.params["count"] for reply in added] == [1, 2]
    assert (again.key, again.params["count"]) == ("snapshots.there_before", 2)
    opened = [Image.open(io.BytesIO(content)) for _, content in pictures]
    assert [(each.format, each.size, dict(each.getexif())) for each in opened] == [
        ("JPEG", (300, 400), {})
    ] * 2
    assert (begun.key, shown.key) == ("snapshots.album_begun", "snapshots.album")
    assert rendered.document.is_picture
    assert mei.button("去掉第 2 张") == f"snapshots.drop:{number}:{pictures[1][0].id}"


async def test_a_picture_is_taken_away_in_two_steps(chat, mei):
    """The other one stays."""
    number = await tell(mei)
    for seed in (1, 2):
        await illustrate(chat, mei, number, seed=seed)
    (first, _), (second, _) = await kept(chat, number)
    asked = await mei.taps(f"snapshots.drop:{number}:{first.id}")
    confirm = mei.button("确认")
    await mei.taps(confirm)
    again = await mei.taps(confirm)

    assert (asked.key, asked.params["n"]) == ("snapshots.drop_asked", 1)
    assert again.params["pictures"] == 1
    assert [each.id for each, _ in await kept(chat, number)] == [second.id]
    assert (await mei.taps(f"snapshots.drop:{number}:999")).key == "cases.one"


async def test_what_is_no_picture_is_refused_by_its_content(chat, mei):
    """HEIC with advice, a document under a picture's name, one that is gone, fifty megabytes."""
    number = await tell(mei)
    heic = await illustrate(chat, mei, number, content=b"\0\0\0\x18ftypheic" + b"x" * 99)
    text = await illustrate(chat, mei, number, seed=2, content=b"%PDF-1.7")
    big = await mei.sends(File("x.jpg", 50 << 20, "a-ref", picture=True))
    await send(mei, "gone.jpg", b"x", picture=True)
    told = []
    assert await jobs_of(chat, told, {}).work_off_one()
    words = await mei.says("这是图片")

    assert (heic.key, text.key) == ("photos.heic", "photos.unknown")
    assert (big.key, big.params["megabytes"]) == ("photos.too_big", 20)
    assert chat.texts.last.key == "snapshots.ask" == words.key
    assert "文件取不到了" in told[0][1].text
    assert await kept(chat, number) == []


async def test_a_case_holds_nine(chat, mei):
    """The tenth is told so."""
    number = await tell(mei)
    async with chat.database.transaction() as db:
        for n in range(9):
            await cases.add_picture(db, int(number), f"{n:064}", size=(1, 1, 1), caption="")

    reply = await illustrate(chat, mei, number)

    assert (reply.key, reply.params["most"]) == ("photos.enough", 9)


async def test_rights_are_looked_at_when_it_is_done(chat, boss, mei):
    """Revoked, or the case deleted, between sending and looking: nothing is kept."""
    number = await tell(mei)
    await mei.taps(f"snapshots:{number}")
    await send(mei, "1.jpg", photo(), picture=True)
    async with chat.database.transaction() as db:
        await cases.change(db, int(number), deleted_at=chat.clock.now())
    late, _ = await worked(chat, mei, {"ref-of-1.jpg": photo()})
    lan = await appoint(chat, "lan", "liantang", by=boss)
    other = await tell(lan, unit="liantang")
    foreign = await lan.taps(f"snapshots.take:1:{other}")

    assert late.key == "errors.not_yours"
    assert foreign.key == "photos.lost"
    assert await kept(chat, number) == []
