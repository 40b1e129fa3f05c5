"""Managing rewards: on and off the list, stock with a reason, a picture."""

from bot.messages import File
from bot.rules.rewards import State
from storage.rewards import moves
from tests import shop
from tests.corrections import told
from tests.engine.test_correcting import audit


async def test_every_move_of_the_stock_has_its_reason(chat, staff, boss):
    """Number and reason in one message; never below nothing; audited; staff hear that it is low."""
    fan = await shop.offer(chat, stock=8)
    await staff.taps(f"stocking.put:{fan}")
    texts = ("很多", "+0 什么", "+5", "+5 " + "长" * 201, "-9 丢了")
    wrong = [await staff.says(words) for words in texts]
    more = await staff.says("＋２０ 第二批到货")
    await staff.taps(staff.button("进货/取走"))
    less = await staff.says("-26 借走")
    async with chat.database.reading() as db:
        noted = [(each.change, each.words) for each in await moves(db, fan, most=2)]

    assert [each.key for each in wrong] == [
        *["stocking.wrong_change"] * 4,
        "stocking.not_so_many",
    ]
    assert [more.params["left"], less.params["left"]] == [28, 2]
    assert noted == [(-26, "借走"), (20, "第二批到货")]
    assert "rewards.low" in await told(chat, "owner")
    await boss.says("/audit")
    assert boss.rendered.text.count("奖品进出货（竹扇）") == 2
    assert await audit(chat) == {}


async def test_what_is_off_the_list_can_still_be_picked_up(chat, staff, boss, ming):
    """Staff see what is left and out; closing keeps vouchers good, and can be undone."""
    none = await staff.says("奖品管理")
    holder = await shop.rich(chat, "holder", 12, by=await boss.id())
    fan = await shop.offer(chat, stock=8)
    await shop.buy(chat, holder, fan)
    listed = await staff.says("奖品管理")
    page = await staff.says("1")
    await staff.taps(staff.button("下架"))
    gone = await ming.taps(f"rewards.one:{fan}")
    closed = await staff.says("奖品管理")
    await staff.taps(f"stocking.one:{fan}")
    await staff.taps(staff.button("上架"))
    back = await ming.taps(f"rewards.one:{fan}")
    (entry,), (off,) = (each.params["entries"].phrases for each in (listed, closed))

    assert (none.key, entry.params["left"], entry.params["out"]) == ("stocking.none", 7, 1)
    assert (page.key, page.params["open"], page.params["left"]) == ("stocking.page", 1, 7)
    assert off.params["state"].key == "stocking.closed"
    assert (gone.key, back.key) == ("rewards.gone", "rewards.page")
    assert (await shop.held(chat, holder))[0].state is State.OPEN


async def test_a_reward_has_a_picture(chat, staff, ming):
    """A picture that staff send stands beside the reward; another file does not."""
    fan = await shop.offer(chat)
    await staff.taps(f"stocking.picture:{fan}")
    wrong = await staff.sends(File("a.txt", 3, "r1"))
    page = await staff.sends(File("", 3, "r2", picture=True))

    assert (wrong.key, page.params["first"].key) == ("stocking.no_picture", "stocking.is_shown")
    assert (await ming.taps(f"rewards.one:{fan}")).picture is not None
    assert (await shop.look(chat, fan)).version == 1


async def test_nobody_else_manages(chat, ming, mei):
    """Neither citizens nor organisers."""
    fan = await shop.offer(chat)
    targets = ("stocking", f"stocking.one:{fan}", f"stocking.put:{fan}", "offering")

    for person in (ming, mei):
        assert {(await person.taps(each)).key for each in targets} == {"errors.not_allowed"}
