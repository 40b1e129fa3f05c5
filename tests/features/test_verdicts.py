"""Staff's answers to proposals."""

import asyncio

import pytest

from storage.proposals import APPROVED, REFUSED, RETURNED, WAITING, WITHDRAWN
from tests.classes import on_air, row
from tests.duties import appoint
from tests.proposed import PLAN, acts, approve, classes, form, hand_in, states
from tests.push import Worker


async def test_an_approved_class_is_on_the_programme(chat, boss, mei):
    """From the list of reviews to the list of livestreams; not a moment earlier."""
    worker = Worker(chat)
    number = await hand_in(mei)
    assert (await mei.says("直播")).key == "livestreams.empty"
    await boss.says("审核")
    page = await boss.taps(boss.button("在运河边读《红楼梦》"))
    done = await boss.taps(boss.button("通过"))
    await worker.rings()

    assert (page.key, done.key) == ("verdicts.page", "verdicts.done_approved")
    (made,) = await classes(chat)
    assert (made.topic, made.unit, made.state) == ("在运河边读《红楼梦》", "zhujiajiao", "approved")
    assert (await mei.says("直播")).key == "livestreams.text"
    assert worker.platform.told("mei") == ["proposals.told_approved"]
    assert await states(chat) == {number: APPROVED}
    assert await acts(chat) == ["class_proposed", "proposal_approved"]


async def test_a_plan_is_noted(chat, boss, mei):
    """It puts nothing on the programme."""
    number = await hand_in(mei, form(PLAN))
    await approve(boss, number)

    assert await classes(chat) == []
    assert await states(chat) == {number: APPROVED}


@pytest.mark.parametrize(("state", "label"), [(RETURNED, "请其修改"), (REFUSED, "不通过")])
async def test_a_reason_goes_to_the_unit(chat, boss, mei, state, label):
    """Asked for, taken from the next text, and told; asked back, the form comes with it."""
    worker = Worker(chat)
    await appoint(chat, "lan", "zhujiajiao", by=boss)
    number = await hand_in(mei)
    await boss.taps(f"proposals.review:{number}")
    asked = await boss.taps(boss.button(label))
    done = await boss.says("请换个时间：周末更好")
    await worker.rings()

    assert (asked.key, done.key) == (f"verdicts.why_{state}", f"verdicts.done_{state}")
    assert await states(chat) == {number: state}
    sent = [each for each in worker.platform.sent if not each[1].key.startswith("deadlines")]
    told = [reply for who, reply in sent if who == "mei"]
    assert [reply.key for reply in told] == [f"proposals.told_{state}"]
    assert told[0].params["reason"] == "请换个时间：周末更好"
    assert ("form" in told[0].params) is (state == RETURNED)
    assert [reply.key for who, reply in sent if who == "lan"] == [f"proposals.told_{state}"]
    assert (await acts(chat))[-1] == f"proposal_{state}"
    page = await mei.taps(f"proposals.one:{number}")
    assert page.params["state"].params["reason"] == "请换个时间：周末更好"
    assert (await boss.says("还有一句")).key == "help.lost"


async def test_asked_back_and_sent_again(chat, boss, mei):
    """What comes with the push can be sent as it is, once it is put right."""
    worker = Worker(chat)
    number = await hand_in(mei)
    await boss.taps(f"verdicts.why:{RETURNED}:{number}")
    await boss.says("简介太短")
    await worker.rings()
    form_lines = next(r for who, r in worker.platform.sent if who == "mei").params["form"]
    text = chat.texts.text("proposals.told_returned", "zh_CN",
                           {"topic": "", "when": "", "reason": "", "form": form_lines})  # fmt: skip
    again = await hand_in(mei, "/propose" + text.partition("/propose")[2].replace("几顿", "许多"))

    assert await states(chat) == {number: "replaced", again: WAITING}
    await approve(boss, again)
    assert [made.summary for made in await classes(chat)] == ["从许多饭读起。"]


@pytest.mark.parametrize("reason", ["\u202e \0", "长" * 501])
async def test_a_reason_has_its_length(chat, boss, mei, reason):
    """What is nothing or too much is asked for again."""
    number = await hand_in(mei)
    await boss.taps(f"verdicts.why:{REFUSED}:{number}")

    assert (await boss.says(reason)).key == "verdicts.reason_length"
    assert await states(chat) == {number: WAITING}
    assert (await boss.says("太晚了")).key == "verdicts.done_refused"


