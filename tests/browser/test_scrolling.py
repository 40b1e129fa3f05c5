"""Where the web chat's conversation stands: nothing moves under the eyes of whoever reads it."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.reader import WIDE

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 320, "height": 640}
SHIFT_MAX = 0.1  # what browser makers call good

HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", {value: Boolean(hidden), configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
# How much the page's parts moved by themselves, without anybody's doing.
SHIFTED = """() => new Promise((done) => new PerformanceObserver((list) => done(
  list.getEntries().filter((each) => !each.hadRecentInput)
    .reduce((sum, each) => sum + each.value, 0)
)).observe({type: "layout-shift", buffered: true}) || setTimeout(() => done(0), 300))"""


# By how much the page itself could be scrolled away; only the conversation may be.
BEYOND = "() => document.documentElement.scrollHeight - innerHeight"

# Draws a square picture, as the page does with a frame.
DRAW = """async () => {
  const {View} = await import("/static/talk.js");
  const view = new View(document.getElementById("log"), {below: () => {}});
  view.words = {bot: "书香："};
  view.add({from: "bot", rich: [["近14天", false]], buttons: [], alt: "近14天",
    picture: "/static/icon.svg?held", sides: [1200, 1200]});
}"""


async def test_who_reads_further_up_is_left_there(visit):
    """What comes meanwhile is counted in a button that leads down, and in the title if unseen."""
    reader = await visit("scholar", viewport=PHONE)
    page = reader.page
    await reader.joins()
    assert await page.evaluate(SHIFTED) < SHIFT_MAX
    for words in ("帮助", "我的", "签到"):
        await reader.says(words)
    assert await page.evaluate(BEYOND) == 0
    other = await reader.another_tab("scholar")
    below, title = page.locator("#below"), await page.title()
    await expect(below).to_be_hidden()

    await page.evaluate(HIDE, "yes")
    await reader.log.evaluate("(log) => { log.scrollTop = 0; }")
    answered = await reader.answers.count()
    await other.says("我的")
    await other.says("排行")
    await expect(reader.answers).to_have_count(answered + 2)
    assert await reader.log.evaluate("(log) => log.scrollTop") == 0
    await expect(below).to_have_text("↓ 有 2 条新消息")
    await expect(page).to_have_title(f"(2) {title}")
    assert await page.evaluate(WIDE) == []
    assert await violations(page) == []
    await page.evaluate(HIDE, "")
    await expect(page).to_have_title(title)

    await below.click()
    await expect(below).to_be_hidden()
    await expect(reader.answers.last).to_be_in_viewport()
    await expect(reader.log).to_be_focused()
    await other.says("帮助")
    await expect(reader.answers).to_have_count(answered + 3)
    await expect(below).to_be_hidden()


async def test_a_picture_keeps_its_place_while_it_loads(visit):
    """Its sides are known before it is there, so nothing moves when it comes."""
    reader = await visit("viewer", viewport=PHONE)
    await reader.joins()
    held = asyncio.Event()

    async def hold(route):
        await held.wait()
        await route.continue_()

    await reader.page.route("**/icon.svg?*", hold)
    await reader.page.evaluate(DRAW)
    picture = reader.answers.get_by_role("img", name="近14天")
    place = await picture.bounding_box()
    assert place["height"] == pytest.approx(place["width"], abs=2)
    held.set()
    await expect(picture).to_have_js_property("complete", True)  # noqa: FBT003 - its own way
    assert await picture.bounding_box() == place
