"""The nightly look over everything stored: quiet when all is well, loud when something is not."""

from sqlalchemy import text

from bot.app import App, Facts
from bot.channels.telegram import talk as telegram
from bot.rules import abroad
from bot.settings import ABROAD, Settings
from storage import accounts, deployment
from tests.chat import SECRET
from tests.push import Worker

NIGHT, MORNING = "2022-05-02T03:30:00+08:00", "2022-05-02T07:30:00+08:00"


async def spoil(chat, person):
    """Make somebody's balance wrong, as no writer of ours could."""
    async with chat.database.transaction() as db:
        wrong = "UPDATE totals SET balance = balance + 1 WHERE citizen = :id"
        await db.execute(text(wrong), {"id": await person.id()})


async def shown(chat):
    """Return what /readyz says of the last audit, and whether it is green."""
    settings = Settings(_env_file=None, web_chat="off", owners="web:owner")
    facts = Facts(chat.campaign_id, secret=SECRET)
    app = App(settings, chat.campaign, chat.database, facts=facts, clock=chat.clock)
    state = await app.state.ready()
    return state["audit"], state["ready"]


async def night(chat, clock):
    """Let the night's bell ring, and the morning come."""
    worker = Worker(chat)
    await worker.rings()
    for moment in (NIGHT, MORNING):
        clock.set(moment)
        await worker.rings()
    return worker.platform


async def test_a_sound_night_is_quiet(chat, clock, owner):
    """Nothing is logged or told; /readyz says when it was looked, and that all was well."""
    await (await chat.join("ming")).taps("checkins")
    before = await shown(chat)
    platform = await night(chat, clock)

    assert before == (None, True)
    assert await shown(chat) == ({"at": NIGHT, "broken": []}, True)
    assert "health.broken" not in platform.told(owner.account.sender)


async def test_what_is_broken_is_logged_shown_and_told(chat, clock, owner, caplog):
    """At ERROR at once, in /readyz without turning it red, to the owner when the night is over."""
    ming = await chat.join("ming")
    await ming.taps("checkins")
    await spoil(chat, ming)

    platform = await night(chat, clock)
    errors = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    caplog.clear()

    assert errors == ["broken invariants, see `shuxiang audit`: totals"]
    assert await shown(chat) == ({"at": NIGHT, "broken": ["totals"]}, True)
    assert platform.told("owner").count("health.broken") == 1
    assert "health.broken" not in platform.told("ming")
    reply = next(reply for _, reply in platform.sent if reply.key == "health.broken")
    said = [chat.texts.render(reply, language).text for language in ("zh_CN", "en")]
    assert all("totals" in each and "shuxiang audit" in each for each in said)


async def test_reading_everything_holds_up_no_writer(chat, clock, monkeypatch):
    """While the invariants are read, somebody checks in."""
    ming = await chat.join("ming")
    worker = Worker(chat)
    await worker.rings()
    replies = []

    async def check(_db, _zone):
        replies.append(await ming.taps("checkins"))
        yield "totals", "it holds", []

    monkeypatch.setattr("storage.invariants.check", check)
    clock.set(NIGHT)
    await worker.rings()

    assert [reply.key for reply in replies] == ["checkins.paid"]
    assert (await shown(chat))[0] == {"at": NIGHT, "broken": []}


async def test_a_missed_night_is_made_up_for_the_night_after(chat, clock):
    """Up again at nine, when the city checks in: not now."""
    worker = Worker(chat)
    await worker.rings()
    clock.set("2022-05-02T09:00:00+08:00")
    await worker.rings()

    assert await shown(chat) == (None, True)


async def test_the_owner_hears_once_a_mark_who_is_served_abroad(chat, clock, owner, monkeypatch):
    """Eighty thousand is a mark, and the first child; the next night nobody says so again."""
    await (await chat.join("ming")).taps("checkins")
    await chat.join("hua", channel="telegram")
    async with chat.database.transaction() as db:
        await deployment.put(db, deployment.ABROAD, ",".join(ABROAD))
        counted = await accounts.count_on(db, ABROAD)
        those = "(SELECT citizen FROM accounts WHERE channel = 'telegram')"
        await db.execute(text(f"UPDATE citizens SET band = 'young' WHERE id IN {those}"))
        await db.execute(text(f"UPDATE consents SET by_guardian = true WHERE citizen IN {those}"))
        young = await accounts.count_on(db, ABROAD)
    monkeypatch.setattr("bot.rules.abroad.PEOPLE", (1, 100_000))
    platform = await night(chat, clock)
    again = Worker(chat)
    for moment in ("2022-05-03T03:30:00+08:00", "2022-05-03T07:30:00+08:00"):
        clock.set(moment)
        await again.rings()

    assert (counted, young) == ((1, 0), (1, 1))
    assert [abroad.reached(n, abroad.YOUNG) for n in (0, 1, 9_000)] == [None, 1, 8_000]
    told = [r for _, r in platform.sent if r.key.startswith("health.abroad")]
    assert [reply.key for reply in told] == ["health.abroad_people", "health.abroad_young"]
    said = chat.texts.render(told[0], "zh_CN").text + chat.texts.render(told[1], "en").text
    assert not [r for _, r in again.platform.sent if r.key.startswith("health.abroad")]
    assert "满 10 万人" in said
    assert "under 14" in said
    assert ABROAD == ("telegram",)
    assert telegram.ABROAD.abroad
