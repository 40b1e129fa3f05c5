"""What waits for somebody else's yes."""

from datetime import datetime

from bot import campaign as campaigns
from bot.clock import RehearsalClock
from storage import approvals
from storage.approvals import APPROVED, Matter, NewApproval
from tests.chat import Chat
from tests.duties import appoint, owner


async def ask(chat, subject, *, by, title="a class"):
    """Ask for an approval."""
    new = NewApproval(chat.campaign_id, "proposals", subject, title, "digest", by)
    async with chat.database.transaction() as db:
        return await approvals.ask(db, new, at=chat.clock.now())


async def test_nothing_waits(chat):
    """The empty list says so."""
    assert (await (await owner(chat)).says("审核")).key == "reviews.none"


async def test_what_waits_is_listed_oldest_first(chat):
    """Each leads to its own feature; a number alone opens it."""
    boss = await owner(chat)
    await ask(chat, "1", by=await boss.id(), title="运河边读书")
    await ask(chat, "2", by=await boss.id(), title="<b>")

    reply = await boss.says("审核")

    assert [phrase.params["title"] for phrase in reply.params["lines"].phrases] == [
        "运河边读书",
        "<b>",
    ]
    assert boss.button("运河边读书") == "proposals.review:1"


async def test_a_question_is_answered_once(chat):
    """Of two who decide, one does; asking anew takes the first question back."""
    citizen = await (await owner(chat)).id()
    first = await ask(chat, "1", by=citizen)
    second = await ask(chat, "1", by=citizen)
    answer = {"state": APPROVED, "by": citizen, "reason": None, "at": chat.clock.now()}

    async with chat.database.transaction() as db:
        assert not await approvals.decide(db, first, **answer)
        assert await approvals.decide(db, second, **answer)
        assert not await approvals.decide(db, second, **answer)
        found = await approvals.of(db, Matter(chat.campaign_id, "proposals", "1"))

    assert (found.state, found.decided_by) == (APPROVED, citizen)


async def test_organisers_do_not_review(chat):
    """Only staff decide; organisers are led to the reading notes of their own people."""
    ming, hua = await appoint(chat, "ming", "zhujiajiao"), await chat.join("hua")

    assert (await ming.says("审核")).key == "reviews.none"
    assert (await ming.taps("proposals.review:1")).key == "errors.not_allowed"
    assert (await hua.says("审核")).key == "errors.not_allowed"


async def test_what_waits_is_told_in_the_campaigns_time(database):
    """In a rehearsal a correction waits since the day that is rehearsed, not since today."""
    clock = RehearsalClock()
    start = datetime.fromisoformat("2022-06-15T08:30:00+08:00")
    clock.offset = clock.offset_for(start)
    async with Chat.open(database, clock, campaigns.load("qingpu_2022")) as chat:
        boss = await owner(chat)
        staff = await appoint(chat, "staff", "staff", by=boss)
        number = (await (await chat.join("ming")).says("我的")).params["number"]
        await staff.says(f"/adjust {number} +51 a reason")
        await staff.taps(staff.button("确认"))

        reply = await boss.says("审核")

    (line,) = reply.params["lines"].phrases
    assert line.params["at"].astimezone(start.tzinfo).date() == start.date()
