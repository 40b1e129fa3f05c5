"""读书经验: by form and with consent, from who was chosen; taken back at any time."""

import pytest

from bot import campaign as campaigns
from storage import approvals
from tests.chat import Chat
from tests.selected import published, readers, short, taken

TEXT = "我每天早上读二十分钟，把喜欢的句子抄下来，晚上念给孙女听。" * 3
FORM = f"/experience\n题目：一天二十分钟\n正文：{TEXT}\n署名：明明\n同意公开：是"


@pytest.fixture
async def chat(sqlite_database, clock):
    """Bring a campaign whose lists hold one."""
    async with Chat.open(sqlite_database, clock, short(campaigns.load())) as chat:
        yield chat


async def test_the_form_is_for_the_chosen_and_wants_consent(chat, clock, boss, staff):
    """Not before the last phase; what is wrong is named; what is shown is what is handed in."""
    ming, hua = await readers(chat, ming=3, hua=2)
    await published(chat, draft=await taken(chat))
    early = await ming.says(FORM)
    clock.set("2022-10-16T10:00:00+08:00")
    other = await hua.says(FORM)
    empty = await ming.says("读书经验")
    wrong = await ming.says(FORM.replace("是", "否").replace("明明", "管理员").replace(TEXT, "短"))
    lost = await ming.says("/experience\n题目：一天\n心情：好")
    shown = await ming.says(FORM.removeprefix("/experience\n"))
    old = ming.button("确认")
    await ming.says(FORM.replace("明明", ""))
    stale = await ming.taps(old)
    done = await ming.taps(ming.button("确认"))
    page = await ming.says("/experience")
    async with chat.database.reading() as db:
        assert await approvals.count_waiting(db, chat.campaign_id) == 1
    back = await ming.taps(ming.button("收回这份经验"))
    async with chat.database.reading() as db:
        assert await approvals.count_waiting(db, chat.campaign_id) == 0

    assert (early.key, other.key) == ("experiences.not_yet", "experiences.not_chosen")
    assert empty.key == "experiences.template"
    assert [each.key for each in wrong.params["problems"].phrases] == [
        "sharing.wrong_short",
        "sharing.not_agreed",
        "sharing.wrong_name",
    ]
    assert {each.key for each in lost.params["problems"].phrases} == {
        "sharing.missing",
        "sharing.unknown",
    }
    assert (shown.key, shown.params["name"]) == ("experiences.preview", "明明")
    assert stale.params["name"].key == "notewall.somebody"
    assert done.key == "experiences.handed_in"
    assert (page.key, page.params["state"].key) == ("experiences.page", "notes.is_waiting")
    assert back.key == "experiences.withdrawn"
    assert (await hua.taps("experiences.hand_in:forged")).key == "errors.confirm_again"


async def test_what_was_written_is_kept_in_the_answer(chat, clock, boss, staff):
    """Whoever forgot a line adds it and sends all again; words without a label are the text."""
    ming, _ = await readers(chat, ming=3, hua=2)
    await published(chat, draft=await taken(chat))
    clock.set("2022-10-16T10:00:00+08:00")

    await ming.says("/experience\n题目：一天<b>")
    begun = ming.rendered.text
    await ming.says("我每天读一页书。\n题目：一天")

    assert "题目：一天&lt;b&gt;\n正文：\n署名：" in begun
    assert "题目：一天\n正文：我每天读一页书。\n署名：" in ming.rendered.text
