import json

import pytest

from bot import i18n
from bot.jobs import Jobs
from storage import holdings
from tests.classes import on_air, row
from tests.stocked import stock
from tests.worker import jobs_of


async def test_the_copy_holds_everything_and_explains_it(chat, clock):
    """Asked for, made in a child process, told, pulled again: every table about this person."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    [book] = await stock(chat, "book", "我的书")
    [live] = await on_air(chat, row("读《红楼梦》"))
    await ming.taps(f"livestreams.book:{live}")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)
    await ming.taps(f"items.done:{book}")
    await hua.taps("checkins")
    told = []

    begun = await ming.says("我的数据")
    waiting = await ming.says("我的数据")
    assert await jobs_of(chat, told, kind=Jobs).work_off_one()
    pulled = await ming.taps(waiting.buttons[0][0].target)

    assert [begun.key, waiting.key, pulled.key] == [
        "mydata.begun",
        "mydata.on_its_way",
        "mydata.ready",
    ]
    [(account, pushed)] = told
    assert account == ming.account
    assert pushed.document.content == ming.rendered.document.content
    copy = json.loads(pushed.document.content)
    assert set(copy["held"]) == set(holdings.about_citizens())
    assert copy["titles"] == {str(book): "我的书", f"live:{live}": "读《红楼梦》"}
    assert [row["points"] for row in copy["held"]["ledger"]["rows"]] == [2]
    assert all(entry["about"]["zh_CN"] for entry in copy["held"].values())
    assert pushed.document.name.startswith("shuxiang-mydata-")


async def test_nobody_else_is_in_the_copy(chat):
    """Another citizen's number, name and id are not in the file."""
    ming, hua = await chat.join("ming"), await chat.join("hua-canary")
    await hua.taps("settings.rename")
    await hua.says("阿华canary")
    await hua.taps("checkins")
    await ming.says("我的数据")

    await jobs_of(chat, told := []).work_off_one()

    assert b"canary" not in told[0][1].document.content


async def test_asking_again_while_it_is_made_asks_once(chat):
    """Taps, words and retries are one piece of work; a new one is made on wish."""
    ming = await chat.join("ming")
    for _ in range(3):
        await ming.says("我的数据")
    worker = jobs_of(chat, [])
    worked = [await worker.work_off_one() for _ in range(2)]

    again = await ming.taps("mydata.anew")

    assert worked == [True, False]
    assert again.key == "mydata.begun"
    assert await worker.work_off_one()


async def test_the_file_is_fetched_by_its_token_only_for_a_while(chat, clock):
    """A forged token, another's, and one of a quarter of an hour ago open nothing."""
    ming = await chat.join("ming")
    await ming.says("我的数据")
    await jobs_of(chat, told := []).work_off_one()
    token = told[0][1].document.token
    job, citizen, rest = token.split(".", 2)
    forged = [f"{job}.{int(citizen) + 1}.{rest}", f"{token}x", "", "1.2.3", "a.b.c.d", "\ud800"]

    assert (await chat.dispatcher.files.file(token)).content == told[0][1].document.content
    assert [await chat.dispatcher.files.file(each) for each in forged] == [None] * len(forged)
    clock.ahead(minutes=15, seconds=1)
    assert await chat.dispatcher.files.file(token) is None


async def test_work_that_fails_three_times_is_given_up_and_said(chat, caplog, monkeypatch):
    """A broken piece of work does not go on for ever, and the person is told."""
    ming = await chat.join("ming")
    await ming.says("我的数据")
    worker = jobs_of(chat, told := [])

    async def broken(_job):
        raise ZeroDivisionError

    monkeypatch.setattr(worker, "_in_a_child", broken)
    worked = [await worker.work_off_one() for _ in range(4)]
    caplog.clear()

    assert worked == [True, True, True, False]
    assert [rendered.document for _, rendered in told] == [None]
    assert (await ming.says("我的数据")).key == "mydata.begun"


async def test_work_of_a_killed_worker_is_taken_over_when_its_lease_ends(chat, clock, monkeypatch):
    """Ten minutes later somebody else does it, once."""
    ming = await chat.join("ming")
    await ming.says("我的数据")
    dead, alive = jobs_of(chat, []), jobs_of(chat, told := [])

    async def killed(_job):
        raise KeyboardInterrupt

    monkeypatch.setattr(dead, "_in_a_child", killed)
    with pytest.raises(KeyboardInterrupt):
        await dead.work_off_one()
    before = await alive.work_off_one()
    clock.ahead(minutes=11)
    after = await alive.work_off_one()

    assert (before, after, len(told)) == (False, True, 1)


def test_every_table_about_a_citizen_is_explained():
    """A new table cannot be forgotten in the copy."""
    keys = {message.id for message in i18n.read("zh_CN") if isinstance(message.id, str)}

    assert {f"held.{name}" for name in holdings.about_citizens()} <= keys
