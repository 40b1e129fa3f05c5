from tests.push import Worker
from tests.stocked import stock

MONDAY = "2022-05-02T10:00:00+08:00"


async def test_no_notice_is_a_sentence(chat):
    """The empty state, with the way to the switches."""
    ming = await chat.join("ming")

    assert (await ming.says("通知")).key == "notices.none"
    assert ming.button("推送") == "switches"


async def test_what_was_pushed_can_be_pulled(chat, clock):
    """Also by who blocked the bot meanwhile: it says that it was not delivered."""
    await stock(chat, "book", "甲")
    ming = await chat.join("ming")
    worker = Worker(chat)
    clock.set(MONDAY)
    await worker.rings()

    await ming.says("/notices")
    chinese = ming.rendered.text
    ming.language = "en"
    await ming.says("/notices")

    assert "每周荐读（已送达）" in chinese
    assert "Weekly recommendations (delivered)" in ming.rendered.text
    clock.ahead(days=31)
    assert (await ming.says("通知")).key == "notices.none"


async def test_the_off_button_switches_a_kind_off_and_on(chat, clock):
    """One tap off, one tap back; a forged kind shows the list."""
    ming = await chat.join("ming")

    off = await ming.taps("notices.off:picks")
    label = ming.button("恢复提醒")
    back = await ming.taps(label)
    forged = await ming.taps("notices.off:everything")

    assert off.key == "notices.switched_off"
    assert label == "switches.turn:picks:on"
    assert back.key == "switches.text"
    assert forged.key == "notices.none"


async def test_the_digest_tells_what_the_budget_left_out(chat, clock, monkeypatch):
    """The next morning, in one message; who missed nothing hears nothing."""
    await stock(chat, "book", "甲")
    ming = await chat.join("ming")
    await chat.join("hong")
    worker = Worker(chat)
    rules = chat.campaign.pushes.model_copy(update={"daily_budget": 0})
    monkeypatch.setattr(
        worker.delivery, "_campaign", chat.campaign.model_copy(update={"pushes": rules})
    )
    clock.set(MONDAY)
    await worker.rings()
    held = list(worker.platform.sent)
    monkeypatch.undo()
    async with chat.database.transaction() as db:
        from sqlalchemy import text  # noqa: PLC0415

        hong = await chat.person("hong").id()
        await db.execute(text(f"UPDATE deliveries SET reason = 'x' WHERE citizen = {hong}"))
    clock.set("2022-05-03T07:30:00+08:00")
    await worker.rings()

    assert held == []
    assert worker.platform.told("ming") == ["notices.digest"]
    assert worker.platform.told("hong") == []
    assert ming.account.sender == "ming"
