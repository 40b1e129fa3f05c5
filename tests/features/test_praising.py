"""Staff's answer to an experience: news for everybody, or a reason for its writer."""

import pytest

from bot import campaign as campaigns
from tests.chat import Chat
from tests.features.test_experiences import FORM
from tests.push import Worker
from tests.selected import published, readers, short, taken


@pytest.fixture
async def chat(sqlite_database, clock):
    """Bring a campaign whose lists hold one."""
    async with Chat.open(sqlite_database, clock, short(campaigns.load())) as chat:
        yield chat


@pytest.fixture
async def ming(chat, clock, boss, staff):
    """Bring somebody who was chosen and has handed an experience in."""
    ming, _ = await readers(chat, ming=3, hua=2)
    await published(chat, draft=await taken(chat))
    clock.set("2022-10-16T10:00:00+08:00")
    await hands_in(ming)
    return ming


async def hands_in(person):
    """Fill the form in and confirm."""
    await person.says(FORM)
    assert (await person.taps(person.button("确认"))).key == "experiences.handed_in"


async def opens(staff):
    """Open what waits under /review."""
    await staff.says("/review")
    return await staff.says("1")


async def test_an_accepted_experience_is_news_and_stands_on_the_shelf(chat, ming, staff):
    """Told to who wants news, readable by all until it is taken back."""
    hua = chat.person("hua")
    page = await opens(staff)
    accept = staff.button("通过")
    done, again = await staff.taps(accept), await staff.taps(accept)
    worker = Worker(chat)
    await worker.rings()
    told = [(who, reply) for who, reply in worker.platform.sent if reply.key == "praising.news"]
    shelf = await hua.says("书房")
    listed = await hua.taps("voices")
    read = await hua.says("1")

    assert (page.key, page.params["name"]) == ("praising.page", "明明")
    assert (done.key, again.key) == ("praising.accepted", "praising.gone")
    assert {who for who, _ in told} >= {"ming", "hua"}
    assert len(told[0][1].params["text"]) == 80
    assert "praising.told_accepted" in worker.platform.told("ming")
    assert "voices" in {each.target for row in shelf.buttons for each in row}
    assert (listed.key, read.params["title"]) == ("voices.text", "一天二十分钟")
    assert await chat.broken() == {}

    await ming.says("/experience")
    await ming.taps(ming.button("收回这份经验"))
    assert (await hua.taps("voices")).key == "voices.none"


async def test_a_refused_one_says_why_and_may_come_again(chat, ming, staff, boss):
    """The reason reaches the writer alone; what was taken back cannot be decided."""
    await opens(staff)
    await staff.taps(staff.button("退回"))
    done = await staff.says("请写得再具体一点")
    worker = Worker(chat)
    await worker.rings()
    told = [reply for who, reply in worker.platform.sent if reply.key == "praising.told_refused"]
    await hands_in(ming)
    await opens(boss)
    accept = boss.button("通过")
    await ming.says("/experience")
    await ming.taps(ming.button("收回这份经验"))

    assert done.key == "praising.refused"
    assert [reply.params["reason"] for reply in told] == ["请写得再具体一点"]
    assert not [1 for _, reply in worker.platform.sent if reply.key == "praising.news"]
    assert (await boss.taps(accept)).key == "praising.gone"
