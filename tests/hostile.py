"""Hostile updates for the Telegram channel: realistic ones, broken by chance; one seed, one corpus.

    for raw in mutated(seed=1, count=5000):
        update = parsed(raw)

Every update is JSON-able: `json.dumps` writes it, half characters as escapes, and no NaN in it.
`broken_bodies` and `deep_bodies` are whole answers of getUpdates, as bytes.
"""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.telegram_chats import Json

BOT_ID = 7000
DATE = 1_651_366_800
PEOPLE = range(1000, 1050)
PARTS_MAX = 400
DEPTH = 10_000
LONG = 100_000
UPDATES_IN_BODY = (
    '{"ok":true,"result":[{"update_id":1,"message":{"message_id":5,"date":1651366800,'
    '"chat":{"id":42,"type":"private"},"from":{"id":42,"is_bot":false,"first_name":"x"},'
    '"text":%s}}]}'
)

TEXTS = (
    "", " ", "\n", "\0", "/", "/\0start", "//", "/start@", "/start@Shuxiang_bot", "@Shuxiang_bot",
    "\ud800", "签\udfff到", "\udc00\ud83d", "\u202e到签\u202c", "\u2066/me\u2069",
    "\u200b\u200d\ufeff",
    "e" + "\u0301" * 500, "签\u0300到", "／ｍｅ", "１２３", "٣", "²", "①", "\u1cce", "🇨🇳👨‍👩‍👧",
    "x" * LONG, "签" * LONG, "/" + "a" * LONG, "/me " + "9" * 5000, "9" * 5000, "-1",
    "1e309", "0x1F",
    "<b>签到", "</b>", "<script>alert(1)</script>", "&lt;b&gt;&#0;", "<a href='tg://user?id=1'>x</a>",
    "'; DROP TABLE citizens; --", "搜索 %' OR 1=1 --", "搜索 \\", "搜索 %_%", "搜索 " + "(" * 5000,
    "../../etc/passwd", "{user.__class__.__mro__}", "{0}{}{", "%s%n%x", "${jndi:ldap://x}",
    "{{7*7}}",
    "=cmd|' /C calc'!A0", "\r\n\r\nHTTP/1.1 200 OK", "\x1b[31m", "\x7f\x85\u2028\u2029", "\uffff",
)  # fmt: skip
"""What a person may write, and what may stand where any text stands."""

TARGETS = (
    "", " ", ":", "::", ".", "\0", "\ud800", "checkins\0", "checkins:", ":checkins", "CHECKINS",
    "checkins" * 9, "签" * 22, "x" * 65, "x" * LONG, "admin:delete", "admin", "clock:+1d", "clock",
    "forget.confirm:" + "A" * 12, "leaving.erase", "leaving.erase:all", "leaving.pause:all:0:",
    "leaving.erase:all:" + "f" * 8 + ":" + "A" * 12, "leaving.erase:all:zz:" + "A" * 12,
    "leaving.erase:all:" + "f" * 5000 + ":" + "\ud800" * 12, "leaving.erase:all:-1:" + "签" * 12,
    "belonging.join:zhujiajiao:7fffffff:" + "A" * 12, "start.town:../../etc/passwd", "start.town:",
    "shelf.keep:" + "9" * 5000, "shelf.keep:-1", "shelf.keep:0", "shelf.keep:1e9", "shelf.keep:²",
    "shelf.list:" + str(2**63), "shelf.drop:１２", "shelf.list:٣", "search.more:" + "9" * 19,
    "search.more:'; DROP TABLE items; --", "settings.speak:xx", "settings.speak:../en",
    "settings.board:None", "settings.name:<b>x", "switches.turn:__class__", "switches.hours:25",
    "mydata.anew:true", "{user.__class__}", "%s%n", "<b>menu</b>", "../../data/demo.sqlite3",
    "menu\n", " menu", "menu:" + ":" * 60, "__init__", "None", "null", "[]", '{"tap":"menu"}',
)  # fmt: skip
"""What a forged button may carry: foreign, forged, too long, too big, not a number."""

