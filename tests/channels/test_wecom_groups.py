"""Group robots: a group is bound by its robot's address, which is told to nobody."""

import pytest

from bot.channels.wecom.hear import hear
from bot.channels.wecom.robots import message
from bot.messages import Command, Document, Fate, Pressable, Rendered
from storage import groups
from storage.groups import Chat
from tests.duties import owner
from tests.wecom_api import refuse
from tests.wecom_bench import Bench
from tests.wecom_members import AGENT, CLOSE_BEFORE, HTML

KEY = "693a91f6-canary-4bc4-97a0-0ec2sifa5aaa"
ADDRESS = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"


@pytest.fixture
async def bench(chat):
    """WeCom with the real bot behind it."""
    async with Bench.open(handle=chat.dispatcher.handle) as bench:
        bench.api.groups[KEY] = []
        yield bench


async def bound(chat):
    """Return the group as it is stored."""
    async with chat.database.reading() as db:
        return await groups.of(db, chat.campaign_id, Chat("wecom", KEY))


@pytest.mark.parametrize("words", ["/bind {}", "绑定 {}", "/bind {}&debug=1", "{} /bind"])
async def test_an_address_is_the_group_it_speaks_in(words):
    """It is taken out of what was said; the rest is said as if it were said there."""
    async with Bench.open() as bench:
        fields = {"FromUserName": "a", "MsgType": "text", "MsgId": 1}
        said = words.format(ADDRESS)
        heard = hear(bench.api.posting.letter(fields | {"Content": said}), AGENT)

    assert heard.incoming.group == heard.back.group == KEY
    assert (heard.incoming.private, heard.incoming.title) == (False, "…5aaa")
    assert "http" not in str(heard.incoming.said)
    assert isinstance(heard.incoming.said, Command) or heard.incoming.said.text == "绑定"


async def test_an_organiser_binds_a_group_and_its_settings_stay_its_own(chat, bench, caplog):
    """Asked on a card, confirmed by a press; nobody is shown the key, and no log holds it."""
    caplog.set_level("DEBUG", "bot")
    code = (await (await owner(chat)).says("/grant zhujiajiao")).params["code"]
    boss = await chat.join("boss", "wecom")
    await boss.says(f"/role {code}")
    ming = bench.api.member("Boss")

    await ming.says(f"/bind {ADDRESS}")
    asked = await ming.hears()
    before = await bound(chat)
    await ming.presses("确认")
    done = await ming.hears()
    await bench.api.posting.settled()
    group = await bound(chat)

    assert "朱家角镇" in asked.text
    assert (before, group.unit, group.bound) == (None, "zhujiajiao", True)
    assert "已绑定" in done.text
    assert "canary" not in caplog.text
    assert all("canary" not in seen.text for seen in ming.history)


async def test_who_organises_nothing_binds_nothing(chat, bench):
    """A right is asked for as everywhere."""
    await chat.join("ming", "wecom")
    ming = bench.api.member("Ming")
    await ming.says(f"/bind {ADDRESS}")
    seen = await ming.hears()

    assert await bound(chat) is None
    assert "确认" not in dict(seen.buttons)


async def test_a_robot_says_it_on_a_card_or_in_markdown(bench):
    """A link or a picture makes a card, all of whose text is there; the rest stays markdown."""
    live = Pressable("看直播", url="https://live.example.org/1")
    other = Pressable("更多", url="https://live.example.org/2")
    picture = Document("a.png", b"\x89PNG\r\n\x1a\n" + b"x" * 50, "t")
    large = Document("b.png", picture.content + bytes(3 << 20), "t")
    text, me = "<b>一周小结</b>\n&lt;@all&gt; [x](y)", Pressable("me", "me")
    told = [
        Rendered(text, ((live, me), (other,))),
        Rendered("<b>只有一行</b>", ((live,),)),
        Rendered(text, ((me,),)),
        Rendered(text, document=picture),
        Rendered(text, ((live,),), document=picture),
        Rendered(text, document=large),
        Rendered("好" * 43 + "\n下一行", ((live,),), document=picture),
        Rendered("题目\n" + "好" * 171, ((live,),)),
    ]
    for each in told:
        receipt = await bench.robots.tell(KEY, each)
        assert receipt.fate is Fate.SENT, each
    said = [{k: v for k, v in each.items() if k != "at"} for each in bench.api.groups[KEY]]

    card = {"text": "一周小结\n<@all> [x](y)", "url": live.url, "picture": None, "more": []}
    seen = "https://wework.qpic.cn/p0"
    assert said[:6] == [
        card | {"more": [other.url]},
        card | {"text": "只有一行\n看直播"},
        {"text": "**一周小结**\n＜@all> [x] (y)"},
        card | {"url": seen, "picture": seen},
        card | {"picture": seen},
        {"text": "**一周小结**\n＜@all> [x] (y)"},
    ]
    assert said[6]["text"].endswith(f"下一行\n\n[看直播]({live.url})\n\n[🖼]({seen})")
    assert said[7]["text"].endswith(f"[看直播]({live.url})")
    assert len(bench.api.called("media/uploadimg")) == 2


async def test_a_robot_says_twenty_a_minute(bench):
    """The excess waits here; the other group's robot is another."""
    bench.api.groups["other"] = []
    met = [await bench.robots.tell(KEY, Rendered(f"{turn}")) for turn in range(25)]

    assert [each.fate for each in met] == [Fate.SENT] * 20 + [Fate.LATER] * 5
    assert (met[-1].seconds, len(bench.api.called("webhook/send"))) == (60, 20)
    assert (await bench.robots.tell("other", Rendered("x"))).fate is Fate.SENT
    bench.clock.ahead(60)
    assert (await bench.robots.tell(KEY, Rendered("x"))).fate is Fate.SENT


@pytest.mark.parametrize(
    ("fault", "fate", "seconds"),
    [
        (refuse(93000, f"invalid webhook {KEY}"), Fate.GONE, 0),
        (refuse(45009), Fate.LATER, 60),
        (refuse(45002), Fate.FAILED, 0),
        (HTML, Fate.UNCERTAIN, 0),
        (CLOSE_BEFORE, Fate.UNCERTAIN, 0),
    ],
)
async def test_what_becomes_of_it(bench, fault, fate, seconds):
    """A removed robot is gone; over twenty a minute it waits; the key stays unsaid."""
    bench.api.fail("webhook/send", fault)

    receipt = await bench.robots.tell(KEY, Rendered("x"))

    assert (receipt.fate, receipt.seconds) == (fate, seconds)
    assert KEY not in receipt.reason


@pytest.mark.parametrize("length", [1, 1000, 1366, 5000])
def test_a_long_text_is_cut_to_what_a_robot_may_say(length):
    """In bytes, with its links."""
    url = Pressable("看直播", url="https://live.example.org/1")
    said = message(Rendered("好\n" + "好" * length, ((url, Pressable("我", url="x" * 2049)),)))

    assert len(said["markdown"]["content"].encode()) <= 4096
    assert f"({url.url})" in said["markdown"]["content"]
