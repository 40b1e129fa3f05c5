"""Who a browser is: its cookie, how long it holds, what cannot pretend to be one."""

import pytest
from starlette.websockets import WebSocketDisconnect

from bot.web.visitors import COOKIE, HOLDS, SAFE_COOKIE
from tests.webchat import Handled, ask, served


@pytest.fixture
def handled():
    """What was heard behind the channel."""
    return Handled()


@pytest.fixture
def make(handled, clock):
    """Makes a client of the web app, and its channel."""
    return lambda **options: served(handled, clock, **options)


def test_a_foreign_page_is_refused(make):
    """Another site's page cannot open the socket; ours and a program without Origin can."""
    client, _ = make()
    for origin in ("http://evil.example", "null", "http://testserver:81", "http://["):
        with pytest.raises(WebSocketDisconnect):
            client.websocket_connect("/chat/ws", headers={"origin": origin}).__enter__()
    for heads in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        with pytest.raises(WebSocketDisconnect):
            client.websocket_connect("/chat/ws", headers=heads).__enter__()
    for heads in ({"origin": "https://TestServer"}, {}):
        with client.websocket_connect("/chat/ws", headers=heads) as socket:
            assert ask(socket, text="好")


def test_the_cookie_is_the_person(make, handled):
    """With the chat on, the visitor's cookie speaks and the frame's person does not."""
    client, _ = make(demo=False)
    given = client.get("/chat").headers["set-cookie"]
    assert given.startswith(f"{COOKIE}=")
    for part in ("HttpOnly", "Path=/", f"Max-Age={HOLDS.days * 86400}", "SameSite=strict"):
        assert part in given.split("; ")
    assert "set-cookie" not in client.get("/chat").headers
    with client.websocket_connect("/chat/ws?person=owner") as socket:
        frame = ask(socket, person="owner", text="好")

    assert handled.heard[0].sender == frame["person"] == person_of(client, COOKIE)


def test_a_person_on_the_page_is_chance(make):
    """128 bits of it, for each newcomer anew."""
    people = set()
    for _ in range(200):
        client, _ = make(demo=False)
        client.get("/chat")
        people.add(person_of(client, COOKIE))
    assert len(people) == 200
    assert {len(bytes.fromhex(person)) for person in people} == {16}
    seen = [bytes.fromhex(person) for person in people]
    assert all(len({person[n] for person in seen}) > 90 for n in range(16)), "a part is no chance"


def person_of(client, name):
    """Return whom a client's cookie of this name stands for."""
    return client.cookies[name].partition(".")[0]


def test_by_https_no_neighbour_can_set_the_cookie(make):
    """Its name says so to the browser; then only that name counts, also behind a silent proxy."""
    client, _ = make(demo=False)
    client.get("/chat")
    plain = client.cookies[COOKIE]
    for site, path in (("", "https://testserver/chat"), ("https://TestServer", "/chat")):
        safe, _ = make(demo=False, site=site)
        given = safe.get(path, headers={"cookie": f"{COOKIE}={plain}"}).headers["set-cookie"]
        name, *parts = given.split("; ")
        assert name.startswith(f"{SAFE_COOKIE}=")
        assert not name.startswith(f"{SAFE_COOKIE}={plain.partition('.')[0]}")  # a newcomer
        assert {"Secure", "Path=/", "HttpOnly", "SameSite=strict"} <= {*parts}
        assert "domain" not in given.lower()
    elsewhere, _ = make(demo=False, site="https://reading.example")
    assert "Secure" not in elsewhere.get("/chat").headers["set-cookie"]  # as staff test it


def test_a_cookie_ends_unless_it_is_used(make, clock):
    """Each day's first visit renews it, the person staying; nine months without one end it."""
    client, _ = make(demo=False)
    client.get("/chat")
    person, old = person_of(client, COOKIE), client.cookies[COOKIE]
    clock.ahead(days=HOLDS.days)
    assert f"{COOKIE}={person}." in client.get("/chat/about.json").headers["set-cookie"]
    assert "set-cookie" not in client.get("/chat").headers
    clock.ahead(days=1)
    copied, _ = make(demo=False)
    copied.cookies.set(COOKIE, old)
    with copied.websocket_connect("/chat/ws") as socket, pytest.raises(WebSocketDisconnect):
        socket.receive_json()
    assert person not in copied.get("/chat").headers["set-cookie"]
    with client.websocket_connect("/chat/ws") as socket:
        assert ask(socket, text="好")["person"] == person


def test_a_forged_cookie_is_refused(make):
    """Without a cookie signed by us the socket closes with 4401, and the page gives a new one."""
    client, _ = make(demo=False)
    client.get("/chat")
    person, day, signature = client.cookies[COOKIE].split(".")
    other, later = "0" * 32, int(day) + 1
    for forged in (
        *("", "owner.x", person, f"{person}.{signature}", f"{person}..{signature}"),
        *(f"{other}.{day}.{signature}", f"{person}.{later}.{signature}"),
        *(f"{person}.{day}.{'0' * 64}", f"{person}.{day}.{signature}0"),
    ):
        fresh, _ = make(demo=False)
        fresh.cookies.set(COOKIE, forged)
        with fresh.websocket_connect("/chat/ws") as socket:
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_json()
            assert closed.value.code == 4401
        assert "set-cookie" in fresh.get("/chat").headers


def test_a_link_from_elsewhere_does_not_replace_a_person(make):
    """A strict cookie stays away on a foreign link, so only the page itself may bring a new one."""
    client, _ = make(demo=False)
    for header in ({"sec-fetch-site": "cross-site"}, {"referer": "http://city.example/x"}):
        assert "set-cookie" not in client.get("/chat", headers=header).headers
    assert "set-cookie" in client.get("/chat/about.json").headers
