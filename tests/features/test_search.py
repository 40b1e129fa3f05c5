import pytest

from tests.stocked import stock


async def test_words_after_the_command_are_looked_for(chat):
    """搜索 红楼 and /search 红楼 show what was found; a number opens it."""
    ming = await chat.join("ming")
    await stock(chat, "book", "红楼梦", "西游记")

    for said in ("搜索 红楼", "/search 红楼", "搜索　红楼"):
        found = await ming.says(said)
        assert (found.key, found.params["total"]) == ("search.found", 1)
    assert (await ming.says("1")).params["title"] == "红楼梦"


async def test_without_words_it_asks_and_takes_the_next_text(chat):
    """A bare 搜索 is a question; the next text answers it, once."""
    ming = await chat.join("ming")
    await stock(chat, "book", "红楼梦")

    asked = await ming.says("搜索")
    found = await ming.says("红楼")
    after = await ming.says("红楼")

    assert [asked.key, found.key, after.key] == ["search.ask", "search.found", "help.lost"]


async def test_nothing_found_offers_another_try(chat):
    """The empty result says what to do."""
    ming = await chat.join("ming")

    reply = await ming.says("搜索 不存在的书")

    assert reply.key == "search.nothing"
    assert (await ming.taps("search")).key == "search.ask"


async def test_more_than_a_page_can_be_paged(chat):
    """The second page is of the same search."""
    ming = await chat.join("ming")
    await stock(chat, "book", *(f"唐诗{n}" for n in range(8)), "宋词")
    await ming.says("搜索 唐诗")

    second = await ming.taps(ming.button("下一页"))

    assert (second.key, second.params["words"], second.params["page"]) == (
        "search.found",
        "唐诗",
        2,
    )
    assert len(second.buttons) == 2 + 1 + 1


@pytest.mark.parametrize(
    "words", ["%", "_", "\\", "'", '"', "a" * 500, "🀄", "<b>", "{0}", "%s", "1 2 3 4 5 6 7 8 9"]
)
async def test_odd_words_find_nothing_and_break_nothing(chat, words):
    """Wildcards are taken literally; nothing is formatted, nothing fails."""
    ming = await chat.join("ming")
    await stock(chat, "book", "红楼梦")

    assert (await ming.says(f"搜索 {words}")).key == "search.nothing"


async def test_paging_without_a_search_asks(chat):
    """A stale page button leads to the question."""
    ming = await chat.join("ming")

    assert (await ming.taps("search.more:3")).key == "search.ask"
