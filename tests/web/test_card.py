"""The page of a scanned card: what it is and the way into the chat; opening it changes nothing."""

import pytest

from bot.rules import papercards as rules
from storage.db import Unavailable
from tests.carded import acts, card, made, takes, visits
from tests.chat import SECRET
from tests.duties import appoint
from tests.pages import Site

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def path(number):
    """Return the address of a card's page."""
    return f"/card/{rules.code(SECRET, number)}"


@pytest.fixture
async def site(chat):
    """The pages of a bot."""
    site = Site(chat)
    async with site.client:
        yield site


async def test_a_card_says_what_it_is_and_leads_into_the_chat(site, chat):
    """Unused, in use, void; on Telegram, on the web page, by words; in both languages."""
    mei = await appoint(chat, "mei", "zhujiajiao")
    number, other, _ = await made(chat, mei)
    code = rules.code(SECRET, number)
    unused = await site.client.get(path(number))
    assert unused.status_code == 200
    assert "朱家角镇的卡，还没有启用" in unused.text
    assert rules.grouped(number) in unused.text
    assert f'href="https://t.me/B?start=card_{code}"' in unused.text
    assert 'href="/chat"' in unused.text
    assert f"书友卡 card_{code}" in unused.text
    assert "<form" not in unused.text
    assert "<script" not in unused.text
    assert unused.headers["x-robots-tag"] == "noindex, nofollow"
    assert unused.headers["cache-control"] == "no-store"
    await takes(chat, mei, number)
    await visits(chat, mei, number)
    before = await acts(chat)
    await opened(site, number)
    assert await acts(chat) == before
    await mei.taps(f"lostcards.void:{(await card(chat, other)).id}")
    await mei.taps(mei.button("确认"))
    void = (await site.client.get(path(other))).text
    assert "已经作废" in void
    assert "t.me" not in void
    robots = (await site.client.get("/robots.txt")).text
    assert "Disallow: /card/" in robots


async def opened(site, number):
    """Open the page of a card in use in many ways; it shows nobody's points."""
    code = rules.code(SECRET, number)
    for headers in ({}, {"sec-purpose": "prefetch"}, {"user-agent": "TelegramBot"}):
        used = await site.client.get(path(number), headers=headers)
        assert "朱家角镇的卡，正在使用" in used.text
        assert "5" not in used.text.split("<main")[1].replace(code, "").replace(
            rules.grouped(number), ""
        )  # no points of anybody
    assert (await site.client.head(path(number))).status_code == 200
    assert (await site.client.post(path(number))).status_code == 405
    english = (await site.client.get(f"{path(number)}?lang=en")).text
    assert "A card of Zhujiajiao" in english
    assert f"mycard card_{code}" in english


async def test_what_is_no_card_of_ours(site, chat, monkeypatch):
    """Forged, tampered, of nobody, without a signature, huge; and a database that is away."""
    mei = await appoint(chat, "mei", "zhujiajiao")
    number, other, _ = await made(chat, mei)
    code = rules.code(SECRET, number)
    swapped = f"{other}_{code.partition('_')[2]}"
    others = [rules.code(b"x", number), rules.code(SECRET, "22222222"), f"{code}x"]
    for wrong in (number, f"{number}_", swapped, *others, "x" * 5000, "%3Cscript%3E", "..%2Fgo"):
        response = await site.client.get(f"/card/{wrong}")
        assert response.status_code == 404, wrong
        assert "<script>" not in response.text
    assert "没有这张卡" in (await site.client.get(f"/card/{swapped}")).text

    async def away(_code):
        raise Unavailable("gone")

    site.cards._look = away  # noqa: SLF001 - the database goes away
    gone = await site.client.get(path(number))
    assert gone.status_code == 503
