"""Files of rewards: previewed, taken over once, never below what is out."""

from bot import campaign as campaigns
from bot import importing, rewards_file
from bot.importing import Place
from storage.catalogue import Compared
from tests import shop
from tests.engine.test_correcting import audit

HEAD = "reward,price,stock,limit,opens,closes,days,places,about\n"
GOOD = "竹扇,5,20,2,,2022-09-30,14,朱家角镇：文化中心；前台,手绘\n"


async def nobody(_done):
    """Be told how far it is."""


async def offered(chat, text):
    """Read a file."""
    place = Place(chat.database, chat.campaign, chat.campaign_id)
    return await importing.offer(place, text.encode())


async def test_a_file_is_taken_over_once_and_its_stock_is_all_there_ever_were(chat):
    """New, the same again, more, and less than is out; bad rows have their line and reason."""
    now = chat.clock.now()
    first = await offered(chat, HEAD + GOOD)
    preview = await first.preview()
    await first.take_over(now, nobody)
    again = await (await offered(chat, HEAD + GOOD)).take_over(now, nobody)
    boss = await chat.join("boss")
    rich = await shop.rich(chat, "rich", 12, by=await boss.id())
    listed = await rich.says("兑换")
    reward = int(rich.button("竹扇").partition(":")[2])
    bought = await shop.buy(chat, rich, reward)
    more = await offered(chat, HEAD + GOOD.replace(",20,", ",30,"))
    changed = await more.take_over(now, nobody)
    bad = await offered(
        chat, HEAD + GOOD.replace(",20,", ",0,") + "灯,x,1,,,,,前台,\n,5,1,,,,,前台,\n"
    )

    assert (first.kind, preview) == ("rewards", Compared(1, 0, 0))
    assert again == Compared(0, 0, 1)
    assert (listed.key, bought.line is not None) == ("rewards.text", True)
    assert changed == Compared(0, 1, 0)
    assert (await shop.look(chat, reward)).stock == 29
    assert [(each.line, each.phrase.key) for each in bad.problems] == [
        (2, "rewards_file.below"),
        (3, "rewards_file.price"),
        (4, "rewards_file.no_title"),
    ]
    assert await audit(chat) == {}


def test_the_sample_of_the_bundled_campaign_is_good():
    """The demo has rewards for few and for many points."""
    loaded = campaigns.load("qingpu_2022")
    found = rewards_file.read(
        rewards_file.bundled("qingpu_2022"), importing.for_rewards(loaded, [], {})
    )

    assert (len(found.rows), found.problems) == (6, [])
