"""Large adjustments wait for a second person."""

import asyncio

from storage import approvals
from tests.corrections import adjusts, number, told
from tests.duties import appoint
from tests.engine.test_correcting import audit
from tests.push import Worker


async def asks(person, whom, words="60 活动奖励"):
    """Hand in a large adjustment."""
    await adjusts(person, whom, words)
    return await person.taps(person.button("确认"))


async def reviews(person):
    """Open the one question that waits."""
    await person.says("审核")
    taps = [b.tap for row in person.rendered.buttons for b in row]
    [review] = [tap for tap in taps if tap.startswith("adjustments.review:")]
    return await person.taps(review), review.partition(":")[2]


async def test_above_fifty_waits_for_a_second_person(chat, boss, staff, ming):
    """Asked, reviewed with the facts, agreed to: booked once, both are told."""
    asked = await asks(staff, ming)
    before = (await ming.has()).balance
    worker = Worker(chat)
    await worker.leader.renew()
    await worker.delivers()
    await worker.leader.resign()
    waits = [r for _, r in worker.platform.sent if r.key == "adjustments.waits"]
    assert worker.platform.told(boss.account.sender).count("adjustments.waits") == len(waits) == 1
    review, _ = await reviews(boss)
    done = await boss.taps(boss.button("同意，记账"))

    assert (asked.key, before, review.key) == ("adjustments.asked", 5, "adjustments.review")
    assert (review.params["before"], review.params["after"]) == (5, 65)
    assert (done.key, done.params["balance"]) == ("amending.booked", 65)
    assert await told(chat, "ming") == ["adjustments.told_adjustment"]
    assert (await boss.says("审核")).key == "reviews.none"
    assert await audit(chat) == {}


async def test_the_asker_is_not_the_second_person(chat, boss, staff, ming):
    """The own review has no yes, and a forged one books nothing."""
    await asks(staff, ming)

    review, number = await reviews(staff)

    assert review.key == "adjustments.review_own"
    assert [b.label for row in staff.rendered.buttons for b in row] == ["审核"]
    assert (await staff.taps(f"adjustments.approve:{number}")).key == "errors.confirm_again"
    await staff.taps(f"adjustments.refuse:{number}")
    assert (await staff.says("不行")).key == "amending.own"
    assert (await ming.has()).balance == 5


async def test_whose_points_it_is_does_not_agree(chat, boss, staff):
    """A member of staff whose own points are raised is no second person: there must be a third."""
    alone = await adjusts(staff, boss, "60 活动奖励")
    await appoint(chat, "other", "staff", by=boss)
    asked = await asks(staff, boss)

    assert (alone.params["second"].key, asked.key) == ("amending.alone", "adjustments.asked")
    assert (await reviews(boss))[0].key == "adjustments.review_own"


async def test_refused_with_a_reason_the_asker_reads(chat, boss, staff, ming):
    """Nothing is booked; the asker is told, the citizen is not."""
    await asks(staff, ming)
    _, number = await reviews(boss)
    await boss.taps(boss.button("不同意"))
    said = await boss.says("材料不全")
    again = await boss.taps(f"adjustments.review:{number}")

    assert (said.key, again.key) == ("adjustments.said_no", "amending.decided_by")
    assert await told(chat, "staff") == ["adjustments.answered_no"]
    assert (await ming.has()).balance == 5


async def test_two_second_persons_book_once(chat, boss, staff, ming):
    """Both agree at the same moment: one line."""
    other = await appoint(chat, "other", "staff", by=boss)
    await asks(staff, ming)
    for person in (boss, other):
        await reviews(person)

    replies = await asyncio.gather(*(p.taps(p.button("同意，记账")) for p in (boss, other)))

    assert sorted(r.key for r in replies) == ["amending.already", "amending.booked"]
    assert (await ming.has()).balance == 65
    assert await audit(chat) == {}


async def test_without_a_colleague_it_says_so(chat, boss, ming):
    """The owner alone: no button, and the way to get a second person."""
    await adjusts(boss, ming, "51 活动奖励")

    assert "/grant" in boss.rendered.text
    assert [b.label for row in boss.rendered.buttons for b in row] == ["取消"]


