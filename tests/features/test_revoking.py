"""Taking roles away: shown, confirmed, at once."""

import pytest

from tests.duties import appoint
from tests.push import Worker


async def numbered(person):
    """Return somebody's card number."""
    return (await person.says("我的")).params["number"]


async def test_revoked_is_revoked_at_once(chat, boss):
    """The next press of what was allowed a moment ago is refused."""
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)
    assert (await ming.says("工作台")).key == "roles.text"

    asked = await boss.says(f"/revoke {await numbered(ming)}")
    assert (await ming.says("工作台")).key == "roles.text"  # not before it is confirmed
    await boss.taps(boss.button("确认"))

    assert asked.key == "revoking.ask"
    assert (await ming.says("工作台")).key == "errors.not_allowed"


async def test_it_is_told_to_whom_it_was_taken_from(chat, boss):
    """She reads that her role is gone, once."""
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)
    await boss.says(f"/revoke {await numbered(ming)}")
    await boss.taps(boss.button("确认"))

    worker = Worker(chat)
    await worker.leader.renew()
    await worker.delivers()

    assert worker.platform.told("ming") == ["revoking.told"]


async def test_twice_says_there_is_nothing_left(chat, boss):
    """The confirming button again, and the command again."""
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)
    number = await numbered(ming)
    await boss.says(f"/revoke {number}")
    confirm = boss.button("确认")

    assert (await boss.taps(confirm)).key == "revoking.done"
    assert (await boss.taps(confirm)).key == "revoking.nothing"
    assert (await boss.says(f"/revoke {number}")).key == "revoking.nothing"


async def test_staff_take_from_organisers_only(chat, boss):
    """Not from staff, not from the owner, and nobody else's confirm button works."""
    one = await appoint(chat, "one", "staff", by=boss)
    two = await appoint(chat, "two", "staff", by=boss)
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)

    assert (await one.says(f"/revoke {await numbered(two)}")).key == "revoking.nothing"
    assert (await one.says(f"/revoke {await numbered(boss)}")).key == "revoking.nothing"
    await one.says(f"/revoke {await numbered(ming)}")
    forwarded = one.button("确认")
    assert (await two.taps(forwarded)).key == "errors.confirm_again"
    assert (await one.taps(forwarded)).key == "revoking.done"


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("", "revoking.ask_number"),
        ("2A3B4C5D", "errors.wrong_number"),
        ("22222222", "errors.unknown_number"),
        ("x" * 400, "errors.wrong_number"),
    ],
)
async def test_a_wrong_number_is_said(boss, number, key):
    """Nothing, a typing mistake, a stranger."""
    assert (await boss.says(f"/revoke {number}".strip())).key == key
