import pytest

from bot.rules import links

T, U = "https://t.me/B?start=", "https://x.example"


@pytest.mark.parametrize(
    ("start", "bot", "site", "addresses"),
    [
        ("unit_a1", "", "", ()),
        ("unit_a1", "B", "", (f"{T}unit_a1",)),
        ("unit_a1", "", f"{U}/", (f"{U}/join/a1",)),
        ("town_jinze", "B", U, (f"{T}town_jinze", f"{U}/join/jinze")),
        ("place_museum", "B", U, (f"{T}place_museum", f"{U}/?start=place_museum")),
    ],
)
def test_what_is_there_is_linked(start, bot, site, addresses):
    """Telegram when the bot has a name, the page when it has an address, both when both."""
    assert links.invitations(start, bot=bot, site=site) == addresses


def test_the_bot_itself():
    """Without a start parameter the address is the bot's, without a name there is none."""
    assert links.chat("B") == "https://t.me/B"
    assert links.chat("", "unit_a1") == ""
