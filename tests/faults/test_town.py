"""A town's spring, over Telegram: an organiser is made, brings people, proposes, staff look on."""

import io
import re

import openpyxl
import pytest

from tests.faults.season import offenders
from tests.faults.test_telegram_season import joined
from tests.processes import serving, unexplained

TOWN = "zhujiajiao"
PEOPLE = range(100, 130)
PATIENCE = 60
FORM = """/propose
主题：在运河边读《红楼梦》
时间：{start}
时长：60
讲师：某老师
简介：从一条河读一本书。
地址：https://live.example.org/1
单位：朱家角镇"""


async def asked(person, text):
    """Say something and return the answer."""
    await person.says(text)
    return (await person.hears()).text


async def tapped(person, button):
    """Tap a button of the newest message that has it, and return the answer."""
    await person.taps(button)
    return (await person.hears()).text


async def appointed(owner, person, what):
    """Let the owner make a code, and somebody take it."""
    code = re.search(r"/role (\w{8})", await asked(owner, f"/grant {what}"))
    return await asked(person, f"/role {code[1]}")


async def until_told(api, person, words, seconds=PATIENCE):
    """Wait until a message with these words stands in somebody's chat, and return it."""
    await api.until(lambda: any(words in seen.text for seen in person.chat.view), seconds)
    person.chat.cursor = len(person.chat.events)
    return next(seen for seen in reversed(person.chat.view) if words in seen.text)


@pytest.fixture
async def town(api, settings, tmp_path):
    """Run the bot with an owner, a member of staff, an organiser and thirty people."""
    owner, staff, organiser = api.person(1), api.person(2), api.person(3)
    given = {**settings, "TELEGRAM_RATE": "0", "LOG_LEVEL": "WARNING"}
    given["REHEARSAL_START"] = "2022-05-08T11:00:00+08:00"  # no deadline is near, and no bell rings
    async with serving(tmp_path, TELEGRAM_API_URL=api.url, **given) as process:
        assert "工作人员" in await appointed(owner, staff, "staff")
        assert "朱家角镇" in await appointed(owner, organiser, "朱家角镇")
        people = [await joined(api, number, TOWN) for number in PEOPLE]
        for person in people:
            assert "+5" in await tapped(person, "签到")
        yield owner, staff, organiser, people
        status, errors = await process.stop()
    assert (status, unexplained(errors)) == (0, "")
    assert (await offenders(settings["DATABASE_URL"]))[0] == []


async def test_a_class_is_proposed_in_time_and_approved(api, town):
    """Nine days ahead is refused with the rule, ten days goes to the staff, who approve."""
    _owner, staff, organiser, people = town

    assert "10" in await asked(organiser, FORM.format(start="2022-05-17 19:00"))
    assert "红楼梦" in await asked(organiser, FORM.format(start="2022-05-19 19:00"))
    await tapped(organiser, "确认")

    await until_told(api, staff, "红楼梦")
    assert "红楼梦" in await asked(staff, "审核")
    await staff.taps(next(label for label in labels(staff) if label.startswith("在运河边")))
    await staff.hears()
    await tapped(staff, "通过")

    await until_told(api, organiser, "通过")
    assert "红楼梦" in await asked(people[0], "直播")


async def test_she_writes_to_exactly_her_people_until_she_is_revoked(api, town):
    """Five blocked the bot: she gets their list; revoked, what she has prepared goes nowhere."""
    owner, _staff, organiser, people = town
    stranger = await joined(api, 99, "jinze")
    for person in people[:5]:
        await person.blocks()
    await api.until(lambda: not api.pending)

    await asked(organiser, "群发 {user.__class__} 周六在古镇读书")
    await organiser.taps("看效果、准备发")
    await until_told(api, organiser, "25 人现在能收到")
    await organiser.taps("确认")
    for person in people[5:]:
        assert "{user.__class__}" in (await until_told(api, person, "古镇读书")).text
    await owner.says("/clock +1m")  # what has ended is settled with the minute
    await until_told(api, organiser, "已发完")
    unreached = await tapped(organiser, "没收到的 5 人：打电话")

    await asked(organiser, "群发 明天不见不散")
    await organiser.taps("看效果、准备发")
    await until_told(api, organiser, "25 人现在能收到")
    await until_told(api, owner, "2022-05-08")
    await asked(owner, "/grant")
    number = re.search(r"(\w{8}).*朱家角镇", await tapped(owner, "现有授权"))
    await asked(owner, f"/revoke {number[1]}")
    await tapped(owner, "确认")
    await organiser.taps("确认")
    await until_told(api, organiser, "身份已经取消")
    await api.until(lambda: not api.pending)

    assert len(re.findall(r"^\d\. ", unreached, re.MULTILINE)) == 5
    assert not any("古镇读书" in seen.text for seen in stranger.chat.view)
    assert not any("不见不散" in seen.text for person in people for seen in person.chat.view)


def labels(person):
    """Return the labels of all buttons that stand in somebody's chat, the newest first."""
    shown = [
        label for seen in reversed(person.chat.view) for row in seen.buttons for label, _ in row
    ]
    return list(dict.fromkeys(shown))


async def test_staff_read_the_numbers_and_export_the_same(api, town):
    """What /stats says of the town is what the workbook says, read back."""
    _owner, staff, organiser, people = town
    told = await asked(staff, "/stats 朱家角镇")
    assert "30" in told
    assert "150" in told

    await asked(staff, "/export participants")
    rows = await exported(api, staff)
    towns = [row["街镇名称"] for row in rows if row["街镇名称"]]
    assert towns == ["朱家角镇"] * len(people)
    assert sum(row["累计得分"] for row in rows) == 5 * len(people)

    await asked(organiser, "/export participants")
    mine = await exported(api, organiser)
    assert len(mine) == len(people)
    assert "只给工作人员" in await asked(organiser, "/stats 朱家角镇")


async def exported(api, person):
    """Wait for a workbook in somebody's chat, and return its rows."""
    mine = str(person.chat.id)

    def sent():
        return [call for call in api.called("sendDocument") if str(call["chat_id"]) == mine]

    await api.until(sent, PATIENCE)
    person.chat.cursor = len(person.chat.events)
    content = sent()[-1][sent()[-1]["document"].removeprefix("attach://")]
    head, *rows = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values
    return [dict(zip(head, row, strict=True)) for row in rows]
