import asyncio

import pytest
from sqlalchemy import text

from bot.messages import Command
from storage import citizens


async def stored(chat, table):
    """Count the rows of a table."""
    async with chat.database.reading() as db:
        return await db.scalar(text(f"SELECT count(*) FROM {table}"))


async def town_of(chat, person):
    """Return a person's town."""
    async with chat.database.reading() as db:
        return (await citizens.find(db, person.account)).town


async def test_first_contact_from_hello_to_the_menu(chat):
    """Any message → consent → town → menu, and nothing else is asked."""
    ming = chat.person("ming")

    welcome = await ming.says("你好")
    town = await ming.taps(ming.button("我已满14周岁，同意"))
    joined = await ming.taps(ming.button("朱家角镇"))

    assert [welcome.key, town.key, joined.key] == [
        "start.welcome",
        "start.ask_town",
        "start.joined",
    ]
    assert [b.label for row in ming.rendered.buttons for b in row] == [
        "签到",
        "书房",
        "直播",
        "我的",
        "排行",
        "兑换",
        "设置",
        "帮助",
    ]
    assert await town_of(chat, ming) == "zhujiajiao"


async def test_in_english_too(chat):
    """The same in the second language."""
    ann = chat.person("ann")
    ann.language = "en"

    await ann.says("hello")
    await ann.taps(ann.button("I am 14 or older, I agree"))
    await ann.taps(ann.button("Zhujiajiao Town"))
    await ann.taps(ann.button("Check in"))

    assert "+5" in ann.rendered.text
    assert "1 day in a row" in ann.rendered.text


async def test_all_eleven_towns_are_offered(chat):
    """The town question has eleven buttons."""
    ming = chat.person("ming")

    await ming.taps("start.agree")

    assert sum(len(row) for row in ming.rendered.buttons) == 11


async def test_before_consent_nothing_is_stored(chat):
    """Looking around leaves no citizen, no account, no choice."""
    ming = chat.person("ming")

    await ming.says("签到")
    await ming.taps("me")
    await ming.says("/start town_xiayang")

    assert [await stored(chat, t) for t in ("citizens", "accounts", "consents", "choices")] == [
        0
    ] * 4


async def test_declining_keeps_the_choice_only_and_the_bot_silent_until_start(chat):
    """Who declines is left in peace, nameless, until they send 开始."""
    ming = chat.person("ming-the-sender")
    await ming.says("hello")

    declined = await ming.taps(ming.button("不参加"))
    silence = [await ming.says("签到"), await ming.taps("me"), await ming.says("在吗")]
    again = await ming.says("开始")

    assert declined.key == "start.declined"
    assert silence == [None, None, None]
    assert again.key == "start.welcome"
    async with chat.database.reading() as db:
        rows = (await db.execute(text("SELECT * FROM handled"))).all()
    assert await stored(chat, "accounts") == 0
    assert "ming-the-sender" not in str(rows)


async def test_a_deep_link_fills_the_town_in(chat):
    """/start town_… needs consent only."""
    ming = chat.person("ming")

    await ming.says("/start town_baihe")
    joined = await ming.taps(ming.button("我已满14周岁，同意"))

    assert joined.key == "start.joined"
    assert await town_of(chat, ming) == "baihe"


@pytest.mark.parametrize(
    "payload", ["town_nowhere", "town_", "unit_zzz", "admin_1", "'; DROP TABLE x", "x" * 64]
)
async def test_a_foreign_deep_link_is_welcomed_like_any_message(chat, payload):
    """An unknown payload is dropped; nothing of it travels on."""
    ming = chat.person("ming")

    reply = await ming.says(f"/start {payload}")

    assert reply.key == "start.welcome"
    assert {button.target for row in reply.buttons for button in row} == {
        "start.agree",
        "start.young",
        "start.decline",
    }


async def test_under_14_abroad_keeps_only_the_choice_and_names_the_other_ways(chat):
    """On a channel abroad nobody under 14 is taken in, and a slip of the finger can be undone."""
    kid = chat.person("77", channel="telegram")
    await kid.says("hello")

    answer = await kid.taps(kid.button("我未满14周岁"))
    forged = await kid.taps("start.guardian")
    back = await kid.taps("start")

    assert (answer.key, forged.key, back.key) == (
        "start.young_abroad",
        "start.young_abroad",
        "start.welcome",
    )
    assert await stored(chat, "citizens") == 0


