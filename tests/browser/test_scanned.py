"""What is opened on another device: a voucher at a desk, and the page of a one-time code."""

import re
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.app import App
from bot.settings import Settings
from tests.browser import axe
from tests.browser.conftest import WAIT_MS_MAX
from tests.browser.reader import PAGE_WIDE, Complaints, Reader
from tests.served import listening, served, url_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}
CODE = re.compile(r"(?:[2-9A-Z]{3}-){5}[2-9A-Z]{3}")
DAY = "2022-06-15T08:30:00+08:00"


async def arrived(page, complaints):
    """Return who reads a chat that a page led to."""
    reader = Reader(page, complaints)
    await reader.connected()
    await expect(reader.answers.first).to_be_visible()
    return reader


async def desk(visit, bot, person, code):
    """Scan a voucher as somebody at a desk does, and follow the page into the chat."""
    reader = await visit(person, at=bot[1], viewport=PHONE)
    page = reader.page
    await page.goto(f"/v/{code.replace('-', '')}")
    await expect(page.get_by_text(code)).to_be_visible()
    assert await page.evaluate(PAGE_WIDE) == []
    await page.get_by_role("link", name="在网页上打开").click()
    reader = await arrived(page, reader.complaints)
    await expect(reader.answers.last).to_contain_text(code)
    return reader


async def test_a_voucher_is_handed_out_at_a_desk(bot, visit):
    """Scanned, two taps, handed out; a second desk is told not to."""
    ming = await visit("ming", at=bot[1])
    await ming.says("兑换")
    await ming.says("1")
    bought = await ming.taps("确认")
    code = CODE.search(await bought.inner_text())[0]
    first = await desk(visit, bot, "staff", code)
    asked = await first.taps("核销")
    await expect(asked).to_contain_text("手绘书签")
    assert await axe.violations(first.page) == []
    await first.answer_to(first.answers.last.get_by_role("button").first.click)
    await expect(first.answers.last).to_contain_text("已核销")
    second = await desk(visit, bot, "owner", code)
    await second.taps("核销")
    await expect(second.answers.last).to_contain_text("已经用过了，请不要再交付")
    await expect(second.button("确认")).to_have_count(0)


@pytest_asyncio.fixture(loop_scope="session")
async def city(tmp_path):
    """A bot as a city runs it, each browser a person by its cookie, and where it is."""
    taken = listening()
    settings = Settings(
        data_dir=tmp_path / "city",
        web_chat="on",
        rehearsal=True,
        rehearsal_start=DAY,
        public_url=url_of(taken),
        _env_file=None,
    )
    async with App.open(settings) as app, served(app.web, taken) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def profiles(browser, city):
    """Two browsers, and what their pages complained of; closed before the bot."""
    complaints, made = Complaints(), []
    for _ in range(2):
        made.append(
            await browser.new_context(
                base_url=city, locale="zh-CN", viewport=PHONE, reduced_motion="reduce"
            )
        )
        made[-1].set_default_timeout(WAIT_MS_MAX)
    yield made, complaints
    for each in made:
        await each.close()


async def follows(page, link, complaints):
    """Open a code's page and go on into the chat."""
    await page.goto(link)
    assert await axe.violations(page) == []
    await page.get_by_role("link", name="在网页上参加").click()
    return await arrived(page, complaints)


async def test_a_page_of_a_code_signs_another_browser_in(profiles):
    """Made in one browser, opened in another, confirmed there; left again from the first."""
    (home, away), complaints = profiles
    page = await home.new_page()
    complaints.watch(page)
    await page.goto("/chat")
    mine = await arrived(page, complaints)
    await mine.joins("朱家角镇")
    await mine.taps("签到")
    offered = await mine.says("/link")
    link = urlsplit(await offered.get_by_role("link").first.get_attribute("href"))

    other = await away.new_page()
    complaints.watch(other)
    theirs = await follows(other, f"{link.path}?{link.query}", complaints)
    await expect(theirs.button("确认")).to_be_visible()  # nothing happened yet
    assert await axe.violations(other) == []
    await theirs.taps("确认")
    await expect(await theirs.says("我的")).to_contain_text("可用积分：5")
    again = await follows(other, f"{link.path}?{link.query}", complaints)
    await expect(again.button("确认")).to_have_count(0)  # it was good once

    listed = await (await mine.says("我的账号")).inner_text()
    [elsewhere] = [n for n in "12" if "就是这里" not in re.search(rf"{n}\. 网页.*", listed)[0]]
    await mine.answer_to(mine.answers.last.get_by_role("button", name=re.compile(elsewhere)).click)
    await mine.taps("确认")
    await expect(await again.says("我的")).to_contain_text("我是书香")  # a stranger again
    await expect(await mine.says("我的")).to_contain_text("可用积分：5")
    assert complaints == Complaints()
