"""QR pictures by which people join a unit: asked for with a tap, drawn beside, sent."""

import io
from datetime import timedelta

import pytest
from PIL import Image

from bot import posters, qr
from bot.jobs import Jobs
from storage import jobs
from tests.duties import appoint
from tests.features.test_units import LINKS, link
from tests.worker import jobs_of

PAYLOAD = "unit_zhujiajiao"
TOLD = {"unit": ["朱家角镇", "Zhujiajiao Town"], "links": [LINKS[0].format(PAYLOAD)]}


def picture(content):
    """Open a picture."""
    return Image.open(io.BytesIO(content)).convert("L")


def read(image, top=posters.MARGIN):
    """Read the dark modules of the first code off a picture, by looking at their middles."""
    wide = len(qr.modules(TOLD["links"][0]))
    size = posters.CODE // (wide + 2 * posters.QUIET)
    left = (image.width - size * wide) // 2
    first = top + posters.QUIET * size
    return [
        [image.getpixel((left + x * size + size // 2, first + y * size + size // 2)) < 128
         for x in range(wide)]
        for y in range(wide)
    ]  # fmt: skip


def test_the_picture_holds_the_link():
    """Each module stands where the code has it, dark on white, with a white border around."""
    image = picture(posters.make(TOLD, "扫一扫"))

    assert read(image) == qr.modules(TOLD["links"][0])
    assert image.width == 1080
    edge = [image.getpixel((x, y)) for x in range(0, 150, 7) for y in range(0, 800, 13)]
    assert min(edge) == 255


def test_both_links_are_two_codes_one_below_the_other():
    """The second makes the picture as much higher."""
    links = [each.format(PAYLOAD) for each in LINKS]
    one = picture(posters.make(TOLD, "扫一扫"))
    two = picture(posters.make(TOLD | {"links": links}, "扫一扫"))

    assert read(two) == read(one)
    assert two.height > one.height + 700


@pytest.mark.parametrize("name", ["朱家角镇", "𠀍纪🌸读书会" * 9, "x" * 64])
def test_the_name_stands_below(name):
    """Something is drawn there, whatever the name, and nothing runs over the edge."""
    image = picture(posters.make(TOLD | {"unit": [name, name]}, "扫一扫"))
    below = image.crop((0, image.height - 220, image.width, image.height))

    assert below.getextrema()[0] < 100
    assert below.crop((0, 0, 20, 220)).getextrema()[0] == 255


async def test_the_picture_comes_when_it_is_done(chat):
    """Asked for below the link, drawn in a child process, sent; the next tap shows it."""
    link(chat)
    boss = await appoint(chat, "boss", "zhujiajiao")
    await boss.taps("units.invite:zhujiajiao")
    begun = await boss.taps(boss.button("二维码"))
    again = await boss.taps("posters:zhujiajiao")
    told = []
    worker = jobs_of(chat, told, kind=Jobs)
    worked = [await worker.work_off_one() for _ in range(2)]

    [(account, rendered)] = told
    assert (begun.key, again.key, worked) == ("posters.begun", "posters.begun", [True, False])
    assert (account, rendered.document.is_picture) == (boss.account, True)
    assert rendered.document.name.startswith("shuxiang-join-zhujiajiao-")
    image = picture(rendered.document.content)
    assert read(image) == qr.modules(LINKS[0].format(PAYLOAD))
    assert (await boss.taps("posters:zhujiajiao")).key == "posters.ready"


async def test_another_units_picture_is_refused(chat):
    """By the tap itself, by another's piece of work, without any link."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    none = await boss.taps("posters:zhujiajiao")
    link(chat)
    replies = [
        await boss.taps(f"posters{target}") for target in (":baihe", ":", ".look:99", ".look:x")
    ]

    assert none.key == "posters.no_link"
    assert [reply.key for reply in replies] == [
        "errors.not_yours", "errors.not_yours", "waiting.gone", "waiting.gone",
    ]  # fmt: skip
    async with chat.database.transaction() as db:
        now = chat.clock.system()
        assert await jobs.claim(db, now=now, until=now + timedelta(hours=1)) is None