async def test_under_14_elsewhere_needs_the_guardian(chat):
    """On a channel at home the guardian is asked, and the consent says whose it is."""
    kid = chat.person("kid")
    await kid.says("/start town_jinze")

    asked = await kid.taps(kid.button("我未满14周岁"))
    joined = await kid.taps(kid.button("我是监护人，同意"))

    assert (asked.key, joined.key) == ("start.ask_guardian", "start.joined")
    async with chat.database.reading() as db:
        assert (await db.scalar(text("SELECT by_guardian FROM consents"))) in (True, 1)
        assert (await db.scalar(text("SELECT band FROM citizens"))) == "young"


async def test_consent_tapped_twice_at_once_makes_one_citizen(chat):
    """Eight taps on the consent at one moment are one person."""
    ming = chat.person("ming")

    await asyncio.gather(*(ming.taps("start.agree") for _ in range(8)))

    assert [await stored(chat, t) for t in ("citizens", "accounts", "consents")] == [1, 1, 1]


async def test_leaving_after_the_consent_and_coming_back_asks_for_the_town(chat):
    """Whatever comes before the town is chosen leads to the town question."""
    ming = chat.person("ming")
    await ming.taps("start.agree")

    reply = await ming.says("签到")

    assert reply.key == "start.ask_town"


async def test_a_deep_link_asks_a_registered_person_before_moving(chat):
    """Scanning another town's poster moves nobody by itself."""
    ming = await chat.join("ming", town="xiayang")

    asked = await ming.says("/start town_baihe")
    before = await town_of(chat, ming)
    moved = await ming.taps(ming.button("确认"))

    assert (asked.key, before) == ("belonging.ask_move", "xiayang")
    assert moved.key == "belonging.joined"
    assert await town_of(chat, ming) == "baihe"


async def test_a_move_happens_once_a_day_and_is_remembered(chat, clock):
    """The second move of a day is refused; the next day it works, and both are on record."""
    ming = await chat.join("ming", town="xiayang")
    for town, keys in (("baihe", "belonging.joined"), ("jinze", "belonging.moved_today")):
        await ming.says(f"/start town_{town}")
        reply = await ming.taps(ming.button("确认"))
        assert reply.key == keys
    clock.ahead(days=1)
    await ming.says("/start town_jinze")
    await ming.taps(ming.button("确认"))

    assert await town_of(chat, ming) == "jinze"
    assert await stored(chat, "moves") == 2


async def test_a_confirming_button_expires_after_ten_minutes(chat, clock):
    """An old confirmation does nothing and says why."""
    ming = await chat.join("ming", town="xiayang")
    await ming.says("/start town_baihe")
    target = ming.button("确认")
    clock.ahead(minutes=10, seconds=1)

    reply = await ming.taps(target)

    assert reply.key == "errors.confirm_again"
    assert await town_of(chat, ming) == "xiayang"


async def test_a_confirming_button_serves_only_who_saw_the_preview(chat):
    """A forwarded or forged confirmation does nothing and says why."""
    ming = await chat.join("ming", town="xiayang")
    hua = await chat.join("hua", town="xiayang")
    await ming.says("/start town_baihe")
    target = ming.button("确认")

    foreign = await hua.taps(target)
    forged = await ming.taps(target.replace("baihe", "jinze"))
    bare = await ming.taps("belonging.join:baihe")

    assert [foreign.key, forged.key, bare.key] == ["errors.confirm_again"] * 3
    assert await town_of(chat, hua) == "xiayang"


async def test_a_town_button_does_not_move_who_has_a_town(chat):
    """An old town keyboard asks before it moves anybody."""
    ming = await chat.join("ming", town="xiayang")

    reply = await ming.taps("start.town:baihe")

    assert reply.key == "belonging.ask_move"
    assert await town_of(chat, ming) == "xiayang"


async def test_old_first_contact_buttons_do_no_harm_to_a_citizen(chat):
    """Consent, refusal and the under-14 button of long ago lead a citizen back to the menu."""
    ming = await chat.join("ming")

    replies = [await ming.taps(f"start.{name}") for name in ("agree", "decline", "young")]

    assert [reply.key for reply in replies] == ["start.welcome_back"] * 3
    assert (await ming.taps("checkins")).key == "checkins.paid"


async def test_in_a_group_nobody_is_asked_for_consent(chat):
    """First contact happens in private."""
    ming = chat.person("5", channel="telegram")
    ming.private = False

    reply = await ming.sends(Command("checkin"))

    assert reply.key == "start.private"


async def test_town_ids_outside_the_campaign_are_asked_again(chat):
    """A forged town button leads to the question."""
    ming = chat.person("ming")
    await ming.taps("start.agree")

    replies = [await ming.taps(f"start.town:{town}") for town in ("", "beijing", "x" * 60)]

    assert [reply.key for reply in replies] == ["start.ask_town"] * 3
