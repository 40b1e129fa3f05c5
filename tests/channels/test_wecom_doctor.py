"""What `shuxiang doctor` says of WeCom, in words."""

import pytest

from bot.channels.wecom import examine
from tests.wecom_api import refuse
from tests.wecom_bench import Bench
from tests.wecom_members import HTML


@pytest.fixture
async def bench():
    """An emulated WeCom and the channel on it."""
    async with Bench.open() as bench:
        yield bench


@pytest.mark.parametrize(
    ("fault", "said"),
    [(refuse(60020), "trusted"), (refuse(50003), "stopped"), (HTML, "cannot be reached")],
)
async def test_the_doctor_says_what_is_wrong(bench, fault, said):
    """In words, without the secret."""
    bench.api.fail("agent/get", fault)

    ((well, sentence),) = await examine(bench.channel.api.corp, owner="ming", accounts=1)

    assert not well
    assert said in sentence
    assert "canary" not in sentence


async def test_the_doctor_says_what_is_worth_knowing(bench):
    """The menu, whether the directory is open, whether the day's budget is kept."""
    corp = bench.channel.api.corp
    bench.api.member("ming")

    async def told(**given):
        lines = await examine(corp, **given)
        assert {well for well, _ in lines} == {True}
        return "\n".join(line for _, line in lines)

    open_to_us = await told(owner="ming", accounts=5)
    assert "may be used from here" in open_to_us
    assert "the menu is 签到, 读书, 我的" in open_to_us
    assert "the directory is open" in open_to_us
    bench.api.menu = {}
    bench.api.fail("user/get", refuse(60011))
    closed = await told(owner="ming")
    assert "there is no menu yet" in closed
    assert "the directory stays closed" in closed
    assert "no day's budget is kept" in closed
    assert "whom the app does not see" in await told(owner="nobody")
    assert "directory" not in await told()
