"""Telegram's `hear` and `show`: what is understood, what is ignored, what is shown."""

import copy
import html
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram import Back, Call, Me, hear, parsed, show, split
from bot.messages import Command, File, Other, Pressable, Rendered, Tap, Text, plain
from tests.telegram_chats import parsed as as_telegram_parses
from tests.telegram_chats import units

ME = Me(7000, "Shuxiang_bot")
DATE = 1_651_366_800
MING = {"id": 42, "is_bot": False, "first_name": "小明", "language_code": "zh-hans"}
BOT = {"id": 7000, "is_bot": True, "first_name": "书香", "username": "Shuxiang_bot"}
OTHER_BOT = {"id": 7001, "is_bot": True, "first_name": "别人"}
PRIVATE = {"id": 42, "type": "private"}
GROUP = {"id": -100, "type": "supergroup", "title": "群"}
CHANNEL = {"id": -200, "type": "channel", "title": "频道"}
STICKER = {
    "file_id": "a",
    "file_unique_id": "b",
    "type": "regular",
    "width": 1,
    "height": 1,
    "is_animated": False,
    "is_video": False,
}
PHOTO = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
FILE = {"file_id": "a", "file_unique_id": "b"}
MOVING = FILE | {"width": 1, "height": 1, "duration": 1}
FROM_BOT = {"message_id": 3, "date": DATE, "chat": GROUP, "from": BOT, "text": "您好"}
FROM_MING = FROM_BOT | {"from": MING}


def message(chat=PRIVATE, sender=MING, **content):
    """Make a message as Telegram writes it."""
    return {"message_id": 5, "date": DATE, "chat": chat, "from": sender} | content


def tap(**changes):
    """Make a tap as Telegram writes it."""
    query = {"id": "9", "from": MING, "chat_instance": "1", "data": "checkins"}
    return query | {"message": message(sender=BOT, text="菜单")} | changes


def heard(**content):
    """Hear one update."""
    update = parsed({"update_id": 1, **content})
    return hear(update, ME) if update else None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("签到", Text("签到")),
        ("/checkin", Command("checkin")),
        ("/CheckIn@shuxiang_BOT", Command("checkin", "", "shuxiang_bot")),
        ("／ｃｈｅｃｋｉｎ", Command("checkin")),
        ("/start town_zhujiajiao", Command("start", "town_zhujiajiao")),
        ("\u202e/me\u200b", Command("me")),
        ("a\0b\ud800", Text("ab\ufffd")),
        ("字" * 10_000, Text("字" * 4096)),
        ("/", Text("/")),
    ],
)
def test_private_text_is_heard(text, said):
    """What a person writes in private arrives, cleaned, as a command or as text."""
    assert heard(message=message(text=text)).incoming.said == said


def test_a_message_carries_everything_known_about_it():
    """Channel, sender, update, time, language, traits and the way back are filled in."""
    found = heard(message=message(text="签到"))

    assert found.incoming.cause == "telegram:1"
    assert found.incoming.sender == "42"
    assert found.incoming.stamped == datetime.fromtimestamp(DATE, UTC)
    assert found.incoming.language == "zh_CN"
    assert found.incoming.private is True
    assert found.incoming.traits.abroad is True
    assert found.back == Back(chat=42)


@pytest.mark.parametrize(
    ("tag", "language"),
    [("zh", "zh_CN"), ("zh-hant", "zh_CN"), ("ZH-CN", "zh_CN"), ("en", "en"), ("pt-br", "en")],
)
def test_the_clients_language_becomes_one_of_ours(tag, language):
    """Any Chinese is zh_CN, everything else is en."""
    found = heard(message=message(sender=MING | {"language_code": tag}, text="hi"))

    assert found.incoming.language == language


