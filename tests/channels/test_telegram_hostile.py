"""Telegram's `hear` and `show` against hostile input: nothing raises, nothing slips through."""

import json
import re

import pytest
from telegram.error import TelegramError

from bot.channels.telegram.api import AiohttpRequest
from bot.channels.telegram.talk import Back, Call, Heard, Me, hear, parsed, show
from bot.messages import (
    TEXT_LENGTH_MAX,
    Command,
    File,
    Moved,
    Other,
    Presence,
    Pressable,
    Rendered,
    Said,
    Tap,
    Text,
)
from tests import hostile
from tests.hostile import CHANNEL, OTHER_BOT, TARGETS, TEXTS, World, broken_bodies, deep_bodies

ME = Me(hostile.BOT_ID, "Shuxiang_bot")
RENDERED = Rendered("<b>+5</b>", ((Pressable("签到", "checkins"),),), replaces=True)
SEEDS = (20220423, 7, 2026, 31, 42)
UPDATES_PER_SEED = 1000
SURROGATE_OR_NUL = re.compile("[\0\ud800-\udfff]")
PLACES = {"private", "group", "supergroup"}
WORLD = World(42)
BODIES = broken_bodies() + deep_bodies()


def heard(raw: object) -> Heard | None:
    """Hear a raw update."""
    update = parsed(raw)
    return hear(update, ME) if update else None


def numbered(update):
    """Give an update a number."""
    return {"update_id": 1} | update


def words_of(said: Said) -> list[str]:
    """List the text in what was said."""
    match said:
        case Command():
            return [said.name, said.rest, said.bot]
        case Text():
            return [said.text]
        case Tap():
            return [said.target]
        case Other():
            return [said.kind]
        case File():
            return [said.name, said.ref, said.caption]
        case Presence() | Moved():
            return []


def is_forbidden(raw):
    """Say whether nothing in an update can be a person's words to the bot."""
    if not isinstance(raw, dict) or type(raw.get("update_id")) is not int:
        return True
    if raw.get("callback_query"):
        query = raw["callback_query"]
        kind = query["message"]["chat"]["type"] if query.get("message") else "private"
        return query["from"]["is_bot"] is not False or kind not in PLACES
    if raw.get("my_chat_member"):
        change = raw["my_chat_member"]
        kind = change["chat"]["type"]
        return kind not in PLACES or (kind == "private" and change["from"]["is_bot"] is not False)
    message = raw.get("message") or raw.get("edited_message")
    if not message:
        return True
    robot = message.get("from", {}).get("is_bot") is not False
    kind = message["chat"]["type"]
    if raw.get("message") and kind in PLACES - {"private"} and message.get("migrate_to_chat_id"):
        return False  # an upgrade, whoever did it
    return bool(
        robot
        or message.get("sender_chat")
        or message.get("via_bot")
        or kind not in PLACES
        or (not raw.get("message") and kind != "private")
    )


def check(raw: object, found: Heard) -> None:
    """Check that what was heard can be handed on, and answered."""
    incoming = found.incoming
    assert re.fullmatch(r"[1-9][0-9]{0,15}", incoming.sender)
    assert isinstance(incoming.said, Said)
    assert not is_forbidden(raw)
    for text in words_of(incoming.said):
        assert len(text) <= TEXT_LENGTH_MAX
        assert not SURROGATE_OR_NUL.search(text)
    calls = show(RENDERED, found.back)
    assert calls
    assert all(isinstance(call, Call) for call in calls)
    assert calls[-1].parameters["chat_id"] == found.back.chat


def outcomes(seed):
    """Hear one seed's updates and return what came of each; a failure names seed and update."""
    found = []
    for index, raw in enumerate(hostile.mutated(seed, UPDATES_PER_SEED)):
        try:
            result = heard(raw)
            if result is not None:
                check(raw, result)
        except Exception as error:  # noqa: BLE001 - whatever it is, say by which update
            shown = json.dumps(raw)[:2000]
            pytest.fail(f"seed {seed}, update {index}: {error!r}\n{shown}")
        found.append(result)
    return found


def test_the_same_seed_makes_the_same_updates():
    """A failure can be repeated from its seed, and another seed makes other updates."""
    first, again, other = (list(hostile.mutated(seed, 300)) for seed in (1, 1, 2))

    assert first == again
    assert first != other
    assert json.loads(json.dumps(first)) == first


