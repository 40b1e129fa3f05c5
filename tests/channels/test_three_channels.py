"""One conversation over every channel, through the real bot: the same answers, key by key."""

import asyncio
import json
import re
from contextlib import asynccontextmanager

import pytest

from bot.channels.telegram import Api, Polling, Telegram
from bot.channels.web import Voice, WebChannel
from storage.db import Unavailable
from tests.classes import on_air, row
from tests.stocked import stock
from tests.telegram_api import TOKEN, TelegramApi
from tests.wecom_bench import Bench

SAYS, TAPS, WAITS = "says", "taps", "waits"
SCRIPT = [
    (SAYS, "你好"),
    (TAPS, "我已满14周岁，同意"),
    (TAPS, "夏阳街道"),
    (SAYS, "签到"),
    (SAYS, "签到"),
    (SAYS, "书房"),
    (SAYS, "看书"),
    (TAPS, "红楼梦"),
    (TAPS, "我读完了"),
    (WAITS, 5),
    (TAPS, "我读完了"),
    (SAYS, "明细"),
    (SAYS, "排行"),
    (SAYS, "直播"),
    (SAYS, "1"),
    (SAYS, "设置"),
    (TAPS, "语言"),
    (TAPS, "English（英文）"),
    (SAYS, "menu"),
    (SAYS, "what?"),
]
ANSWERS = [
    "start.welcome",
    "start.ask_town",
    "start.joined",
    "checkins.paid",
    "checkins.already",
    "shelf.text",
    "sections.text",
    "items.opened",
    "items.too_early",
    "items.paid",
    "log.text",
    "rank.text",
    "livestreams.text",
    "livestreams.page",
    "settings.text",
    "settings.ask_language",
    "settings.spoken",
    "menu.text",
    "help.lost",
]
YOUNG = [(SAYS, "你好"), (TAPS, "我未满14周岁")]


class OnWeb:
    """Somebody at the web page."""

    def __init__(self, chat):
        voice = Voice(chat.dispatcher.handle, lambda *_: None, lambda _: None, Unavailable)
        self.channel = WebChannel(voice, demo=True, base=1)
        self.frame = {}

    async def _asks(self, **said):
        raw = json.dumps({"person": "xiaoming", "lang": "zh_CN", **said})
        self.frame = await self.channel.hear(raw, "xiaoming")

    async def says(self, words):
        """Write."""
        await self._asks(text=words)

    async def taps(self, label):
        """Tap."""
        buttons = (button for row in self.frame["buttons"] for button in row)
        await self._asks(tap=next(b["tap"] for b in buttons if b["label"] == label))


class OnTelegram:
    """Somebody with a Telegram client."""

    def __init__(self, person):
        self.person = person

    async def says(self, words):
        """Write."""
        await self.person.says(words)
        await self.person.hears()

    async def taps(self, label):
        """Tap."""
        await self.person.taps(label)
        await self.person.hears()


class OnWeCom:
    """A member, who presses what is on cards and types the numbers of what is listed."""

    def __init__(self, bench):
        self.bench = bench
        self.member = bench.api.member("XiaoMing")

    async def _did(self):
        await self.member.hears()
        await self.bench.api.posting.settled()
        self.member.inbox.clear()

    async def says(self, words):
        """Write."""
        await self.member.says(words)
        await self._did()

    async def taps(self, label):
        """Press, or answer with the number."""
        for seen in reversed(self.member.history):
            if label in dict(seen.buttons):
                await self.member.presses(label)
                break
            numbered = re.search(rf"^(\d+)\W+{label}", seen.text, re.MULTILINE)
            if numbered:
                await self.member.says(numbered[1])
                break
        await self._did()


@asynccontextmanager
async def on_web(chat):
    """Bring somebody to the web chat."""
    yield OnWeb(chat)


@asynccontextmanager
async def on_telegram(chat):
    """Bring somebody to Telegram."""
    async with TelegramApi(now=lambda: int(chat.clock.now().timestamp())) as api:
        channel = Telegram(
            Api(TOKEN, api.url),
            handle=chat.dispatcher.handle,
            commands=chat.dispatcher.commands,
            unavailable=Unavailable,
        )
        polling = Polling(channel, lambda: True)
        running = asyncio.ensure_future(polling.run())  # noqa: TID251 - ended below
        yield OnTelegram(api.person(42))
        await polling.close()
        running.cancel()


@asynccontextmanager
async def on_wecom(chat):
    """Bring somebody to WeCom."""
    async with Bench.open(handle=chat.dispatcher.handle) as bench:
        bench.api.posting.clock = bench.clock
        yield OnWeCom(bench)


async def talk(chat, channel, script):
    """Hold a conversation; return the key of each answer."""
    keys = []
    async with channel(chat) as speaker:
        for act, what in script:
            if act == WAITS:
                chat.clock.ahead(minutes=what)
                continue
            chat.texts.last = None
            await getattr(speaker, act)(what)
            keys.append(chat.texts.last and chat.texts.last.key)
    return keys


@pytest.mark.parametrize("channel", [on_web, on_telegram, on_wecom], ids=lambda c: c.__name__)
async def test_one_conversation_is_the_same_everywhere(chat, channel):
    """First contact, check-in, a book, log, rank, live, settings, another language."""
    await stock(chat, "book", "红楼梦", "西游记", "水浒传")
    await on_air(chat, row("听书的学问", "2022-05-03 19:00"))

    assert await talk(chat, channel, SCRIPT) == ANSWERS


@pytest.mark.parametrize(
    ("channel", "answer"),
    [(on_web, "ask_guardian"), (on_telegram, "young_abroad"), (on_wecom, "ask_guardian")],
)
async def test_people_under_14_are_served_at_home(chat, channel, answer):
    """With a guardian, where the channel's servers stand in the country."""
    assert await talk(chat, channel, YOUNG) == ["start.welcome", f"start.{answer}"]
