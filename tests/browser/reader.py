"""Someone in front of the web chat: a browser's profile, its pages, and what these complain of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    WebSocketRoute,
    expect,
)

HERE = "127.0.0.1"
# What reaches beyond the window's right edge, or makes the conversation scroll sideways.
WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((each) => each.checkVisibility() && !each.closest(".unseen, .skip, #panel-open *"))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5
    || (each.id === "log" && each.scrollWidth > each.clientWidth))
  .map((each) => each.outerHTML.slice(0, 80))"""
# What reaches beyond the window's right edge of any other page.
PAGE_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((each) => each.checkVisibility() && !each.closest(".unseen, svg"))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5)
  .map((each) => each.outerHTML.slice(0, 80))"""
# The bytes a page took to load, and the most that may be.
BYTES = """() => [...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource")].reduce((sum, each) => sum + each.transferSize, 0)"""
PAINT_BYTES_MAX = 100_000


@dataclass
class Complaints:
    """What went wrong in the pages of one profile without anybody seeing it."""

    faults: list[str] = field(default_factory=list)
    """Errors and warnings of the console. A test that provokes one clears this list."""
    strangers: list[str] = field(default_factory=list)
    """Addresses on other machines that a page asked for."""

    def watch(self, page: Page) -> None:
        """Note whatever a page complains of from now on."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self._meet(request.url))
        page.on("websocket", lambda socket: self._meet(socket.url))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(message.text)

    def _meet(self, address: str) -> None:
        if urlsplit(address).hostname != HERE:
            self.strangers.append(address)


class Line:
    """The way from a page to the bot, which a test can cut and mend."""

    def __init__(self) -> None:
        self.deaf = False
        """The page's words arrive, the bot's do not."""
        self._cut = False
        self._open: list[WebSocketRoute] = []

    async def connect(self, page: WebSocketRoute) -> None:
        """Connect a page's socket, unless the line is cut."""
        if self._cut:
            await page.close()
            return
        bot = page.connect_to_server()
        bot.on_message(lambda frame: None if self.deaf else page.send(frame))
        self._open += [page, bot]

    async def cut(self) -> None:
        """Close what is open and let nothing through."""
        self._cut = True
        while self._open:
            await self._open.pop().close()

    def mend(self) -> None:
        """Let the page connect when it tries again."""
        self._cut = self.deaf = False


class Reader:
    """One page of one person."""

    def __init__(self, page: Page, complaints: Complaints) -> None:
        self.page = page
        self.complaints = complaints
        self.log = page.get_by_role("log")
        self.answers = self.log.locator(".bot")
        self.own = self.log.locator(".me")
        self.field = page.locator("#text")
        self.panel = page.get_by_role("complementary")

    @classmethod
    async def open(cls, context: BrowserContext, person: str, complaints: Complaints) -> "Reader":
        """Open a page for a person and wait until the bot has said something."""
        page = await context.new_page()
        complaints.watch(page)
        reader = cls(page, complaints)
        await page.goto(f"/?person={person}")
        await reader.connected()
        await expect(reader.answers.first).to_be_visible()
        return reader

    async def another_tab(self, person: str) -> "Reader":
        """Open one more page in the same browser."""
        return await Reader.open(self.page.context, person, self.complaints)

    async def connected(self) -> None:
        """Wait until the page has its line to the bot."""
        await expect(self.page.locator("body[data-ready=yes]")).to_be_attached()

    async def reload(self) -> None:
        """Load the page again."""
        await self.page.reload()
        await self.connected()

    def button(self, label: str) -> Locator:
        """Return the newest message's button with this label."""
        return self.answers.last.get_by_role("button", name=label, exact=True)

    async def taps(self, label: str) -> Locator:
        """Tap a button of the newest message and return the answer."""
        return await self.answer_to(self.button(label).click)

    async def presses(self, key: str) -> Locator:
        """Press a key that says something, and return the answer."""
        return await self.answer_to(lambda: self.page.keyboard.press(key))

    async def says(self, words: str) -> Locator:
        """Type something, send it with Enter, and return the answer."""
        await self.field.fill(words)
        return await self.answer_to(lambda: self.field.press("Enter"))

    async def joins(self, town: str = "夏阳街道") -> Locator:
        """Go through first contact in Chinese and return the main menu."""
        await self.taps("我已满14周岁，同意")
        return await self.taps(town)

    async def answer_to(self, act: Callable[[], Awaitable[None]]) -> Locator:
        """Do something that says something, and return the answer."""
        answer = self.answers.nth(await self.answers.count())
        await act()
        await expect(answer).to_be_visible()
        return answer