async def test_two_staff_at_once(chat, boss, mei):
    """One decides, the other reads who did; the unit is told once."""
    worker = Worker(chat)
    lan = await appoint(chat, "lan", "staff", by=boss)
    number = await hand_in(mei)
    for person in (boss, lan):
        await person.taps(f"proposals.review:{number}")
    targets = boss.button("通过"), lan.button("通过")
    await asyncio.gather(boss.taps(targets[0]), lan.taps(targets[1]))
    await lan.taps(f"verdicts.why:{REFUSED}:{number}")
    late = await lan.taps(f"verdicts.reason:{REFUSED}:{number}:nein")
    await worker.rings()

    assert late.key == "verdicts.page"
    assert late.params["state"].key == "proposals.is_approved"
    assert len(await classes(chat)) == 1
    assert worker.platform.told("mei") == ["proposals.told_approved"]
    assert (await acts(chat)).count("proposal_approved") == 1


async def test_who_is_approved_was_read(chat, boss, mei):
    """A page that was opened before the form was changed approves nothing."""
    number = await hand_in(mei)
    await boss.taps(f"proposals.review:{number}")
    target = boss.button("通过")
    await hand_in(mei, form(编号=str(number), 主题="别的"))

    assert (await boss.taps(target)).params["state"].key == "proposals.is_replaced"
    assert await classes(chat) == []


async def test_staff_s_own_needs_somebody_else_if_there_is(chat, boss):
    """Alone, one may; with a colleague, one may not by any button."""
    alone = await boss.says(form())
    sent = await boss.taps(boss.button("确认"))
    assert (alone.key, sent.key) == ("proposing.preview", "proposing.sent_alone")
    page = await boss.taps(boss.button("去审核"))
    assert page.params["state"].key == "verdicts.waits"
    target = boss.button("通过")
    lan = await appoint(chat, "lan", "staff", by=boss)

    refused = await boss.taps(target)
    number = sent.params["number"]
    asked = await boss.taps(f"verdicts.why:{REFUSED}:{number}")
    forced = await boss.taps(f"verdicts.reason:{REFUSED}:{number}:nein")

    for reply in (refused, asked, forced):
        assert (reply.key, reply.params["state"].key) == ("verdicts.page", "verdicts.another")
    await approve(lan, number)
    assert len(await classes(chat)) == 1


async def test_too_late_to_approve(chat, clock, boss, mei):
    """Its time has passed: it can only be refused."""
    number = await hand_in(mei)
    await boss.taps(f"proposals.review:{number}")
    clock.set("2022-06-18T18:59:00+08:00")
    await boss.taps(f"proposals.review:{number}")
    target = boss.button("通过")
    clock.ahead(minutes=1)
    reply = await boss.taps(target)

    assert reply.params["state"].key == "deciding.over"
    assert not [b for buttons in reply.buttons for b in buttons if "approve" in b.target]
    assert await classes(chat) == []


async def test_what_was_imported_meanwhile_is_not_doubled(chat, boss, mei):
    """The class came by a file before it was approved."""
    number = await hand_in(mei)
    await on_air(chat, row("在运河边读《红楼梦》", "2022-06-18 19:00"))
    page = await boss.taps(f"proposals.review:{number}")

    assert page.params["state"].key == "deciding.taken"
    assert len(await classes(chat)) == 1


async def test_who_was_revoked_is_not_told(chat, boss, mei):
    """Asked just before it goes out."""
    worker = Worker(chat)
    number = await hand_in(mei)
    await approve(boss, number)
    await boss.taps(f"revoking:{(await mei.says('我的')).params['number']}")
    await boss.taps(boss.button("确认"))
    await worker.rings()

    assert "proposals.told_approved" not in worker.platform.told("mei")


@pytest.mark.parametrize("head", ["proposals.review:", "verdicts.approve:", "verdicts.why:refused:",
                                  "verdicts.reason:refused:"])  # fmt: skip
async def test_organisers_do_not_decide(chat, boss, mei, head):
    """Not even over their own; forged buttons of staff do nothing either."""
    number = await hand_in(mei)

    assert (await mei.taps(f"{head}{number}:x")).key == "errors.not_allowed"
    for odd in ("x", "", "999", "9" * 30):
        reply = await boss.taps(f"{head}{odd}")
        assert reply.key in {"proposals.unknown", "errors.confirm_again"}
    assert (await boss.taps(f"verdicts.why:approved:{number}")).key == "verdicts.page"
    assert (await boss.taps(f"verdicts.reason:approved:{number}:x")).key == "verdicts.page"
    assert await states(chat) == {number: WAITING}


async def test_approved_and_taken_back_at_once(chat, boss, mei):
    """One of the two happens, wholly."""
    number = await hand_in(mei)
    await boss.taps(f"proposals.review:{number}")
    await mei.taps(f"proposals.withdraw:{number}")
    taps = boss.taps(boss.button("通过")), mei.taps(mei.button("确认"))
    await asyncio.gather(*taps)

    (state,) = (await states(chat)).values()
    assert (state, len(await classes(chat))) in {(APPROVED, 1), (WITHDRAWN, 0)}
    assert (await boss.says("审核")).key == "reviews.none"
    assert not (await chat.broken()).keys() & {"proposals", "reviewed", "programmed"}