def test_most_updates_are_numbered_in_their_order():
    """The numbers are broken often enough to be tested, and seldom enough to test the rest."""
    updates = list(hostile.mutated(1, 1000, first=5000))

    good = [
        number
        for number, raw in enumerate(updates, start=5000)
        if isinstance(raw, dict) and raw.get("update_id") == number
    ]

    assert 900 <= len(good) < 1000


@pytest.mark.parametrize("seed", SEEDS)
def test_hostile_updates_are_survived(seed):
    """Whatever comes in is either ignored or heard in full, and a fair share of it is each."""
    found = outcomes(seed)

    spoken = [result for result in found if result is not None]
    assert len(spoken) >= UPDATES_PER_SEED // 5, f"seed {seed}"
    assert len(found) - len(spoken) >= UPDATES_PER_SEED // 5, f"seed {seed}"
    assert {type(result.incoming.said) for result in spoken} == {
        Command, Text, Tap, File, Other, Presence, Moved,
    }  # fmt: skip


@pytest.mark.parametrize("name", WORLD.spoken())
def test_the_good_updates_behind_the_broken_ones_are_heard(name):
    """Each update the corpus breaks is one the bot would have answered."""
    assert heard(numbered(WORLD.spoken()[name])).incoming.sender == "42"


@pytest.mark.parametrize("name", WORLD.unspoken())
def test_what_is_not_a_persons_words_to_the_bot_is_silent(name):
    """Channels, anonymous administrators, other bots and edits in groups get no answer."""
    update = numbered(WORLD.unspoken()[name])

    assert parsed(update) is not None
    assert heard(update) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"via_bot": OTHER_BOT},
        {"sender_chat": CHANNEL},
        {"from": OTHER_BOT},
        {"chat": CHANNEL},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_no_message_becomes_audible_by_what_else_it_holds(changes):
    """Each message the bot would answer is silent as soon as it is another's."""
    spoken = WORLD.spoken()
    del spoken["moved"]  # of a group, not of a person: whoever did it
    messages = [update for update in spoken.values() if "message" in update]

    assert [heard(numbered({"message": found["message"] | changes})) for found in messages] == [
        None
    ] * len(messages)


@pytest.mark.parametrize("target", TARGETS, ids=range(len(TARGETS)))
def test_a_forged_button_is_only_a_tap(target):
    """Forged data arrives as the tap it is, cleaned, from who pressed it, and can be answered."""
    found = heard(numbered(WORLD.tap(data=target)))

    if not target:
        assert found is None
        return
    check(numbered(WORLD.tap()), found)
    assert isinstance(found.incoming.said, Tap)
    assert found.incoming.sender == "42"
    assert found.back == Back(42, tapped=5, query="9")
    assert show(None, found.back) == [Call("answerCallbackQuery", {"callback_query_id": "9"})]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_odd_text_is_heard_as_text_or_command(text):
    """However odd, what a person writes stays text; only nothing at all is ignored."""
    found = heard(numbered({"message": WORLD.message(text=text)}))

    if not text:
        assert found is None
        return
    check(numbered({"message": WORLD.message(text=text)}), found)
    assert isinstance(found.incoming.said, Text | Command)


@pytest.mark.parametrize("where", ["text", "from", "chat", "reply_to_message", "photo", "unknown"])
def test_a_value_ten_thousand_deep_is_survived(where):
    """Depth in any part of a message raises nothing."""
    deep = hostile.nested(hostile.DEPTH)

    found = heard(numbered({"message": WORLD.message(text="签到") | {where: deep}}))

    assert found is None or found.incoming.sender == "42"


def test_a_chain_of_ten_thousand_replies_is_survived():
    """A message that answers a message that answers a message is heard, or ignored."""
    message = WORLD.message(text="签到")
    for _ in range(hostile.DEPTH):
        message = WORLD.message(text="签到", reply_to_message=message)

    found = heard(numbered({"message": message}))

    assert found is None or found.incoming.sender == "42"


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_broken_answer_is_refused_or_read(body):
    """Bytes that are no JSON are one named error; what can be read is heard like anything else."""
    try:
        answer = AiohttpRequest.parse_json_payload(body)
    except TelegramError:
        return
    result = answer.get("result")
    for raw in result if isinstance(result, list) else []:
        found = heard(raw)
        assert found is None or found.incoming.sender == "42"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hundred_hostile_updates_in_one_answer_are_all_read(seed):
    """On their way through JSON, no broken update takes the others of its answer with it."""
    updates = list(hostile.mutated(seed, 100))
    body = json.dumps({"ok": True, "result": updates}).encode()

    result = AiohttpRequest.parse_json_payload(body)["result"]

    assert [heard(raw) is None for raw in result] == [heard(raw) is None for raw in updates]
