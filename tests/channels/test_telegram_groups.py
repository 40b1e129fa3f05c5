"""Group chats over the emulated Bot API: bound, upgraded in the middle, removed, forbidden."""

import asyncio

import pytest

from bot.channels.telegram import Api, Polling, Telegram, Waits
from bot.herald import Herald
from bot.rules.pace import Pace
from handlers import FEATURES
from storage import groups
from storage.db import Unavailable
from storage.groups import Chat as Number
from tests.classes import on_air, row
from tests.duties import owner
from tests.push import Worker
from tests.telegram_api import TelegramApi
from tests.telegram_chats import Refused, bad

OLD, NEW = -100, -1_000_000_100
ANONYMOUS = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
WAITS = Waits(poll=1, breath=0.01)
KICKED = Refused(403, "Forbidden: bot was kicked from the group chat")
MUTE = bad("not enough rights to send text messages to the chat")


class Stage:
    """The bot on Telegram, with its herald; an organiser of 朱家角镇 and one of 金泽镇."""

    def __init__(self, chat, api, channel):
        self.chat = chat
        self.api = api
        self.channel = channel
        self.worker = Worker(chat)
        self.group = api.group(OLD, "group")
        self.herald = Herald(
            FEATURES,
            self.worker.watch,
            pace=Pace(0, self.worker.monotonic),
            send=self.send,
            links=lambda start, _channel: (f"https://t.me/Shuxiang_bot?start={start}",),
            monotonic=self.worker.monotonic,
        )

    async def send(self, group, reply):
        """Send as the app does."""
        rendered = self.chat.dispatcher.worded(reply, group.language)
        return await self.channel.send(int(group.chat), rendered, private=False)

    async def organiser(self, boss, number, unit):
        """Bring in somebody who organises a unit, by the code the owner gives."""
        code = (await boss.says(f"/grant {unit}")).params["code"]
        person = self.api.person(number)
        await person.says(f"/role {code}")
        await person.hears()
        return person

    async def bound(self, number=OLD):
        """Return the group as it is stored."""
        async with self.chat.database.reading() as db:
            return await groups.of(db, self.chat.campaign_id, Number("telegram", str(number)))

    async def tells(self, moment):
        """Ring and tell groups at a moment."""
        self.chat.clock.set(moment)
        await self.worker.leader.renew()
        await self.worker.scheduler.look()
        while await self.herald.step():
            self.worker.monotonic.now += 0.001

    async def settled(self):
        """Wait until every update is confirmed."""
        await self.api.until(lambda: not self.api.pending)


@pytest.fixture
async def stage(chat):
    """Run the bot by polling."""
    async with TelegramApi() as api, asyncio.TaskGroup() as tasks:
        channel = Telegram(
            Api(api.token, api.url),
            handle=chat.dispatcher.handle,
            commands=chat.dispatcher.commands,
            unavailable=Unavailable,
            waits=WAITS,
        )
        polling = Polling(channel)
        tasks.create_task(polling.run())
        yield Stage(chat, api, channel)
        await polling.close()


async def bind(stage, number=42, unit="zhujiajiao"):
    """Let an organiser bind the group, from a group message to the confirmation."""
    ming = await stage.organiser(await owner(stage.chat), number, unit)
    await ming.says("/bind@Shuxiang_bot", chat=stage.group)
    assert "要把本群绑定到" in (await stage.group.hears()).text
    await ming.taps("确认", chat=stage.group)
    assert "本群已绑定到" in (await stage.group.hears()).text
    return ming


async def test_a_group_is_bound_and_told(stage):
    """The whole way: a command in the group, a tap, half an hour before the class a message."""
    await bind(stage)
    (live,) = await on_air(stage.chat, row("读《红楼梦》", "2022-05-04 19:00"))

    await stage.tells("2022-05-04T18:30:00+08:00")
    seen = await stage.group.hears()

    assert "直播课还有 30 分钟开始" in seen.text
    assert [target for rows in seen.buttons for _, target in rows] == [
        f"https://t.me/Shuxiang_bot?start=live_{live}"
    ]
    assert (await stage.bound()).title == "群"


async def test_in_the_group_the_bot_answers_nobody_else(stage):
    """Talk is not answered; a stranger's tap and another organiser's bind nothing."""
    boss = await owner(stage.chat)
    ming = await stage.organiser(boss, 42, "zhujiajiao")
    hua = await stage.organiser(boss, 43, "jinze")
    stranger = stage.api.person(44)
    for person in (ming, hua, stranger):
        await person.says("大家好，绑定", chat=stage.group)
    await ming.says("/bind", chat=stage.group)
    await stage.group.hears()

    for person in (hua, stranger):
        await person.taps("确认", chat=stage.group)
        await stage.group.hears()
    await hua.taps("groups.choose:zhujiajiao", chat=stage.group, forged=True)
    refused = (await stage.group.hears()).text
    await hua.says("/bind", chat=stage.group, sender_chat=stage.group.json)
    await stage.settled()

    assert "不属于您负责的单位" in refused
    assert await stage.bound() is None
    assert len(stage.group.view) == 4


