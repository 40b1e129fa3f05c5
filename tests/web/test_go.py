"""Link pages: GET changes nothing, a press finishes once, a link is one person's for a week."""

import asyncio

import pytest
from sqlalchemy import update

from bot.rules import signing
from storage.items import ItemRow
from tests.chat import SECRET
from tests.features.test_items import ODD
from tests.pages import HERE, Site
from tests.stocked import stock

PRESSED = {"origin": HERE, "sec-fetch-site": "same-origin"}


@pytest.fixture
async def site(chat):
    """The pages of a bot."""
    site = Site(chat)
    async with site.client:
        yield site


async def points(person):
    """Return what somebody has."""
    return (await person.has()).earned


async def test_a_page_shows_its_item_and_no_more(site, chat, clock):
    """Title, way and button at their time; previews, prefetching and crawlers earn nothing."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦", url="https://books.example")
    path = site.path(await ming.id(), book)
    assert "请先在聊天里打开" in (await site.client.get(path)).text
    await ming.taps(f"items.open:{book}")
    early = await site.client.get(path)
    assert "《红楼梦》" in early.text
    assert "佚名 · 约 20 分钟" in early.text
    assert 'href="https://books.example/0-红楼梦" rel="noopener noreferrer external"' in early.text
    assert "去阅读" in early.text
    assert "再过 5 分钟" in early.text
    assert "<form" not in early.text
    assert "再过 5 分钟" in (await site.client.post(path, headers=PRESSED)).text
    assert early.headers["x-robots-tag"] == "noindex, nofollow"
    assert early.headers["cache-control"] == "no-store"
    clock.ahead(minutes=5)
    for headers in (
        {},
        {"sec-purpose": "prefetch"},
        {"user-agent": "TelegramBot (like TwitterBot)"},
    ):
        assert '<form method="post">' in (await site.client.get(path, headers=headers)).text
    assert (await site.client.head(path)).status_code == 200
    assert await points(ming) == 0
    assert "Read it" in (await site.client.get(f"{path}?lang=en")).text


async def test_a_book_is_finished_on_its_page(site, chat, clock):
    """A press pays once and says so again; opened anew, the same link is another day's press."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")
    path = site.path(await ming.id(), book)
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)
    pressed = await site.client.post(path, headers=PRESSED)
    assert "+2 分" in pressed.text
    assert "2/10" in pressed.text
    assert "现在有" not in pressed.text  # whoever holds the link learns no balance
    for again in (await site.client.post(path, headers=PRESSED), await site.client.get(path)):
        assert "+2 分" in again.text
    assert await points(ming) == 2
    assert "已经完成了" in (await Site(chat).client.get(path)).text  # after a restart
    clock.ahead(days=1)
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)
    assert "<form" in (await site.client.get(path)).text
    assert "+2 分" in (await site.client.post(path, headers=PRESSED)).text
    assert await points(ming) == 4


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_five_hundred_share_one_link(site, chat, clock):
    """They earn its owner two points, once, and do not use up the owner's messages."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)
    path = site.path(await ming.id(), book)
    answers = await asyncio.gather(*(site.client.post(path, headers=PRESSED) for _ in range(500)))
    assert {answer.status_code for answer in answers} == {200}
    assert all("+2 分" in answer.text for answer in answers)
    assert await points(ming) == 2


async def test_a_link_that_is_no_good(site, chat, clock):
    """Forged, for something else, too old, of somebody gone: one page that says where to go on."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps(f"items.open:{book}")
    citizen = await ming.id()
    path = site.path(citizen, book)
    head, _, signature = path.rpartition(".")
    other = head.replace(f"/go/{citizen}.", f"/go/{citizen + 1}.")
    file = signing.sign_file(SECRET, citizen, book, at=clock.system())
    bad = ["x", "1.2.3", "...", f"{other}.{signature}"[4:], file, "9" * 500, "%00", "é.é.é.é"]
    bad += [f"{head}.{signature[:-1]}"[4:], f"{head}.{signature}x"[4:]]
    for token in bad:
        for ask in (site.client.get, site.client.post):
            answer = await ask(f"/go/{token}")
            assert answer.status_code == 410, token
            assert "重新打开" in answer.text
    assert "再过" in (await site.client.get(f"{path}?to=https://evil.example&url=//evil")).text
    clock.ahead(days=7, seconds=1)
    assert (await site.client.get(path)).status_code == 410
    fresh = site.path(citizen, book)
    assert (await site.client.get(fresh)).status_code == 200
    await ming.says("注销")
    await ming.taps(ming.button("暂停参加"))
    assert (await site.client.get(fresh)).status_code == 410


async def test_nothing_in_a_page_leads_elsewhere(site, chat, clock):
    """No redirect, no script of an item's, no address that is none; a foreign page cannot press."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", ODD)
    async with chat.database.transaction() as db:
        odd = update(ItemRow).where(ItemRow.id == book)
        await db.execute(odd.values(url="javascript:alert(1)", author=ODD, summary=ODD))
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)
    path = site.path(await ming.id(), book)
    page = await site.client.get(f"{path}?to=https://evil.example")
    assert "location" not in page.headers
    assert "evil" not in page.text.replace("to=https%3A%2F%2Fevil.example", "")
    assert "javascript:" not in page.text
    assert "<b>&quot;A" not in page.text
    assert page.text.count("&lt;b&gt;") >= 4
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "same-origin"
    for headers in (
        {"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
    ):  # fmt: skip
        answer = await site.client.post(path, headers=headers)
        assert answer.status_code == 403
        assert "直接点按钮" in answer.text
    assert await points(ming) == 0
    assert (await site.client.put(path)).status_code == 405