async def test_a_row_of_small_ones_needs_a_second_person_as_well(chat, boss, staff, ming):
    """Four times fifty in a day, and the fifth waits."""
    for _ in range(4):
        await adjusts(staff, ming, "50 活动奖励")
        assert (await staff.taps(staff.button("确认"))).key == "amending.booked"

    assert (await asks(staff, ming, "1 活动奖励")).key == "adjustments.asked"


async def test_a_row_of_small_ones_at_once_needs_a_second_person_as_well(chat, staff, ming):
    """Five are shown before any is booked, then all are confirmed in one moment."""
    confirms = []
    for _ in range(5):
        await adjusts(staff, ming, "50 活动奖励")
        confirms.append(staff.button("确认"))
    replies = await asyncio.gather(*map(staff.taps, confirms))

    assert min(reply.key for reply in replies if reply) == "amending.again"
    assert (await ming.has()).balance == 205


async def test_what_a_revoked_colleague_asked_for_is_not_agreed_to(chat, boss, staff, ming):
    """It says why, and can be refused."""
    await asks(staff, ming)
    await boss.says(f"/revoke {await number(staff)}")
    await boss.taps(boss.button("确认"))
    _, asked = await reviews(boss)

    gone = await boss.taps(boss.button("同意，记账"))
    await boss.taps(f"adjustments.refuse:{asked}")

    assert gone.key == "amending.asker_gone"
    assert (await boss.says("他不在了")).key == "adjustments.said_no"
    assert (await ming.has()).balance == 5


async def test_a_citizen_who_left_is_gone_from_the_review(chat, boss, staff, ming):
    """There is nothing behind the question any more; once seen, it waits no longer."""
    await asks(staff, ming)
    await ming.says("注销")
    await ming.taps(ming.button("注销，全部删掉"))

    assert (await reviews(boss))[0].key == "amending.gone"
    assert (await boss.says("审核")).key == "reviews.none"


async def test_what_would_leave_a_larger_debt_by_now_can_only_be_refused(chat, boss, staff, ming):
    """The debt that was agreed to is not enough any more: no yes is offered, and it says why."""
    await asks(staff, ming, "-60 重复发放")
    await adjusts(staff, ming, "-5 重复发放")
    await staff.taps(staff.button("确认"))

    review, number = await reviews(boss)
    await boss.taps(f"adjustments.refuse:{number}")

    assert (review.key, review.params["agreed"]) == ("adjustments.review_debt", 55)
    assert "同意，记账" not in [b.label for row in boss.rendered.buttons for b in row]
    assert (await boss.says("请重新提出")).key == "adjustments.said_no"


async def test_what_cannot_be_booked_any_more_can_be_refused(chat, boss, staff, ming):
    """Two asked to take the same line back, and the first one was agreed to."""
    await asks(staff, ming)
    await reviews(boss)
    await boss.taps(boss.button("同意，记账"))
    for why in ("重复发放", "还是重复"):
        await staff.taps(f"adjusting.take:{await number(ming)}:2")
        await staff.says(why)
        await staff.taps(staff.button("确认"))
    await boss.says("审核")
    await boss.says("1")
    await boss.taps(boss.button("同意，记账"))

    review, _ = await reviews(boss)
    await boss.taps(boss.button("不同意"))

    assert review.key == "amending.already"
    assert (await boss.says("已经撤销了")).key == "adjustments.said_no"
    assert (await boss.says("审核")).key == "reviews.none"


async def test_an_approval_is_bound_to_what_was_asked(chat, boss, staff, ming):
    """Another digest, and the button says that it is gone."""
    await asks(staff, ming)
    _, number = await reviews(boss)
    new = approvals.NewApproval(
        chat.campaign_id, "adjustments", number, "t", "another", await staff.id()
    )
    async with chat.database.transaction() as db:
        await approvals.ask(db, new, at=chat.clock.now())

    assert (await reviews(boss))[0].key == "amending.gone"
