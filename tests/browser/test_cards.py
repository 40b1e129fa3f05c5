"""A paper card in a real browser: its page at two sizes in two languages, and on into the chat."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.rules import papercards as rules
from tests.browser.axe import violations
from tests.browser.conftest import SECRET, WAIT_MS_MAX, carded
from tests.browser.reader import PAGE_WIDE, Complaints, Reader

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = SECRET.encode()
SIZES = {"small": (320, 640), "desk": (1280, 800)}


async def looks_well(page, folder, name):
    """Keep pictures at both sizes; nothing may reach beyond the window, nor be grave for axe."""
    for size, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        await page.screenshot(path=folder / f"{name}_{size}.png", full_page=True)
        assert await page.evaluate(PAGE_WIDE) == []
    assert await violations(page) == []


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser, bot):
    """A page of somebody who scans, and what it complained of; closed before its bot."""
    complaints = Complaints()
    context = await browser.new_context(base_url=bot[1], locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(WAIT_MS_MAX)
    page = await context.new_page()
    complaints.watch(page)
    yield page, complaints
    await context.close()


async def test_a_scanned_card_has_a_page(bot, visit, phone, tmp_path):
    """Unused and in use, small and large, light and dark, with the way into the chat."""
    number, other = await carded(visit, bot)
    page, complaints = phone
    for language, words in (("zh", "还没有启用"), ("en", "not in use yet")):
        await page.goto(f"/card/{rules.code(KEY, number)}?lang={language}")
        await expect(page.get_by_text(words)).to_be_visible()
        await looks_well(page, tmp_path, f"unused_{language}")
    link = page.get_by_role("link", name="Open on the web page")
    await expect(link).to_have_attribute("href", f"/?start=card_{rules.code(KEY, number)}")
    await page.emulate_media(color_scheme="dark")
    await page.goto(f"/card/{rules.code(KEY, other)}?lang=en")
    await looks_well(page, tmp_path, "dark_en")
    assert complaints == Complaints()


async def test_from_a_card_into_the_chat(bot, visit, phone, tmp_path):
    """The organiser takes it in and checks in; then its reader comes by the same link."""
    number, _ = await carded(visit, bot)
    owner = await visit("owner", at=bot[1])
    start = f"start=card_{rules.code(KEY, number)}"
    await owner.page.goto(f"/?person=owner&{start}")
    await owner.connected()
    await expect(owner.answers.last).to_contain_text("还没有启用")
    await owner.taps("本人已书面同意，已满14周岁")
    await expect(await owner.taps("签到")).to_contain_text("+5 分")
    page, complaints = phone
    await page.goto(f"/card/{rules.code(KEY, number)}")
    await expect(page.get_by_text("正在使用")).to_be_visible()
    await looks_well(page, tmp_path, "used_zh")
    await page.goto(f"/?person=visitor&{start}")
    reader = Reader(page, complaints)
    await reader.connected()
    await expect(reader.answers.last).to_contain_text("是您本人的吗")
    await expect(await reader.taps("确认")).to_contain_text("好了")
    assert complaints == Complaints()
