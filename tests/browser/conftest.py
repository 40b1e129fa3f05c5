"""A real browser and a real server, one of each per run; both live on the session's loop."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect
from pydantic import SecretStr

from bot.app import App
from bot.rules.cards import from_chance
from bot.settings import Settings
from storage import papercards
from storage.db import Db
from storage.papercards import NewSheet
from tests.browser.reader import Complaints, Line, Reader
from tests.served import listening, served

Visit = Callable[..., Awaitable[Reader]]

SECRET = "a secret of this test"
WAIT_MS_MAX = 60_000
expect.set_options(timeout=WAIT_MS_MAX)
CHROMIUM = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium")
MISSING = "no Chromium: apt-get install chromium, or set TEST_CHROMIUM"
# Debian's Chromium as root, in a closed network. Playwright adds its own flags to these.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
# A bare Debian has no Chinese font and draws boxes.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fontconfig file that knows one Chinese font, the one that came with pip."""
    folder = tmp_path_factory.mktemp("fonts")
    file = folder / "fonts.conf"
    wheel = Path(pylopdf_fonts_zh_cn.__file__).parent
    file.write_text(FONTS.format(fonts=wheel, cache=folder / "cache"), encoding="utf-8")
    return file


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(fonts: Path) -> AsyncIterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    env: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=env)
        yield browser
        await browser.close()


@asynccontextmanager
async def _served(folder: Path) -> AsyncIterator[str]:
    """Run the whole bot in demo mode on a free port."""
    settings = Settings(data_dir=folder, flood_limit=0, _env_file=None)
    async with App.open(settings) as app, served(app.web, listening()) as address:
        yield address


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A bot all tests share; nobody moves its clock."""
    async with _served(tmp_path_factory.mktemp("data")) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def own_address(tmp_path: Path) -> AsyncIterator[str]:
    """A bot of the test's own, whose clock it may move."""
    async with _served(tmp_path / "data") as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def bot(tmp_path: Path) -> AsyncIterator[tuple[App, str]]:
    """A bot of the test's own in demo mode whose secret is known, and its address."""
    settings = Settings(
        data_dir=tmp_path / "data", flood_limit=0, secret_key=SecretStr(SECRET), _env_file=None
    )
    async with App.open(settings) as app, served(app.web, listening()) as address:
        yield app, address


async def carded(visit: Visit, bot: tuple[App, str]) -> Sequence[str]:
    """Let the owner make a sheet in the chat, and return the numbers of two of its cards."""
    app, at = bot
    owner = await visit("owner", at=at)
    await owner.says("/card 朱家角镇")
    await owner.taps("做 10 张")
    async with app.database.reading() as db:
        sheet = await papercards.nth(db, app.campaign_id, "zhujiajiao", n=1)
        assert sheet is not None
        return (await papercards.unused(db, sheet.id))[:2]


async def printed(db: Db, app: App, *, by: int) -> str:
    """Make a sheet with one card without the chat, and return the card's number."""
    number = from_chance(1)
    new = NewSheet(app.campaign_id, "jinze", n=1, count=1, made_by=by, made_at=app.clock.now())
    await papercards.begin(db, new)
    sheet = await papercards.nth(db, app.campaign_id, "jinze", n=1)
    assert sheet is not None
    await papercards.add(db, sheet, app.campaign_id, numbers=[number])
    return number


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, address: str, tmp_path: Path) -> AsyncIterator[Visit]:
    """Opens the web chat for a person, in a browser profile of their own.

    Afterwards no page may have complained or asked another machine for anything; a picture of
    each is kept. A test asks for a bot of its own first: so its pages are closed before the bot is,
    and none complains that it is gone.
    """
    readers: list[Reader] = []

    async def open_page(
        person: str, *, at: str = address, line: Line | None = None, **options: Any
    ) -> Reader:
        profile = {"locale": "zh-CN", "reduced_motion": "reduce", **options}
        context = await browser.new_context(base_url=at, **profile)
        context.set_default_timeout(WAIT_MS_MAX)
        if line:
            await context.route_web_socket("**/chat/ws*", line.connect)
        readers.append(await Reader.open(context, person, Complaints()))
        return readers[-1]

    yield open_page
    for number, reader in enumerate(readers):
        await reader.page.screenshot(path=tmp_path / f"page{number}.png")
        await reader.page.context.close()
    assert [reader.complaints for reader in readers] == [Complaints() for _ in readers]
