"""The board and the other pages in a real browser: at three sizes, in two languages, live."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

import bot.board
import bot.web.feed
from tests.browser.axe import violations
from tests.browser.conftest import WAIT_MS_MAX
from tests.browser.reader import BYTES, PAGE_WIDE, PAINT_BYTES_MAX, Complaints

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIZES = {"phone": (360, 740), "tablet": (900, 1100), "big": (1920, 1080)}
LETTERS_PX_MIN, NUMBER_PX_MIN = 20, 90  # on the big screen
SMALLEST = """() => Math.min(...[...document.querySelectorAll("main *")]
  .filter((each) => each.checkVisibility() && !each.closest(".unseen, svg"))
  .map((each) => parseFloat(getComputedStyle(each).fontSize)))"""


@pytest.fixture
def complaints():
    """What the pages complained of, all together."""
    return Complaints()


@pytest_asyncio.fixture(loop_scope="session")
async def browse(browser, complaints):
    """Opens a page of the bot in a browser profile of its own.

    All are closed in the end: a board left open by a failure would keep its server from ending.
    """
    contexts = []

    async def open_page(path, *, at, language="zh", **options):
        width, height = SIZES["phone"]
        profile = {"locale": language, "reduced_motion": "reduce", **options}
        viewport = {"width": width, "height": height}
        context = await browser.new_context(base_url=at, viewport=viewport, **profile)
        contexts.append(context)
        context.set_default_timeout(WAIT_MS_MAX)
        page = await context.new_page()
        complaints.watch(page)
        await page.goto(path)
        return page

    yield open_page
    for context in contexts:
        await context.close()


async def settled(page, folder, name):
    """Keep a picture; nothing may reach beyond the window, nor be grave for axe-core."""
    await page.screenshot(path=folder / f"{name}.png", full_page=True)
    assert await page.evaluate(PAGE_WIDE) == []
    assert await violations(page) == []


@pytest.mark.parametrize(("language", "scheme"), [("zh", "light"), ("en", "dark")])
async def test_the_board_reads_well(browse, complaints, address, language, scheme, tmp_path):
    """At each size it fits, is light to load, named for who hears it, and big from far away."""
    page = await browse("/board", at=address, language=language, color_scheme=scheme)
    title = "参与人数" if language == "zh" else "People taking part"
    await expect(page.get_by_role("heading", name=title)).to_be_visible()
    await expect(page.get_by_role("img")).to_have_count(1)  # the chart, told in words
    await expect(page.get_by_role("table")).to_have_count(1)  # and in numbers
    assert 0 < await page.evaluate(BYTES) < PAINT_BYTES_MAX
    for size, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        await page.screenshot(path=tmp_path / f"{size}.png", full_page=True)
        assert await page.evaluate(PAGE_WIDE) == []
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollHeight") <= 1080
    assert await page.evaluate(SMALLEST) >= LETTERS_PX_MIN
    await expect(page.get_by_role("img")).to_have_count(2)  # here a code to scan as well
    great = page.locator(".great strong")
    shown = await great.evaluate("(it) => parseFloat(getComputedStyle(it).fontSize)")
    assert shown >= NUMBER_PX_MIN
    await page.context.close()
    assert complaints == Complaints()


async def test_pages_need_no_script(browse, complaints, address, tmp_path):
    """Without one the board is whole, and so are the pages where people join or get lost."""
    page = await browse("/board", at=address, java_script_enabled=False)
    shown = {"/board": "各街镇进度", "/join/jinze": "加入金泽镇", "/x": "没有这一页"}
    for path, words in shown.items():
        await page.goto(path)
        await expect(page.get_by_text(words)).to_be_visible()
    await page.context.close()
    page = await browse("/join/jinze?lang=en", at=address, color_scheme="dark")
    await settled(page, tmp_path, "join")
    way = page.get_by_role("link", name="Take part on the web page")
    await expect(way).to_have_attribute("href", "/?start=town_jinze")
    await page.context.close()
    complaints.faults.clear()  # the page that is not there was complained of
    assert complaints == Complaints()


async def test_a_book_finished_on_its_page_shows_on_the_board(
    own_address, visit, browse, complaints, monkeypatch, tmp_path
):
    """Open in the chat, read, press on the page; whoever watches the board sees it by itself."""
    monkeypatch.setattr(bot.web.feed, "SECONDS", 0.2)
    monkeypatch.setattr(bot.board, "FRESH_SECONDS", 0.1)
    board = await browse("/board", at=own_address)
    await expect(board.locator(".great")).to_have_text("60")
    reader = await visit("visitor", at=own_address)
    await reader.joins("朱家角镇")
    await reader.says("看书")
    opened = await reader.says("1")
    link = await opened.get_by_role("link", name="打开").get_attribute("href")
    path = re.search("/go/.+", link)[0]
    early = await browse(path, at=own_address)
    await expect(early.get_by_role("status")).to_contain_text(re.compile("再过 [1-5] 分钟"))
    await expect(early.get_by_role("link", name="去阅读")).to_have_attribute("target", "_blank")
    await reader.panel.get_by_role("button", name="+1 小时").click()
    await expect(reader.panel.get_by_role("status")).to_contain_text("2022-06-15")
    await early.reload()
    await settled(early, tmp_path, "ready")
    await early.get_by_role("button", name="我读完了").click()
    await expect(early.get_by_role("status")).to_contain_text(re.compile(r"\+2 分.*2/10"))
    await expect(board.locator(".great")).to_have_text("61")
    await expect(board.locator(".tiles dd").nth(1)).to_have_text("2")
    for page in (board, early):
        await page.context.close()
    assert complaints == Complaints()
