"""The corporation's directory: it suggests, it never decides, and it may say nothing at all."""

import pytest
from sqlalchemy import text

from bot.channels.wecom import Directory
from bot.messages import Introduction
from storage import citizens, profiles, units
from storage.citizens import Account
from storage.units import Unit
from tests.wecom_api import refuse
from tests.wecom_bench import Bench
from tests.wecom_members import HANG, HTML

TOWNS = {
    1: {"name": "青浦区", "parentid": 0},
    2: {"name": "朱家角镇人民政府", "parentid": 1},
    3: {"name": "文化体育服务中心", "parentid": 2},
}


@pytest.fixture
def database(sqlite_database):
    """One database is enough here."""
    return sqlite_database


@pytest.fixture
async def bench(chat):
    """WeCom with the real bot behind it, which asks its directory."""
    async with Bench.open(handle=chat.dispatcher.handle) as bench:
        bench.api.departments |= TOWNS
        directory = Directory(bench.channel.api, bench.clock)

        async def ask(account):
            return await directory.find(account.sender)

        chat.introduce = ask
        yield bench


def listed(bench, name="XiaoMing", called="张伟", **entry):
    """Bring a member in who stands in the directory."""
    member = bench.api.member(name)
    member.called, member.entry = called, entry
    return member


async def said(bench, member, words):
    """Say something, and return all that is shown for it."""
    member.inbox.clear()
    await member.says(words)
    await bench.api.posting.settled()
    return "\n".join(
        part for seen in member.inbox for part in (seen.text, *(label for label, _ in seen.buttons))
    )


async def canaries(chat):
    """Say which tables hold the member's name."""
    found = []
    async with chat.database.reading() as db:
        for table in ("handled", "profiles", "choices", "facts"):
            rows = (await db.execute(text(f"SELECT * FROM {table}"))).all()
            found += [table for row in rows if "张伟" in str(row)]
    return found


async def test_the_department_is_offered_first_and_the_name_on_a_button(chat, bench):
    """Only after consent is anything asked; only a tap makes it one's own."""
    ming = listed(bench, department=[3], main_department=3)

    await said(bench, ming, "你好")
    assert not bench.api.called("user/get")
    await ming.presses("我已满14周岁，同意")
    await bench.api.posting.settled()
    towns = "\n".join(seen.text for seen in ming.inbox)
    assert "通讯录里写着“朱家角镇”" in towns
    assert "1 朱家角镇\n2 夏阳街道" in towns
    assert bench.api.called("user/get")[0]["userid"] == "xiaoming"

    joined = await said(bench, ming, "1")
    assert "您已加入朱家角镇的读者" in joined
    assert "1 叫我“张伟”" in joined
    assert await canaries(chat) == []

    named = await said(bench, ming, "1")
    async with chat.database.reading() as db:
        person = await citizens.find(db, Account("wecom", "xiaoming"))
        profile = await profiles.of(db, person.citizen)
    assert "张伟" in named
    assert (person.town, profile.name, profile.listed) == ("zhujiajiao", "张伟", False)


async def test_a_bureau_is_joined_by_its_button_and_the_town_is_asked_then(chat, bench):
    """The nearest department that is known counts, and it is suggested once."""
    bench.api.departments[7] = {"name": "青浦区教育局", "parentid": 2}
    async with chat.database.transaction() as db:
        await units.put(
            db, chat.campaign_id, [Unit("bureau77", units.BUREAU, "区教育局", "Bureau")]
        )
    ming = listed(bench, department=[7])

    await said(bench, ming, "你好")
    await ming.presses("我已满14周岁，同意")
    await bench.api.posting.settled()
    towns = await said(bench, ming, "1")
    async with chat.database.reading() as db:
        person = await citizens.find(db, Account("wecom", "xiaoming"))

    assert (person.unit, person.town) == ("bureau77", None)
    assert "1 夏阳街道" in towns
    assert "通讯录" not in towns


@pytest.mark.parametrize(
    ("path", "fault", "asked"),
    [
        ("user/get", refuse(60011), 1),
        ("user/get", refuse(60020), 1),
        ("user/get", refuse(48002), 1),
        ("user/get", refuse(60111), 2),
        ("user/get", HTML, 2),
        ("department/get", refuse(60011), 2),
    ],
)
async def test_what_the_directory_does_not_say_is_gone_without(chat, bench, path, fault, asked):
    """Joining goes on as everywhere; a closed directory is asked again ten minutes later."""
    ming = listed(bench, department=[3], main_department=3)
    bench.api.fail(path, fault)

    await said(bench, ming, "你好")
    await ming.presses("我已满14周岁，同意")
    await bench.api.posting.settled()
    assert "通讯录" not in "\n".join(seen.text for seen in ming.inbox)
    joined = await said(bench, ming, "1")

    assert "您已加入夏阳街道的读者" in joined
    assert len(bench.api.called("user/get")) == asked
    assert bench.channel.state == "up"
    bench.clock.ahead(601)
    assert "叫我“张伟”" in await said(bench, ming, "设置") + await said(bench, ming, "2")


@pytest.mark.parametrize(
    ("called", "entry", "expected"),
    [
        ("XIAOMING", {}, Introduction()),
        (None, {"department": "x", "main_department": None}, Introduction()),
        (
            "张伟",
            {"department": [3, 2]},
            Introduction("张伟", ("文化体育服务中心", "朱家角镇人民政府")),
        ),
        ("张伟", {"department": [1]}, Introduction("张伟")),
    ],
)
async def test_what_an_entry_comes_to(bench, called, entry, expected):
    """An id in the place of a name is none; whatever is odd is left out; nothing is asked twice."""
    listed(bench, called=called, **entry)
    directory = Directory(bench.channel.api, bench.clock)

    assert await directory.find("xiaoming") == expected
    before = len(bench.api.called("department/get"))
    assert await directory.find("xiaoming") == expected
    assert len(bench.api.called("department/get")) == before

    bench.api.fail("user/get", HANG)
    slow = Directory(bench.channel.api, bench.clock, seconds=0.01)
    assert await slow.find("xiaoming") is None


async def test_nobody_under_fourteen_is_offered_a_real_name_nor_anyone_that_of_staff(chat, bench):
    """The directory may name the guardian, or call somebody 管理员."""
    for name, called, answer in (
        ("Kid", "张伟", "我未满14周岁"),
        ("Boss", "管理员", "我已满14周岁，同意"),
    ):
        member = listed(bench, name, called, department=[3])
        await said(bench, member, "你好")
        await member.presses(answer)
        await bench.api.posting.settled()
        if answer.startswith("我未满"):
            await member.presses("我是监护人，同意")
            await bench.api.posting.settled()
        assert "您已加入朱家角镇的读者" in (told := await said(bench, member, "1"))
        assert "叫我" not in told
