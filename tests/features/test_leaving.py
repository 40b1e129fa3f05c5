import pytest
from sqlalchemy import text

from storage import items
from storage.base import Base
from storage.db import insert_one
from storage.items import ItemRow
from tests.duties import owner


async def everything(chat):
    """Write out every row of every table."""
    found = []
    async with chat.database.reading() as db:
        for table in Base.metadata.sorted_tables:
            found += [f"{table.name} {row}" for row in await db.execute(table.select())]
    return "\n".join(found)


async def leaves(person, way):
    """Go through the leaving of one kind."""
    await person.says("注销")
    label = {"erase": "注销，全部删掉", "pause": "暂停参加"}[way]
    return await person.taps(person.button(label))


async def test_leaving_explains_two_ways_and_does_nothing_by_itself(chat):
    """Looking is not leaving, and cancelling leads back."""
    ming = await chat.join("ming")
    await ming.taps("checkins")

    reply = await ming.says("注销")
    await ming.taps(ming.button("取消"))

    assert reply.params["balance"] == 5
    assert (await ming.taps("checkins")).key == "checkins.already"


async def test_a_pause_keeps_the_points_and_names_the_way_back(chat, clock):
    """Consent taken back: nothing is recorded until 开始; then everything is there.

    Whatever is said meanwhile is answered with the way back, and pays nothing.
    """
    ming = await chat.join("ming", town="baihe")
    await ming.taps("checkins")

    paused = await leaves(ming, "pause")
    answers = [await ming.says("签到"), await ming.taps("me"), await ming.says("？")]
    said = {lang: chat.texts.render(answers[0], lang).text for lang in ("zh_CN", "en")}
    await ming.taps(ming.button("回来参加"))
    assert "您暂停前的积分都还在" in ming.rendered.text
    await ming.taps(ming.button("我已满14周岁，同意"))
    clock.ahead(days=1)
    again = await ming.taps("checkins")

    assert paused.key == "leaving.paused"
    assert [reply.key for reply in answers] == ["start.paused"] * 3
    assert "回来参加" in said["zh_CN"]
    assert "Come back" in said["en"]
    assert (again.params["balance"], again.params["streak"]) == (10, 2)
    assert await chat.broken() == {}


async def test_erasing_leaves_no_identity_and_keeps_the_sums(chat, record):
    """No account, no name, no number; lines and totals stay, and the audit is clean."""
    ming = await chat.join("ming-canary")
    await ming.taps("settings.rename")
    await ming.says("小canary")
    number = (await ming.says("我的")).params["number"].replace("-", "")
    await ming.taps("checkins")

    erased = await leaves(ming, "erase")
    dump = await everything(chat)

    assert erased.key == "leaving.erased"
    assert "canary" not in dump
    assert number not in dump
    async with chat.database.reading() as db:
        assert await db.scalar(text("SELECT sum(points) FROM ledger")) == 5
        assert await db.scalar(text("SELECT sum(earned) FROM totals")) == 5
    assert await chat.broken() == {}
    record("R12", "0 names of the erased in the dump, sums unchanged")


async def test_who_comes_back_the_same_day_begins_at_zero_tomorrow(chat, clock):
    """In the middle of a streak: erased, back the same day, nothing scores until tomorrow."""
    ming = await chat.join("ming")
    await ming.taps("checkins")
    clock.ahead(days=1)
    await ming.taps("checkins")

    await leaves(ming, "erase")
    await ming.says("开始")
    await ming.joins("jinze")
    same_day = await ming.taps("checkins")
    has = await ming.has()
    clock.ahead(days=1)
    next_day = await ming.taps("checkins")

    assert same_day.key == "checkins.tomorrow"
    assert "+" not in ming.rendered.text.split("+5")[0]
    assert (has.earned, has.visit_days) == (0, 0)
    assert (next_day.key, next_day.params["balance"], next_day.params["streak"]) == (
        "checkins.paid",
        5,
        1,
    )
    assert await chat.broken() == {}


async def test_a_role_taken_before_consent_is_no_way_around(chat, clock):
    """Erased, back by a role's code the same day: it scores from tomorrow as well."""
    boss = await owner(chat)
    ming = await chat.join("ming")
    await ming.taps("checkins")
    await leaves(ming, "erase")
    code = (await boss.says("/grant jinze")).params["code"]

    await ming.says(f"/role {code}")
    await ming.joins("jinze")
    same_day = await ming.taps("checkins")
    await leaves(ming, "pause")
    await ming.taps("start.agree")
    clock.ahead(days=1)

    assert same_day.key == "checkins.tomorrow"
    assert (await ming.taps("checkins")).key == "checkins.paid"


async def test_what_scores_once_stays_used_after_erasing(chat, clock):
    """A video scored before leaving does not score again, however often one leaves."""
    ming = await chat.join("ming")
    async with chat.database.transaction() as db:
        item = await insert_one(
            db, ItemRow, kind="video", title="t", author="", url="https://v.example",
            minutes=0, language="zh", tags="", summary="", found="t", initials="t",
            added_at=clock.now(),
        )  # fmt: skip
    await ming.taps(f"items.open:{item}")
    first = await ming.taps(f"items.done:{item}")
    answers = []
    for _ in range(2):
        await leaves(ming, "erase")
        await ming.says("开始")
        await ming.joins()
        clock.ahead(days=1)
        await ming.taps(f"items.open:{item}")
        answers.append((await ming.taps(f"items.done:{item}")).key)

    assert first.key == "items.paid"
    assert answers == ["items.already", "items.already"]
    assert await chat.broken() == {}
    async with chat.database.reading() as db:
        assert (await items.get(db, item)).title == "t"


@pytest.mark.parametrize("way", ["pause", "erase"])
async def test_leaving_needs_the_own_fresh_button(chat, clock, way):
    """Forged, foreign and old confirmations leave everything as it is."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    await ming.says("注销")
    target = ming.button({"erase": "注销，全部删掉", "pause": "暂停参加"}[way])

    foreign = await hua.taps(target)
    bare = await ming.taps(f"leaving.{way}:all")
    clock.ahead(minutes=11)
    late = await ming.taps(target)

    assert [foreign.key, bare.key, late.key] == ["errors.confirm_again"] * 3
    assert (await ming.taps("checkins")).key == "checkins.paid"


async def test_the_erased_hold_no_place_in_the_ranks(chat):
    """Others move up; the one who left is not counted."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    await ming.taps("checkins")
    await hua.taps("checkins")
    before = await hua.says("排行")

    await leaves(ming, "erase")
    after = await hua.says("排行")

    assert (before.params["rank"], before.params["of"]) == (2, 2)
    assert (after.params["rank"], after.params["of"]) == (1, 1)
