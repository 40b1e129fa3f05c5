from zoneinfo import ZoneInfo

import pytest

from bot.i18n import Texts
from bot.routing import Words
from handlers import FEATURES

TEXTS = Texts(ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize("word", ["菜单", "/menu", "menu"])
async def test_the_menu_names_what_can_be_done(chat, word):
    """The menu's buttons are the Chinese command words, and each leads somewhere."""
    ming = await chat.join("ming")

    await ming.says(word)
    labels = {button.label: button.tap for row in ming.rendered.buttons for button in row}

    assert list(labels) == ["签到", "书房", "直播", "我的", "排行", "兑换", "设置", "帮助"]
    for tap in labels.values():
        assert (await ming.taps(tap)).key not in {"help.lost", "errors.unexpected"}


async def test_whoever_is_in_charge_and_takes_no_part_reaches_their_work(owner):
    """The menu leads to the workbench and to what was pushed, and says how to take part."""
    assert (await owner.says("菜单")).key == "menu.in_charge"
    ways = [owner.button(label) for label in ("工作台", "通知", "开始")]
    keys = [(await owner.taps(way)).key for way in ways]

    assert keys == ["roles.text", "notices.none", "start.welcome"]
    assert (await owner.says("签到")).key == "start.welcome"


async def test_a_stranger_gets_no_menu_before_consent(chat):
    """What is open to whoever is in charge is not open to whoever is not."""
    stranger = chat.person("stranger")

    assert (await stranger.says("菜单")).key == (await stranger.says("通知")).key == "start.welcome"


def test_what_stands_on_a_button_can_be_typed():
    """In each language, unless the very words are another feature's own."""
    routes = [route for feature in FEATURES for route in feature.routes]
    words = Words(routes, TEXTS.everywhere)
    typed = [route for route in routes if route.tap and (route.words or route.command)]
    own = {word for route in routes for word in (*route.words, route.command)}
    lost = []
    for route in typed:
        for label in TEXTS.everywhere(f"{route.tap}.name"):
            found, _ = words.find(label, private=True)
            if label not in own and label != f"{route.tap}.name" and found is not route:
                lost.append(label)

    assert lost == []
    for label in ("关联账号", "My data", "Leave", "Unit and team"):
        assert words.find(label, private=True)[0] is not None