TYPES: tuple[Callable[[], object], ...] = (
    lambda: None, lambda: True, lambda: False, lambda: 0, lambda: -1, lambda: 42, lambda: 2**31,
    lambda: 2**52, lambda: -(2**53), lambda: 2**60, lambda: 2**63, lambda: 2**64 + 1,
    lambda: 10**400, lambda: 0.0, lambda: -0.5, lambda: 1e308, lambda: 42.0, lambda: "",
    lambda: "42", list, lambda: [None], lambda: [[]], lambda: [{"id": 1}], lambda: ["签到"],
    dict, lambda: {"id": 1}, lambda: {"": None}, lambda: {"\ud800": "\0"},
    lambda: {"id": {"id": {"id": []}}}, lambda: nested(100),
)  # fmt: skip

FILE: Json = {"file_id": "a", "file_unique_id": "b"}
PICTURE: Json = FILE | {"width": 1, "height": 1}
BOT: Json = {"id": BOT_ID, "is_bot": True, "first_name": "书香", "username": "Shuxiang_bot"}
OTHER_BOT: Json = {"id": 7001, "is_bot": True, "first_name": "别人", "username": "other_bot"}
GROUP: Json = {"id": -100, "type": "group", "title": "群"}
SUPERGROUP: Json = {"id": -1001, "type": "supergroup", "title": "群", "is_forum": True}
CHANNEL: Json = {"id": -1002, "type": "channel", "title": "频道"}
POLL: Json = {
    "id": "8", "question": "?", "options": [{"text": "a", "voter_count": 1, "persistent_id": "p"}],
    "total_voter_count": 1, "is_closed": False, "is_anonymous": True, "type": "regular",
    "allows_multiple_answers": False, "allows_revoting": False, "members_only": False,
}  # fmt: skip


