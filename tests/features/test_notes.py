"""Writing a reading note: after a finished item, in words or a photo, previewed, handed in."""

import io

import pytest
from PIL import Image

from bot.messages import File, Traits
from storage import pictures, uploads
from storage.uploads import NewUpload
from tests.noting import WORDS, book, finished, handed_in


@pytest.fixture
def database(sqlite_database):
    """Enough for words; tests of the queue run on both."""
    return sqlite_database


async def test_a_note_is_asked_for_previewed_and_handed_in(chat):
    """Only after a finish, only what may stand there, only once, and only what was shown."""
    ming = await chat.join("ming")
    item = await book(chat)
    early = await ming.taps(f"notes.write:{item}")
    await finished(chat, ming, item)
    assert "notes.write" in {t.target.partition(":")[0] for r in chat.texts.last.buttons for t in r}
    asked = await ming.taps(ming.button("写心得"))
    wrong = [await ming.says(text) for text in ("好书", "字" * 501, f"{WORDS} 13800138000")]
    shown = await ming.says(WORDS)
    old = ming.button("确认")
    changed = await ming.says(f"{WORDS}真好。")
    stale = await ming.taps(old)
    done = await ming.taps(ming.button("确认"))
    again = await ming.taps(f"notes.write:{item}")
    twice = await ming.taps(old)

    assert early.key == "notes.not_finished"
    assert (asked.key, asked.files) == ("notes.ask", True)
    assert [each.key for each in wrong] == [
        "notes.wrong_short",
        "notes.wrong_long",
        "notes.wrong_phone",
    ]
    assert shown.params["text"] == WORDS
    assert shown.params["signed"].key == "notes.unsigned"
    assert changed.params["text"] == stale.params["text"] == f"{WORDS}真好。"
    assert done.key == "notes.handed_in"
    assert again.key == twice.key == "notes.there_is_one"
    assert (await ming.taps("notes.write:999")).key == "notes.not_finished"
    assert (await ming.taps("notes.given:x:y")).key == "notes.not_finished"
    assert (await ming.taps("notes.hand_in:forged")).key == "errors.confirm_again"


async def test_so_many_notes_a_day(chat):
    """The sixth waits for tomorrow."""
    ming = await chat.join("ming")
    items = [await book(chat, f"第{n}本书") for n in range(6)]
    for item in items[:5]:
        await handed_in(chat, ming, item)
    await finished(chat, ming, items[5])
    enough = await ming.taps(f"notes.write:{items[5]}")
    chat.clock.ahead(days=1)
    asked = await ming.taps(f"notes.write:{items[5]}")

    assert (enough.key, enough.params["most"]) == ("notes.enough", 5)
    assert asked.key == "notes.ask"


async def sends_over_the_page(chat, author, content):
    """Send a file as the page does: first the content, then its name."""
    ref = f"page-{len(content)}"
    async with chat.database.transaction() as db:
        whose = (chat.campaign_id, await author.id(), "web")
        new = NewUpload(*whose, ref, name="x.jpg", size=len(content))
        await uploads.add(db, new, at=chat.clock.system(), content=content)
    return await author.sends(File("x.jpg", len(content), ref))


async def test_a_photo_is_enough_and_tells_no_place(chat):
    """From a page it loses its notes; a platform's own is named by the platform; no other file."""
    ming = await chat.join("ming")
    item = await book(chat)
    await finished(chat, ming, item)
    await ming.taps(f"notes.write:{item}")
    said, file = Image.Exif(), io.BytesIO()
    said[0x010F] = "Secret camera"
    Image.new("RGB", (40, 20), "red").save(file, "JPEG", exif=said)
    none = await sends_over_the_page(chat, ming, b"MZ\x90 not a picture at all")
    shown = await sends_over_the_page(chat, ming, file.getvalue())
    both = await ming.says(WORDS)
    async with chat.database.reading() as db:
        kept = await pictures.of(db, shown.picture)
    ming.traits = Traits(resends=True)
    other = await ming.sends(File("photo.jpg", 1000, "AgACAgI", picture=True))

    assert none.key == "notes.no_picture"
    assert shown.params["text"].key == "notes.picture_only"
    assert kept.content.startswith(b"\xff\xd8")
    assert b"Secret" not in kept.content
    assert (both.params["text"], both.picture) == (WORDS, shown.picture)
    assert other.picture != shown.picture
    assert (await ming.taps(ming.button("确认"))).key == "notes.handed_in"
