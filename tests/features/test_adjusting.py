"""Adjusting points: previewed, confirmed once, told to the citizen, nobody's own."""

import asyncio

import pytest

from tests.corrections import adjusts, number, told
from tests.duties import appoint
from tests.engine.test_correcting import audit
from tests.push import Worker


async def test_an_adjustment_is_seen_then_booked_and_told(chat, staff, ming):
    """Preview, confirm, line with its reason in the log, a push; nothing before the confirm."""
    seen = await adjusts(staff, ming, "+7 停电补偿")
    before = (await ming.has()).balance
    done = await staff.taps(staff.button("确认"))
    await ming.says("明细")

    assert (seen.key, seen.params["before"], seen.params["after"]) == ("amending.preview", 5, 12)
    assert before == 5
    assert (done.key, done.params["points"], done.params["balance"]) == (
        "amending.booked",
        "+7",
        12,
    )
    assert "调整 +7（理由：停电补偿）" in ming.rendered.text
    assert await told(chat, "ming") == ["adjustments.told_adjustment"]
    assert (await ming.has()).earned == 5
    assert await audit(chat) == {}


async def test_the_citizen_reads_the_reason(chat, staff, ming):
    """The push says what and why, in the citizen's words; the audit keeps who did it."""
    await adjusts(staff, ming, "-2 重复计分")
    await staff.taps(staff.button("确认"))

    worker = Worker(chat)
    await worker.leader.renew()
    await worker.delivers()
    [(who, reply)] = worker.platform.sent
    await staff.says("审计")

    assert (who, reply.key) == ("ming", "adjustments.told_adjustment")
    assert (reply.params["points"], reply.params["reason"]) == ("-2", "重复计分")
    assert f"调整积分（{(await number(ming)).replace('-', '')}）" in staff.rendered.text


async def test_a_debt_is_shown_and_agreed_to(chat, staff, ming):
    """More than there is: the preview names the debt, the confirm is the agreement."""
    seen = await adjusts(staff, ming, "-9 误发")
    assert "会欠 4 分" in staff.rendered.text
    done = await staff.taps(staff.button("确认"))

    assert (seen.params["before"], seen.params["after"]) == (5, -4)
    assert (done.params["balance"], done.params["earned"]) == (0, 5)
    assert (await ming.has()).debt == 4
    assert await audit(chat) == {}


async def test_a_debt_that_grew_since_is_not_booked(chat, boss, staff, ming):
    """Points went meanwhile: nothing is booked, staff begin again."""
    await adjusts(staff, ming, "-9 误发")
    confirm = staff.button("确认")
    await adjusts(boss, ming, "-3 误发")
    await boss.taps(boss.button("确认"))

    assert (await staff.taps(confirm)).key == "amending.again"
    assert ((await ming.has()).balance, (await ming.has()).debt) == (2, 0)


async def test_confirming_twice_books_once(chat, staff, ming):
    """The same tap delivered again hears the same; another tap hears that it is done."""
    await adjusts(staff, ming, "5 补偿")
    confirm = staff.button("确认")

    first = await staff.taps(confirm, update="u1")
    retry = await staff.taps(confirm, update="u1")
    second = await staff.taps(confirm)

    assert (first.key, retry.key, second.key) == ("amending.booked",) * 2 + ("amending.already",)
    assert (retry.params["points"], retry.params["balance"]) == ("+5", 10)
    assert (await ming.has()).balance == 10


async def test_twenty_confirms_at_once_book_once(chat, staff, ming):
    """However the taps race."""
    await adjusts(staff, ming, "5 补偿")
    confirm = staff.button("确认")

    replies = await asyncio.gather(*(staff.taps(confirm) for _ in range(20)))

    assert (await ming.has()).balance == 10
    assert {r.key for r in replies if r} <= {"amending.booked", "amending.already"}
    assert await audit(chat) == {}


async def test_a_confirm_belongs_to_who_saw_the_preview(chat, clock, boss, staff, ming):
    """Forwarded, forged or stale, it books nothing; revoked in between, neither."""
    await adjusts(staff, ming, "5 补偿")
    confirm = staff.button("确认")

    assert (await boss.taps(confirm)).key == "errors.confirm_again"
    assert (await staff.taps("adjustments.do:1")).key == "errors.confirm_again"
    assert (await ming.taps(confirm)).key == "errors.not_allowed"
    await boss.says(f"/revoke {await number(staff)}")
    await boss.taps(boss.button("确认"))
    assert (await staff.taps(confirm)).key == "errors.not_allowed"
    assert (await ming.has()).balance == 5


