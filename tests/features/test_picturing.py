"""A picture for a broadcast: asked for, seen in the preview, sent along, taken away again."""

import pytest

from bot.channels import telegram
from bot.feature import say
from bot.messages import JPEG, PNG, Document, File, NoFile, Rendered, Traits
from storage import pictures, uploads
from storage.uploads import NewUpload
from tests.broadcasting import TEXT, crowd, draft, organiser
from tests.push import Worker

PHOTO = File("photo.jpg", 1000, "AgACAgIAAxkBAAIB-photo", picture=True)


async def sent(chat, author, content, name="x.png"):
    """Send a file over the page, as it does: first the content, then its name."""
    ref = "a-name-of-the-page-itself"
    async with chat.database.transaction() as db:
        whose = (chat.campaign_id, await author.id(), "web")
        new = NewUpload(*whose, ref, name=name, size=len(content))
        await uploads.add(db, new, at=chat.clock.system(), content=content)
    return await author.sends(File(name, len(content), ref))


@pytest.fixture
async def drafted(chat):
    """An organiser who is asked for a picture."""
    li = await organiser(chat)
    await crowd(chat, 2)
    written = await draft(li)
    reply = await li.taps(li.button("加/换图片"))
    assert (reply.key, reply.files) == ("picturing.ask", True)
    return li, written


@pytest.mark.parametrize("content", [PNG + b"x" * 100, JPEG + b"x" * 100])
async def test_a_picture_from_the_page_goes_along(chat, drafted, content):
    """It stands in the preview, and on what everybody gets."""
    li, written = drafted
    reply = await sent(chat, li, content)
    shown = (await li.taps(f"launching:{written}")).before
    document = li.rendered.before.document
    await li.taps(li.button("确认"))
    worker = Worker(chat)
    await worker.rings()

    assert reply.params["picture"].key == "composing.with"
    assert (document.content, document.is_picture) == (content, True)
    arrived = [reply for _, reply in worker.platform.sent if reply.params.get("text") == TEXT]
    assert [reply.picture for reply in arrived] == [shown.picture] * 2


async def test_a_photo_from_a_platform_is_named_not_fetched(chat, drafted):
    """Where its own channel sends it again by its name."""
    li, written = drafted
    li.traits = Traits(resends=True)
    await li.sends(PHOTO)
    await li.taps(f"launching:{written}")

    async with chat.database.reading() as db:
        found = await pictures.of(db, (await li.taps(f"launching:{written}")).before.picture)
    assert (found.ref, found.content) == (PHOTO.ref, b"")
    assert li.rendered.before.document.known == ("web", PHOTO.ref)


@pytest.mark.parametrize("resends", [True, False])
async def test_a_picture_is_fetched_once_for_others(chat, drafted, resends):
    """Where its own channel does not resend it, or others are told."""
    li, written = drafted
    fetched = []

    async def fetch(channel, ref):
        fetched.append((channel, ref))
        return JPEG + b"x"

    files = chat.dispatcher.files
    files.fetch = fetch
    li.traits = Traits(resends=resends)
    await li.sends(PHOTO)
    picture = (await li.taps(f"launching:{written}")).before.picture
    worded = chat.dispatcher.worded(say("menu.title"), None)
    first = await files.illustrate(worded, picture, channel="telegram")
    again = await files.illustrate(worded, picture, channel="telegram")

    assert fetched == [("web", PHOTO.ref)]
    assert first.document.content == again.document.content == JPEG + b"x"
    assert (await files.file(first.document.token)).content == JPEG + b"x"


async def test_what_cannot_be_had_goes_without(chat, drafted):
    """The words matter more."""
    li, written = drafted

    async def fetch(_channel, _ref):
        raise NoFile("files.gone")

    chat.dispatcher.files.fetch = fetch
    await li.sends(PHOTO)
    reply = await li.taps(f"launching:{written}")

    assert (reply.key, li.rendered.before.document) == ("launching.preview", None)


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"GIF89a", b"<svg onload=alert(1)>", b"x"])
async def test_what_is_no_picture_is_refused(chat, drafted, content):
    """Whatever it is called."""
    li, written = drafted

    assert (await sent(chat, li, content)).key == "picturing.none"
    assert (await li.taps(f"launching:{written}")).before.picture is None


async def test_a_picture_may_not_be_too_large(chat, drafted):
    """Five megabytes."""
    li, _ = drafted

    assert (await li.sends(File("x.jpg", 6 << 20, "x" * 20, picture=True))).key == "files.too_big"


async def test_a_picture_can_be_taken_away(chat, drafted):
    """And changes what was confirmed, as any edit does."""
    li, written = drafted
    await li.sends(PHOTO)
    await li.taps(f"launching:{written}")
    confirm = li.button("确认")
    await li.taps(f"picturing:{written}")
    await li.taps(li.button("不要图片"))

    assert (await li.taps(confirm)).key == "launching.changed"
    assert (await li.taps(f"launching:{written}")).before.picture is None


async def test_words_are_no_picture(chat, drafted):
    """They are asked for again."""
    li, _ = drafted

    assert (await li.says("这是图片")).key == "picturing.ask"


@pytest.mark.parametrize(
    ("signs", "calls"), [(1000, ["sendPhoto"]), (1100, ["sendMessage", "sendPhoto"])]
)
def test_telegram_sends_its_own_photo_by_its_name(signs, calls):
    """Nothing is uploaded; words that are too long for a caption stand above it."""
    document = Document("picture.jpg", b"", "", ("telegram", PHOTO.ref))
    shown = telegram.show(Rendered("字" * signs, document=document), telegram.Back(chat=5))

    assert [call.method for call in shown] == calls
    assert shown[-1].parameters["photo"] == PHOTO.ref


def test_telegram_uploads_what_another_channel_brought():
    """Its name there means nothing here."""
    document = Document("picture.jpg", JPEG + b"x", "", None)
    [shown] = telegram.show(Rendered("hi", document=document), telegram.Back(chat=5))

    assert shown.method == "sendPhoto"
    assert not isinstance(shown.parameters["photo"], str)
