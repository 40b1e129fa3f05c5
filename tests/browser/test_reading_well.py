"""Every page there is, in two languages, at three sizes, in light and dark."""

import asyncio

import pytest
import pytest_asyncio

from bot.app import App
from bot.rules import papercards as cards
from bot.rules import signing, vouchers
from bot.settings import Settings
from storage import citizens, items, shelves
from tests.browser import axe
from tests.browser.conftest import SECRET, WAIT_MS_MAX, printed
from tests.browser.reader import PAGE_WIDE, WIDE, Complaints, Reader
from tests.served import listening, served

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIZES = {"small": (320, 640), "tablet": (768, 1024), "big": (1920, 1080)}
LIGHTS = ("light", "dark")
LANGUAGES = ("zh", "en")
OK, NOT_FOUND = 200, 404


@pytest_asyncio.fixture(loop_scope="session")
async def entrance(tmp_path):
    """A bot as a city runs it, whose `/` says where to take part."""
    settings = Settings(
        data_dir=tmp_path / "city", web_chat="on", rehearsal=True, public_url="", _env_file=None
    )
    async with App.open(settings) as app, served(app.web, listening()) as address:
        yield address


async def grave(page, wide, name):
    """Return what is wrong with a page at each size and in each light."""
    found = []
    for size, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        found += [(name, size, each) for each in await page.evaluate(wide)]
        for light in LIGHTS:
            await page.emulate_media(color_scheme=light)
            found += [(name, size, light, each) for each in await axe.violations(page)]
    return found


async def paths(app, at, entrance):
    """Return the address of each page but the chat's; 小明 has a card, and a book open."""
    key, now = SECRET.encode(), app.clock.now()
    here = app.campaign_id
    async with app.database.transaction() as db:
        ming = (await citizens.find(db, citizens.Account("web", "ming"))).citizen
        card = await printed(db, app, by=ming)
        [book, *_] = await items.ids(db, "book")
        await shelves.open_item(db, ming, here, item=book, at=now)
    page = signing.sign_page(key, ming, book, at=app.clock.system())
    return {
        "board": f"{at}/board?",
        "join": f"{at}/join/jinze?",
        "landing": f"{entrance}/?",
        "signing in": f"{entrance}/?start=link_ABCDEFGH&",
        "card": f"{at}/card/{cards.code(key, card)}?",
        "voucher": f"{at}/v/{vouchers.code(key, 'seed')}?",
        "item": f"{at}/go/{page}?",
        "lost": f"{at}/nothing?",
    }


@pytest_asyncio.fixture(loop_scope="session")
async def profile(bot, entrance, browser):
    """A browser's profile; closed before the bots, whatever fails: a board left open holds one."""
    small = dict(zip(("width", "height"), SIZES["small"], strict=True))
    context = await browser.new_context(viewport=small, reduced_motion="reduce")
    context.set_default_timeout(WAIT_MS_MAX)
    yield context
    await context.close()


async def test_no_page_is_hard_to_read(bot, entrance, profile):
    """Nothing is grave for axe-core, nothing reaches beyond the window."""
    pages, complaints = await paths(*bot, entrance), Complaints()

    async def opened(address):
        page = await profile.new_page()
        complaints.watch(page)
        return page, await page.goto(address)

    async def chat(language):
        page, _ = await opened(f"{bot[1]}/?person={language}")
        reader = Reader(page, complaints)
        await reader.connected()
        await page.locator(f"[data-lang^={language}]").click()
        await reader.says("帮助" if language == "zh" else "/help")
        return await grave(page, WIDE, f"chat {language}")

    async def other(name, language):
        page, answer = await opened(f"{pages[name]}lang={language}")
        assert answer.status == (NOT_FOUND if name == "lost" else OK), name
        return await grave(page, PAGE_WIDE, f"{name} {language}")

    looks = [other(name, language) for name in pages for language in LANGUAGES]
    looks += [chat(language) for language in LANGUAGES]
    found = [each for look in await asyncio.gather(*looks) for each in look]
    complaints.faults.clear()  # the page that is not there was complained of
    assert found == []
    assert complaints == Complaints()
