from tests.stocked import stock


async def test_an_empty_shelf_explains_itself(chat):
    """Nothing yet: zeros, what today can pay, and each list says what to do."""
    ming = await chat.join("ming")

    shelf = await ming.says("书房")
    said = ming.rendered.text
    lists = [await ming.taps(f"shelf.list:{which}") for which in ("going", "kept", "finished")]

    assert (shelf.params["going"], shelf.params["kept"], shelf.params["finished"]) == (0, 0, 0)
    assert said.count("0/10") == 4
    assert [r.key for r in lists] == [
        "shelf.going_empty",
        "shelf.kept_empty",
        "shelf.finished_empty",
    ]


async def test_going_on_finishing_and_keeping_fill_the_lists(chat, clock):
    """Opened items are under way, finished ones move on, kept ones stay."""
    ming = await chat.join("ming")
    one, two = await stock(chat, "book", "一", "二")
    await ming.taps(f"items.open:{one}")
    await ming.taps(f"items.open:{two}")
    await ming.taps(ming.button("收藏"))
    clock.ahead(minutes=5)
    await ming.taps(f"items.done:{one}")

    shelf = await ming.says("书架")
    going = await ming.taps("shelf.list:going")
    went_on = await ming.says("1")
    finished = await ming.taps("shelf.list:finished")

    assert (shelf.params["going"], shelf.params["kept"], shelf.params["finished"]) == (1, 1, 1)
    assert (going.key, went_on.params["title"]) == ("shelf.going", "二")
    assert (finished.key, finished.params["total"]) == ("shelf.finished", 1)


async def test_keeping_is_taken_back_and_undone(chat):
    """Keep, do not keep, undo; twice changes nothing."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "一")

    keys = [
        (await ming.taps(f"shelf.{verb}:{book}")).key for verb in ("keep", "keep", "drop", "drop")
    ]
    await ming.taps(ming.button("撤销"))

    assert keys == ["shelf.is_kept"] * 2 + ["shelf.is_dropped"] * 2
    assert (await ming.says("书房")).params["kept"] == 1


async def test_a_full_day_shows_at_a_glance(chat, clock):
    """What is full says so."""
    ming = await chat.join("ming")
    await ming.taps("checkins")

    await ming.says("书房")

    assert "签到 5/5（今天已满）" in ming.rendered.text


async def test_a_forged_list_is_the_shelf(chat):
    """Unknown lists lead back."""
    ming = await chat.join("ming")

    assert (await ming.taps("shelf.list:secrets")).key == "shelf.text"


async def test_nobody_sees_anothers_shelf(chat):
    """Each shelf is its owner's."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    [book] = await stock(chat, "book", "一")
    await ming.taps(f"items.open:{book}")
    await ming.taps(f"shelf.keep:{book}")

    shelf = await hua.says("书房")

    assert (shelf.params["going"], shelf.params["kept"]) == (0, 0)
