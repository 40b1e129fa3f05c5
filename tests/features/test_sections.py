import pytest

from tests.stocked import stock


@pytest.mark.parametrize(
    ("word", "kind"), [("品鉴", "video"), ("/book", "book"), ("听书", "audio"), ("视频", "video")]
)
async def test_each_section_has_its_words(chat, word, kind):
    """Chinese words and slash names lead to the same list."""
    ming = await chat.join("ming")
    await stock(chat, kind, "甲", "乙")

    reply = await ming.says(word)

    assert (reply.key, reply.params["total"]) == ("sections.text", 2)


async def test_an_empty_section_says_so(chat):
    """The empty state is a sentence and the menu."""
    ming = await chat.join("ming")

    assert (await ming.says("看书")).key == "sections.empty"


async def test_pages_lead_on_and_back(chat):
    """Seven items are two pages; each page has its neighbours' buttons, and no others."""
    ming = await chat.join("ming")
    await stock(chat, "book", *(f"书{n}" for n in range(7)))

    await ming.says("看书")
    first = [button.label for row in ming.rendered.buttons for button in row]
    second = await ming.taps(ming.button("下一页"))
    labels = [button.label for row in ming.rendered.buttons for button in row]

    assert "上一页" not in first
    assert (second.params["page"], second.params["pages"]) == (2, 2)
    assert ("上一页" in labels, "下一页" in labels) == (True, False)


@pytest.mark.parametrize("page", ["99", "-1", "x", "", "1" * 30])
async def test_a_page_that_is_not_there_is_the_nearest(chat, page):
    """Stale and forged page numbers show something."""
    ming = await chat.join("ming")
    await stock(chat, "book", "书")

    assert (await ming.taps(f"sections.book:{page}")).params["page"] == 1


async def test_a_number_alone_opens_from_the_list_last_seen(chat, clock):
    """Typing 2 opens the second title; other numbers and later ones are not understood."""
    ming = await chat.join("ming")
    await stock(chat, "book", "一", "二")
    await ming.says("看书")

    second = await ming.says("２")
    third = await ming.says("3")
    clock.ahead(hours=13)
    later = await ming.says("1")

    assert (second.key, second.params["title"]) == ("items.opened", "二")
    assert (third.key, later.key) == ("help.lost", "help.lost")


async def test_what_is_finished_is_marked(chat, clock):
    """A tick stands behind what one has done."""
    ming = await chat.join("ming")
    [book, _] = await stock(chat, "book", "一", "二")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)
    await ming.taps(f"items.done:{book}")

    await ming.says("看书")

    assert ming.rendered.text.count("分钟 ✓") == 1
