"""Deciding reading notes: accepted and paid once, refused with a reason, told to the writer."""

import asyncio

import pytest

from bot import campaign as campaigns
from tests.chat import Chat
from tests.duties import appoint
from tests.noting import book, handed_in, paying
from tests.push import Worker


async def target(chat, person, label):
    """Return where a button of the only note in the queue leads."""
    await person.taps("notequeue")
    await person.says("1")
    return person.button(label)


@pytest.fixture
async def chat(database, clock):
    """Bring a campaign that pays three points for a note."""
    async with Chat.open(database, clock, paying(campaigns.load())) as chat:
        yield chat


async def test_an_accepted_note_pays_once_for_the_day_it_was_written(chat, clock):
    """Two at once accept it once; written anew, it is read again and pays nothing."""
    staff = await appoint(chat, "staff", "staff")
    other = await appoint(chat, "other", "staff", by=chat.person("owner"))
    ming = await chat.join("ming")
    item = await book(chat)
    await handed_in(chat, ming, item)
    before = (await ming.has()).earned
    clock.ahead(days=1)
    taps = [(who, await target(chat, who, "通过")) for who in (staff, other)]
    answers = await asyncio.gather(*(who.taps(tap) for who, tap in taps))
    worker = Worker(chat)
    await worker.rings()
    told = [reply for who, reply in worker.platform.sent if who == "ming" and "told" in reply.key]

    assert sorted(each.key for each in answers) == ["moderating.accepted", "moderating.gone"]
    assert (await ming.has()).earned == before + 3
    assert [(each.key, each.params["points"].params) for each in told] == [
        ("moderating.told_accepted", {"points": 3})
    ]
    assert "红楼梦" in str((await ming.says("/log")).params["entries"])
    assert (await ming.says("/me")).key == "me.text"

    await ming.says("/notes")
    await ming.says("1")
    await ming.taps(ming.button("收回这篇心得"))
    await handed_in(chat, ming, item)
    await staff.taps(await target(chat, staff, "通过"))
    assert (await ming.has()).earned == before + 3 + 2  # the book itself, read again
    assert (await ming.taps(f"notewall:{item}")).key == "notewall.text"
    assert await chat.broken() == {}


async def test_a_refused_note_says_why_and_is_nowhere_read(chat, clock):
    """The reason is asked for and told; who paused meanwhile is decided no more."""
    staff = await appoint(chat, "staff", "staff")
    ming, hua = await chat.join("ming"), await chat.join("hua")
    item = await book(chat)
    await handed_in(chat, ming, item)
    await staff.taps(await target(chat, staff, "退回"))
    long = await staff.says("不" * 201)
    done = await staff.says("请写得再具体一点")
    worker = Worker(chat)
    await worker.rings()
    told = [reply for who, reply in worker.platform.sent if who == "ming"]
    page = [await ming.says("/notes"), await ming.says("1")][1]
    await handed_in(chat, hua, item)
    accept = await target(chat, staff, "通过")
    await hua.says("/forget")
    await hua.taps(hua.button("暂停参加"))

    assert long.key == "moderating.reason_length"
    assert done.key == "moderating.refused"
    assert [(each.key, each.params["reason"]) for each in told] == [
        ("moderating.told_refused", "请写得再具体一点")
    ]
    assert page.params["reason"].params == {"reason": "请写得再具体一点"}
    assert (await staff.taps(accept)).key == "moderating.gone"
    assert (await staff.taps("notequeue")).key == "notequeue.none"
    assert await chat.broken() == {}
    erased = await ming.says("/forget")
    assert erased.key == "leaving.text"
    await ming.taps(ming.button("注销，全部删掉"))
    assert await chat.broken() == {}
