"""Files and pictures on the way to people: by a page's address, and over Telegram."""

import struct
import zlib
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from bot import web
from bot.channels import telegram
from bot.channels import web as web_chat
from bot.messages import Document, Pressable, Rendered
from bot.web.visitors import Visitors
from tests.conftest import START
from tests.pages import front
from tests.telegram_bench import Bench

FILE = Document("shuxiang-mydata-1.json", b'{"a": 1}', "token")


def png(wide=4, high=3, padding=0):
    """Make a white picture of this size, with so many bytes that mean nothing."""
    rows = (b"\0" + b"\xff" * wide) * high
    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"teXt", b"x" * padding))
    made = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in (*parts, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + made


PICTURE = Document("shuxiang-days-1.png", png(), "picture")
ABOUT = {
    "name": {"zh_CN": "书香", "en": "Shuxiang"},
    "theme": {"zh_CN": "题", "en": "theme"},
    "offset": "+08:00",
}


def page(words, *more):
    """Serve the app without a chat; the tokens of few files are good."""

    async def files(token):
        known = {each.token: (each.name, each.content) for each in (FILE, PICTURE, *more)}
        return known.get(token)

    async def ready():
        return {"ready": True}

    about = {**ABOUT, "words": words}
    visitors = Visitors(b"s", lambda: START)
    return TestClient(
        web.build(
            chat=None, ready=ready, front=front(), about=about, visitors=visitors, files=files
        )
    )


def words():
    """The page's words in both languages, from the catalogues."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from bot.i18n import Texts  # noqa: PLC0415

    texts = Texts(ZoneInfo("Asia/Shanghai"))
    return {code: texts.block("page", code) for code in texts.languages}


def test_a_file_is_an_attachment_that_nobody_keeps():
    """A good token gives the file, as a download, uncached and unsniffed."""
    with page(words()) as client:
        answer = client.get("/files/token")

    assert answer.content == FILE.content
    assert answer.headers["content-disposition"] == f'attachment; filename="{FILE.name}"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "华新镇总结报告.docx",
            "%E5%8D%8E%E6%96%B0%E9%95%87%E6%80%BB%E7%BB%93%E6%8A%A5%E5%91%8A.docx",
        ),
        ('a"; x="b.html\r\nX: y', "a%22%3B%20x%3D%22b.html%0D%0AX%3A%20y"),
    ],
)
def test_any_name_fits_in_the_header(name, said):
    """A report bears its unit's Chinese name; none can break out of its header."""
    with page(words(), Document(name, b"x", "named")) as client:
        answer = client.get("/files/named")

    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{said}"


def test_a_bad_token_is_a_sentence():
    """Forged, old and foreign tokens get the same friendly answer in both languages."""
    with page(words()) as client:
        answer = client.get("/files/forged")

    assert answer.status_code == 404
    assert "过期" in answer.text
    assert "ask for it again" in answer.text


def test_a_frame_links_to_the_file():
    """The page gets an address and a name, not the content."""
    frame = web_chat.show(Rendered("x", document=FILE))

    assert (frame["document"], frame["document_name"]) == ("/files/token", FILE.name)


async def test_telegram_gets_the_file_itself():
    """The text first, then the document, as an upload."""
    async with Bench.open() as bench:
        channel = await bench.started()
        ming = bench.api.person(42)
        await channel.push(42, Rendered("给您", document=FILE))
        heard = [(await ming.hears()).text, (await ming.hears()).text]
        await channel.push(42, Rendered("给您", document=replace(FILE, name="华新镇总结.docx")))

    assert heard == ["给您", f"[{len(FILE.content)} bytes]"]
    assert bench.api.names == [FILE.name, "华新镇总结.docx"]
    assert telegram.show(Rendered("x"), telegram.Back(chat=1))[-1].method == "sendMessage"


def test_a_picture_is_shown_by_the_browser():
    """By its content: an html file that calls itself a picture stays a download."""
    with page(words()) as client:
        answer = client.get("/files/picture")

    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"].startswith("inline")
    assert not Document("x.png", b"<script>", "t").is_picture


def test_a_frame_shows_a_picture_and_says_what_it_is():
    """The page gets its address as a picture, with the first line for those who do not see it."""
    frame = web_chat.show(Rendered("<b>近14天</b>\n说明", document=PICTURE))

    assert (frame["picture"], frame["picture_alt"]) == ("/files/picture", "近14天")
    assert frame["picture_sides"] == (4, 3)
    assert frame["document"] is None


async def heard(rendered, *faults):
    """Push something to somebody on Telegram, and return what they see."""
    async with Bench.open() as bench:
        channel = await bench.started()
        ming = bench.api.person(42)
        for method, fault in faults:
            bench.api.fail(method, fault)
        await channel.push(42, rendered)
        await ming.hears()
        return [(seen.text, seen.picture, seen.buttons) for seen in ming.chat.view]


BUTTONS = ((Pressable("统计", "stats"),),)


async def test_telegram_shows_a_picture_with_its_words_and_buttons():
    """One message: the picture, the words as its caption, the buttons below."""
    seen = await heard(Rendered("<b>近14天</b>", BUTTONS, document=PICTURE))

    assert seen == [("近14天", True, ((("统计", "stats"),),))]


async def test_words_too_long_for_a_caption_stand_above_the_picture():
    """1,025 signs are a message of their own."""
    seen = await heard(Rendered("字" * 1025, BUTTONS, document=PICTURE))

    assert [(len(text), picture) for text, picture, _ in seen] == [(1025, False), (0, True)]


@pytest.mark.parametrize(
    "picture",
    [png(wide=100, high=2), png(padding=10_000_000)],
    ids=["too narrow for Telegram", "too large"],
)
async def test_what_telegram_does_not_show_goes_as_a_file(picture):
    """The words and buttons stay with it."""
    document = Document("x.png", picture, "t")
    seen = await heard(Rendered("图", BUTTONS, document=document))

    assert seen == [(f"图[{len(picture)} bytes]", False, ((("统计", "stats"),),))]


async def test_a_step_that_would_replace_a_picture_is_said_below_it():
    """A picture's words cannot become a text; the tap is answered by a new message."""
    async with Bench.open() as bench:
        channel = await bench.started()
        ming = bench.api.person(42)
        await channel.push(42, Rendered("图", BUTTONS, document=PICTURE))
        back = telegram.Back(chat=42, tapped=1, query="1")
        for call in telegram.show(Rendered("字", replaces=True), back)[1:]:
            await channel.api.deliver(call)
        texts = [seen.text for seen in ming.chat.view]

    assert texts == ["图", "字"]
