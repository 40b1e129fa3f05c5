from bot.rules import cards


async def test_me_shows_number_town_points_and_today(chat, clock):
    """One glance: number, town, balance, earned, streak, and each activity of today x/y."""
    ming = await chat.join("ming", town="zhujiajiao")
    await ming.taps("checkins")
    clock.ahead(days=1)
    await ming.taps("checkins")

    reply = await ming.says("我的")

    assert reply.key == "me.text"
    assert cards.read(reply.params["number"]) is not None
    assert (reply.params["balance"], reply.params["earned"], reply.params["streak"]) == (10, 10, 2)
    assert "朱家角镇" in ming.rendered.text
    assert "5/5" in ming.rendered.text
    assert ming.rendered.text.count("0/10") == 4


async def test_me_of_somebody_who_has_done_nothing_yet(chat):
    """The empty state is complete, too."""
    ming = await chat.join("ming")

    reply = await ming.says("积分")

    assert (reply.params["balance"], reply.params["streak"], reply.params["visits"]) == (0, 0, 0)
    assert "0/5" in ming.rendered.text


async def test_numbers_differ_between_people(chat):
    """Everybody has a number of their own."""
    numbers = set()
    for name in ("ming", "hua", "li"):
        person = await chat.join(name)
        numbers.add((await person.says("/me")).params["number"])

    assert len(numbers) == 3


async def test_in_english_me_is_english(chat):
    """No Chinese sign in the English answer."""
    ann = chat.person("ann")
    ann.language = "en"
    await ann.joins("jinze")

    await ann.says("/me")

    assert not any("\u4e00" <= sign <= "\u9fff" for sign in ann.rendered.text)
