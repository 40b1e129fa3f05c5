import pytest

from bot.messages import Other
from tests.duties import owner
from tests.worker import worked


@pytest.mark.parametrize(
    "said", ["天气", "/weather", "12", "", "   ", "签到吗", "/clockwork", "?!"]
)
async def test_what_is_not_understood_gets_help_and_the_menu(chat, said):
    """Whatever is not understood gets a short help, never silence."""
    ming = await chat.join("ming")

    reply = await ming.says(said)

    assert reply.key == "help.lost"
    assert len(ming.rendered.buttons) > 0


@pytest.mark.parametrize(
    "target", ["", ":", "nothing", "checkins.hack", "start.town2:x", "x" * 64, "\0"]
)
async def test_an_unknown_button_is_answered_too(chat, target):
    """Buttons of another version or of a forger do nothing and are answered."""
    ming = await chat.join("ming")

    assert (await ming.taps(target)).key == "help.lost"


async def test_a_sticker_is_answered(chat):
    """There is always an answer in a private chat."""
    ming = await chat.join("ming")

    assert (await ming.sends(Other("sticker"))).key == "help.lost"


async def test_help_names_the_platforms_and_the_contact(chat):
    """F3 and F4: where else the campaign lives, and who answers questions."""
    ming = await chat.join("ming")

    await ming.says("帮助")

    assert "www.qplll.net" in ming.rendered.text
    assert "www.shlll.net" in ming.rendered.text
    assert chat.campaign.contact.phone in ming.rendered.text


async def test_in_a_group_what_is_not_understood_is_left_alone(chat):
    """In groups the bot does not chatter."""
    ming = await chat.join("ming", channel="telegram")
    ming.private = False

    assert await ming.says("/weather") is None


async def test_in_a_group_nothing_is_shown_that_only_those_in_charge_see(chat):
    """The organiser's numbers, a code, somebody's points: all of it is asked for in private."""
    boss = await owner(chat)
    await chat.join("ming")
    boss.private = False

    for words in ("/work", "/unit zhujiajiao", "/grant zhujiajiao", "/audit"):
        assert (await boss.says(words)).key == "errors.in_private"


async def test_in_a_group_no_file_is_handed_out(chat):
    """The copy of one's own data is for one's own eyes."""
    ming = await chat.join("ming")
    await ming.says("/mydata")
    await worked(chat, ming)
    ming.private = False

    assert (await ming.says("/mydata")).key == "errors.in_private"
    assert ming.rendered.document is None
