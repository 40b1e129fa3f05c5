"""Pictures: no sign becomes a box, everything fits, whatever the numbers."""

import io

import pytest
from PIL import Image, ImageChops

from bot import charts, pictures
from bot.charts import Bar, Series, step
from bot.pictures import Caption

CAPTION = Caption(
    "各街镇参与人数与目标", "截至 2022年5月14日 20:15", "参与：至少有一条得分记录的人。"
)
WIDE, LONG = 1080, "青浦区" * 30


def picture(content):
    """Open a picture that was drawn."""
    return Image.open(io.BytesIO(content))


def columns(values, ticks=14):
    """Draw a column chart of one series."""
    names = [f"5/{n + 1}" for n in range(ticks)]
    return charts.stacked(CAPTION, names, [Series("签到", tuple(values))])


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("荷塘读书会", "荷塘读书会"),
        ("㛃𬭎䶮", "㛃𬭎䶮"),  # GB 18030, from its extensions
        ("𬱖㐂龘堃喆𰻝々〇①é", "𬱖㐂龘堃喆𰻝々〇①é"),
        ("𠀍纪书社", "(shi)纪书社"),  # in no font here: its sound
        ("读书🌸会\ufe0f", "读书会"),
        ("a\u200db", "ab"),
        ("𠮷田", "(U+20BB7)田"),  # nor is its sound known
    ],
)
def test_no_sign_becomes_a_box(text, drawn):
    """A rare sign is drawn where a font has it, else as its sound or number; emoji are left out."""
    assert pictures.drawable(text) == drawn


def test_what_is_drawn_is_in_a_font():
    """What was made drawable is left as it is: none of its signs is missing."""
    text = "㛃𬭎䶮𠮷🌸\U000323af 青浦 Qingpu 12%"

    assert pictures.drawable(pictures.drawable(text)) == pictures.drawable(text)


@pytest.mark.parametrize(
    "values", [[0] * 14, [1] * 14, [10**7] * 14, range(14), [1, 900_000] * 7], ids=str
)
def test_columns_of_any_height_fit(values):
    """Nothing, one each, ten million, rising, less than a dot beside much; the edges stay white."""
    drawn = picture(columns(values))

    assert drawn.width == WIDE
    assert edges(drawn) == {(255, 255, 255)}


def edges(drawn):
    """Collect the colours along the edges of a picture."""
    right, low = drawn.width - 1, drawn.height - 1
    across = {drawn.getpixel((x, y)) for x in range(drawn.width) for y in (0, low)}
    return across | {drawn.getpixel((x, y)) for y in range(drawn.height) for x in (0, right)}


@pytest.mark.parametrize(
    "bars",
    [
        [],
        [Bar("夏阳街道", 0, 1500, "0 / 1500")],
        [Bar(LONG, 1700, 1500, "1700 / 1500 人 · 113%")],
        [Bar("教育局", 5, 0, "5 人")] * 60,
    ],
    ids=["none", "nobody yet", "a long name, over its target", "many without a target"],
)
def test_bars_fit(bars):
    """No bar, no value, no target, too many of them, a name as long as it gets."""
    drawn = picture(charts.against(CAPTION, bars))

    assert edges(drawn) == {(255, 255, 255)}
    assert drawn.height == pytest.approx(300 + 110 * len(bars), abs=80)


@pytest.mark.parametrize(
    ("days", "reached", "target"),
    [(1, [3], 1500), (167, [], 1500), (167, list(range(167)), 100), (167, [0, 0, 5], 0)],
)
def test_a_way_of_any_length_fits(days, reached, target):
    """The first day, before it, past the target, without one."""
    ticks = [f"{4 + n // 30}/{n % 30 + 1}" for n in range(days)]
    series = Series("参与人数", tuple(reached))
    drawn = picture(charts.climbing(CAPTION, ticks, series, target=target, goal="目标"))

    assert edges(drawn) == {(255, 255, 255)}


def test_other_numbers_make_another_picture():
    """The test above could not tell an empty sheet from a chart."""
    one, other = (picture(columns([height] * 13 + [5])) for height in (1, 9))

    assert ImageChops.difference(one, other).getbbox() is not None


@pytest.mark.parametrize(
    ("most", "expected"), [(0, 1), (1, 1), (5, 1), (6, 2), (45, 10), (1051, 250), (14_800, 5000)]
)
def test_grid_lines_stand_at_round_numbers(most, expected):
    """At most five of them, at 1, 2, 2.5 or 5 times a power of ten."""
    assert step(most) == expected


def test_a_picture_is_small_enough_for_a_phone():
    """Far below what Telegram shows as a picture."""
    assert len(columns(range(14))) < 300_000