class World:
    """What one person may send to the bot, as Telegram writes it."""

    def __init__(self, number: int) -> None:
        self.person: Json = {
            "id": number,
            "is_bot": False,
            "first_name": "小明",
            "language_code": "zh-hans",
        }
        self.chat: Json = {"id": number, "type": "private", "first_name": "小明"}

    def message(self, **content: object) -> Json:
        """Make a message, in private unless `chat` says otherwise."""
        always = {"message_id": 5, "date": DATE, "chat": self.chat, "from": self.person}
        return always | content

    def tap(self, **changes: object) -> Json:
        """Make a tap on a button of the bot's."""
        mine = self.message(**{"from": BOT}, text="菜单")
        query = {"id": "9", "from": self.person, "chat_instance": "1", "data": "checkins"}
        return {"callback_query": query | {"message": mine} | changes}

    def membership(self, status: str) -> Json:
        """Make a change of what the bot is in a chat: blocked, taken in again."""
        was: Json = {"user": BOT, "status": "member"}
        now: Json = {"user": BOT, "status": status, "until_date": 0}
        return {
            "my_chat_member": {
                "chat": self.chat,
                "from": self.person,
                "date": DATE,
                "old_chat_member": was,
                "new_chat_member": now,
            }
        }

    def spoken(self) -> dict[str, Json]:
        """Return what the bot answers, by name."""
        origin = {"type": "user", "sender_user": OTHER_BOT, "date": DATE}
        mine = self.message(**{"from": BOT}, text="您好")
        topic = {"chat": SUPERGROUP, "is_topic_message": True, "message_thread_id": 8}
        command = [{"type": "bot_command", "offset": 0, "length": 21}]
        lost = {"message_id": 5, "date": 0, "chat": self.chat}
        place = {"latitude": 31.1, "longitude": 121.1}
        sticker = {"type": "regular", "is_animated": False, "is_video": False}
        contents: dict[str, Json] = {
            "text": {"text": "签到"},
            "command": {"text": "/checkin@Shuxiang_bot", "entities": command},
            "search": {"text": "搜索 红楼梦"},
            "photo": {"photo": [PICTURE], "caption": "签到"},
            "sticker": {"sticker": PICTURE | sticker},
            "voice": {"voice": FILE | {"duration": 1}},
            "forward": {"text": "签到", "forward_origin": origin},
            "reply": {"text": "1", "reply_to_message": mine},
            "contact": {"contact": {"phone_number": "1", "first_name": "x"}},
            "location": {"location": place},
            "dice": {"dice": {"emoji": "🎲", "value": 3}},
            "poll in private": {"poll": POLL},
            "group": {"chat": GROUP, "text": "/me@Shuxiang_bot"},
            "topic": topic | {"text": "/rank"},
            "reply in a group": {"chat": GROUP, "text": "1", "reply_to_message": mine},
            "moved": {"chat": GROUP, "migrate_to_chat_id": SUPERGROUP["id"]},
        }
        found = {name: {"message": self.message(**content)} for name, content in contents.items()}
        return found | {
            "blocked": self.membership("kicked"),
            "unblocked": self.membership("member"),
            "edited": {"edited_message": self.message(text="签到", edit_date=DATE + 9)},
            "tap": self.tap(),
            "tap on a lost message": self.tap(message=lost),
            "tap without a message": self.tap(message=None),
            "tap in a group": self.tap(message=mine | {"chat": GROUP}),
            "tap in a topic": self.tap(message=mine | topic),
        }

    def unspoken(self) -> dict[str, Json]:
        """Return what the bot is silent about, by name."""
        anonymous = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
        group, text = {"chat": GROUP}, {"text": "/checkin"}
        contents: dict[str, Json] = {
            "anonymous administrator": group | text | {"sender_chat": GROUP, "from": anonymous},
            "somebody as a channel": group | text | {"sender_chat": CHANNEL},
            "via a bot": text | {"via_bot": OTHER_BOT},
            "another bot": group | text | {"from": OTHER_BOT},
            "another bot in private": text | {"from": OTHER_BOT},
            "the bot itself": text | {"from": BOT},
            "to another bot": group | {"text": "/checkin@other_bot"},
            "talk in a group": group | {"text": "签到"},
            "message in a channel": text | {"chat": CHANNEL},
            "web app": {"web_app_data": {"data": "{}", "button_text": "x"}},
            "came": group | {"new_chat_members": [BOT, self.person]},
            "left": group | {"left_chat_member": BOT},
            "unknown content": {"hologram": FILE | {"depth": 1}},
            "unknown chat": text | {"chat": self.chat | {"type": "space"}},
        }
        found = {name: {"message": self.message(**content)} for name, content in contents.items()}
        return found | self._beside(text)

    def _beside(self, text: Json) -> dict[str, Json]:
        asked = {"id": "1", "from": self.person, "query": "x", "offset": ""}
        joins = {"chat": SUPERGROUP, "from": self.person, "user_chat_id": 1, "date": DATE}
        voted = {"poll_id": "8", "user": self.person, "option_ids": [0]}
        post = self.message(chat=CHANNEL, sender_chat=CHANNEL) | text
        del post["from"]
        return {
            "channel post": {"channel_post": post},
            "edited channel post": {"edited_channel_post": post | {"edit_date": DATE}},
            "edited in a group": {"edited_message": self.message(chat=GROUP) | text},
            "poll": {"poll": POLL},
            "poll answer": {"poll_answer": voted | {"option_persistent_ids": ["p"]}},
            "inline query": {"inline_query": asked},
            "join request": {"chat_join_request": joins},
            "business": {"business_message": self.message(business_connection_id="b") | text},
            "tap in a channel": self.tap(message=self.message(chat=CHANNEL, **{"from": BOT})),
            "tap of a bot": self.tap(**{"from": OTHER_BOT}),
            "game": self.tap(data=None, game_short_name="x"),
            "unknown kind": {"telepathy": self.message() | text},
            "nothing": {},
        }


def nested(depth: int, *, key: str = "reply_to_message") -> object:
    """Return a value as deep as wished: dicts and lists by turns."""
    value: object = {}
    for level in range(depth):
        value = [value] if level % 4 == 3 else {key: value}
    return value


def _parts(value: object) -> list[tuple[Any, str | int]]:
    """List every place in a value, by what holds it and where."""
    found: list[tuple[Any, str | int]] = []
    left = [value]
    while left and len(found) < PARTS_MAX:
        holder = left.pop()
        if isinstance(holder, dict):
            found += [(holder, key) for key in holder if key != "update_id"]
            left += holder.values()
        elif isinstance(holder, list):
            found += [(holder, index) for index in range(len(holder))]
            left += holder
    return found


def _changed(value: object, chance: random.Random) -> object:
    """Return something else to stand in a value's place."""
    dice = chance.random()
    if dice < 0.2:
        return None
    if dice < 0.3:
        return chance.choice([[value], {"id": value}, str(value)[:99]])
    if dice < 0.6:
        if isinstance(value, list):
            return value * chance.choice([2, 1000])
        if isinstance(value, dict):
            odd = chance.choice(["text", "data", "is_bot", "x", "__class__", "self", "\ud800"])
            return value | {odd: chance.choice(TYPES)()}
        if isinstance(value, str):
            return chance.choice(TEXTS + TARGETS)
    return chance.choice(TYPES)()