async def test_two_organisers_confirm_at_once(stage):
    """One binding, and the other reads whose it is."""
    boss = await owner(stage.chat)
    both = [
        await stage.organiser(boss, 42, "zhujiajiao"),
        await stage.organiser(boss, 43, "jinze"),
    ]
    messages = []
    for person in both:
        await person.says("/bind", chat=stage.group)
        await stage.group.hears()
        messages.append(list(stage.group.messages.values())[-1])
    for person, message in zip(both, messages, strict=True):
        target = message["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        stage.api.tap(person, target, message)

    answers = [(await stage.group.hears()).text for _ in both]

    assert sum("本群已绑定到" in answer for answer in answers) == 1
    assert sum("由它的组织者管理" in answer for answer in answers) == 1


async def test_an_upgrade_is_told_by_both_chats(stage):
    """The service messages, in either order and twice, also of an anonymous administrator."""
    ming = await bind(stage)
    new = stage.api.group(NEW)
    await ming.sends(chat=stage.group, migrate_to_chat_id=NEW)
    content = stage.api.message(new, ANONYMOUS, migrate_from_chat_id=OLD, sender_chat=new.json)
    stage.api.push("message", content)
    await ming.sends(chat=stage.group, migrate_to_chat_id=NEW)
    await stage.settled()

    assert await stage.bound(OLD) is None
    assert (await stage.bound(NEW)).bound
    await ming.says("/bind", chat=new)
    assert "本群属于朱家角镇" in (await new.hears()).text


async def test_an_upgrade_in_the_middle_of_telling(stage):
    """The answer to a message names the new chat: it is said there once, and kept."""
    await bind(stage)
    await on_air(stage.chat, row("一", "2022-05-04 19:00"), row("二", "2022-05-04 20:00"))
    new = stage.api.group(NEW)
    stage.group.refusal = bad(
        "group chat was upgraded to a supergroup chat", migrate_to_chat_id=NEW
    )

    await stage.tells("2022-05-04T18:30:00+08:00")
    await stage.tells("2022-05-04T19:30:00+08:00")

    assert ["一" in seen.text for seen in new.view] == [True, False]
    assert (await stage.bound(NEW)).bound
    assert await stage.bound(OLD) is None


async def test_a_removal_heard_before_the_upgrade_does_not_unbind(stage):
    """Telegram may tell of the old chat's end first."""
    ming = await bind(stage)
    removed(stage, ming, stage.group, "left")
    await stage.settled()
    await ming.sends(chat=stage.group, migrate_to_chat_id=NEW)
    await stage.settled()

    assert (await stage.bound(NEW)).bound


def removed(stage, person, group, status):
    """Tell the bot what it is in a group now."""
    me = stage.api.me
    states = {"old_chat_member": {"status": "member", "user": me},
              "new_chat_member": {"status": status, "user": me, "until_date": 0}}  # fmt: skip
    content = {"chat": group.json, "from": person.json, "date": stage.api.now()}
    stage.api.push("my_chat_member", content | states)


@pytest.mark.parametrize("status", ["left", "kicked"])
async def test_removing_the_bot_unbinds_the_group(stage, status):
    """Nothing is sent there any more; letting it in again binds nothing by itself, /bind does."""
    ming = await bind(stage)
    await on_air(stage.chat, row("一", "2022-05-04 19:00"))
    removed(stage, ming, stage.group, status)
    await stage.settled()
    removed(stage, ming, stage.group, "member")
    await stage.settled()
    said = len(stage.api.called("sendMessage"))

    await stage.tells("2022-05-04T18:30:00+08:00")

    assert len(stage.api.called("sendMessage")) == said
    assert not (await stage.bound()).bound
    await ming.says("/bind", chat=stage.group)
    assert "要把本群绑定到" in (await stage.group.hears()).text


@pytest.mark.parametrize(("refusal", "kept"), [(KICKED, False), (MUTE, True)])
async def test_what_telegram_refuses_is_a_state(stage, refusal, kept):
    """Kicked: unbound. No right to write: bound, and said in the settings. One try each."""
    await bind(stage)
    await on_air(stage.chat, row("一", "2022-05-04 19:00"))
    said = len(stage.api.called("sendMessage"))
    stage.group.refusal = refusal

    await stage.tells("2022-05-04T18:30:00+08:00")
    await stage.tells("2022-05-04T18:31:00+08:00")
    group = await stage.bound()

    assert len(stage.api.called("sendMessage")) == said + 1
    assert group.bound is kept
    assert group.trouble.lower() in refusal.body["description"].lower()
