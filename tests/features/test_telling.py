"""Telling a case: four questions, each answer kept; what is wrong is said and nothing is lost."""

import pytest

from storage import cases
from tests.reporting import TOLD, tell


@pytest.fixture
def database(sqlite_database):
    """No statement here differs between the two databases."""
    return sqlite_database


async def case_of(chat, number):
    """Read a case through a fresh session."""
    async with chat.database.reading() as db:
        return await cases.of(db, chat.campaign_id, int(number))


async def test_a_case_is_told_in_four_steps(chat, mei):
    """Each answer leads to the next question, the last one to pictures; the first go in."""
    asked = [await mei.says("案例"), await mei.taps("telling:zhujiajiao")]
    asked += [await mei.says(text) for text in TOLD]
    number = asked[-1].buttons[0][0].target.partition(":")[2]
    told = await case_of(chat, number)

    assert [reply.key for reply in asked] == [
        *("cases.none", "telling.ask_first", "telling.ask_happened", "telling.ask_who"),
        *("telling.ask_story", "snapshots.ask_first"),
    ]
    assert asked[-1].files
    assert (told.title, told.happened, told.who, told.story) == TOLD
    assert (told.unit, told.chosen, told.untold) == ("zhujiajiao", True, ())


async def test_it_can_be_broken_off_and_gone_on_with(chat, mei):
    """A command in between answers; what was told stays, and the page says what is missing."""
    number = await tell(mei, TOLD[0])
    assert (await mei.says("菜单")).key == "menu.text"
    page = await mei.taps(f"cases.one:{number}")
    assert page.params["ask"].params["what"].key == "telling.name_happened"
    await mei.taps(f"telling.ask:{number}:story")
    assert (await mei.says("第一行\n第二行")).key == "telling.ask_happened"
    assert (await case_of(chat, number)).story == "第一行\n第二行"


async def test_what_cannot_be_taken_changes_nothing(chat, mei):
    """Nothing, too much, signs that turn lines around; the question stays open."""
    number = await tell(mei)
    question = await mei.taps(f"telling.ask:{number}:title")
    empty = await mei.says("\u202e \u2066")
    long = await mei.says("长" * 61)
    before = (await case_of(chat, number)).title
    await mei.says("新的\u202e标题\n两行")

    assert question.params["now"].params["text"] == TOLD[0]
    assert (empty.key, long.key) == ("telling.empty", "telling.too_long")
    assert (long.params["signs"], long.params["most"]) == (61, 60)
    assert before == TOLD[0]
    assert (await case_of(chat, number)).title == "新的标题 两行"
    assert (await mei.taps(f"telling.ask:{number}:unit")).key == "cases.one"
    assert (await mei.taps(f"telling.write:{number}:chosen:x")).key == "cases.one"
