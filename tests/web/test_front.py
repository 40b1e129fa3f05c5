"""The front, joining pages, what is said when all else fails, and how viewers are let go."""

import asyncio

import pytest

from bot.app import App
from bot.rules import vouchers
from bot.settings import Settings
from bot.web import feed
from bot.web.guard import with_socket
from bot.web.markup import Html, away, join, tag
from bot.web.shell import in_words
from tests.pages import Site
from tests.served import listening, served

ENDS_SECONDS_MAX = 60


def test_markup_is_safe_by_construction():
    """Text is escaped wherever it stands; only web addresses become links."""
    bad = "\"'><script>&"
    made = tag("p", bad, Html("<b>x</b>"), 5, None, title=bad, data_left=3, hidden=True, lang=None)
    assert made == (
        '<p title="&quot;&#x27;&gt;&lt;script&gt;&amp;" data-left="3" hidden>'
        "&quot;&#x27;&gt;&lt;script&gt;&amp;<b>x</b>5</p>"
    )
    assert join("<", [Html("<br>"), ">"]) == "&lt;<br>&gt;"
    for address in ("javascript:alert(1)", "data:text/html,x", "//evil", " https://x", "/x"):
        assert away(address, "x") == "<span>x</span>"
    assert 'href="https://x/?a=1&amp;b=2"' in away("https://x/?a=1&b=2", "x")


def test_a_title_breaks_between_words():
    """Of two signs, the last of an odd run of three; years and other letters stay whole."""
    titles = {
        "2022年青浦市民终身学习": "2022年|青浦|市民|终身|学习",
        "书香·全民读书节": "书香·|全民|读书节",
        "Reading & walking 2022": "Reading &amp; walking 2022",
        "读": "读",
        "": "",
    }
    assert {title: in_words(title).replace("<wbr>", "|") for title in titles} == titles


@pytest.fixture
async def site(chat):
    """The pages of a bot."""
    site = Site(chat)
    async with site.client:
        yield site


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_where_to_take_part(site):
    """Codes, links and words for each way in; a start parameter goes along, nothing else does."""
    client = site.client
    front = (await client.get("/")).text
    assert 'href="https://t.me/B?start="' in front
    assert front.count('<svg class="code"') == 1
    assert "在网页上参加" in front
    assert "工作台" in front
    assert "start=live_3" in (await client.get("/?start=live_3")).text
    assert "evil" not in (await client.get("/?start=%22%3Eevil")).text.split("<main")[1]
    english = await client.get("/", headers={"accept-language": "fr-FR, en;q=0.7, zh;q=0.3"})
    assert '<html lang="en">' in english.text
    assert "Take part on the web page" in english.text

    unit = (await client.get("/join/a1")).text
    assert "加入&lt;b&gt;读书会&lt;/b&gt;" in unit
    assert 'href="https://t.me/B?start=unit_a1"' in unit
    for code in ("none", "A1", "a" * 40, "..%2f", "%00"):
        assert (await client.get(f"/join/{code}")).status_code == 404
    code = vouchers.code(b"k", "seed")
    voucher = (await client.get(f"/v/{code.lower()}")).text
    assert vouchers.grouped(code) in voucher
    assert "核销" in voucher
    assert f"start=voucher_{code}" in voucher
    for wrong in (code[:-1] + ("2" if code[-1] != "2" else "3"), "x", "%3Cscript%3E", "9" * 90):
        assert (await client.get(f"/v/{wrong}")).status_code == 404
    lost = await client.get("/nothing")
    assert (lost.status_code, "没有这一页" in lost.text) == (404, True)
    assert "There is no such page" in (await client.get("/x?lang=en")).text
    robots = (await client.get("/robots.txt")).text
    assert all(f"Disallow: {path}" in robots for path in ("/go/", "/files/", "/join/", "/v/"))
    assert "image/svg" in (await client.get("/favicon.ico")).headers["content-type"]


def test_the_chats_policy_names_its_socket():
    """For older Safari, whose 'self' is no socket; what is no host is not repeated."""
    assert "connect-src 'self' ws://x.example:81 wss://x.example:81;" in with_socket("x.example:81")
    assert " wss://[::1]:8000;" in with_socket("[::1]:8000")
    for odd in ("", "x; script-src *", "x y", "x/", "*", "x\r\n", "x:999999", "'unsafe-inline'"):
        assert "connect-src 'self';" in with_socket(odd)


async def test_viewers_do_not_hold_up_the_end(tmp_path):
    """Served by uvicorn, the line of events carries the board, and ends when the end is asked."""
    settings = Settings(data_dir=tmp_path, web_chat="on", rehearsal=True, _env_file=None)
    async with (
        App.open(settings) as app,
        served(app.web, taken := listening()),
        asyncio.timeout(ENDS_SECONDS_MAX),
    ):
        host, port = taken.getsockname()
        lines = [await asyncio.open_connection(host, port) for _ in range(3)]
        for reader, writer in lines:
            writer.write(f"GET {feed.PATH} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert b"text/event-stream" in await reader.readuntil(b"\r\n\r\n")
            await reader.readuntil(b"data: {")
        app.leave()
        for reader, writer in lines:
            assert (await reader.read()).endswith(b"0\r\n\r\n")
            writer.close()
