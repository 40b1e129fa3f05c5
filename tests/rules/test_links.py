import pytest

from bot.rules import links


@pytest.mark.parametrize(
    ("bot", "site", "addresses"),
    [
        ("", "", ()),
        ("Shuxiang_bot", "", ("https://t.me/Shuxiang_bot?start=unit_a1",)),
        ("", "https://x.example/", ("https://x.example/?start=unit_a1",)),
        ("B", "https://x", ("https://t.me/B?start=unit_a1", "https://x/?start=unit_a1")),
    ],
)
def test_what_is_there_is_linked(bot, site, addresses):
    """Telegram when the bot has a name, the page when it has an address, both when both."""
    assert links.invitations("unit_a1", bot=bot, site=site) == addresses
