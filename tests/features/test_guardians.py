"""A child's guardians, and what becomes of its seat when accounts are left and people linked."""

import pytest

from storage import accounts, seats, twins
from tests.duties import owner
from tests.features.test_family import seated
from tests.features.test_linking import code, joined

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def second(one, other, name="小宝"):
    """Let a second guardian come in."""
    await one.taps("seating")
    typed = (await one.taps(one.button(f"请另一位家长照看 {name}"))).params["code"]
    await other.says(f"家人 {typed}")
    assert (await other.taps(other.button("确认"))).key == "family.text"


async def lets_go(person, reader):
    """Let a reader leave, and return what is asked before."""
    asked = await person.taps(f"seating.leave:{reader}")
    await person.taps(person.button("确认"))
    return asked.key


async def holders(chat, reader):
    """Return who holds a reader."""
    async with chat.database.reading() as db:
        return await seats.holders(db, int(reader))


async def hears(chat, reader):
    """Return the account on which a reader is told something."""
    async with chat.database.reading() as db:
        found = (await accounts.receivers(db, [int(reader)])).get(int(reader))
    return None if found is None else found.account


async def left(chat, person, account):
    """Leave an account, said on another one."""
    async with chat.database.reading() as db:
        mine = await accounts.of(db, await person.id())
    number = next(each.id for each in mine if each.account == account)
    await person.taps(f"linking.leave:{number}")
    assert (await person.taps(person.button("确认"))).key == "linking.left"


async def parted(boss, number):
    """Undo a link."""
    await boss.says(f"/unlink {number}")
    assert (await boss.taps(boss.button("确认"))).key.startswith("unlinking.done")


async def test_a_childs_seat_never_moves_to_another_channel(chat):
    """The account it heard on is left: a child waits for one that lets it in, a grown one moves."""
    ming = await chat.join("ming", "wecom")
    abroad, home = chat.person("ming", "telegram"), chat.person("browser")
    await joined(ming, abroad, key="linking.done_new")
    child, granny = await seated(ming, "小宝", "child"), await seated(ming, "奶奶")
    await left(chat, abroad, ming.account)
    assert (await hears(chat, child), await hears(chat, granny)) == (None, abroad.account)
    assert (await abroad.taps(f"family.be:{child}")).key == "start.young_abroad"
    assert await hears(chat, child) is None

    await joined(abroad, home, key="linking.done_new")
    await home.taps(f"family.be:{child}")
    assert await hears(chat, child) == home.account
    await home.taps(f"family.be:{granny}")
    assert await hears(chat, granny) == abroad.account  # where she hears already
    assert await chat.broken() == {}


async def test_who_paused_hears_nothing_of_those_they_hold(chat):
    """The child's news goes to the guardian who takes part, and comes back with the other one."""
    ming = await chat.join("ming")
    child = await seated(ming, "小宝", "child")
    hua = await chat.join("hua")
    await second(ming, hua)
    for guardian, on in ((hua, ming.account), (ming, None)):
        await guardian.says("/forget")
        await guardian.taps(guardian.button("暂停参加"))
        assert await hears(chat, child) == on

    await ming.says("开始")
    await ming.taps("start.agree")
    assert await hears(chat, child) == ming.account
    assert await chat.broken() == {}


async def test_who_is_served_abroad_is_whose_account_it_is_and_who_hears_there(chat):
    """Also while somebody else acts on it; nobody counts twice, and a child at home does not."""
    ming, home = await chat.join("ming", "telegram"), chat.person("home")
    await joined(ming, home, key="linking.done_new")
    me, granny = await ming.id(), await seated(ming, "奶奶")
    await seated(home, "小宝", "child")
    for reader in (granny, me):
        await ming.taps(f"family.be:{reader}")
        async with chat.database.reading() as db:
            assert await accounts.count_on(db, ["telegram"]) == (2, 0)
            assert await accounts.count_on(db, ["web"]) == (2, 1)


async def test_on_the_same_channel_a_child_goes_along(chat):
    """Two browsers of one guardian: the other one takes the seat over."""
    ming, other = await chat.join("ming"), chat.person("other")
    await joined(ming, other, key="linking.done_new")
    child = await seated(ming, "小宝", "child")
    await left(chat, other, ming.account)
    assert await hears(chat, child) == other.account
    assert await chat.broken() == {}


async def test_who_once_held_a_child_does_so_again_by_whom_they_become(chat, clock):
    """The survivor had let go, the absorbed one had not: the child keeps its seat."""
    ming = await chat.join("ming")
    clock.ahead(minutes=1)
    hua = await chat.join("hua")
    child = await seated(ming, "小宝", "child")
    await second(ming, hua)
    assert await lets_go(ming, child) == "seating.ask_leave"
    await joined(ming, hua)

    assert await holders(chat, child) == [await ming.id()]
    assert (await hua.says("家人")).params["count"] == 2
    assert await chat.broken() == {}