def test_a_client_that_names_no_language_leaves_it_open():
    """A missing language code is None."""
    sender = {"id": 42, "is_bot": False, "first_name": "x"}

    assert heard(message=message(sender=sender, text="hi")).incoming.language is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"sticker": STICKER}, "sticker"),
        ({"voice": FILE | {"duration": 1}}, "voice"),
        ({"document": FILE, "animation": MOVING}, "animation"),
        ({"document": FILE | {"file_id": "长" * 9}}, "document"),
        ({"document": FILE | {"file_id": "x" * 201}}, "document"),
        ({"location": {"latitude": 31.1, "longitude": 121.1}}, "location"),
        ({"contact": {"phone_number": "1", "first_name": "x"}}, "contact"),
        ({"dice": {"emoji": "🎲", "value": 3}}, "dice"),
    ],
)
def test_private_media_is_something_else(content, kind):
    """A sticker in private, or a file without a name Telegram would know, is named by its kind."""
    assert heard(message=message(**content)).incoming.said == Other(kind)


def test_a_document_and_a_picture_are_files_by_their_id():
    """With what the sender's program says of them; of a picture's sizes the largest."""
    named = FILE | {"file_name": "书目\0.xlsx", "file_size": 9}
    photo = [*PHOTO, PHOTO[0] | {"file_id": "large", "file_size": 5}]

    document = heard(message=message(document=named, caption="/import")).incoming.said
    bare = heard(message=message(document=FILE)).incoming.said
    picture = heard(message=message(photo=photo, caption="签到")).incoming.said

    assert document == File("书目.xlsx", 9, "a", "/import")
    assert bare == File("", 0, "a")
    assert picture == File("photo.jpg", 5, "large", "签到", picture=True)
    assert heard(message=message(chat=GROUP, document=FILE)) is None


def test_an_edited_message_never_is_a_command():
    """Editing a message into 签到 is Other, so it cannot score."""
    assert heard(edited_message=message(text="/checkin")).incoming.said == Other("edited")


@pytest.mark.parametrize(
    "content",
    [
        {"text": "/checkin"},
        {"text": "/checkin@Shuxiang_bot"},
        {"text": "签到", "reply_to_message": FROM_BOT},
    ],
)
def test_a_group_is_heard_when_the_bot_is_addressed(content):
    """A command and an answer to the bot reach it, marked as not private."""
    found = heard(message=message(chat=GROUP, **content))

    assert found.incoming.private is False
    assert found.back == Back(chat=-100, private=False)


