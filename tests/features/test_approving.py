"""The second person: what waits, who decides, and what a change makes of it."""

import asyncio

import pytest

from storage import audit, broadcasts
from tests.broadcasting import TEXT, card, crowd, draft, got, send, staff
from tests.push import Worker


@pytest.fixture
async def waiting(chat):
    """A broadcast to everybody, written by a member of staff, that waits for the owner."""
    boss, hua = await staff(chat)
    await crowd(chat, 2)
    return boss, hua, await send(hua, to="all")


async def test_it_waits_for_somebody_else(chat, waiting):
    """Nothing goes out; the others are told, and find it in /review as it will look."""
    boss, hua, _ = waiting
    worker = Worker(chat)
    await worker.rings()

    assert got(worker) == set()
    assert worker.platform.told("owner") == ["broadcasts.waits"]
    assert "broadcasts.waits" not in worker.platform.told("staff")
    await boss.says("/review")
    reply = await boss.says("1")
    assert (reply.key, reply.before.params["text"]) == ("approving.text", TEXT)
    assert reply.params["author"] == await card(hua)


async def test_agreed_it_goes_out_once(chat, waiting):
    """Two clicks at once, one start; its author is told."""
    boss, _, written = waiting
    await boss.taps(f"broadcasts.review:{written}")
    yes = boss.button("同意发出")

    replies = await asyncio.gather(boss.taps(yes), boss.taps(yes))
    worker = Worker(chat)
    await worker.rings()

    assert sorted(reply.key for reply in replies) == ["approving.approved", "approving.over"]
    assert len(got(worker)) == 4
    assert "broadcasts.told" in worker.platform.told("staff")


async def test_nobody_agrees_to_their_own(chat, waiting):
    """Neither by the list nor by a forged button."""
    _, hua, written = waiting
    reply = await hua.taps(f"broadcasts.review:{written}")

    assert reply.key == "approving.own"
    assert [each.target for row in reply.buttons for each in row] == ["reviews"]
    assert (await hua.taps(f"approving.no:{written}")).key == "approving.not_by_author"
    assert (await hua.taps(f"approving.reason:{written}:x")).key == "approving.not_by_author"
    assert (await hua.taps(f"approving.yes:{written}")).key == "errors.confirm_again"


async def test_a_change_voids_it(chat, waiting):
    """The second person's button does nothing any more, and the list is empty."""
    boss, hua, written = waiting
    await boss.taps(f"broadcasts.review:{written}")
    yes = boss.button("同意发出")
    await hua.taps(f"composing.write:{written}:anders")

    assert (await boss.taps(yes)).key == "approving.over"
    assert (await boss.says("/review")).key == "reviews.none"
    worker = Worker(chat)
    await worker.rings()
    assert got(worker, "anders") == set()


async def test_an_agreement_is_to_what_was_seen(chat, waiting):
    """Changed and confirmed anew meanwhile, the old button is for something else."""
    boss, hua, written = waiting
    await boss.taps(f"broadcasts.review:{written}")
    yes = boss.button("同意发出")
    await hua.taps(f"composing.write:{written}:anders")
    await hua.taps(f"launching:{written}")
    await hua.taps(hua.button("确认"))

    assert (await boss.taps(yes)).key == "approving.changed"


async def test_refused_with_a_reason_it_is_a_draft_again(chat, waiting):
    """Its author reads why, changes it, and it waits anew."""
    boss, hua, written = waiting
    await boss.taps(f"broadcasts.review:{written}")
    await boss.taps(boss.button("不同意"))
    reply = await boss.says("时间写错了")
    worker = Worker(chat)
    await worker.rings()

    assert reply.key == "approving.refused"
    told = next(r for who, r in worker.platform.sent if r.key == "broadcasts.told")
    assert told.params["what"].params["reason"] == "时间写错了"
    assert (await hua.says("/broadcast")).params["text"] == TEXT
    await hua.taps(f"launching:{written}")
    assert (await hua.taps(hua.button("确认"))).key == "launching.waits"


@pytest.mark.parametrize("reason", [" ", "x" * 201])
async def test_a_reason_is_needed(chat, waiting, reason):
    """Not nothing, and not a novel."""
    boss, _, written = waiting

    reply = await boss.taps(f"approving.reason:{written}:{reason}")

    assert reply.key == "approving.wrong_reason"


async def test_an_author_without_the_right_is_refused(chat, waiting):
    """Revoked while it waited: it cannot go out, whoever agrees."""
    boss, hua, written = waiting
    await boss.taps(f"broadcasts.review:{written}")
    yes = boss.button("同意发出")
    await boss.says(f"/revoke {(await hua.says('/me')).params['number']}")
    await boss.taps(boss.button("确认"))

    assert (await boss.taps(yes)).key == "approving.author_may_not"


async def test_a_scheduled_one_goes_out_at_its_time(chat, clock):
    """Agreed to before, it waits for its minute."""
    boss, hua = await staff(chat)
    await crowd(chat, 1)
    written = await draft(hua, to="all")
    await hua.taps(f"scheduling.at:{written}:19:00")
    await hua.taps(f"launching:{written}")
    await hua.taps(hua.button("确认"))
    await boss.taps(f"broadcasts.review:{written}")
    await boss.taps(boss.button("同意发出"))
    worker = Worker(chat)
    await worker.rings()
    early = got(worker)
    clock.set("2022-05-01T19:00:00+08:00")
    await worker.rings()

    assert (early, len(got(worker))) == (set(), 3)


async def test_organisers_review_nothing(chat, waiting):
    """It is for staff."""
    _, _, written = waiting
    ming = await chat.join("ming")

    assert (await ming.taps(f"broadcasts.review:{written}")).key == "errors.not_allowed"
    assert (await ming.taps(f"approving.yes:{written}")).key == "errors.not_allowed"


@pytest.mark.parametrize("forged", ["", "0", "999999", "x"])
async def test_forged_reviews_lead_nowhere(chat, waiting, forged):
    """They are answered in words."""
    boss, _, _ = waiting

    assert (await boss.taps(f"broadcasts.review:{forged}")).key == "broadcasts.unknown"


async def test_each_decision_is_a_line_of_the_audit(chat, waiting):
    """Who agreed to what."""
    boss, _, written = waiting
    await boss.taps(f"broadcasts.review:{written}")
    await boss.taps(boss.button("同意发出"))

    async with chat.database.reading() as db:
        [line] = await audit.newest(
            db, chat.campaign_id, offset=0, limit=1, act="broadcast_approved"
        )
        found = await broadcasts.of(db, chat.campaign_id, int(written))
    assert (line.subject, found.state) == (f"#{written}", broadcasts.RUNNING)
