"""The web chat, from the socket to the channel; only the dispatcher is replaced by a few lines."""

import asyncio
import re

import pytest
from starlette.websockets import WebSocketDisconnect

from bot.channels.web import Memory, Voice, WebChannel, hear, runs, show
from bot.messages import Command, Rendered, Tap
from tests.webchat import ABOUT, Handled, ask, served

MALFORMED = [
    *("x", "[1]", "null", "{}", '{"text": ""}', '{"text": 5}', '{"tap": ["x"]}', '{"tap": ""}'),
    '{"text": "a", "tap": "b"}',
    *("", '{"text": " \\n"}', '{"text": "a", "id": 7}', '{"text": "\\ud800"}', "[" * 5000),
    '{"text": "a", "id": "' + "x" * 65 + '"}',
]
LONG = '{"text": "' + "长" * 6000 + '"}'


@pytest.fixture
def handled():
    """What was heard behind the channel."""
    return Handled()


@pytest.fixture
def make(handled, clock):
    """Makes a client of the web app, and its channel."""
    return lambda **options: served(handled, clock, **options)


def test_a_message_is_answered_by_one_frame(make, handled):
    """A text is read as everywhere else and its answer has the agreed shape."""
    with make()[0].websocket_connect("/chat/ws") as socket:
        frame = ask(socket, person="ming", text="／START abc", id="m1", lang="en")

    [incoming] = handled.heard
    assert (incoming.channel, incoming.sender) == ("web", "ming")
    assert incoming.said == Command("start", "abc")
    assert (incoming.update, incoming.language) == ("ming:m1", "en")
    assert not incoming.traits.abroad
    assert frame == {
        "id": 1000,
        "person": "ming",
        "reply_to": "m1",
        "said": "／START abc",
        "text": "start 好",
        "rich": [["start", True], [" 好", False]],
        "buttons": [[{"label": "签到", "tap": "checkins", "url": ""}]],
        **dict.fromkeys(("picture", "document", "document_name", "before")),
        "replaces": False,
    }


def test_a_tap_and_a_nameless_message(make, handled):
    """A tap arrives as a tap; messages without an id and a person are the visitor's and differ."""
    with make()[0].websocket_connect("/chat/ws") as socket:
        assert ask(socket, tap="checkins", label="签到")["said"] == "签到"
        ask(socket, tap="checkins", lang="fr")

    assert [each.said for each in handled.heard] == [Tap("checkins")] * 2
    assert {each.sender for each in handled.heard} == {"visitor"}
    assert len({each.update for each in handled.heard}) == 2
    assert [each.language for each in handled.heard] == [None, None]
    assert hear({"tap": "x" * 257}, "ming") is None


@pytest.mark.parametrize("raw", MALFORMED)
def test_a_malformed_frame_is_answered(make, handled, raw):
    """Whatever a page sends, it gets a sentence and the socket stays open."""
    with make()[0].websocket_connect("/chat/ws") as socket:
        socket.send_text(raw)
        assert socket.receive_json()["text"] == "web.malformed None"
        assert ask(socket, text="好")["text"] == "好 好"

    assert len(handled.heard) == 1


def test_a_binary_a_long_and_a_foreign_frame(make, handled):
    """Bytes that are no JSON, more than 16 KiB and an impossible name get their own sentences."""
    with make()[0].websocket_connect("/chat/ws") as socket:
        socket.send_bytes(b"\xff\xfe")
        assert socket.receive_json()["text"] == "web.malformed None"
        socket.send_text(LONG)
        assert socket.receive_json()["text"] == "web.too_long None"
        frame = ask(socket, person="a b", text="x", lang="en", id="m1")

    assert (frame["text"], frame["reply_to"]) == ("web.person en", "m1")
    assert handled.heard == []