async def test_a_confirm_is_too_old_after_ten_minutes(chat, clock, staff, ming):
    """Then staff begin again."""
    await adjusts(staff, ming, "5 补偿")
    clock.ahead(minutes=11)

    assert (await staff.taps(staff.button("确认"))).key == "errors.confirm_again"


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("0 理由", "adjusting.wrong_zero"),
        ("1e9 理由", "adjusting.wrong_points"),
        ("5.5 理由", "adjusting.wrong_points"),
        ("1001 理由", "adjusting.wrong_many"),
        ("五 理由", "adjusting.wrong_points"),
        ("5", "adjusting.wrong_reason"),
        ("5 。。。", "adjusting.wrong_reason"),
        ("5 " + "很" * 201, "adjusting.wrong_long"),
        ("理由 5", "adjusting.wrong_points"),
    ],
)
async def test_what_cannot_be_booked_is_said(staff, ming, words, key):
    """No points, no whole number, too many, no reason, too long a one."""
    assert (await adjusts(staff, ming, words)).key == key


@pytest.mark.parametrize("words", ["＋５ 补偿", "+5 补偿", "5　补偿", "−2 重复", "－２ 重复"])
async def test_full_width_and_other_minus_signs_are_read(staff, ming, words):
    """Whatever the keyboard makes of a number."""
    reply = await adjusts(staff, ming, words)

    assert (reply.key, reply.params["after"]) == ("amending.preview", 3 if "重" in words else 10)


async def test_alone_it_shows_how_to_write(staff):
    """The template, with an example."""
    reply = await staff.says("调整")

    assert reply.key == "adjusting.how"
    assert "/adjust 2A3B4C5D +5 4月25日停电，没能签到" in staff.rendered.text


async def test_a_number_with_a_typing_mistake_names_the_likely_one(staff, ming):
    """One wrong sign, or two swapped: is it she? A tap leads on; a stranger's is refused."""
    good = (await number(ming)).replace("-", "")
    wrong = good[:3] + ("2" if good[3] != "2" else "3") + good[4:]

    reply = await staff.says(f"/adjust {wrong} 5 补偿")
    led = await staff.taps(staff.button(good))

    assert (reply.key, led.key) == ("adjusting.typo", "adjusting.lines")
    assert (await staff.says("/adjust 2A3B 5 补偿")).key == "errors.wrong_number"
    assert (await staff.says("/adjust 22222222 5 补偿")).key == "errors.unknown_number"


async def test_nobody_adjusts_their_own_points(chat, staff, ming):
    """Not by the command, not by a line, not for the asker's own second look."""
    assert (await adjusts(staff, staff, "5 补偿")).key == "amending.own"
    await staff.taps("checkins")
    mine = (await number(staff)).replace("-", "")
    await staff.taps(f"adjusting.take:{mine}:1")
    assert (await staff.says("我自己的")).key == "amending.own"
    assert (await staff.has()).balance == 5


async def test_organisers_and_citizens_adjust_nothing(chat, boss, ming):
    """The command and its taps are for staff."""
    hua = await appoint(chat, "hua", "xiayang", by=boss)
    for person in (hua, ming):
        for target in ("adjusting", "adjusting.of:22222222", "makeups:1", "adjustments.review:1"):
            assert (await person.taps(target)).key == "errors.not_allowed"
        assert (await adjusts(person, ming, "5 补偿")).key == "errors.not_allowed"


async def test_whoever_left_is_not_adjusted(chat, staff, ming):
    """Erased between preview and confirm: the draft went with her."""
    await adjusts(staff, ming, "5 补偿")
    confirm = staff.button("确认")
    gone = await number(ming)
    await ming.says("注销")
    await ming.taps(ming.button("注销，全部删掉"))

    assert (await staff.taps(confirm)).key == "amending.gone"
    assert (await staff.says(f"/adjust {gone} 5 补偿")).key == "errors.unknown_number"
    assert await audit(chat) == {}


async def test_a_line_is_reversed_from_the_list(chat, staff, ming):
    """The number alone lists lines; one is chosen, a reason given, seen, confirmed, told."""
    listed = await adjusts(staff, ming, "")
    await staff.taps(staff.button("撤销第 1 条"))
    seen = await staff.says("代签")
    done = await staff.taps(staff.button("确认"))
    again = await adjusts(staff, ming, "")
    await ming.says("明细")

    assert (listed.key, seen.key, done.key) == (
        "adjusting.lines",
        "amending.preview",
        "amending.booked",
    )
    assert (done.params["points"], done.params["earned"]) == ("-5", 0)
    assert "（已撤销）" in staff.rendered.text
    assert again.key == "adjusting.lines"
    assert "撤销 签到 -5（理由：代签）" in ming.rendered.text
    assert (await told(chat, "ming")) == ["adjustments.told_reversal"]
    assert await audit(chat) == {}


async def test_two_staff_reverse_one_line_once(chat, boss, staff, ming):
    """Both saw it; one is booked, the other reads that it is done."""
    for person in (staff, boss):
        await adjusts(person, ming, "")
        await person.taps(person.button("撤销第 1 条"))
        await person.says("代签")

    replies = await asyncio.gather(*(p.taps(p.button("确认")) for p in (staff, boss)))

    assert sorted(r.key for r in replies) == ["amending.already", "amending.booked"]
    assert (await ming.has()).lines == 2
