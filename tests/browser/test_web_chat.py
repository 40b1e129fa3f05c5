"""The web chat in demo mode, as its readers have it: a real browser and the whole bot."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.reader import BYTES, PAINT_BYTES_MAX, WIDE, Line

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 360, "height": 740}
TOWNS = 11
TABS_MAX = 20
TOUCH_PX_MIN = 44
PAID = "签到成功，+5"
AGREE, DECLINE = "我已满14周岁，同意", "不参加"

# What is too small for a finger.
SMALL = """(least) => [...document.querySelectorAll("button, textarea, input, .choice")]
  .filter((each) => each.checkVisibility())
  .filter((each) => {
    const box = each.getBoundingClientRect();
    return Math.min(box.width, box.height) < least;
  })
  .map((each) => each.outerHTML.slice(0, 80))"""
FOCUS = "getComputedStyle(document.activeElement)"


async def test_a_newcomer_joins_and_checks_in_day_after_day(own_address, visit):
    """Greeting, consent, town, menu; 签到 pays 5 once a day, and the next day makes a streak."""
    reader = await visit("newcomer", at=own_address)
    await expect(reader.answers.last).to_contain_text("我是书香")
    assert 0 < await reader.page.evaluate(BYTES) < PAINT_BYTES_MAX

    await reader.taps(AGREE)
    towns = reader.answers.last.get_by_role("button")
    await expect(towns).to_have_count(TOWNS)
    menu = await reader.taps("夏阳街道")
    await expect(menu).to_contain_text("夏阳街道")

    await expect(await reader.taps("签到")).to_contain_text(re.compile(r"\+5 .*5/5"))
    again = await reader.says("签到")
    await expect(again).to_contain_text("今天已经签到过了")
    await expect(again).not_to_contain_text("+")

    await reader.panel.get_by_role("button", name="+1 天").click()
    await expect(reader.panel.get_by_role("status")).to_contain_text("2022-06-16")
    tomorrow = await reader.says("签到")
    await expect(tomorrow).to_contain_text(PAID)
    await expect(tomorrow).to_contain_text("已连续签到 2 天")
    mine = await reader.taps("我的")
    await expect(mine).to_contain_text("可用积分：10")
    await expect(mine).to_contain_text("连续签到：2 天")


async def test_the_same_in_english(own_address, visit):
    """The switch turns the page's own words and every later reply into English."""
    reader = await visit("newcomer", at=own_address)
    page = reader.page

    await page.get_by_role("button", name="English").click()
    await expect(page).to_have_title(re.compile("^Qingpu"))
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Reading Campaign")
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    await expect(page.get_by_role("textbox", name="Your message")).to_be_visible()

    await expect(await reader.taps(AGREE)).to_contain_text("Which town")
    await reader.taps("Xiayang Subdistrict")
    await expect(await reader.taps("Check in")).to_contain_text(re.compile(r"\+5 .*5/5"))
    again = await reader.says("check in")
    await expect(again).to_contain_text("already")
    await expect(again).not_to_contain_text("+")

    await reader.panel.get_by_role("button", name="+1 day").click()
    await expect(reader.panel.get_by_role("status")).to_contain_text("2022-06-16")
    tomorrow = await reader.says("check in")
    await expect(tomorrow).to_contain_text("+5")
    await expect(tomorrow).to_contain_text("2 days in a row")
    mine = await reader.taps("Me")
    await expect(mine).to_contain_text("Points to spend: 10")
    await reader.reload()
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()