@pytest.mark.parametrize(
    "content",
    [
        {"message": message(chat=GROUP, text="签到")},
        {"message": message(chat=GROUP, text="/checkin@other_bot")},
        {"message": message(text="/checkin@other_bot")},
        {"message": message(chat=GROUP, text="签到", reply_to_message=FROM_MING)},
        {"message": message(chat=GROUP, sticker=STICKER, reply_to_message=FROM_BOT)},
        {"message": message(chat=GROUP, sender=OTHER_BOT, text="/checkin")},
        {"message": message(chat=GROUP, sender_chat=GROUP, text="/checkin")},
        {"message": message(chat=GROUP, via_bot=OTHER_BOT, text="/checkin")},
        {"message": message(chat=GROUP, new_chat_members=[MING])},
        {"message": message(chat=GROUP, pinned_message=FROM_BOT)},
        {"edited_message": message(chat=GROUP, text="/checkin")},
        {"channel_post": message(chat=CHANNEL, text="/checkin")},
        {"edited_channel_post": message(chat=CHANNEL, text="/checkin")},
        {"message": message(chat=CHANNEL, text="/checkin")},
        {"inline_query": {"id": "1", "from": MING, "query": "x", "offset": ""}},
        {"callback_query": tap(message=message(chat=CHANNEL, sender=BOT, text="x"))},
        {"callback_query": tap(**{"from": OTHER_BOT})},
        {"some_new_thing": {"id": 1}},
        {},
    ],
)
def test_what_is_not_for_the_bot_is_ignored(content):
    """Groups among themselves, bots, channels and unknown updates get no answer."""
    assert heard(**content) is None


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {},
        {"update_id": "1", "message": message(text="hi")},
        {"update_id": 1, "message": None},
        {"update_id": 1, "message": {"message_id": 5, "date": DATE, "chat": PRIVATE, "text": "hi"}},
        {"update_id": 1, "message": message(text=None)},
        {"update_id": 1, "message": message(text="")},
        {"update_id": 1, "message": message(text=5)},
        {"update_id": 1, "message": message(text=["hi"])},
        {"update_id": 1, "message": message(chat=None, text="hi")},
        {"update_id": 1, "message": message(chat={"id": 42, "type": "space"}, text="hi")},
        {"update_id": 1, "message": message(chat={"id": "42", "type": "private"}, text="hi")},
        {"update_id": 1, "message": message(sender=MING | {"id": 10**30}, text="hi")},
        {"update_id": 1, "message": message(sender=MING | {"id": 1e30}, text="hi")},
        {"update_id": 1, "message": message(sender={"id": 42}, text="hi")},
        {"update_id": 1, "message": message(sender="me", text="hi")},
        {"update_id": 1, "message": message(text="hi") | {"date": 10**30}},
        {"update_id": 1, "callback_query": tap(data=None)},
        {"update_id": 1, "callback_query": tap(id=None)},
        {"update_id": 1, "callback_query": tap(data=7)},
        {"update_id": 1, "callback_query": {"id": "9"}},
        {"update_id": 10**30, "message": message(text="hi")},
    ],
)
def test_malformed_updates_are_ignored(raw):
    """Nothing that comes in raises."""
    update = parsed(raw)

    assert (hear(update, ME) if update else None) is None


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(st.data())
def test_any_change_to_an_update_is_survived(data):
    """Whatever stands in place of any part of an update, hearing it raises nothing."""
    raw = {"update_id": 1, "message": message(text="hi", reply_to_message=FROM_BOT)}
    raw = copy.deepcopy(
        data.draw(st.sampled_from([raw, {"update_id": 1, "callback_query": tap()}]))
    )
    part = raw
    while True:
        key = data.draw(st.sampled_from(sorted(part)))
        if not isinstance(part[key], dict) or data.draw(st.booleans()):
            break
        part = part[key]
    part[key] = data.draw(JUNK)

    update = parsed(raw)

    assert update is None or hear(update, ME) is None or hear(update, ME).incoming.sender


def test_a_tap_is_heard_without_a_time():
    """The date of a tapped message is not when it was tapped."""
    found = heard(callback_query=tap())

    assert found.incoming.said == Tap("checkins")
    assert found.incoming.stamped is None
    assert found.back == Back(42, tapped=5, query="9")


IN_GROUP = Back(-100, private=False, tapped=5, query="9")


@pytest.mark.parametrize(
    ("changes", "back"),
    [
        ({"message": message(chat=GROUP, sender=BOT, text="x")}, IN_GROUP),
        ({"message": {"message_id": 5, "date": 0, "chat": PRIVATE}}, Back(42, query="9")),
        ({"message": None}, Back(42, query="9")),
    ],
)
def test_a_tap_knows_the_way_back(changes, back):
    """A message that is no longer accessible cannot be edited."""
    assert heard(callback_query=tap(**changes)).back == back


def test_a_forum_topic_is_answered_in_its_topic():
    """The thread of a group with topics is kept."""
    content = {"text": "/me", "is_topic_message": True, "message_thread_id": 8}
    found = heard(message=message(chat=GROUP, **content))

    [call] = show(Rendered("好"), found.back)

    assert call.parameters["message_thread_id"] == 8


