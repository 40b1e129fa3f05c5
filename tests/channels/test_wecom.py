"""What WeCom's members say and are shown: pure, from XML to `Incoming` and from reply to JSON."""

from datetime import UTC, datetime

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom import hear as hearing
from bot.channels.wecom import show as showing
from bot.channels.wecom.crypto import Stamp
from bot.channels.wecom.hear import Back, hear
from bot.channels.wecom.show import Card, File, Header, Said, Words, passive, show, split
from bot.messages import Command, Document, Other, Presence, Pressable, Rendered, Tap, Text
from bot.messages import File as Sent

AGENT = 1_000_002
WORDS = Words("choose", "number", "done")
PEOPLE = "👩‍👩‍👧‍👦"


def letter(**fields):
    """Write what WeCom posts, opened."""
    known = {"ToUserName": "ww1", "FromUserName": "ZhangSan", "CreateTime": 1_651_366_800}
    known |= {"AgentID": AGENT}
    told = (f"<{name}><![CDATA[{value}]]></{name}>" for name, value in (known | fields).items())
    return f"<xml>{''.join(told)}</xml>".encode(errors="surrogatepass")


def text(content, **fields):
    """Write a text message."""
    return letter(MsgType="text", Content=content, MsgId=7, **fields)


def event(name, **fields):
    """Write an event."""
    return letter(MsgType="event", Event=name, **fields)


def said(xml):
    """Return what was said."""
    return hear(xml, AGENT).incoming.said


def test_a_text_message():
    """Who, what, when; the member's id in lower case; people under 14 are served here."""
    heard = hear(text("你好 😀 & <b>"), AGENT)
    incoming = heard.incoming

    assert (incoming.channel, incoming.sender) == ("wecom", "zhangsan")
    assert incoming.said == Text("你好 😀 & <b>")
    assert incoming.update == f"{AGENT}:zhangsan:7"
    assert incoming.stamped == datetime(2022, 5, 1, 1, tzinfo=UTC)
    assert (incoming.private, incoming.traits.abroad, incoming.language) == (True, False, None)
    assert heard.back == Back("zhangsan")


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (text("／ＭＥ"), Command("me")),
        (text("/search 红楼梦"), Command("search", "红楼梦")),
        (text("a ]]]]><![CDATA[> b"), Text("a ]]> b")),
        (text("<!DOCTYPE html>"), Text("<!DOCTYPE html>")),
        (b'<?xml version="1.0" encoding="utf-16"?>' + text("你好"), Text("你好")),
        (letter(MsgType="image", MsgId=1, MediaId="m"), Sent("image.jpg", 0, "m", picture=True)),
        (letter(MsgType="voice", MsgId=1), Other("voice")),
        (letter(MsgType="location", MsgId=1), Other("location")),
        (letter(MsgType="link", MsgId=1), Other("link")),
        (event("click", EventKey="checkins"), Tap("checkins")),
        (event("template_card_event", EventKey="items.open:7", TaskId="t"), Tap("items.open:7")),
        (event("subscribe"), Command("start")),
        (event("enter_agent", EventKey=""), Presence(reachable=True)),
        (event("unsubscribe"), Presence(reachable=False)),
    ],
)
def test_what_is_understood(xml, expected):
    """Messages, menu clicks, pressed cards, coming and going."""
    assert said(xml) == expected


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"\xff\xfe\x00",
        b"no xml",
        b"{}",
        b"<xml>",
        b"<xml/>",
        text("x", AgentID=5),
        text("x", AgentID=""),
        text("x", FromUserName=""),
        text("x", FromUserName="a|b"),
        text("x", FromUserName="a b"),
        text("x", FromUserName="x" * 65),
        text("  "),
        letter(MsgType="text", MsgId=1),
        letter(),
        letter(MsgType="Ünknown"),
        event("view", EventKey="https://example.org"),
        event("click", EventKey=""),
        event("click", EventKey="x" * 257),
        event("batch_job_result"),
        event("LOCATION", Latitude=1),
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><AgentID>&a;</AgentID></xml>',
        b'<?xml version="1.0" encoding="nowhere"?><xml/>',
        b"<a>" * 20_000,
        text("x").decode().encode("utf-16"),
        '<!DOCTYPE x [<!ENTITY a "b">]><xml><AgentID>&a;</AgentID></xml>'.encode("utf-16"),
        text("x") + b"<!DOCTYPE x>",
    ],
)
def test_what_is_not_for_us(xml):
    """Malformed, another app's, without a speaker, or without anything to answer."""
    assert hear(xml, AGENT) is None


