"""海报: one's own figures in a picture, drawn beside; a name only of who shows it."""

import io

from PIL import Image, ImageColor

from bot import posters
from tests.worker import jobs_of

TOLD = {
    "title": "2022年青浦市民终身学习数字阅读活动",
    "theme": "品味书香，传递阅读力量",
    "name": "李阿姨",
    "figures": [1234, 87, 45, 12],
    "units": ["累计得分", "签到天数", "读完听完", "直播课"],
    "badges": [["七日书香", "7", "days"], ["百日书缘", "100", "days"], ["一日五品", "五", "kinds"]],
    "links": ["https://t.me/shuxiang_bot"],
}


def high(**changed):
    """Draw a poster and return how high it is; each is as wide as a phone's picture."""
    picture = Image.open(io.BytesIO(posters.keepsake({**TOLD, **changed}, "扫一扫")))
    assert picture.width == 1080
    return picture.height


def test_the_picture_grows_with_what_it_shows():
    """Without a name, badges or a link it is smaller; a long title breaks; a medal each badge."""
    every, title = high(), "Qingpu Citizens' Lifelong Learning Digital Reading Campaign 2022"
    assert high(name="", badges=[], links=[]) < high(badges=TOLD["badges"][:2]) < every
    assert high(title=title) > every
    picture = Image.open(io.BytesIO(posters.keepsake(TOLD, "扫一扫"))).convert("RGB")
    colours = {colour for _, colour in picture.getcolors(1 << 24)}
    assert {ImageColor.getrgb(posters.MEDALS[kind]) for kind in ("days", "kinds")} <= colours


async def test_a_poster_is_drawn_once_and_names_only_who_shows_it(chat, clock):
    """Asked for twice it is the same work; with the name shown it is another; not in a group."""
    li = await chat.join("li")
    for _ in range(7):
        await li.says("签到")
        clock.ahead(days=1)
    first, again = await li.says("海报"), await li.says("/poster")
    assert (first.key, again.key) == ("keepsakes.begun", "keepsakes.begun")
    assert first.buttons == again.buttons
    await li.taps("settings.rename")
    await li.says("李阿姨")
    assert (await li.says("海报")).buttons == first.buttons
    await li.taps("settings.board:on")
    assert (await li.says("海报")).buttons != first.buttons
    told = []
    worker = jobs_of(chat, told)
    assert [await worker.work_off_one() for _ in range(3)] == [True, True, False]
    assert all(rendered.document.is_picture for _, rendered in told)
    assert (await li.says("海报")).key == "keepsakes.ready"
    li.language = "en"
    await li.says("/poster")
    assert await worker.work_off_one()
    assert told[-1][1].document.is_picture
    assert (await li.enters().says("/poster")).key == "errors.in_private"
