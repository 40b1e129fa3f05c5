"""What is read off a paper card, and when it is one of ours."""

from bot.rules import papercards as rules
from tests.chat import SECRET


def test_a_card_is_read_in_every_way_people_have_it():
    """Typed, coded, as a link, as an address, in full width; nothing else is one."""
    for text in ("22222222", "2222-2222", " 2222 2222 ", "２２２２２２２２"):
        assert rules.read(text) == rules.Scan("22222222"), text
    good = rules.Scan("22222222", rules.code(SECRET, "22222222").partition("_")[2])
    code = rules.code(SECRET, "22222222")
    for text in (code, f"card_{code}", f"https://t.me/b?start=card_{code}",
                 f"https://x.example/card/{code}?lang=en", f"书友卡 card_{code}"):  # fmt: skip
        scan = rules.read(text)
        assert scan is not None, text
        assert rules.is_genuine(SECRET, scan), text
    for text in ("", "card_", "x" * 5000, f"{code}x", "22222222_short", "/card/", "2222222"):
        assert rules.read(text) is None, text
    forged = rules.read(code[:-1] + ("a" if code[-1] != "a" else "b"))
    assert forged is not None
    assert not rules.is_genuine(SECRET, forged)
    assert rules.is_genuine(SECRET, good)
    assert not rules.is_genuine(b"another secret", good)
