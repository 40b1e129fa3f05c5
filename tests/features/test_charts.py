"""Charts: asked for with a tap, drawn in a child process, sent as a picture."""

import io
from datetime import timedelta

import pytest
from PIL import Image

from bot import charts
from bot.i18n import Texts
from bot.jobs import Jobs
from bot.rules.rights import Duty, Role
from storage import jobs, roles, units
from storage.jobs import Done
from storage.units import Unit
from tests.duties import appoint, owner
from tests.worker import jobs_of

TEAM = Unit("readers1", "team", "𠀍纪🌸读书会" * 5, "Readers", town="xiayang")


@pytest.fixture
async def staff(chat):
    """A member of staff."""
    return await appoint(chat, "clerk", "staff", by=await owner(chat))


async def drawn(chat):
    """Draw what was asked for, as the child process does it, and return the pictures."""
    now, found = chat.clock.system(), []
    texts = Texts(chat.campaign.zone)
    async with chat.database.transaction() as db:
        while (job := await jobs.claim(db, now=now, until=now + timedelta(hours=1))) is not None:
            found.append(charts.make(job.params, chat.campaign, texts))
            await jobs.finish(db, job.id, Done("x.png", found[-1]), at=now)
    return [Image.open(io.BytesIO(content)) for content in found]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_each_chart_becomes_a_picture(chat, staff, language):
    """Points a day, towns, a town's way: three pictures as wide as a phone."""
    ming = await chat.join("ming")
    await ming.taps("checkins")
    staff.language = language
    for tap in ("charts.days", "charts.towns", "charts.way:xiayang"):
        assert (await staff.taps(tap)).key == "charts.begun"

    pictures = await drawn(chat)

    assert [picture.format for picture in pictures] == ["PNG"] * 3
    assert {picture.width for picture in pictures} == {1080}


async def test_the_picture_is_shown_with_a_way_back(chat, staff):
    """Drawn in a child process, told to who asked, as a picture with a way back to the numbers."""
    await staff.taps("charts.way:xiayang")
    told = []
    await jobs_of(chat, told, kind=Jobs).work_off_one()

    [(account, rendered)] = told
    assert account == staff.account
    assert rendered.text == "图表画好了：夏阳街道的参与人数。"
    assert rendered.document.is_picture
    assert rendered.document.name.startswith("shuxiang-way-")
    assert [button.tap for row in rendered.buttons for button in row] == ["stats.unit:xiayang"]


async def test_a_name_no_font_has_is_drawn_all_the_same(chat, staff):
    """A team of rare signs and emoji, far too long, without a target or anybody in it."""
    async with chat.database.transaction() as db:
        await units.put(db, chat.campaign_id, [TEAM])
    for tap in ("charts.days", "charts.way"):
        await staff.taps(f"{tap}:{TEAM.code}")

    assert len(await drawn(chat)) == 2


@pytest.mark.parametrize("moment", ["2022-04-20T09:00:00+08:00", "2022-10-20T09:00:00+08:00"])
async def test_before_and_after_the_season_there_is_a_chart(chat, staff, clock, moment):
    """Nothing to show yet, and everything that was."""
    clock.set(moment)
    for tap in ("charts.days", "charts.towns", "charts.way:xiayang"):
        await staff.taps(tap)

    assert len(await drawn(chat)) == 3


async def test_asking_twice_draws_once(chat, staff):
    """A second tap while the first is waiting asks for nothing new; another chart does."""
    for tap in ("charts.days", "charts.days", "charts.towns"):
        await staff.taps(tap)

    assert len(await drawn(chat)) == 2


async def test_a_picture_can_be_asked_for_again(chat, staff):
    """On its way, then there, over the button below the first answer."""
    begun = await staff.taps("charts.towns")
    [[look]] = begun.buttons
    early = await staff.taps(look.target)
    await jobs_of(chat, []).work_off_one()
    shown = await staff.taps(look.target)

    assert (early.key, shown.key) == ("waiting.text", "charts.ready_towns")
    assert staff.rendered.document.is_picture
    assert (await (await chat.join("ming")).taps(look.target)).key == "errors.not_allowed"


async def test_an_organiser_gets_charts_of_the_own_unit_only(chat):
    """Not of another, not of everything, by whatever button."""
    zhu = await appoint(chat, "zhu", "朱家角镇")
    own = await zhu.taps("charts.way:zhujiajiao")
    refused = [
        (await zhu.taps(tap)).key
        for tap in ("charts.way:xiayang", "charts.days:xiayang", "charts.days", "charts.towns")
    ]

    told = []
    await jobs_of(chat, told).work_off_one()

    assert own.key == "charts.begun"
    [(_, rendered)] = told
    assert [button.tap for row in rendered.buttons for button in row] == ["units:zhujiajiao"]
    assert refused == ["errors.not_yours"] * 3 + ["errors.not_allowed"]


async def test_a_finished_chart_is_kept_back_when_the_right_is_gone(chat):
    """Neither by its button nor by its address."""
    zhu = await appoint(chat, "zhu", "朱家角镇")
    look = (await zhu.taps("charts.way:zhujiajiao")).buttons[0][0].target
    told = []
    await jobs_of(chat, told).work_off_one()
    token = told[0][1].document.token
    before = await chat.dispatcher.files.file(token)
    async with chat.database.transaction() as db:
        await roles.revoke(
            db, chat.campaign_id, await zhu.id(), which=[Duty(Role.UNIT, "zhujiajiao")]
        )

    assert before.is_picture
    assert (await zhu.taps(look)).key == "errors.not_allowed"
    assert await chat.dispatcher.files.file(token) is None


async def test_a_citizen_gets_none(chat):
    """Whatever the button says."""
    ming = await chat.join("ming")

    assert (await ming.taps("charts.days")).key == "errors.not_allowed"


async def test_a_chart_of_nowhere_is_a_clear_sentence(staff):
    """A forged code is no unit."""
    assert (await staff.taps("charts.way:nowhere")).key == "units.unknown"
