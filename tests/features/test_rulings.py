"""异议处理: what waits, with the evidence."""

from tests.classes import on_air, row
from tests.corrections import disputes
from tests.stocked import stock


async def test_nothing_waits(staff):
    """The empty list says so."""
    assert (await staff.says("异议")).key == "rulings.none"


async def test_what_waits_is_listed_oldest_first(chat, clock, staff, ming):
    """With whose it is and what about; a number alone opens it."""
    hua = await chat.join("hua")
    await hua.taps("checkins")
    for person in (ming, hua):
        await disputes(person)
        await person.says("不对")
        clock.ahead(minutes=1)

    listed = await staff.says("异议")
    one = await staff.says("1")

    numbers = [line.params["number"] for line in listed.params["lines"].phrases]
    mine = (await ming.says("我的")).params["number"].replace("-", "")
    assert (numbers[0], len(numbers)) == (mine, 2)
    assert (one.key, one.params["number"]) == ("rulings.page", mine)


async def test_the_evidence_of_an_item(chat, clock, staff, ming):
    """When it was opened and finished, how long it takes, and the whole day to the second."""
    [book] = await stock(chat, "book", "日记")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5, seconds=1)
    await ming.taps(f"items.done:{book}")
    await disputes(ming)
    await ming.says("时间不对")

    await staff.says("异议")
    await staff.says("1")
    text = staff.rendered.text

    assert "间隔 5 分 1 秒" in text
    assert "09:05:01" in text
    assert "09:00:00 5月1日 签到 +5" in text
    assert "时间不对" in text


async def test_the_evidence_of_a_class(chat, clock, staff, ming):
    """When it took place, and when somebody came in."""
    [one] = await on_air(chat, row("一", "2022-05-01 19:00"))
    clock.set("2022-05-01T19:10:00+08:00")
    await ming.taps(f"joining.join:{one}")
    await disputes(ming)
    await ming.says("不对")

    await staff.says("异议")
    await staff.says("1")

    assert "进入直播：" in staff.rendered.text
    assert "19:00" in staff.rendered.text


async def test_citizens_see_none_of_it(ming):
    """Commands and taps are for staff."""
    for target in ("rulings", "rulings.one:1", "answering.accept:1:m", "answering.refuse:1"):
        assert (await ming.taps(target)).key == "errors.not_allowed"


async def test_one_of_an_erased_citizen_is_gone(chat, staff, ming):
    """The list is empty, an old button says so."""
    await disputes(ming)
    await ming.says("不对")
    await staff.says("异议")
    opens = staff.button("第 1 条")
    await ming.says("注销")
    await ming.taps(ming.button("注销，全部删掉"))

    assert (await staff.taps(opens)).key == "amending.gone"
    assert (await staff.says("异议")).key == "rulings.none"