def test_a_page_that_comes_back_is_shown_what_it_missed(make):
    """`?after=` brings the later frames of this person in order, then the mark; without it none."""
    client, channel = make()
    with client.websocket_connect("/chat/ws?person=ming") as socket:
        seen = [ask(socket, text=text)["id"] for text in ("一", "二", "三")]
    channel.push("ming", show(Rendered("四")))
    channel.push("hua", show(Rendered("别人的")))

    with client.websocket_connect(f"/chat/ws?person=ming&after={seen[0]}&mark=1") as socket:
        texts = [socket.receive_json()["text"] for _ in range(3)]
        assert socket.receive_json() == {"caught_up": True}
    with client.websocket_connect("/chat/ws?person=ming") as socket:
        assert ask(socket, text="五")["text"] == "五 好"
    assert texts == ["二 好", "三 好", "四"]
    assert seen == sorted(seen)


@pytest.mark.parametrize("after", ["-1", "1e3", "x", "9" * 40, "", "９"])
def test_an_odd_after_brings_nothing(make, after):
    """A number that is none is passed over."""
    with make()[0].websocket_connect(f"/chat/ws?after={after}&mark=1") as socket:
        assert socket.receive_json() == {"caught_up": True}


def test_numbers_of_a_later_process_are_larger(make):
    """After a restart the page's old `after` still misses nothing."""
    with make(base=1000)[0].websocket_connect("/chat/ws") as socket:
        old = ask(socket, text="一")["id"]
    client, _ = make(base=2000)
    with client.websocket_connect("/chat/ws") as socket:
        ask(socket, text="二")
    with client.websocket_connect(f"/chat/ws?after={old}") as socket:
        assert socket.receive_json()["text"] == "二 好"


def test_two_tabs_see_the_same_conversation(make):
    """An answer and a push reach both pages of the person, and nobody else's."""
    client, channel = make()
    with (
        client,
        client.websocket_connect("/chat/ws?person=ming") as first,
        client.websocket_connect("/chat/ws?person=ming&mark=1") as second,
        client.websocket_connect("/chat/ws?person=hua&mark=1") as other,
    ):
        second.receive_json()
        other.receive_json()
        answer = ask(first, text="一")
        assert second.receive_json() == answer
        assert client.portal.call(channel.push, "ming", show(Rendered("推送"))) == 2
        assert first.receive_json() == second.receive_json()
        assert ask(other, text="二")["text"] == "二 好"

    assert channel.push("ming", show(Rendered("没人"))) == 0


def test_one_socket_of_the_demo_speaks_for_several(make):
    """The owner's answer comes over the visitor's socket and says whose it is."""
    with make()[0].websocket_connect("/chat/ws?person=visitor") as socket:
        assert ask(socket, person="owner", text="/clock")["person"] == "owner"
        assert ask(socket, text="一")["person"] == "visitor"


def test_the_same_message_again_is_not_handled_again(make, handled):
    """A page that lost the answer and sends again is shown the first answer."""
    client, _ = make()
    with client.websocket_connect("/chat/ws") as socket:
        first = ask(socket, text="签到", id="m1")
    with client.websocket_connect("/chat/ws") as socket:
        assert ask(socket, text="签到", id="m1") == first
        assert ask(socket, text="别的", id="m1")["text"] == "别的 好"

    assert len(handled.heard) == 2


async def test_the_same_message_meanwhile_waits_for_its_answer(handled):
    """Sent again over a new line while it is still being handled, it is handled once."""
    voice = Voice(handled, lambda *_: Rendered(""), lambda _: Rendered(""))
    channel = WebChannel(voice, demo=True, base=1)
    handled.open.clear()
    async with asyncio.TaskGroup() as tasks:
        asked = [
            tasks.create_task(channel.hear('{"text": "签到", "id": "m1"}', "ming"))
            for _ in range(3)
        ]
        await handled.begun.wait()
        handled.open.set()

    assert len({each.result()["id"] for each in asked}) == 1
    assert len(handled.heard) == 1