async def test_the_clock_is_set_to_a_day_but_never_before_a_deed(own_address, visit):
    """The panel's date field shows campaign time, moves it, and says why it cannot go back."""
    reader = await visit("newcomer", at=own_address)
    field, told = reader.panel.get_by_label("拨到"), reader.panel.get_by_role("status")
    await expect(field).to_have_value(re.compile("^2022-06-15T08:3"))
    await reader.joins()

    await field.fill("2022-06-20T09:00")
    await reader.panel.get_by_role("button", name="拨时钟", exact=True).click()
    await expect(told).to_contain_text("2022-06-20 09:00")
    await expect(await reader.taps("签到")).to_contain_text(PAID)
    await field.fill("2022-06-19T09:00")
    await reader.panel.get_by_role("button", name="拨时钟", exact=True).click()

    await expect(told).to_contain_text("不能拨回")


async def test_words_do_what_buttons_do(visit):
    """Command words work in any spelling; whatever else is said is answered with the menu."""
    reader = await visit("typist")
    await reader.joins()

    await expect(await reader.says("打卡")).to_contain_text(PAID)
    await expect(await reader.says("　ＣＨＥＣＫ　ＩＮ　")).to_contain_text("今天已经签到过了")
    await expect(await reader.says("／ＭＥ")).to_contain_text("可用积分：5")
    lost = await reader.says("今天天气真好")

    await expect(lost).to_contain_text("没看懂")
    await expect(lost.get_by_role("button")).to_have_text(
        ["签到", "书房", "直播", "我的", "排行", "兑换", "设置", "帮助"]
    )


async def test_enter_sends_unless_it_chooses_a_sign(visit):
    """Enter in the middle of composing Chinese, and Shift+Enter, send nothing."""
    reader = await visit("composer")
    await reader.field.fill("da")

    await reader.field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await reader.field.press("Shift+Enter")
    await reader.field.press("k")

    await expect(reader.field).to_have_value("da\nk")
    await expect(reader.own).to_have_count(0)


async def test_what_is_said_is_shown_as_text(visit):
    """Markup that somebody types stays words on the page."""
    reader = await visit("tagger")

    await reader.says("<img src=x onerror=alert(1)>")

    await expect(reader.own.last).to_contain_text("<img src=x")
    await expect(reader.log.locator("img")).to_have_count(0)


async def _walk_to(reader, label):
    """Press Tab until the element with this label has the focus, visibly."""
    for _ in range(TABS_MAX):
        await reader.page.keyboard.press("Tab")
        if await reader.page.evaluate("document.activeElement.textContent") == label:
            break
    await expect(reader.button(label)).to_be_focused()
    assert await reader.page.evaluate(f"{FOCUS}.outlineStyle") == "solid"
    assert float((await reader.page.evaluate(f"{FOCUS}.outlineWidth")).rstrip("px")) >= 2


async def test_the_keyboard_is_enough(visit):
    """Tab reaches every button with a visible focus; Enter and Space press it."""
    reader = await visit("keys")

    await _walk_to(reader, AGREE)
    await reader.presses("Enter")
    await expect(reader.button("夏阳街道")).to_be_focused()
    await _walk_to(reader, "赵巷镇")
    await reader.presses("Space")
    await expect(reader.button("签到")).to_be_focused()
    checked = await reader.presses("Enter")

    await expect(checked).to_contain_text(PAID)


async def test_every_part_has_a_name(visit):
    """The conversation is a polite live region, and fields, switches and panel have names."""
    reader = await visit("listener")
    page = reader.page

    await expect(page.get_by_role("log", name="对话")).to_have_attribute("aria-live", "polite")
    await expect(page.get_by_role("textbox", name="说点什么")).to_be_editable()
    for group, pressed in (("语言", "中文"), ("字号", "标准字号")):
        button = page.get_by_role("group", name=group).get_by_role("button", name=pressed)
        await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_role("complementary", name="演示")).to_be_visible()
    await expect(reader.answers.first).to_contain_text("书香：")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="跳到输入框")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(reader.field).to_be_focused()
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        assert await violations(page) == []


