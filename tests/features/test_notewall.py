"""Reading others' notes: paged, named only who wants it, reported when something is wrong."""

from storage import profiles
from storage.profiles import Profile
from tests.noting import accepted, book, finished


async def calls_herself(chat, person, name):
    """Let somebody have a name that stands on boards."""
    async with chat.database.transaction() as db:
        await profiles.put(db, await person.id(), Profile(name, listed=True))


async def test_notes_are_read_by_page_and_named_by_choice(chat, staff, boss):
    """The newest first; a name for who wants one, never under 14; nothing of who paused."""
    ming, hua, kid = await chat.join("ming"), await chat.join("hua"), chat.person("kid")
    await kid.taps("start.guardian")
    await kid.taps("start.town:xiayang")
    item = await book(chat)
    none = await hua.taps(f"notewall:{item}")
    for writer in (ming, hua, kid):
        await accepted(chat, writer, item, by=staff)
    await calls_herself(chat, hua, "小华")
    await calls_herself(chat, kid, "小朋友")
    opened = await ming.taps(f"items.open:{item}")
    pages = [await ming.taps(f"notewall:{item}:{n}") for n in (0, 1, 2, 99)]
    await finished(chat, staff, item)
    await hua.says("/forget")
    await hua.taps(hua.button("暂停参加"))
    fewer = await ming.taps(f"notewall:{item}")

    assert none.key == "notewall.none"
    assert f"notewall:{item}" in {each.target for row in opened.buttons for each in row}
    names = [getattr(page.params["name"], "key", page.params["name"]) for page in pages]
    assert names == ["notewall.somebody", "小华", "notewall.somebody", "notewall.somebody"]
    assert [(page.params["at"], page.params["of"]) for page in pages] == [
        (1, 3),
        (2, 3),
        (3, 3),
        (3, 3),
    ]
    assert fewer.params["of"] == 2
    assert (await ming.taps("notewall:999")).key == "items.unknown"


async def test_three_reports_hide_a_note_until_somebody_looks(chat, staff, boss):
    """Each person once; kept, it is seen again; its writer cannot report it."""
    ming = await chat.join("ming")
    others = [await chat.join(f"reader{n}") for n in range(3)]
    item = await book(chat)
    await accepted(chat, ming, item, by=staff)
    page = await others[0].taps(f"notewall:{item}")
    report = next(b.target for row in page.buttons for b in row if "report" in b.target)
    for reader in (others[0], *others):
        await reader.taps(report)
        thanked = await reader.taps(reader.button("确认"))
    hidden = await others[0].taps(f"notewall:{item}")
    queue = await staff.taps("notequeue")
    await staff.says("1")
    await staff.taps(staff.button("通过"))
    back = await others[0].taps(f"notewall:{item}")
    await others[0].taps(report)
    await others[0].taps(others[0].button("确认"))

    assert thanked.key == "notewall.thanks"
    assert hidden.key == "notewall.none"
    assert queue.params["lines"].phrases[0].params["reports"].params == {"count": 3}
    assert back.key == "notewall.text"
    assert (await staff.taps("notequeue")).key == "notequeue.none"
    assert (await others[0].taps("notewall.report:999")).key == "notes.unknown"