def test_a_busy_bot_asks_to_try_again(make, handled, caplog):
    """A failed turn gives an excuse with the retry flag, and the next try is handled."""
    client, channel = make()
    handled.busy = True
    with client.websocket_connect("/chat/ws") as socket:
        assert ask(socket, text="签到", id="m1").items() >= {"text": "忙", "retry": True}.items()
        assert ask(socket, text="坏", id="m2")["retry"] is True
        handled.busy = False
        assert "retry" not in ask(socket, text="签到", id="m1")

    assert len(channel.missed("visitor", 0)) == 1
    caplog.clear()  # both faults were logged


def test_silence(make):
    """A silent answer sends nothing, or an empty receipt to a page that named its message."""
    with make()[0].websocket_connect("/chat/ws") as socket:
        socket.send_json({"text": "嘘"})
        receipt = ask(socket, text="嘘", id="m1")

    assert receipt == {"person": "visitor", "reply_to": "m1", "silent": True}


@pytest.mark.parametrize(
    "path", ["/", "/chat/about.json", "/static/chat.css", "/healthz", "/readyz", "/nothing"]
)
@pytest.mark.parametrize("chat", [True, False])
def test_every_answer_has_the_security_headers(make, path, chat):
    """Pages, files, states and faults all forbid foreign content."""
    client, _ = make(chat=chat)
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in {"no-referrer", "same-origin"}
    assert headers["cache-control"] == ("no-cache" if "static" in path else "no-store")


def test_a_fault_has_them_too(make):
    """A bug gives a page that says so, without a traceback and with the headers."""
    answer = make(ready=None)[0].get("/readyz")
    assert (answer.status_code, "出了点问题" in answer.text) == (500, True)
    assert "content-security-policy" in answer.headers


def test_alive_and_ready(make):
    """The first says ok; the second turns red by its status and keeps its details."""
    assert make()[0].get("/healthz").text == "ok"
    assert make()[0].get("/readyz").status_code == 200
    red = make(ready=False)[0].get("/readyz")
    assert (red.status_code, red.json()) == (503, {"ready": False, "database": "ok"})


def test_the_page_and_what_it_shows(make):
    """The page is filled in and escaped, without inline code; about.json shows people in a demo."""
    client, _ = make()
    page = client.get("/").text
    assert "<title>书香青浦</title>" in page
    assert "&lt;send&gt;" in page
    assert not re.search(r"<style|\son\w+=|style=|<script(?![^>]*src)", page)
    assert client.get("/chat/about.json").json() == {**ABOUT, "demo": True}
    assert "people" not in make(demo=False)[0].get("/chat/about.json").json()


def test_the_chat_switched_off(make):
    """Then `/` says where else to take part, and nothing of the chat is there."""
    client = make(chat=False)[0]
    assert "Telegram" in client.get("/").text
    assert client.get("/chat").status_code == 404
    assert client.get("/chat/about.json").status_code == 404
    with pytest.raises(WebSocketDisconnect):
        client.websocket_connect("/chat/ws").__enter__()


def test_memory_has_bounds(monkeypatch):
    """A hundred frames a person, and the person longest silent is forgotten."""
    monkeypatch.setattr("bot.channels.web.PERSONS_MAX", 3)
    memory = Memory()
    for number in range(150):
        memory.keep("ming", {"id": number})
    assert [frame["id"] for frame in memory.since("ming", 0)] == list(range(50, 150))
    for number, person in enumerate(["a", "b", "ming", "c"]):
        memory.keep(person, {"id": 200 + number})
    assert memory.since("a", 0) == []
    assert len(memory.since("ming", 0)) == 100


def test_memory_has_a_size(monkeypatch):
    """What all frames weigh together is limited, too."""
    monkeypatch.setattr("bot.channels.web.KEPT_BYTES_MAX", 3000)
    memory = Memory()
    for person in "abcdefghij":
        memory.keep(person, {"id": 1, "text": "x" * 500})
    assert sum(len(memory.since(person, 0)) for person in "abcdefghij") == 5


def test_rich_text_as_runs():
    """Bold is told apart and entities are resolved once."""
    assert runs("a <b>b &lt;i&gt;</b>&amp;lt;") == [("a ", False), ("b <i>", True), ("&lt;", False)]
    assert runs("") == []
