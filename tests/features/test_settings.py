import pytest

from bot.messages import Command
from tests.stocked import stock


async def test_the_settings_name_what_is_set(chat):
    """The empty state: no name, an alias on boards; every button leads somewhere."""
    ming = await chat.join("ming")

    await ming.says("设置")
    labels = [button.label for row in ming.rendered.buttons for button in row]

    assert "还没有起名字" in ming.rendered.text
    assert labels[:3] == ["语言", "改名字", "榜上显示名字"]


async def test_a_name_is_asked_for_and_taken(chat):
    """Tap, send the name, done; a command in between keeps the question open."""
    ming = await chat.join("ming")

    asked = await ming.taps("settings.rename")
    between = await ming.says("我的")
    named = await ming.says("小明")
    after = await ming.says("小明")

    assert [asked.key, between.key, named.key] == ["settings.ask_name", "me.text", "settings.named"]
    assert after.key == "help.lost"
    assert (await ming.says("设置")).params["name"] == "小明"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("管理员", "settings.name_staff"),
        ("ＳＴＡＦＦ", "settings.name_staff"),
        ("字" * 4000, "settings.name_long"),
        ("\u200b\u202e", "settings.name_empty"),
        ("!!!", "settings.name_empty"),
    ],
)
async def test_a_wrong_name_is_refused_and_asked_again(chat, name, key):
    """Staff-like, endless and empty names are refused in words; the next one is taken."""
    ming = await chat.join("ming")
    await ming.taps("settings.rename")

    refused = await ming.says(name)
    taken = await ming.says("小明")

    assert refused.key == key
    assert taken.key == "settings.named"


async def test_a_name_with_signs_of_html_is_shown_as_it_is(chat):
    """Nothing of a name becomes formatting."""
    ming = await chat.join("ming")
    await ming.taps("settings.rename")

    await ming.says("<b>A&B</b>")
    await ming.says("设置")

    assert "&lt;b&gt;A&amp;B&lt;/b&gt;" in ming.rendered.text


async def test_the_question_closes_after_ten_minutes(chat, clock):
    """An old question does not swallow what is written an hour later."""
    ming = await chat.join("ming")
    await ming.taps("settings.rename")
    clock.ahead(minutes=11)

    assert (await ming.says("小明")).key == "help.lost"


async def test_boards_show_a_name_only_on_wish(chat):
    """Without a name it is asked for; with one it is shown, and hidden again."""
    ming = await chat.join("ming")

    asked = await ming.taps("settings.board:on")
    await ming.says("小明")
    shown = await ming.taps("settings.board:on")
    hidden = await ming.taps("settings.board:off")

    assert [asked.key, shown.key, hidden.key] == [
        "settings.ask_name",
        "settings.is_listed",
        "settings.is_unlisted",
    ]


async def test_without_a_name_nobody_is_listed(chat):
    """Dropping the name takes it off the boards."""
    ming = await chat.join("ming")
    await ming.taps("settings.rename")
    await ming.says("小明")
    await ming.taps("settings.board:on")

    await ming.taps("settings.unname")

    assert (await ming.says("设置")).params["board"].key == "settings.unlisted"


async def test_under_14_never_stands_on_a_board(chat):
    """Not even by a forged button."""
    kid = chat.person("kid")
    await kid.taps("start.guardian:town_baihe")
    await kid.taps("settings.rename")
    await kid.says("小小")

    assert (await kid.taps("settings.board:on")).key == "settings.young_unlisted"


async def test_a_chosen_language_wins_over_the_client_everywhere(chat):
    """After choosing English every kind of turn answers in it, whatever the phone says."""
    ming = await chat.join("ming")

    await ming.taps("settings.speak:en")
    first = ming.rendered.text
    texts = []
    for said in ("签到", "我的", "天气"):
        await ming.says(said)
        texts.append(ming.rendered.text)
    await ming.sends(Command("clock"))
    texts.append(ming.rendered.text)
    await ming.taps("settings.speak:client")

    assert first.startswith("All right")
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in "".join(texts))
    assert "好的" in ming.rendered.text


@pytest.mark.parametrize("argument", ["tlh", "", "zh_CN;x", "../../etc"])
async def test_an_unknown_language_is_asked_again(chat, argument):
    """A forged language changes nothing."""
    ming = await chat.join("ming")

    assert (await ming.taps(f"settings.speak:{argument}")).key == "settings.ask_language"


async def test_a_number_opens_from_a_list_even_while_a_name_is_asked_for(chat):
    """Looking at books in between does not turn "1" into a name; other texts still answer."""
    ming = await chat.join("ming")
    await stock(chat, "book", "红楼梦")
    await ming.taps("settings.rename")
    await ming.says("看书")

    opened = await ming.says("1")
    named = await ming.says("小明")

    assert (opened.key, named.key) == ("items.opened", "settings.named")