async def test_large_text_is_remembered(visit):
    """A+ enlarges what is read, and still does so after the page was loaded again."""
    reader = await visit("large")
    size = "parseFloat(getComputedStyle(document.querySelector('.bot .text')).fontSize)"
    normal = await reader.page.evaluate(size)

    large = reader.page.get_by_role("button", name="大字")
    await large.click()
    await expect(large).to_have_attribute("aria-pressed", "true")
    assert await reader.page.evaluate(size) >= normal * 1.3
    await reader.reload()

    await expect(large).to_have_attribute("aria-pressed", "true")
    assert await reader.page.evaluate(size) >= normal * 1.3


async def test_what_was_typed_without_a_line_is_sent_once(visit):
    """A message written while the line is cut waits, and is answered once when it is back."""
    line = Line()
    reader = await visit("waiting", line=line)
    await reader.joins()
    said, answered = await reader.own.count(), await reader.answers.count()

    await line.cut()
    await expect(reader.page.locator("#state")).to_contain_text("连接断开了")
    await reader.field.fill("签到")
    await reader.field.press("Enter")
    await expect(reader.own.last).to_contain_text("还没送到")
    line.mend()
    await reader.connected()

    await expect(reader.answers).to_have_count(answered + 1)
    await expect(reader.answers.last).to_contain_text(PAID)
    await expect(reader.own.last).not_to_contain_text("还没送到")
    await expect(await reader.says("我的")).to_contain_text("可用积分：5")
    await expect(reader.own).to_have_count(said + 2)
    await expect(reader.answers).to_have_count(answered + 2)


async def query_only(app, *, on):
    """Let the bot's file be written or not."""
    async with app.database.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        await raw.driver_connection.execute(f"PRAGMA query_only = {int(on)}")


async def test_why_it_waits_is_read_beside_it(bot, visit, caplog):
    """What is said while nothing can be stored has the reason below; later it is paid by itself."""
    app, at = bot
    reader = await visit("patient", at=at)
    await reader.joins()
    await query_only(app, on=True)
    await reader.field.fill("签到")
    await reader.field.press("Enter")

    await expect(reader.own.last).to_contain_text("刚才这一下没有记上")
    await query_only(app, on=False)
    await expect(reader.answers.last).to_contain_text(PAID)
    await expect(reader.own.last).not_to_contain_text("没有记上")
    caplog.clear()


async def test_a_lost_answer_is_found_again(visit):
    """An answer that got lost on the way comes with the next line, and nothing is paid twice."""
    line = Line()
    reader = await visit("unlucky", line=line)
    await reader.joins()
    answered = await reader.answers.count()
    witness = await visit("unlucky")

    line.deaf = True
    await reader.field.fill("签到")
    await reader.field.press("Enter")
    await expect(witness.answers.last).to_contain_text(PAID)
    await line.cut()
    line.mend()
    await reader.connected()

    await expect(reader.answers.last).to_contain_text(PAID)
    await expect(reader.answers).to_have_count(answered + 1)
    await expect(await reader.says("我的")).to_contain_text("可用积分：5")


async def test_a_page_without_network_catches_up(visit):
    """While the browser is offline a message is not lost; back online it is answered once."""
    reader = await visit("tunnel")
    await reader.joins()
    answered = await reader.answers.count()

    await reader.page.context.set_offline(True)
    await reader.field.fill("签到")
    await reader.field.press("Enter")
    await expect(reader.own.last).to_contain_text("正在发送")
    await reader.page.context.set_offline(False)

    await expect(reader.answers).to_have_count(answered + 1)
    await expect(reader.answers.last).to_contain_text(PAID)
    await expect(await reader.says("我的")).to_contain_text("可用积分：5")
    await expect(reader.answers).to_have_count(answered + 2)


