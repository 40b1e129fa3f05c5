"""What comes to WeCom's callback and is none of its letters, or not of this time: refused."""

import io
import random
import re
from urllib.parse import parse_qs, urlencode

import aiohttp
import pytest

from bot.channels.wecom import Envelope
from tests.wecom_bench import Bench, text
from tests.wecom_members import AES_KEY, CORP, TOKEN

BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'


@pytest.fixture
async def bench():
    """An emulated WeCom and the channel on it."""
    async with Bench.open() as bench:
        yield bench


async def ask(bench, method="POST", query="", body=b"", **headers):
    """Ask the callback something; return status and body."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            method, f"{bench.api.posting.url}?{query}", data=body, headers=headers
        ) as response,
    ):
        return response.status, await response.read()


def checked(bench, text, **other):
    """Return the query of an address check."""
    query, body = bench.api.posting.sealed(text)
    sealed = re.search(b"<Encrypt>(.*)</Encrypt>", body)[1].decode()
    given = {name: values[0] for name, values in parse_qs(query).items()}
    return urlencode(given | {"echostr": sealed} | other)


@pytest.mark.parametrize("plain", ["1616140317555161061", 'with "quotes" & <tags>', " ", "你好"])
async def test_the_check_of_the_address(bench, plain):
    """Exactly what was sealed: no quotes, no line end."""
    query = checked(bench, plain.encode())

    assert await ask(bench, "GET", query) == (200, plain.encode())
    assert await ask(bench, "GET", query.replace("%2B", "+")) == (200, plain.encode())


async def test_a_wrong_check_is_refused(bench):
    """Whatever is wrong, the answer is the same."""
    for other in ({"msg_signature": "0" * 40}, {"echostr": "x"}, {"nonce": "1"}, {"timestamp": ""}):
        assert await ask(bench, "GET", checked(bench, b"1", **other)) == (403, b"")
    assert await ask(bench, "GET") == (403, b"")
    assert await ask(bench, "PUT") == (405, b"")


async def test_a_thousand_flipped_bits_are_refused(bench):
    """In the query or the body, all the same way, and nobody hears them."""
    chance = random.Random(3)
    for turn in range(150):
        query, body = bench.api.posting.sealed(text(bench, "签到", turn))
        raw = bytearray(query.encode() if turn % 2 else body)
        first, last = (raw.find(b"=") + 1, len(raw)) if turn % 2 else (70, len(raw) - 20)
        place = chance.randrange(first, last)
        raw[place] ^= 1 << chance.randrange(7)
        sent = (raw.decode("latin-1"), body) if turn % 2 else (query, bytes(raw))
        if b"#" in raw or b"&" in raw[place : place + 1]:
            continue
        answer = await bench.callback.receive(
            {name: values[0] for name, values in parse_qs(sent[0]).items()}, sent[1]
        )
        assert answer is not None
        assert (answer.status, answer.body) == (403, b""), raw

    assert bench.echo.heard == []


@pytest.mark.parametrize("by", [-601, 601])
async def test_a_stale_letter_is_refused(bench, by):
    """Ten minutes either way, by the system's clock."""
    query, body = bench.api.posting.sealed(text(bench, "x"), bench.clock() + by)

    assert await ask(bench, "POST", query, body) == (403, b"")
    query, body = bench.api.posting.sealed(text(bench, "x"), bench.clock() + by * 0.99)
    assert (await ask(bench, "POST", query, body))[0] == 200


async def test_a_replayed_letter_is_refused(bench):
    """Three times is what WeCom itself does; the effect is one, the answer the same."""
    query, body = bench.api.posting.sealed(text(bench, "x"))

    answers = [await ask(bench, "POST", query, body) for _ in range(5)]

    assert [status for status, _ in answers] == [200, 200, 200, 403, 403]
    opened = {bench.api.posting.opened(said).partition(b"<Content>")[2] for _, said in answers[:3]}
    assert len(opened) == 1
    assert bench.echo.heard == [("zhangsan", "x")]


async def test_a_letter_for_another_corporation_is_refused(bench):
    """Signed with our token, sealed with our key, and still not for us; or with another key."""
    own = bench.api.posting.envelope
    for key, corp in ((AES_KEY, "wwother0123456789a"), (AES_KEY, ""), ("K" * 43, CORP)):
        bench.api.posting.envelope = Envelope(TOKEN, key, corp)
        query, body = bench.api.posting.sealed(text(bench, "x"))
        assert await ask(bench, "POST", query, body) == (403, b"")
    bench.api.posting.envelope = own
    assert bench.echo.heard == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"no xml", BOMB.encode(), b"<a>" * 9000, b"\xff\xfe", b"<xml><Encrypt/></xml>"],
)
async def test_what_is_no_letter_is_refused(bench, body):
    """Before anything is opened, whatever it claims to be."""
    query, _ = bench.api.posting.sealed(b"x")

    assert await ask(bench, "POST", query, body, **{"Content-Type": "text/plain"}) == (403, b"")
    assert await ask(bench, "POST", "", body) == (403, b"")


@pytest.mark.parametrize("chunked", [False, True])
async def test_ten_megabytes_are_refused(bench, chunked):
    """Whether announced or not."""
    body = b"x" * (10 << 20)

    async def pieces():
        for start in range(0, len(body), 1 << 16):
            yield body[start : start + (1 << 16)]

    try:
        status, _ = await ask(bench, "POST", "", pieces() if chunked else io.BytesIO(body))
    except aiohttp.ClientError:
        return  # the connection was closed while we were still writing
    assert status == 413


async def test_another_content_type_is_read_all_the_same(bench):
    """The signature tells, not a header."""
    query, body = bench.api.posting.sealed(text(bench, "x"))

    status, _ = await ask(bench, "POST", query, body, **{"Content-Type": "application/json"})

    assert status == 200