async def test_two_guardians_who_are_one_count_once_and_are_two_again(chat, clock):
    """A third may come in and the last one's leaving erases; undone, each holds the child again."""
    boss, ming = await owner(chat), await chat.join("ming")
    clock.ahead(minutes=1)
    hua, li = await chat.join("hua"), await chat.join("li")
    me, other = await ming.id(), await hua.id()
    child = await seated(ming, "小宝", "child")
    await second(ming, hua)
    clock.ahead(minutes=1)
    _, told = await joined(ming, hua)
    assert await holders(chat, child) == [me]
    assert (await ming.taps(f"seating.leave:{child}")).key == "seating.ask_erase"
    await parted(boss, told.params["goes"])
    assert sorted(await holders(chat, child)) == sorted([me, other])
    assert (await hua.says("家人")).params["count"] == 2
    assert await chat.broken() == {}

    clock.ahead(minutes=1)
    _, told = await joined(ming, hua)
    await second(ming, li)
    await parted(boss, told.params["goes"])
    assert sorted(await holders(chat, child)) == sorted([me, await li.id()])  # no third one
    clock.ahead(minutes=1)
    _, told = await joined(ming, hua)
    assert await lets_go(ming, child) == "seating.ask_leave"
    assert await lets_go(li, child) == "seating.ask_erase"
    await parted(boss, told.params["goes"])
    assert await holders(chat, child) == []
    assert await chat.broken() == {}


async def test_two_children_with_four_guardians_are_not_made_one(chat):
    """Nobody would look after a child as the third."""
    ming, hua, li, wang = [await chat.join(name) for name in ("ming", "hua", "li", "wang")]
    one, two = await seated(ming, "小宝", "child"), await seated(li, "小贝", "child")
    await second(ming, hua)
    await second(li, wang, "小贝")
    phone = chat.person("phone", "wecom")
    await li.taps(f"family.be:{two}")
    await joined(li, phone, key="linking.done_new")
    await ming.taps(f"family.be:{one}")

    assert (await phone.says(f"/link {await code(ming)}")).key == "linking.guardians"
    await wang.taps(f"seating.leave:{two}")
    await wang.taps(wang.button("确认"))
    assert (await phone.says(f"/link {await code(ming)}")).key == "linking.guardians"
    assert await lets_go(hua, one) == "seating.ask_leave"
    await ming.taps(f"family.be:{one}")
    assert (await phone.says(f"/link {await code(ming)}")).key == "linking.preview"


async def test_accounts_count_for_whom_they_belong_to(chat):
    """Whoever reads on them just now; and they come and go with their person, not the reader."""
    boss, ming = await owner(chat), await chat.join("ming")
    far, hua = chat.person("far", "wecom"), await chat.join("hua")
    await joined(ming, far, key="linking.done_new")
    me, child = await ming.id(), await seated(hua, "小宝", "child")
    granny = await seated(ming, "奶奶")
    for phone in (ming, far):
        await phone.taps(f"family.be:{granny}")
    async with chat.database.reading() as db:
        counted = [(await twins.who(db, one)).accounts for one in (me, int(granny))]
    assert counted == [2, 0]
    for phone in (ming, far):
        await phone.taps(f"family.be:{me}")

    # Hua reads with her child on one phone while her other one joins ming.
    tablet = chat.person("tablet", "wecom")
    other = await hua.id()
    await joined(hua, tablet, key="linking.done_new")
    await hua.taps(f"family.be:{child}")
    _, told = await joined(ming, tablet)
    assert await hua.id() == await tablet.id() == me
    await hua.taps(f"family.be:{child}")
    assert await chat.broken() == {}
    await parted(boss, told.params["goes"])
    assert await hua.id() == await tablet.id() == other
    assert await hears(chat, child) == hua.account
    assert await chat.broken() == {}


async def test_a_child_taken_in_while_two_were_one_hears_on_no_strangers_account(chat, clock):
    """Its guardian sat at the other one's phone, which is a stranger's again."""
    boss, ming = await owner(chat), await chat.join("ming")
    clock.ahead(minutes=1)
    hua = await chat.join("hua")
    _, told = await joined(ming, hua)
    child = await seated(hua, "小宝", "child")
    assert await hears(chat, child) == hua.account
    await parted(boss, told.params["goes"])

    assert await holders(chat, child) == [await ming.id()]
    assert await hears(chat, child) is None
    await ming.taps(f"family.be:{child}")
    assert await hears(chat, child) == ming.account
    assert await chat.broken() == {}


async def test_a_child_never_hears_abroad_by_a_number_that_was_given_again(chat):
    """SQLite gives the number of the account that was taken away to the next one, on Telegram."""
    boss, ming, home = await owner(chat), await chat.join("ming"), chat.person("home")
    _, told = await joined(ming, home, key="linking.done_new")
    child = await seated(home, "小宝", "child")
    await parted(boss, told.params["number"])
    abroad = chat.person("abroad", "telegram")
    await joined(ming, abroad, key="linking.done_new")
    assert await hears(chat, child) is None
    await ming.taps(f"family.be:{child}")
    assert await hears(chat, child) == ming.account
    assert await chat.broken() == {}