async def test_a_second_tab_shows_the_same_conversation(visit):
    """What one tab says and is told stands in the other, and stays after a reload."""
    first = await visit("twins")
    await first.joins()

    second = await first.another_tab("twins")
    await expect(second.answers).to_have_count(await first.answers.count())
    await first.says("签到")
    await expect(second.own.last).to_contain_text("签到")
    await expect(second.answers.last).to_contain_text(PAID)
    await expect(await second.says("签到")).to_contain_text("今天已经签到过了")
    await expect(first.answers.last).to_contain_text("今天已经签到过了")
    said, answered = await first.own.count(), await first.answers.count()
    await first.reload()

    await expect(first.own).to_have_count(said)
    await expect(first.answers).to_have_count(answered)
    await expect(first.answers.last).to_contain_text("今天已经签到过了")


async def test_people_do_not_see_each_other(own_address, visit):
    """Each person of the demo has a conversation of their own, and a reload keeps the person."""
    reader = await visit("visitor", at=own_address)
    await reader.joins("夏阳街道")
    await reader.says("签到")

    await reader.panel.get_by_role("button", name="阿华").click()
    await expect(reader.answers).to_have_count(1)
    await expect(reader.answers.last).to_contain_text("欢迎回来")
    await expect(reader.log).not_to_contain_text("夏阳街道")
    await expect(await reader.says("设置")).to_contain_text("阿华")
    await reader.panel.get_by_role("button", name="新来的读者").click()
    await expect(reader.log).to_contain_text(PAID)
    await expect(reader.log).not_to_contain_text("阿华")
    await reader.panel.get_by_role("button", name="阿华").click()
    await expect(reader.answers.last).to_contain_text("名字：阿华")
    await reader.reload()

    await expect(reader.answers.last).to_contain_text("名字：阿华")
    chosen = reader.panel.get_by_role("button", name="阿华")
    await expect(chosen).to_have_attribute("aria-current", "true")


async def test_who_declines_is_left_alone(visit):
    """After 不参加 nothing that is said is answered, until 开始 asks again."""
    reader = await visit("shy")
    await expect(await reader.taps(DECLINE)).to_contain_text("什么也没有记下")
    answered = await reader.answers.count()

    for words in ("签到", "你好"):
        await reader.field.fill(words)
        await reader.field.press("Enter")
        await expect(reader.own.last).to_contain_text(words)
        await expect(reader.own.last).to_have_attribute("data-state", "done")
    await expect(reader.answers).to_have_count(answered)
    await reader.says("开始")

    await expect(reader.button(AGREE)).to_be_visible()


async def test_on_a_phone_the_panel_is_a_drawer(visit):
    """The drawer opens over the page, moves the focus, and Escape gives it back."""
    reader = await visit("pocket", viewport=PHONE)
    opener = reader.page.get_by_role("button", name="演示")
    drawer = reader.page.get_by_role("dialog", name="演示")
    await expect(reader.panel).to_be_hidden()

    await opener.click()
    await expect(drawer).to_be_focused()
    await expect(reader.page.locator("#page")).to_have_attribute("inert", "")
    assert await reader.page.evaluate(SMALL, TOUCH_PX_MIN) == []
    await reader.page.keyboard.press("Escape")

    await expect(drawer).to_be_hidden()
    await expect(opener).to_be_focused()


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("language", ["中文", "English"])
async def test_everything_fits_and_is_big_enough(visit, width, language):
    """Nothing scrolls sideways or is too small to touch, in normal and in large text."""
    viewport = {"width": width, "height": 740}
    reader = await visit(f"fit{width}{language == 'English'}", viewport=viewport)
    await reader.page.get_by_role("button", name=language).click()

    await reader.taps(AGREE)
    await _fits(reader.page)
    await reader.answer_to(reader.answers.last.get_by_role("button").first.click)
    for words in ("签到", "我的", "帮助"):
        await reader.says(words)
    await _fits(reader.page)


async def _fits(page):
    for size in ("normal", "large"):
        await page.locator(f"button[data-size={size}]").click()
        assert await page.evaluate(WIDE) == []
        assert await page.evaluate(SMALL, TOUCH_PX_MIN) == []
