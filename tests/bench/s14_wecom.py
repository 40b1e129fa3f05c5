"""S14: check-ins on WeCom beside those on Telegram, 200 a second, and a push in few calls.

One worker each, both on the same machine in the same run. A letter is sealed, posted, opened,
booked, and answered in the answer or by a call; the load is that of S2. The push goes to the
emulated WeCom that the tests use, which keeps its limits and counts what each member sees, through
a few faults: an answer that is lost is asked for again, and nobody sees it twice.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from sqlalchemy import text

from bot.bundles import Together
from bot.channels.wecom import Api, Board, Corp, Limits, Offers, Shelf, Voice, WeCom, Words
from bot.channels.wecom.crypto import Envelope, Stamp
from bot.clock import SystemClock
from bot.delivery import Delivery
from bot.i18n import Texts
from bot.leader import Leader, Watch
from bot.messages import Receipt, Reply
from bot.rules.pace import Pace
from bot.rules.quota import Budget, Quota
from storage import pushes
from storage.citizens import Receiver
from storage.db import Unavailable
from storage.pushes import NewPush
from tests.bench.contenders import Ours, Place, Program, compare
from tests.bench.figures import Figure
from tests.bench.load import Done, Load
from tests.bench.s5_pushes import news, probe
from tests.bench.town import Town, towns
from tests.bench.wire import HOST, FakeApi, Piece, Update, parameters
from tests.wecom_api import WeComApi, refuse
from tests.wecom_members import (
    AES_KEY,
    AGENT,
    CLOSE_AFTER,
    CORP,
    HTML_AFTER,
    SECRET,
    TOKEN,
)

PEOPLE, PUSHED = 20_000, 100_000
ROUNDS = 3
LETTERS_PER_SECOND, LETTERS_SECONDS = 200, 10
RATIO_GATE, LATENCY_GATE_MS, CALLS_MAX = 0.7, 1000, 100
# Each costs one more call; between them one passes.
FAULTS = (refuse(-1), None, refuse(42001), HTML_AFTER, None, CLOSE_AFTER)
AGAIN = sum(fault is not None for fault in FAULTS)
STARTED_TRIES = 1000
QUIETLY = datetime(2022, 5, 1, 1, 10, tzinfo=UTC)  # no full or half hour

Tell = Callable[[str], None]
_numbers = itertools.count(1)
_envelope = Envelope(TOKEN, AES_KEY, CORP)


class FakeWeCom(FakeApi):
    """Accepts every call of both platforms: the owner moves the clock on Telegram."""

    def packed(self, result: object) -> object:
        """Return an answer as it travels."""
        own = result if isinstance(result, dict) else {}
        return {"ok": True, "result": result, "errcode": 0, **own}

    def answer(self, method: str, piece: Piece) -> object:
        """Return the result of a call."""
        match method:
            case "gettoken":
                return {"access_token": "t", "expires_in": 7200}
            case "send":
                for member in str(parameters(piece)["touser"]).split("|"):
                    self.say(int(member), "sendmessage")
                return {"msgid": "m"}
            case _:
                return super().answer(method, piece)


class Letters(Load):
    """Posts sealed letters; an answer that is not empty is a message."""

    def __init__(self, port: int, api: FakeApi) -> None:
        super().__init__(port, api, secret="")
        self._to = f"{HOST}:{port}"

    def request(self, update: Update) -> bytes:
        """Return the POST of a letter."""
        now = int(SystemClock().system().timestamp())
        stamp = Stamp(str(now), str(next(_numbers)))
        sealed = _envelope.sealed(update.body, b"0123456789abcdef")
        signature = _envelope.signature(stamp, sealed)
        body = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt>{sealed}</Encrypt></xml>"
        query = f"msg_signature={signature}&timestamp={stamp.timestamp}&nonce={stamp.nonce}"
        head = f"POST /wecom/callback?{query} HTTP/1.1\r\nHost: {self._to}\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    @staticmethod
    def said(chat: int, piece: Piece) -> int | None:
        """Return the member that an answer holds a message for."""
        return chat if piece.body else None


def letter(member: int, date: int) -> Update:
    """Return what a member says at a Unix time."""
    said = (
        f"<xml><ToUserName>{CORP}</ToUserName><FromUserName>{member}</FromUserName>"
        f"<CreateTime>{date}</CreateTime><MsgType>text</MsgType><Content>签到</Content>"
        f"<MsgId>{next(_numbers)}</MsgId><AgentID>{AGENT}</AgentID></xml>"
    )
    return Update(member, said.encode())


class OnWeCom(Ours):
    """Our own bot, whose citizens are members; its owner stays on Telegram."""

    api_kind = FakeWeCom

    @classmethod
    async def prepare(cls, town: Town, people: int) -> None:
        """Bring the citizens to WeCom."""
        await super().prepare(town, people)
        async with town.database.transaction() as db:
            await db.execute(text("UPDATE accounts SET channel = 'wecom' WHERE sender <> '1'"))

    @classmethod
    def program(cls, place: Place) -> Program:
        """Return how the bot is started."""
        more = {
            "WECOM_CORP_ID": CORP,
            "WECOM_AGENT_ID": str(AGENT),
            "WECOM_SECRET": SECRET,
            "WECOM_TOKEN": TOKEN,
            "WECOM_AES_KEY": AES_KEY,
            "WECOM_API_URL": place.api.url,
        }
        usual = super().program(place)
        named = {f"SHUXIANG_{name}": value for name, value in more.items()}
        return Program(usual.command, {**usual.environment, **named})

    async def first_answer(self) -> float:
        """Wait until the owner is heard."""
        for _ in range(STARTED_TRIES):
            try:
                await self.new_day()
            except AssertionError:
                continue
            return time.perf_counter() - self.since
        raise AssertionError("the bot does not start")

    def letters(self, count: int | None) -> list[Update]:
        """Return the letter of one member after the other, shuffled, without the owner."""
        made = self.updates(letter)
        return [each for each in made if each.chat != 1][:count]

    async def rush(self, count: int | None, *, in_flight: int, seconds: float) -> Done:
        """Post check-ins on the present day."""
        posting = Letters(self.load.port, self.api)
        return await posting.closed(self.letters(count), in_flight=in_flight, seconds=seconds)

    async def steadily(self) -> Done:
        """Let so many members a second check in on a new day, whether or not the bot keeps up."""
        await self.new_day()
        posting = Letters(self.load.port, self.api)
        letters = self.letters(LETTERS_PER_SECOND * LETTERS_SECONDS)
        return await self._done(posting.open(letters, rate=LETTERS_PER_SECOND))


async def run(tell: Tell) -> list[Figure]:
    """Measure on both databases."""
    figures: list[Figure] = []
    async with towns(PEOPLE, each=2) as opened:
        for kind, (one, other) in opened.items():
            figures += await _compared(kind, one, other, tell=tell)
    async with towns(PUSHED, each=1) as opened:
        for kind, (town,) in opened.items():
            tell(f"S14 {kind}: a push to {PUSHED} members")
            figures.append(await _pushed(town))
    return figures


async def _compared(kind: str, one: Town, other: Town, *, tell: Tell) -> list[Figure]:
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(Ours.at_work("telegram", one, PEOPLE))
        wecom = await stack.enter_async_context(OnWeCom.at_work("wecom", other, PEOPLE))
        await compare([telegram, wecom], rounds=ROUNDS, tell=tell)
        done = await wecom.steadily()
        await wecom.verify()
    rate = (done.events / done.seconds,)
    waits, gate = done.latencies_ms, LATENCY_GATE_MS
    return [
        telegram.figure("S14"),
        wecom.figure("S14", against="telegram", gate=RATIO_GATE),
        Figure("S14 200/s", kind, "wecom", rates=rate, lone_ms=waits, lone_gate=gate),
    ]


class Members(Together):
    """Sends over the channel as the app does."""

    most = 1000

    def __init__(self, channel: WeCom, texts: Texts) -> None:
        self._channel = channel
        self._texts = texts

    def joins(self, channel: str) -> bool:
        """Everybody is a member."""
        return channel == "wecom"

    async def send_all(self, receivers: Sequence[Receiver], reply: Reply) -> Sequence[Receipt]:
        """Send to many."""
        rendered = self._texts.render(reply, receivers[0].language)
        return await self._channel.send_all([each.account.sender for each in receivers], rendered)


async def _pushed(town: Town) -> Figure:
    async with town.database.transaction() as db:
        await db.execute(text("UPDATE accounts SET channel = 'wecom'"))
        at = town.clock.now()
        new = NewPush(town.campaign_id, news.name, "a", "{}", news.urgency, made_at=at)
        await pushes.make(db, new, at=at)
    leader = Leader(town.database, time.monotonic, alone=town.database.is_sqlite)
    watch = Watch(town.campaign, town.campaign_id, town.database, town.clock, leader, b"bench")
    async with WeComApi() as api, _client(api.url) as client:
        for number in range(1, PUSHED + 1):
            api.member(str(number))
        api.fail("message/send", *FAULTS)
        channel = _channel(client)
        together = Members(channel, Texts(town.campaign.zone))
        delivery = Delivery(
            [probe],
            watch,
            pace=Pace(0, time.monotonic),
            send=_nobody,
            monotonic=time.monotonic,
            together=together,
        )
        since, steps = time.perf_counter(), []
        while True:
            await leader.renew()
            began = time.perf_counter()
            if not await delivery.step():
                break
            steps.append((time.perf_counter() - began) * 1000)
        took = time.perf_counter() - since
        await leader.resign()
        calls = len(api.called("message/send"))
        seen = {len(member.history) for member in api.members.values()}
    if calls > CALLS_MAX + AGAIN or seen != {1} or api.dropped or api.faults["message/send"]:
        raise AssertionError(f"{calls} calls, {seen} messages each, {len(api.dropped)} dropped")
    name = f"wecom, {calls - AGAIN} calls + {AGAIN} again"
    return Figure("S14 push", town.kind, name, rates=(PUSHED / took,), lone_ms=tuple(steps))


async def _nobody(_receiver: Receiver, _reply: Reply) -> Receipt:
    raise AssertionError("everybody is told together")


def _client(url: str) -> Api:
    async def load() -> str | None:
        return None

    async def keep(_text: str) -> None:
        return None

    corp = Corp(CORP, AGENT, SECRET, url)
    shelf = Shelf(load, keep, Unavailable)
    return Api(corp, shelf, clock=time.monotonic, pause=_at_once)


async def _at_once(_seconds: float) -> None:
    """Try again at once: how long a fault is waited out is no matter of speed."""
    await asyncio.sleep(0)


def _channel(client: Api) -> WeCom:
    async def handle(_incoming: object) -> None:
        return None

    async def keep(_lists: object) -> None:
        return None

    async def find(_member: str) -> dict[int, str]:
        return {}

    voice = Voice(handle, lambda _language: Words("", "", ""), dict, Unavailable)
    limits = Limits(Quota(time.monotonic), Budget(0), lambda: QUIETLY)
    return WeCom(client, voice, limits=limits, offers=Offers(Board(keep, find, Unavailable)))
