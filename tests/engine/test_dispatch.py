import pytest
from sqlalchemy import text

from bot import campaign as campaigns
from bot.feature import EVERYONE, Feature, Work, say
from bot.messages import Presence
from handlers import FEATURES
from storage import failures
from storage.db import Unavailable
from tests.chat import Chat

broken = Feature("broken")


@broken.on(command="bug", right=EVERYONE)
async def bug(_turn):
    """Fail like a bug does."""
    raise ZeroDivisionError("secret detail")


@broken.on(command="away", right=EVERYONE)
async def away(_turn):
    """Fail like an absent database does."""
    raise Unavailable("away")


@broken.on(command="half", work=Work.WRITES, right=EVERYONE)
async def half(turn):
    """Write something, then fail."""
    await turn.db.execute(text("INSERT INTO facts (name, value) VALUES ('half', 'done')"))
    raise ZeroDivisionError


@broken.on(command="paid_in_transaction", work=Work.WRITES)
async def paid_in_transaction(turn):
    """Await the till where it cannot work."""
    return say(str(await turn.till.award(turn.deed("checkin", once="x"))))


@broken.on(command="reaches", work=Work.PAYS, right=EVERYONE)
async def reaches(turn):
    """Reach for a transaction a paying turn does not have."""
    return say(str(turn.db))


@pytest.fixture
async def with_bugs(database, clock, monkeypatch):
    """The bot with a feature that breaks."""
    monkeypatch.setattr("tests.chat.FEATURES", (*FEATURES, broken))
    async with Chat.open(database, clock, campaigns.load("qingpu_2022")) as chat:
        yield chat


@pytest.mark.parametrize("command", ["bug", "half", "paid_in_transaction", "reaches"])
async def test_a_bug_shows_a_reference_and_is_logged_with_it(with_bugs, caplog, command):
    """A citizen sees a number, the log the trace; neither the class nor the detail is shown."""
    ming = await with_bugs.join("ming")

    reply = await ming.says(f"/{command}")
    logged = [record for record in caplog.records if record.levelname == "ERROR"]
    caplog.clear()

    assert reply.key == "errors.unexpected"
    assert reply.params["reference"] in logged[0].getMessage()
    assert logged[0].exc_info is not None
    assert "secret" not in ming.rendered.text
    assert "Error" not in ming.rendered.text


async def test_a_poison_message_is_tried_three_times_in_all(with_bugs, caplog):
    """The tries are counted across processes; the reference and the listing stay the same."""
    ming = await with_bugs.join("ming")
    update = with_bugs.next_update()

    first = await ming.says("/bug", update=update)
    tries = len([record for record in caplog.records if record.levelname == "ERROR"])
    again = await ming.says("/bug", update=update)  # the platform did not hear the answer
    other = await ming.says("/bug")
    caplog.clear()
    async with with_bugs.database.reading() as db:
        listed = await failures.newest(db, 10)

    assert tries == 3
    assert again.params == first.params
    assert other.params != first.params
    assert sorted(failure.tries for failure in listed) == [3, 4]
    assert {failure.place.partition(" (")[0] for failure in listed} == {"ZeroDivisionError in bug"}
    assert (await ming.says("签到")).key == "checkins.paid"


@broken.on(command="twice", work=Work.WRITES, right=EVERYONE)
async def twice(turn):
    """Fail the first two times."""
    turns.append(turn.cause)
    if len(turns) < 3:
        raise ZeroDivisionError
    return say("menu.title")


turns: list[str] = []


async def test_a_fault_that_passes_is_not_shown(with_bugs, caplog):
    """The third try succeeds, and its sender reads the answer."""
    turns.clear()
    ming = await with_bugs.join("ming")

    reply = await ming.says("/twice")
    caplog.clear()

    assert reply.key == "menu.title"
    assert len(set(turns)) == 1


async def test_a_blocked_bot_knows_it(chat):
    """Who blocks the bot is marked, who takes it back is reached again; nobody else is."""
    ming, hong = await chat.join("1", "telegram"), await chat.join("2", "telegram")

    assert await ming.sends(Presence(reachable=False)) is None
    blocked = [await ming.reachable(), await hong.reachable()]
    await ming.sends(Presence(reachable=True))
    await chat.person("3", "telegram").sends(Presence(reachable=False))

    assert blocked == [False, True]
    assert await ming.reachable()


async def test_a_bug_leaves_no_trace_in_the_database(with_bugs, caplog):
    """What was half written is taken back, and the same message may be tried again."""
    ming = with_bugs.person("ming")

    await ming.says("/half", update="m:1")
    caplog.clear()

    async with with_bugs.database.reading() as db:
        assert await db.scalar(text("SELECT count(*) FROM facts WHERE name = 'half'")) == 0
        assert await db.scalar(text("SELECT count(*) FROM handled")) == 0


async def test_an_absent_database_passes_the_boundary(with_bugs):
    """The channel decides how its platform is asked to try again."""
    with pytest.raises(Unavailable):
        await with_bugs.person("ming").says("/away")

    excuse = with_bugs.dispatcher.excuse("en")
    assert "try again" in excuse.text


async def test_a_flood_gets_one_notice_and_then_silence(database, clock):
    """After the limit there is one sentence, then nothing, then a fresh start."""
    async with Chat.open(database, clock, campaigns.load("qingpu_2022"), flood=3) as chat:
        ming, hua = chat.person("ming"), chat.person("hua")
        keys = [getattr(await ming.says("hello"), "key", None) for _ in range(6)]
        others = await hua.says("hello")
        clock.ahead(seconds=10)
        later = await ming.says("hello")

    assert keys == ["start.welcome"] * 3 + ["errors.flood", None, None]
    assert (others.key, later.key) == ("start.welcome", "start.welcome")


async def test_a_repeated_writing_turn_is_answered_from_what_is_kept(chat):
    """The second delivery of a message gets the same answer and does nothing."""
    ming = chat.person("ming")
    await ming.taps("start.agree", update="m:1")

    first = await ming.taps("start.town:baihe", update="m:2")
    await ming.says("/start town_jinze")
    again = await ming.taps("start.town:baihe", update="m:2")

    assert again == first


def test_the_dispatcher_lists_the_commands_of_citizens_in_both_languages(chat):
    """What a channel registers: name and description, no owner's command."""
    dispatcher = chat.dispatcher

    chinese, english = dict(dispatcher.commands("zh_CN")), dict(dispatcher.commands("en"))

    first = ["start", "menu", "checkin", "shelf", "live", "video", "book", "audio", "search"]
    later = {"me", "log", "rank", "week", "settings", "pushes", "mydata", "forget", "notices"}
    assert list(chinese) == list(english)
    assert list(chinese)[: len(first)] == first
    assert later | {"rewards", "link", "family", "help", "role"} <= set(chinese)
    assert not {"clock", "stats", "grant", "selection", "verify"} & set(chinese)
    assert chinese["checkin"] != english["checkin"]
