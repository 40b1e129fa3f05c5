"""往年: two campaigns one after the other in one database, and what is left of the first."""

from datetime import date

from sqlalchemy import func, select, text

from bot import campaign as campaigns
from bot import new_campaign
from storage import deployment, pushes, tallies
from storage.dialogs import DialogRow, ListRow
from storage.enrolments import EnrolmentRow
from storage.jobs import JobRow
from storage.offers import OfferRow
from storage.pushes import DeliveryRow, NewPush
from tests.chat import Chat
from tests.classes import on_air, row
from tests.duties import appoint

LATER = "2023-05-01T09:00:00+08:00"
BACK = "2022-05-03T09:00:00+08:00"


async def states(chat):
    """Return what became of jobs and deliveries, and how much is asked, listed and put aside."""
    async with chat.database.reading() as db:
        jobs = list(await db.scalars(select(JobRow.state)))
        told = list(await db.scalars(select(DeliveryRow.state)))
        left = [
            await db.scalar(select(func.count()).select_from(table))
            for table in (DialogRow, ListRow, OfferRow, EnrolmentRow)
        ]
    return jobs, told, left


async def leave_things_open(chat, citizen):
    """Let a push wait for somebody, as if the bot had been stopped in the middle."""
    new = NewPush(chat.campaign_id, "news.phase", "news:x", "{}", 3, chat.clock.now())
    async with chat.database.transaction() as db:
        number = await pushes.make(db, new, at=chat.clock.system())
        await db.execute(
            text(
                "INSERT INTO deliveries (push, citizen, urgency, state, not_before, tries)"
                " VALUES (:push, :citizen, 3, 'waiting', :at, 0)"
            ).bindparams(push=number, citizen=citizen, at=chat.clock.now())
        )
        await db.execute(text("UPDATE pushes SET state = 'open'"))


async def first_year(chat):
    """Let people take part in 2022, and leave things open; return the id of a class."""
    await appoint(chat, "staff", "staff")
    ming, hua = await chat.join("ming"), await chat.join("hua", town="baihe")
    await ming.taps("checkins")
    await ming.says("/settings")
    await hua.taps("checkins")
    await hua.says("/start town_zhujiajiao")
    await hua.taps(hua.button("确认"))
    chat.clock.ahead(days=1)
    await ming.taps("checkins")
    (live,) = await on_air(chat, row(start="2022-05-20 19:00", replay="https://x.example.org/"))
    await ming.says("/search 红楼梦")
    await ming.says("/mydata")
    await leave_things_open(chat, await ming.id())
    async with chat.database.transaction() as db:
        await db.execute(
            text("INSERT INTO profiles (citizen, name, listed) VALUES (:id, 'Ming', true)"),
            {"id": await ming.id()},
        )
    return live


async def is_asked_anew(chat):
    """Nobody takes part by what they agreed to a year before, and nothing is told or asked."""
    ming, staff = chat.person("ming"), chat.person("staff")
    asked = await ming.taps("checkins")
    before = await ming.says("往年")
    again = await ming.says("/start")

    assert asked.key == again.key == "start.welcome"
    assert "以前参加过" in ming.rendered.text
    assert [each.params["earned"] for each in before.params["campaigns"].phrases] == [10]
    assert await states(chat) == (["failed"], ["skipped"], [0, 0, 0, 4])
    assert (await staff.says("/stats")).key == "start.welcome"


async def begins_at_zero(chat, live):
    """Totals, once keys, ranks, the log and the numbers are this year's alone."""
    ming, staff = chat.person("ming"), chat.person("staff")
    await ming.joins("zhujiajiao")
    paid = await ming.taps("checkins")
    me = await ming.says("/me")
    log = await ming.says("/log")
    rank = await ming.says("/rank")
    past = await ming.taps(f"past.log:{await first_id(chat)}")
    await staff.joins()
    async with chat.database.reading() as db:
        counted = await tallies.registered(db, chat.campaign_id)
        listed = await db.scalar(text("SELECT listed FROM profiles WHERE name = 'Ming'"))

    assert (paid.key, paid.params["points"], paid.params["balance"]) == ("checkins.paid", 5, 5)
    assert (me.params["balance"], me.params["visits"]) == (5, 1)
    assert "past" in {each.target for line in me.buttons for each in line}
    assert len(log.params["entries"].phrases) == 1
    assert (rank.params["rank"], rank.params["of"]) == (1, 1)
    assert len(past.params["entries"].phrases) == 2
    assert (await ming.taps(f"livestreams.open:{live}")).key == "livestreams.unknown"
    assert (await ming.taps(f"joining.replay:{live}")).key == "livestreams.unknown"
    assert (await staff.says("/stats")).key == "errors.not_allowed"
    assert (await ming.says("/notices")).key == "notices.none"
    assert (counted, bool(listed)) == (2, False)


async def may_leave_without_joining(chat):
    """Who does not take part any more still has the right to be erased."""
    hua = chat.person("hua")
    await hua.says("/forget")
    gone = await hua.taps(hua.button("注销，全部删掉"))

    assert gone.key == "leaving.erased"
    assert await hua.says("/past") is None


async def test_two_campaigns_in_one_database(database, clock, tmp_path):
    """Everybody is asked anew, nothing mixes, and the first year stays, to be read and to run."""
    new_campaign.write("qingpu_2022", tmp_path / "qingpu_2023.toml", date(2023, 4, 22))
    second = campaigns.load(str(tmp_path / "qingpu_2023.toml"))
    async with Chat.open(database, clock, campaigns.load()) as chat:
        live = await first_year(chat)
        assert await chat.broken() == {}
    clock.set(LATER)
    async with Chat.open(database, clock, second, first_update=1000) as chat:
        await is_asked_anew(chat)
        await begins_at_zero(chat, live)
        assert await chat.broken() == {}
        await may_leave_without_joining(chat)
        assert await chat.broken() == {}
    clock.set(BACK)
    async with Chat.open(database, clock, campaigns.load(), first_update=2000) as chat:
        ming, hua = chat.person("ming"), chat.person("hua")
        paid = await ming.taps("checkins")
        assert (paid.params["balance"], paid.params["streak"]) == (15, 3)
        assert (await ming.says("/me")).params["town"].name == "夏阳街道"
        assert (await hua.says("/start")).key == "start.welcome"
        assert await chat.broken() == {}


async def first_id(chat):
    """Return the id of the campaign that does not run."""
    async with chat.database.reading() as db:
        (number,) = await deployment.others(db, chat.campaign_id)
    return number


async def test_who_was_never_here_has_no_past(chat):
    """A first campaign shows nothing and offers nothing; a stranger is greeted."""
    stranger = await chat.person("stranger").says("/past")
    ming = await chat.join("ming")
    none = await ming.says("/past")
    forged = await ming.taps("past.log:1:99999999999999")
    me = await ming.says("/me")

    assert stranger.key == "start.welcome"
    assert none.key == forged.key == "past.none"
    assert "past" not in {each.target for line in me.buttons for each in line}
