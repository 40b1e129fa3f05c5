"""徽章: what is reached, said in the answer that brought it, and gone with what earned it."""

from dataclasses import replace
from datetime import date

from bot.campaign_badges import Badge, faults
from bot.rules.badges import Had, reached
from tests.features.test_linking import joined

DAY, NEXT = date(2022, 5, 1), date(2022, 5, 2)


async def test_badges_follow_from_what_was_done(chat, clock):
    """Nothing yet, the seventh day, what is missing to the next; never in another language."""
    li = await chat.join("li")
    none = await li.says("徽章")
    assert (none.key, none.params["count"], none.params["total"]) == ("badges.text", 0, 10)
    for day in range(7):
        last = await li.says("签到")
        assert bool(last.params["badge"]) == (day == 6)
        clock.ahead(days=1)
    assert "得到徽章“七日书香”" in li.rendered.text
    shown = await li.says("/badges")
    assert (shown.params["count"], "★ 七日书香" in li.rendered.text) == (1, True)
    assert "廿一日有恒（7/21）" in li.rendered.text
    await li.says("我的")
    assert li.button("徽章") == "badges"
    li.language = "en"
    await li.says("/badges")
    assert "★ Seven days of books" in li.rendered.text
    faces = "".join(badge.face_en or badge.face for badge in chat.campaign.badges)
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in li.rendered.text + faces)


async def test_a_badge_that_a_link_brings_is_said_in_its_answer(chat, clock):
    """Four days here and three there are seven; neither had them alone, and none is said twice."""
    one, two = await chat.join("one"), await chat.join("two")
    for day in range(8):
        await (one if day % 2 else two).says("签到")
        clock.ahead(days=1)
    await joined(one, two)
    assert "得到徽章“七日书香”" in two.rendered.text
    assert not (await two.says("签到")).params["badge"]


def test_what_counts():
    """Days, livestreams, an activity, several of them on one day."""
    done = [(DAY, "book"), (DAY, "video"), (DAY, "checkin"), (NEXT, "book")]
    had = Had(days=3, lives=2, done=done)
    asked = [("days", ""), ("lives", ""), ("kinds", ""), ("activity", "book"), ("activity", "live")]
    assert [reached(had, *each) for each in asked] == [3, 2, 3, 2, 0]
    assert reached(Had(0, 0, []), "kinds", "") == 0


def test_badges_that_nobody_could_get_are_refused():
    """An activity that is none or does not belong, more kinds than there are, a name twice."""
    good = Badge(id="a", name="甲", name_en="A", of="days", count=7)
    bad = [
        good,
        good.model_copy(update={"of": "activity"}),
        good.model_copy(update={"activity": "nothing"}),
        good.model_copy(update={"of": "kinds"}),
    ]
    assert list(faults([good], {"book"})) == []
    places = {place[-1] for place, _ in faults(bad, {"book"})}
    assert places == {"activity", "count", "id"}


async def test_a_campaign_without_badges_says_so(chat):
    """Another campaign's file need not name any."""
    li = await chat.join("li")
    place = chat.dispatcher._place  # noqa: SLF001 - a campaign of the test's own
    bare = place.campaign.model_copy(update={"badges": ()})
    chat.dispatcher._place = replace(place, campaign=bare)  # noqa: SLF001 - as above
    assert (await li.says("徽章")).key == "badges.none"
