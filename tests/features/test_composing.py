"""Writing a broadcast: its text, its link, the draft that is kept until it goes out."""

import pytest

from bot.rules.compositions import TEXT_LENGTH_MAX
from tests.broadcasting import TEXT, draft, number, organiser, send, staff


async def test_a_text_along_with_the_command_is_a_draft(chat):
    """An organiser of one town has chosen her people; nobody is told anything."""
    li = await organiser(chat)

    reply = await li.says(f"/broadcast {TEXT}")

    assert reply.key == "composing.draft"
    assert "朱家角镇" in li.rendered.text
    assert TEXT in li.rendered.text


async def test_the_command_alone_asks_and_the_next_text_answers(chat):
    """So do the words 群发, and the next bare text is the broadcast."""
    li = await organiser(chat)

    assert (await li.says("群发")).key == "composing.ask_text"
    reply = await li.says(TEXT)

    assert (reply.key, reply.params["text"]) == ("composing.draft", TEXT)


async def test_the_draft_is_kept(chat):
    """Other words win over the open question; the draft is there when she comes back."""
    li = await organiser(chat)
    await draft(li)
    await li.says("签到")

    assert (await li.says("/broadcast")).params["text"] == TEXT
    assert (await li.taps(li.button("另写一条"))).key == "composing.ask_text"


@pytest.mark.parametrize(
    "text",
    ["{user.__class__}", "%s {0} {}", "<b>fett</b> & <script>", "&amp;", "<a href='x'>y</a>"],
)
async def test_a_text_is_plain_text(chat, text):
    """What looks like a placeholder, a tag or an entity arrives as it was written."""
    li = await organiser(chat)
    await chat.join("ming", "telegram", town="zhujiajiao")
    written = await draft(li, text)

    reply = await li.taps(f"launching:{written}")

    assert reply.before.params["text"] == text
    for sign in "<>":
        assert sign not in li.rendered.before.text.replace("<b>来自", "").replace("</b>", "")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("字" * TEXT_LENGTH_MAX, "composing.draft"),
        ("字" * (TEXT_LENGTH_MAX + 1), "composing.too_long"),
        ("\u202e\u202c", "composing.empty"),
    ],
)
async def test_how_long_a_text_may_be(chat, text, key):
    """1,500 signs go, one more is counted and refused, nothing is nothing."""
    li = await organiser(chat)
    await li.says("/broadcast")

    assert (await li.says(text)).key == key


async def test_signs_that_turn_the_line_around_are_taken_out(chat):
    """The preview cannot say something else than the text."""
    li = await organiser(chat)

    assert (await li.says("/broadcast a\u202eb")).params["text"] == "ab"


async def test_another_text_takes_its_place(chat):
    """The same draft, asked for by a button."""
    li = await organiser(chat)
    written = await draft(li)
    await li.taps(li.button("改文字"))

    reply = await li.says("改过了：三点")

    assert (number(reply), reply.params["text"]) == (written, "改过了：三点")


async def test_a_link_button(chat):
    """A label and an address; it can be taken away again."""
    li = await organiser(chat)
    await chat.join("ming", "telegram", town="zhujiajiao")
    written = await draft(li)
    await li.taps(li.button("加/改链接按钮"))
    await li.says("看 直播 https://live.example.org/1?a=b")
    shown = (await li.taps(f"launching:{written}")).before
    await li.taps(f"composing.link:{written}")
    await li.taps(li.button("不要链接按钮"))
    bare = (await li.taps(f"launching:{written}")).before

    assert (shown.buttons[0][0].label, shown.buttons[0][0].url) == (
        "看 直播",
        "https://live.example.org/1?a=b",
    )
    assert len(bare.buttons) == len(shown.buttons) - 1


@pytest.mark.parametrize(
    "words",
    [
        "https://live.example.org",
        "看 javascript:alert(1)",
        "看 tg://resolve?domain=x",
        "看 ftp://example.org",
        "看 https://user:word@example.org",
        "看 https://localhost",
        "看 example.org",
        f"{'长' * 31} https://example.org",
        f"看 https://example.org/{'x' * 1000}",
        "看 https://",
    ],
)
async def test_what_is_no_link(chat, words):
    """Only a label and a plain http(s) address; the draft stays as it was."""
    li = await organiser(chat)
    await draft(li)
    await li.taps(li.button("加/改链接按钮"))

    assert (await li.says(words)).key == "composing.wrong_link"
    assert (await li.says("/broadcast")).params["link"].key == "composing.without"


async def test_a_draft_can_be_thrown_away(chat):
    """It is gone, and its buttons say so."""
    li = await organiser(chat)
    written = await draft(li)

    assert (await li.taps(li.button("不发了"))).key == "composing.dropped"
    assert (await li.taps(f"launching:{written}")).key == "broadcasts.unknown"


async def test_drafts_are_their_authors(chat):
    """Neither another organiser nor staff opens, changes or sends them."""
    boss, hua = await staff(chat)
    li = await organiser(chat, by=boss)
    written = await draft(li)
    jin = await organiser(chat, "jinze", by=boss)

    for other in (jin, hua):
        for tap in ("composing.open", "composing.text", "composing.link", "composing.drop"):
            assert (await other.taps(f"{tap}:{written}")).key == "errors.not_yours"
        assert (await other.taps(f"composing.write:{written}:neu")).key == "errors.not_yours"
        assert (await other.taps(f"launching:{written}")).key == "errors.not_yours"


async def test_who_is_in_charge_of_nothing_broadcasts_nothing(chat):
    """Citizens are told that it is not for them."""
    ming = await chat.join("ming")

    assert (await ming.says("/broadcast hi")).key == "errors.not_allowed"
    assert (await ming.taps("composing.open:1")).key == "errors.not_allowed"


async def test_groups_are_no_place_for_drafts(chat):
    """Everybody would read it there."""
    li = await organiser(chat)
    li.private = False

    assert (await li.says("/broadcast hi")).key == "errors.in_private"


@pytest.mark.parametrize("forged", ["", "x", "0", "-1", "999999", "1" * 40, "１", "1:2:3"])
async def test_forged_numbers_lead_nowhere(chat, forged):
    """They are answered in words."""
    li = await organiser(chat)

    for tap in ("composing.open", "composing.write", "launching", "picking", "scheduling", "calls"):
        assert (await li.taps(f"{tap}:{forged}")).key == "broadcasts.unknown", tap


async def test_what_went_out_cannot_be_changed(chat):
    """Its draft's buttons say so."""
    li = await organiser(chat)
    await chat.join("ming", "telegram", town="zhujiajiao")
    sent = await send(li)

    for tap in ("composing.open", "composing.text", "composing.drop", "scheduling", "picking"):
        assert (await li.taps(f"{tap}:{sent}")).key == "broadcasts.gone_out"
    assert (await li.taps(f"composing.write:{sent}:neu")).key == "broadcasts.gone_out"