def _mutate(raw: Json, chance: random.Random) -> None:
    """Break one place of an update."""
    parts = _parts(raw)
    if not parts:
        raw[chance.choice(["message", "callback_query", "x"])] = chance.choice(TYPES)()
        return
    holder, key = chance.choice(parts)
    if chance.random() < 0.25:
        del holder[key]
    else:
        holder[key] = _changed(holder[key], chance)


def _reword(raw: Json, chance: random.Random) -> None:
    """Let a person say something odd, or press a forged button, in an otherwise good update."""
    for kind in ("message", "edited_message"):
        if kind in raw:
            name = "caption" if "caption" in raw[kind] else "text"
            raw[kind][name] = chance.choice(TEXTS)
    if "callback_query" in raw:
        raw["callback_query"]["data"] = chance.choice(TARGETS)


def mutated(seed: int, count: int, *, first: int = 1) -> Iterator[object]:
    """Yield updates numbered from `first`; in one of 25 the number is odd, or comes again.

    One of ten is as Telegram writes it, three of ten say odd things, the rest are broken in one to
    three places; a few are no object at all.
    """
    chance = random.Random(seed)
    for number in range(first, first + count):
        world = World(chance.choice(PEOPLE))
        known = world.spoken() if chance.random() < 0.6 else world.unspoken()
        raw: Json = {"update_id": number} | copy.deepcopy(chance.choice(list(known.values())))
        fate = chance.random()
        if 0.1 <= fate < 0.4:
            _reword(raw, chance)
        elif fate >= 0.4:
            for _ in range(chance.randint(1, 3)):
                _mutate(raw, chance)
        if chance.random() < 0.02:
            raw["update_id"] = chance.choice(TYPES)()
        elif chance.random() < 0.02:
            raw["update_id"] = chance.randint(first, number)
        if chance.random() < 0.01:
            yield chance.choice(TYPES)()
        else:
            yield raw


def deep_bodies(depth: int = DEPTH) -> list[bytes]:
    """Return answers that are JSON, but deep; written by hand, for json.dumps cannot."""
    lists = "[" * depth + "]" * depth
    dicts = '{"a":' * depth + "1" + "}" * depth
    replies = '{"message_id":5,"date":1,"reply_to_message":' * depth + "{}" + "}" * depth
    bodies = [UPDATES_IN_BODY % deep for deep in (lists, dicts, replies)]
    chain = '{"ok":true,"result":[{"update_id":1,"message":%s}]}'
    bodies += [chain % replies, lists, dicts, '{"ok":' + lists + "}", '{"ok":true,"result":[']
    return [body.encode() for body in bodies]


def broken_bodies() -> list[bytes]:
    """Return answers that are not the JSON they should be: cut, misspelt, no text, no object."""
    whole = (UPDATES_IN_BODY % json.dumps("签到", ensure_ascii=False)).encode()
    cut = [whole[:length] for length in (0, 1, 10, 50, len(whole) - 1)]
    texts = ["NaN", "Infinity", "-1e999", "1e5", "9" * 5000, "'x'", '"\\ud800"', '"\\x"', "", "{"]
    texts += ['"\0"', '"\n"', '"a","text":"b"', "tru", "[,]", "/**/1", '"x"}', "undefined"]
    odd = [(UPDATES_IN_BODY % text).encode() for text in texts]
    odd += [(UPDATES_IN_BODY % '"?"').encode().replace(b"?", b) for b in (b"\xff", b"\xed\xa0\x80")]
    whole_too = [
        b"\xef\xbb\xbf" + whole,
        whole.decode().encode("utf-16"),
        whole * 2,
        b"\0" + whole,
        b"\x1f\x8b",
    ]
    others = [
        "null",
        "1",
        '"x"',
        "[]",
        "{}",
        '{"ok":1}',
        '{"ok":true}',
        "<html></html>",
    ]
    others += [
        f'{{"ok":true,"result":{result}}}' for result in ("null", "{}", "1", '"x"', "[null]")
    ]
    return cut + odd + whole_too + [other.encode() for other in others]
