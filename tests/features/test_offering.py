"""The form of a reward: made, changed, and every wrong line named."""

from tests import shop
from tests.engine.test_correcting import audit

FORM = """奖品：竹扇
积分: 50
数量：20
每人最多：2
截止：2022-09-30
领取天数：14
地点：朱家角镇：文化中心一楼；社区学院前台
说明：手绘竹扇"""


async def test_a_reward_is_made_by_a_form_and_waits_off_the_list(chat, staff, ming):
    """Template, filled form, page; it is on the list once staff put it there."""
    template = await staff.says("新增奖品")
    made = await staff.says(FORM)
    number = int(staff.button("修改").rpartition(":")[2])
    reward = await shop.look(chat, number)
    hidden = await ming.says("兑换")
    await staff.taps(staff.button("上架"))
    shown = await ming.says("兑换")

    assert template.key == "offering.template"
    assert made.params["first"].key == "offering.made"
    assert (reward.offer.price, reward.stock, reward.offer.each_max) == (50, 20, 2)
    assert [(each.name, each.unit) for each in reward.offer.places] == [
        ("文化中心一楼", "zhujiajiao"),
        ("社区学院前台", ""),
    ]
    assert (reward.offer.opens, reward.offer.closes) == (
        chat.campaign.start,
        shop.day("2022-09-30"),
    )
    assert (hidden.key, shown.key) == ("rewards.none", "rewards.text")
    assert await audit(chat) == {}


async def test_what_is_wrong_is_named_and_nothing_is_lost(chat, staff):
    """Unknown and doubled lines, numbers, days, places, a title that is taken."""
    await shop.offer(chat)
    bad = FORM.replace("竹扇\n", "木尺\n").replace("50", "很多") + "\n颜色：红\n积分：5"
    answers = [
        await staff.says(f"新增奖品 {form}")
        for form in (
            bad,
            FORM,
            FORM.replace("竹扇", "").replace("手绘", ""),
            FORM.replace("2022-09-30", "2023-01-01"),
            FORM.replace("2022-09-30", "2022-04-23\n开始：2022-05-01"),
            FORM.replace("朱家角镇：文化中心一楼；社区学院前台", ""),
            "你好",
        )
    ]
    why = [
        [each.params.get("why", each).key for each in answer.params["problems"].phrases]
        for answer in answers
    ]

    assert {answer.key for answer in answers} == {"offering.wrong"}
    assert why == [
        ["offering.unknown", "offering.doubled", "rewards_file.price"],
        ["offering.taken"],
        ["rewards_file.no_title"],
        ["rewards_file.day"],
        ["rewards_file.turned"],
        ["rewards_file.places"],
        ["offering.stray", "rewards_file.no_title"],
    ]


async def test_a_changed_reward_is_another_version(chat, staff):
    """The form comes filled in; the stock is not changed by it."""
    fan = await shop.offer(chat)
    asked = await staff.taps(f"offering.edit:{fan}")
    lines = {
        each.params["label"].key: each.params["value"] for each in asked.params["form"].phrases
    }
    form = "\n".join(f"{chat.texts.text(key, 'zh_CN', {})}：{lines[key]}" for key in lines)
    same = await staff.says(form)
    unchanged = await shop.look(chat, fan)
    await staff.taps(f"offering.edit:{fan}")
    refused = await staff.says(f"{form}\n数量：99")
    await staff.says(form.replace("积分：5", "积分：7"))
    changed = await shop.look(chat, fan)

    assert (same.key, unchanged.version) == ("stocking.page", 1)
    assert refused.params["problems"].phrases[0].key == "offering.no_stock"
    assert (changed.offer.price, changed.version, changed.stock) == (7, 2, 5)
    assert changed.offer.places == shop.PLACES
