"""The sheet of paper cards: sharp codes that say what they should, and room for everything."""

from bot import cardsheet, qr
from bot.rules import papercards as rules
from tests.chat import SECRET

WORDING = cardsheet.Wording(
    *("活动", "书友卡", "朱家角镇", "姓名", "一句话", "登记表", "说明" * 90),
    *(("序号", "卡号", "姓名", "本人", "监护人", "日期"), "第 1 份"),
)


def test_a_card_is_what_its_code_says():
    """Each module of the first card's code stands where it belongs, sharp, in its white border."""
    held = f"https://reading.example/card/{rules.code(SECRET, '22222222')}"
    image = cardsheet.page([("22222222", held)] * 10, WORDING).printed()
    assert image.mode == "1"
    assert image.size == (2480, 3508)
    code = qr.modules(held)
    size = cardsheet.CODE // (len(code) + cardsheet.QUIET)
    inside = (cardsheet.CODE - size * len(code)) // 2
    right = cardsheet.LEFT + cardsheet.CARD_WIDE - cardsheet.PAD
    left, top = right - cardsheet.CODE + inside, cardsheet.TOP + cardsheet.PAD // 2 + inside
    read = [
        [image.getpixel((left + x * size + size // 2, top + y * size + size // 2)) == 0
         for x in range(len(code))]
        for y in range(len(code))
    ]  # fmt: skip
    assert read == code
    assert size * 25.4 / cardsheet.DPI >= 0.5  # millimetres: a phone reads it at arm's length
    edge = image.crop((left - 4 * size, top - 2 * size, left, top + 9 * size))
    assert edge.getextrema() == (255, 255)
    # A whole page of long names, and a form of twenty, are drawn as well.
    long = cardsheet.Wording(**{**_fields(), "unit": "很长的单位名字" * 9, "words": "x y " * 90})
    assert len(cardsheet.make([("22222222", held)] * 21, long)) > 1000


def _fields():
    return {name: getattr(WORDING, name) for name in WORDING.__slots__}
