"""The ways in which staff choose whom a broadcast is for."""

import pytest

from storage import attendances
from tests.broadcasting import crowd, draft, organiser, staff
from tests.classes import on_air, row


async def counts(author, written):
    """Return how many it is for, as the preview says."""
    reply = await author.taps(f"launching:{written}")
    return reply.params["counts"].params


async def test_everybody(chat):
    """All who take part, in whatever town; who has not consented is not counted."""
    _, hua = await staff(chat)
    await crowd(chat, 3)
    await chat.person("nobody").says("hi")
    written = await draft(hua)

    await hua.taps(hua.button("改发给谁"))
    await hua.taps(hua.button("全区所有市民"))

    assert (await counts(hua, written))["total"] == 5


async def test_nobody_is_chosen_at_first(chat):
    """Staff must choose before there is a preview."""
    _, hua = await staff(chat)
    written = await draft(hua)

    reply = await hua.taps(f"launching:{written}")

    assert reply.key == "launching.no_audience"
    assert (await hua.taps(hua.button("改发给谁"))).key == "targeting.text"


async def test_those_who_booked_a_livestream(chat, clock):
    """They and nobody else."""
    _, hua = await staff(chat)
    people = await crowd(chat, 3)
    [number] = await on_air(chat, row())
    async with chat.database.transaction() as db:
        await attendances.book(db, number, await people[0].id(), at=clock.now())
    written = await draft(hua)
    await hua.taps(f"targeting:{written}")
    await hua.taps(hua.button("预约了某场直播的人"))

    await hua.taps(f"targeting.set:{written}:live:{number}")

    assert (await counts(hua, written))["total"] == 1


async def test_those_away_for_some_days(chat, clock):
    """Nothing done since; who came only yesterday was not away for a week."""
    _, hua = await staff(chat)
    away, back = await crowd(chat, 2)
    await away.says("签到")
    await back.says("签到")
    clock.ahead(days=8)
    await back.says("签到")
    await chat.join("new", "telegram")
    written = await draft(hua)
    await hua.taps(f"targeting.idle:{written}")

    await hua.says("7")

    # The staff themselves have done nothing for as long.
    assert (await counts(hua, written))["total"] == 3


async def test_those_who_never_checked_in(chat):
    """Reading is no check-in."""
    _, hua = await staff(chat)
    came, _never = await crowd(chat, 2)
    await came.says("签到")

    written = await draft(hua, to="never")

    assert (await counts(hua, written))["total"] == 3


@pytest.mark.parametrize("days", ["0", "-1", "七天", "7.5", "201", "1e3", "明天"])
async def test_days_are_not_guessed(chat, days):
    """A whole number from 1 to 200."""
    _, hua = await staff(chat)
    written = await draft(hua)
    await hua.taps(f"targeting.idle:{written}")

    assert (await hua.says(days)).key == "targeting.wrong_days"


async def test_organisers_reach_nobody_elses_people(chat):
    """By no button, forged or kept: all, another town, who booked, who is away."""
    li = await organiser(chat)
    written = await draft(li)

    for audience in ("all", "never", "idle:7", "live:1", "units:jinze", "units:zhujiajiao,jinze"):
        forged = await li.taps(f"targeting.set:{written}:{audience}")
        assert forged.key == "errors.not_yours", audience
    for tap in ("targeting", "targeting.lives", "targeting.idle"):
        assert (await li.taps(f"{tap}:{written}")).key == "errors.not_yours"
    assert (await li.taps(f"picking.turn:{written}:jinze:0")).key == "errors.not_yours"
    assert (await counts(li, written)).get("total") == 0


@pytest.mark.parametrize("forged", ["", "x", "units:", "units:;drop", "live:x", "idle:0", "all:1"])
async def test_forged_audiences_are_refused(chat, forged):
    """Nothing is chosen."""
    _, hua = await staff(chat)
    written = await draft(hua)

    assert (await hua.taps(f"targeting.set:{written}:{forged}")).key == "errors.not_yours"
