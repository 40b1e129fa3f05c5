import pytest


@pytest.mark.parametrize("word", ["菜单", "/menu", "menu"])
async def test_the_menu_names_what_can_be_done(chat, word):
    """The menu's buttons are the Chinese command words, and each leads somewhere."""
    ming = await chat.join("ming")

    await ming.says(word)
    labels = {button.label: button.tap for row in ming.rendered.buttons for button in row}

    assert list(labels) == ["签到", "书房", "直播", "我的", "排行", "兑换", "设置", "帮助"]
    for tap in labels.values():
        assert (await ming.taps(tap)).key not in {"help.lost", "errors.unexpected"}
