"""Files posted over the web chat: who may, how large, and how a frame names them."""

import pytest
from starlette.testclient import TestClient

from bot.channels.web import Voice, WebChannel, hear, show
from bot.clock import SystemClock
from bot.messages import File, Rendered
from bot.web import build
from bot.web.uploads import FILE_BYTES_MAX
from bot.web.visitors import Visitors
from tests.pages import front
from tests.webchat import ABOUT

PLAIN = {"content-type": "application/octet-stream"}
REF = "a-reference-of-a-file"


class Kept:
    """Keeps what staff send."""

    def __init__(self):
        self.files = []

    async def allows(self, person):
        """Let staff pass."""
        return person == "staff"

    async def keep(self, person, name, content):
        """Keep a file."""
        self.files.append((person, name, content))
        return REF


@pytest.fixture
def kept():
    """What was sent."""
    return Kept()


def page(kept, *, demo=True):
    """Serve the chat."""

    async def silent(_incoming):
        return None

    async def ready():
        return {"ready": True}

    voice = Voice(silent, lambda _who, key, _lang: Rendered(key), lambda _: Rendered("-"))
    channel = WebChannel(voice, demo=demo, base=1, inbox=kept)
    visitors = Visitors(b"s", SystemClock().system)
    return TestClient(
        build(chat=channel, ready=ready, front=front(), about=ABOUT, visitors=visitors)
    )


def post(client, content=b"x", person="staff", **headers):
    """Post a file."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    query = {"person": person, "name": "书目.xlsx"}
    return client.post("/chat/upload", params=query, content=content, headers=PLAIN | named)


def test_a_file_is_kept_and_named(kept):
    """Its content as it is, under the sender's own name for it."""
    answer = post(page(kept), b"\0content")

    assert (answer.status_code, answer.json()) == (200, {"ref": REF})
    assert kept.files == [("staff", "书目.xlsx", b"\0content")]


def test_nobody_else_sends_files_nor_another_site(kept):
    """A citizen, a foreign page, a form of a foreign page, a visitor without a cookie."""
    client = page(kept)

    refused = [
        post(client, person="ming"),
        post(client, origin="https://evil.example"),
        post(client, origin="null"),
        post(client, content_type="text/plain"),
        post(client, content_type="multipart/form-data; boundary=x"),
        post(page(kept, demo=False)),
        client.get("/chat/upload"),
    ]

    assert [answer.status_code for answer in refused] == [403, 403, 403, 415, 415, 403, 405]
    assert kept.files == []


def test_what_is_too_large_is_not_kept(kept):
    """Announced or not, one byte more than may be; exactly as much is kept."""
    client, most = page(kept), b"x" * FILE_BYTES_MAX

    announced = post(client, most + b"x")
    streamed = post(client, iter([most, b"x"]))
    whole = post(client, most)

    assert [each.status_code for each in (announced, streamed, whole)] == [413, 413, 200]
    assert len(kept.files) == 1


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ({"file": REF, "name": "a.xlsx", "size": 9}, File("a.xlsx", 9, REF)),
        ({"file": REF}, File("", 0, REF)),
        ({"file": REF, "text": "hi"}, None),
        ({"file": "short"}, None),
        ({"file": 5}, None),
        ({"file": REF, "name": 5}, None),
        ({"file": REF, "size": "9"}, None),
        ({"file": REF, "size": True}, None),
        ({"file": REF, "size": -1}, None),
        ({"file": REF, "size": 1 << 31}, None),
        ({"file": "../" * 9}, None),
    ],
)
def test_a_frame_names_a_file(frame, said):
    """By what it was kept under; anything else is malformed."""
    incoming = hear(frame | {"id": "m1"}, "staff")

    assert (incoming and incoming.said) == said


def test_a_frame_says_that_a_file_is_asked_for():
    """The page then offers to choose one."""
    assert show(Rendered("x", files=True))["files"] is True
    assert "files" not in show(Rendered("x"))
