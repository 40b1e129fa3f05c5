"""The own accounts: listed, and left one by one; a browser that was left is a stranger's."""

import dataclasses

import pytest

from tests.features.test_family import seated
from tests.features.test_linking import code, joined

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def test_an_account_that_is_left_is_a_strangers(chat, clock):
    """Listed with the last use; confirmed; its old buttons and cookie lead nowhere any more."""
    ming, browser = await chat.join("ming", "telegram"), chat.person("browser")
    await joined(ming, browser, key="linking.done_new")
    await browser.taps("checkins")
    granny = await seated(ming, "奶奶")
    listed = await ming.says("我的账号")
    assert [line.params["number"] for line in listed.params["lines"].phrases] == [1, 2]
    buttons = [each.tap for row in ming.rendered.buttons for each in row]
    theirs = [tap for tap in buttons if tap.startswith("linking.leave:")]
    assert len(theirs) == 2
    asked = await ming.taps(theirs[1])
    assert asked.key == "linking.ask_leave"
    assert "网页" in ming.rendered.text
    confirm = ming.button("确认")
    clock.ahead(minutes=1)
    assert (await browser.taps(confirm)).key == "errors.confirm_again"  # asked elsewhere
    assert (await ming.taps(confirm)).key == "linking.left"

    assert (await browser.taps("me")).key == "start.welcome"
    assert (await browser.says("签到")).key == "start.welcome"
    assert (await ming.has()).balance == 5
    assert (await ming.taps(confirm)).key == "linking.account_gone"
    assert (await ming.taps(theirs[0])).key == "linking.only_one"
    await ming.taps(f"family.be:{granny}")
    assert (await ming.says("我的账号")).params["lines"].phrases[0].params["here"]
    assert await chat.broken() == {}


@SQLITE
async def test_nobody_leaves_anothers_account(chat):
    """A forged number, and one's own button in another's hands."""
    ming, hua, browser = await chat.join("ming"), await chat.join("hua"), chat.person("browser")
    await joined(ming, browser, key="linking.done_new")
    await ming.says("我的账号")
    buttons = [each.tap for row in ming.rendered.buttons for each in row]
    theirs = next(tap for tap in buttons if tap.startswith("linking.leave:"))
    assert (await hua.taps(theirs)).key == "linking.account_gone"
    await ming.taps(theirs)
    assert (await hua.taps(ming.button("确认"))).key == "errors.confirm_again"
    assert (await ming.taps("linking.leave:99999999999999999999")).key == "linking.account_gone"
    assert await browser.id() == await ming.id()


@SQLITE
async def test_a_code_comes_with_the_page_where_there_is_one(chat):
    """A page to be opened on another device; without a page the code alone."""
    ming = await chat.join("ming")
    await code(ming)
    assert "网页" not in ming.rendered.text
    chat.dispatcher._place = dataclasses.replace(  # noqa: SLF001 - what the app passes at start
        chat.dispatcher._place,  # noqa: SLF001
        links=lambda start: ("https://t.me/bot", f"https://x.example/?start={start}"),
    )
    typed = await code(ming)
    assert ming.rendered.buttons[0][0].url == f"https://x.example/?start=link_{typed}"