def said(text, **more):
    """Make the parameters every message has."""
    always = {"parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
    return {"chat_id": 42, "text": text} | always | more


ANSWER = Call("answerCallbackQuery", {"callback_query_id": "9"})
EDITED = Call("editMessageText", said("<b>+5</b>", message_id=5))
SENT = Call("sendMessage", said("<b>+5</b>"))
TOLD = Call("sendMessage", said("<b>+5</b>", chat_id=-100))


@pytest.mark.parametrize(
    ("back", "replaces", "calls"),
    [
        (Back(42), False, [SENT]),
        (Back(42), True, [SENT]),
        (Back(42, tapped=5, query="9"), False, [ANSWER, SENT]),
        (Back(42, tapped=5, query="9"), True, [ANSWER, EDITED]),
        (Back(42, query="9"), True, [ANSWER, SENT]),
        (Back(-100, private=False, tapped=5, query="9"), True, [ANSWER, TOLD]),
    ],
)
def test_how_a_reply_is_shown(back, replaces, calls):
    """A tap is answered first; its message is edited only in private and when it is there."""
    assert show(Rendered("<b>+5</b>", replaces=replaces), back) == calls
    shared = Rendered("<b>+5</b>", replaces=True, shared=True)  # a roll call stays one message
    assert show(shared, IN_GROUP)[1].method == "editMessageText"


def test_a_tap_is_answered_without_a_reply():
    """A handler that says nothing leaves no spinning button."""
    assert show(None, Back(42, tapped=5, query="9")) == [ANSWER]
    assert show(None, Back(42)) == []


def test_buttons_become_an_inline_keyboard():
    """Targets and addresses are kept in their rows."""
    rows = ((Pressable("签到", "checkins"),), (Pressable("看", url="https://a.example/1"),))

    [call] = show(Rendered("好", rows), Back(42))

    assert call.parameters["reply_markup"]["inline_keyboard"] == [
        [{"text": "签到", "callback_data": "checkins"}],
        [{"text": "看", "url": "https://a.example/1"}],
    ]


def test_wide_rows_are_broken():
    """Nine buttons side by side become a row of eight and one of one."""
    row = tuple(Pressable(str(number), f"t:{number}") for number in range(9))

    [call] = show(Rendered("好", (row,)), Back(42))

    assert [len(shown) for shown in call.parameters["reply_markup"]["inline_keyboard"]] == [8, 1]


@pytest.mark.parametrize(
    "rows",
    [
        ((Pressable("x", "签" * 22),),),
        ((Pressable("x", ""),),),
        ((Pressable("x", "t"),),) * 101,
    ],
)
def test_impossible_buttons_are_our_own_mistake(rows):
    """A target over 64 bytes, an empty one, or 101 buttons raise."""
    with pytest.raises(ValueError, match=r"bytes|buttons"):
        show(Rendered("好", rows), Back(42))


def test_a_long_reply_is_split_with_its_buttons_at_the_end():
    """The first part replaces the tapped message, the last part carries the buttons."""
    text = "\n".join(["<b>书</b>" + "字" * 2000] * 4)
    rendered = Rendered(text, ((Pressable("菜单", "menu"),),), replaces=True)

    calls = show(rendered, Back(42, tapped=5, query="9"))

    assert [call.method for call in calls[1:]] == ["editMessageText", "sendMessage"]
    assert ["reply_markup" in call.parameters for call in calls[1:]] == [False, True]


LINES = st.lists(
    st.tuples(
        st.text("书<&>'\"😀 a", max_size=5),
        st.text("字<&>'\"😀 b", max_size=9),
        st.sampled_from([1, 1, 1, 50, 400, 1500]),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(LINES)
def test_splitting_keeps_everything_and_every_part_is_taken(lines):
    """Each part is parsed by Telegram and fits; together they say the same, blanks aside."""
    rich = "\n".join(
        f"<b>{html.escape(bold)}</b>{html.escape(text * times)}" for bold, text, times in lines
    )

    parts = split(rich)

    assert all(1 <= units(as_telegram_parses(part, "HTML").strip()) <= 4096 for part in parts)
    assert "".join("".join(map(plain, parts)).split()) == "".join(plain(rich).split())


def test_lines_stay_whole_and_keep_their_markup():
    """Three lines of 2,000 make two parts, the first of two lines."""
    line = "<b>书</b>" + "字" * 1999

    assert split("\n".join([line] * 3)) == [f"{line}\n{line}", line]