def test_entities_are_not_opened():
    """A bomb of a few hundred bytes is refused, in the outer layer as well."""
    levels = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(6))
    bomb = f'<!DOCTYPE x [<!ENTITY a "ha">{levels}]><xml><Encrypt>&g;</Encrypt></xml>'.encode()
    outside = (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>'
    )

    assert hearing.sealed_in(bomb) is None
    assert hearing.sealed_in(outside) is None
    assert hearing.sealed_in(b"<xml><Encrypt>abc</Encrypt></xml>") == "abc"


def update(xml):
    """Return the name of a message."""
    return hear(xml, AGENT).incoming.update


def test_no_two_messages_have_one_name():
    """One number from two people, two events in one second: all are handled; a retry is known."""
    press = event("template_card_event", EventKey="a", TaskId="t", ResponseCode="r1")
    letters = [
        text("x"),
        text("x", FromUserName="lisi"),
        press,
        event("template_card_event", EventKey="b", TaskId="t", ResponseCode="r2"),
        event("template_card_event", EventKey="a", TaskId="t", ResponseCode="r3"),
        event("template_card_event", EventKey="a", TaskId="u", ResponseCode="r1"),
        event("click", EventKey="a"),
        event("subscribe"),
    ]

    assert len({update(xml) for xml in letters}) == len(letters)
    assert update(press) == update(bytes(press))
    assert hear(press, AGENT).back == Back("zhangsan", "r1")


@pytest.mark.parametrize("at", ["", "-1", "1e9", "99999999999", "x"])
def test_a_time_that_is_none_is_left_out(at):
    """Receipt counts then."""
    assert hear(text("x", CreateTime=at), AGENT).incoming.stamped is None


def rendered(words, *labels, wide=1, **more):
    """Make a reply with buttons."""
    buttons = tuple(Pressable(label, f"tap{n}") for n, label in enumerate(labels))
    rows = tuple(buttons[start : start + wide] for start in range(0, len(buttons), wide))
    return Rendered(words, rows, **more)


def test_a_text_is_plain():
    """Bold is dropped, entities become signs; a link nobody of us wrote is none."""
    shown = show(rendered('<b>+5</b> &amp; &lt;a href="https://x"&gt;'), WORDS)

    assert shown.messages == (Said('+5 & ＜a href="https://x">'),)


def test_up_to_six_buttons_stand_on_a_card():
    """A short text stands on the card itself, a long one before it."""
    short = show(rendered("hello", *"abcdef", wide=2), WORDS)
    long = show(rendered("好" * 161, "a"), WORDS)

    (card,) = short.messages
    assert card.text == "hello"
    assert [button.label for button in card.buttons] == list("abcdef")
    assert (short.offered, long.offered) == ({}, {})
    assert long.messages == (Said("好" * 161), Card("choose", (Pressable("a", "tap0"),)))


@pytest.mark.parametrize("labels", ["abcdefg", ["x" * 27], ["很" * 14]])
def test_what_does_not_fit_on_a_card_is_numbered(labels):
    """Seven buttons, or one that would be cut."""
    shown = show(rendered("hello", *labels), WORDS)

    options = "\n".join(f"{n} {label}" for n, label in enumerate(labels, start=1))
    assert shown.messages == (Said(f"hello\n\nnumber\n{options}"),)
    assert shown.offered == {n: f"tap{n - 1}" for n in range(1, len(labels) + 1)}


def test_numbers_go_on_after_those_of_the_text():
    """What the text numbers itself keeps its number and is not said twice."""
    listed = "Found:\n1. 红楼梦 上\n2. 西游记\n3. 水浒传"
    shown = show(rendered(listed, "红楼梦…", "西游记", "next", "shelf"), WORDS, cards=False)

    assert shown.messages == (Said(f"{listed}\n\nnumber\n4 next\n5 shelf"),)
    assert shown.offered == {1: "tap0", 2: "tap1", 4: "tap2", 5: "tap3"}


def test_links_are_shown():
    """On a card as a button that opens, in a list as an address."""
    link = Rendered("hello", ((Pressable("open", url="https://example.org/a"),),))

    (card,) = show(link, WORDS).messages
    assert showing.card_of(card)["button_list"] == [
        {"type": 1, "text": "open", "url": "https://example.org/a"}
    ]
    (text_,) = show(link, WORDS, cards=False).messages
    assert text_.text.endswith("open https://example.org/a")


def test_a_file_goes_last():
    """It is uploaded before it is sent."""
    file = Document("mine.json", b"{}", "token")

    assert show(rendered("here", document=file), WORDS).messages == (Said("here"), File(file))


def test_a_message_above_goes_first():
    """With its own buttons, before this one's."""
    shown = show(rendered("sure?", "yes", before=rendered("as it will look", "off")), WORDS)

    assert [card.text for card in shown.messages] == ["as it will look", "sure?"]


def test_a_target_wecom_does_not_take_is_a_fault_of_ours():
    """Nothing is silently dropped."""
    for target in ("", "x" * 1025):
        with pytest.raises(ValueError, match="target"):
            show(Rendered("x", ((Pressable("a", target),),)), WORDS)


def test_texts_are_split_at_sensible_places():
    """After a line, else after a sentence, a part of it, a blank; never inside a sign."""
    line, sentence = "一" * 400 + "\n", "二" * 400 + "。"

    assert split(line * 3) == [("一" * 400), ("一" * 400), ("一" * 400)]
    assert split(sentence * 2) == [sentence, sentence]
    assert split("三" * 1000) == ["三" * 682, "三" * 318]
    assert split("a " * 1500)[0] == "a " * 1024
    assert {part.strip(PEOPLE) for part in split(PEOPLE * 200)} == {""}
    assert all(len(part) % len(PEOPLE) == 0 for part in split(PEOPLE * 200))
    assert all(len(part) % 2 == 0 for part in split("🇨🇳" * 600))
    assert all(not part.startswith("\u0301") for part in split("e\u0301" * 2000))
    assert split("") == split("\n \n") == []


@given(st.text(max_size=3000))
def test_every_part_fits_and_nothing_is_lost(words):
    """Counted in bytes; only line ends at the seams go."""
    parts = split(words)

    assert all(len(part.encode(errors="replace")) <= 2048 for part in parts)
    kept = "".join(parts).replace("\n", "")
    assert kept == words.replace("\n", "") or not words.strip() or kept in words.replace("\n", "")


HEADER = Header("zhangsan", "ww1", 1_651_366_800)


@given(st.text(max_size=200))
def test_any_text_survives_xml(words):
    """Also `]]>`, tags and quotes; signs that XML cannot hold are replaced."""
    root = fromstring(passive(Said(words), HEADER))

    told = (root.findtext("Content") or "").replace("\r", "\n")
    hoped = showing.FORBIDDEN.sub("\ufffd", words).replace("\r\n", "\n").replace("\r", "\n")
    assert told == hoped
    assert root.findtext("ToUserName") == "zhangsan"


def test_a_pressed_card_is_changed():
    """To a new card, or to greyed buttons."""
    card = Card("Done ]]> <b>\n+5", (Pressable("me", "me"), Pressable("menu", "menu")))
    root = fromstring(passive(card, HEADER))
    grey = fromstring(passive(Card("", (), "done"), HEADER))
    said_ = fromstring(passive(Card("+5", (), "done"), HEADER))

    assert root.findtext("MsgType") == "update_template_card"
    assert root.findtext("TemplateCard/CardType") == "button_interaction"
    assert root.findtext("TemplateCard/MainTitle/Title") == "Done ]]> <b>"
    assert root.findtext("TemplateCard/SubTitleText") == "+5"
    assert [b.findtext("Key") for b in root.findall("TemplateCard/ButtonList")] == ["me", "menu"]
    assert (grey.findtext("MsgType"), grey.findtext("Button/ReplaceName")) == (
        "update_button",
        "done",
    )
    assert said_.findtext("TemplateCard/ReplaceText") == "done"


def test_an_envelope_holds_what_wecom_wants():
    """Four fields, escaped."""
    root = fromstring(showing.wrapped("a+/=", "sig", Stamp("1", "n")))

    assert [(child.tag, child.text) for child in root] == [
        ("Encrypt", "a+/="),
        ("MsgSignature", "sig"),
        ("TimeStamp", "1"),
        ("Nonce", "n"),
    ]
