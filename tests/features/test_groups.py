"""Binding a group chat: by whom, to what, once."""

import asyncio

import pytest
from sqlalchemy import text

from storage import groups, units
from storage.groups import Chat
from storage.units import Unit
from tests.duties import appoint, owner

TEAM = Unit("k3m2p9qa", units.TEAM, "古镇读书会", "Old Town Readers", town="zhujiajiao")


async def bound(chat, number="-100"):
    """Return the group as it is stored."""
    async with chat.database.reading() as db:
        return await groups.of(db, chat.campaign_id, Chat("web", number))


async def acts(chat):
    """Return the acts in the audit, oldest first."""
    async with chat.database.reading() as db:
        return list(await db.scalars(text("SELECT act FROM audit ORDER BY id")))


def labels(person):
    """Return the labels of the last answer's buttons."""
    return [button.label for row in person.rendered.buttons for button in row]


async def binds(person, number="-100"):
    """Go to a group and bind it, as who organises one unit does."""
    person.enters(number)
    await person.says("/bind")
    return await person.taps(person.button("确认"))


async def test_an_organiser_ties_the_group_to_the_own_unit(chat):
    """Asked, confirmed, bound; the audit says so, and /bind shows the settings from then on."""
    boss = (await appoint(chat, "boss", "zhujiajiao")).enters()

    asked = await boss.says("/bind")
    before = await bound(chat)
    done = await boss.taps(boss.button("确认"))
    group = await bound(chat)

    assert (asked.key, before, done.key) == ("groups.ask", None, "groups.bound")
    assert (group.unit, group.title, group.lives, group.weekly, group.bound) == (
        "zhujiajiao", "读书会群", "own", True, True,
    )  # fmt: skip
    assert (await acts(chat))[-1] == "group_bound"
    assert (await boss.says("/bind")).key == "groupsettings.text"


async def test_who_organises_several_chooses(chat):
    """Two units are two buttons; 取消 leaves the group as it is."""
    boss = await owner(chat)
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)
    code = (await boss.says("/grant jinze")).params["code"]
    await ming.says(f"/role {code}")
    ming.enters()

    assert (await ming.says("/bind")).key == "groups.choose"
    await ming.taps(ming.button("金泽镇"))
    assert (await ming.taps(ming.button("取消"))).key == "groups.cancelled"
    assert await bound(chat) is None


async def test_staff_name_the_unit(chat):
    """Any unit or team, by its name."""
    staff = (await appoint(chat, "staff", "staff")).enters()
    async with chat.database.transaction() as db:
        await units.put(db, chat.campaign_id, [TEAM])

    assert (await staff.says("/bind")).key == "groups.name_it"
    assert (await staff.says("/bind 火星")).key == "units.unknown"
    assert (await staff.says("/bind 古镇读书会")).key == "groups.ask"
    await staff.taps(staff.button("确认"))
    assert (await bound(chat)).unit == "k3m2p9qa"


async def test_nobody_else_binds(chat):
    """A citizen of the group, a stranger, an organiser of another unit by any route."""
    boss = await owner(chat)
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)
    foreign = (await appoint(chat, "foreign", "jinze", by=boss)).enters()
    citizen, stranger = (await chat.join("citizen")).enters(), chat.person("stranger").enters()
    ming.enters()
    await ming.says("/bind")
    target = ming.button("确认")

    replies = [
        *[await who.says("/bind") for who in (citizen, stranger)],
        *[await who.taps(target) for who in (citizen, stranger, foreign)],
        await foreign.taps("groups.choose:zhujiajiao"),
        await foreign.says("/bind 朱家角镇"),
        await foreign.taps("groups.tie:zhujiajiao:abc:7fffffff:" + "A" * 12),
    ]

    assert [reply.key for reply in replies] == [
        "errors.not_allowed", "start.private", "errors.not_allowed", "start.private",
        "errors.confirm_again", "errors.not_yours", "errors.not_yours", "errors.confirm_again",
    ]  # fmt: skip
    assert await bound(chat) is None


async def test_a_confirmation_serves_in_its_own_group_only(chat, clock):
    """Not in another group, not in private, not after ten minutes, not after a revocation."""
    boss = await owner(chat)
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)
    number = (await ming.says("我的")).params["number"]
    ming.enters("-100")
    await ming.says("/bind")
    target = ming.button("确认")

    elsewhere = await ming.enters("-200").taps(target)
    private = await ming.leaves().taps(target)
    await boss.says(f"/revoke {number}")
    await boss.taps(boss.button("确认"))
    revoked = await ming.enters("-100").taps(target)

    assert [elsewhere.key, private.key] == ["errors.confirm_again"] * 2
    assert revoked.key == "errors.not_allowed"
    assert [await bound(chat, number) for number in ("-100", "-200", "")] == [None] * 3


@pytest.mark.parametrize("swapped", [False, True])
async def test_two_organisers_at_once(chat, swapped):
    """One of them has it; the other is told whose it is."""
    boss = await owner(chat)
    names = [("ming", "zhujiajiao"), ("hua", "jinze")]
    both = [await appoint(chat, name, unit, by=boss) for name, unit in names]
    for person in both:
        await person.enters().says("/bind")
    targets = [(person, person.button("确认")) for person in both]

    replies = await asyncio.gather(
        *(person.taps(target) for person, target in (targets[::-1] if swapped else targets))
    )

    assert sorted(reply.key for reply in replies) == ["groups.bound", "groups.taken"]
    assert (await acts(chat)).count("group_bound") == 1


async def test_a_bound_group_is_not_taken_over(chat):
    """Another organiser reads whose it is; after unbinding it is free."""
    boss = await owner(chat)
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)
    hua = (await appoint(chat, "hua", "jinze", by=boss)).enters()
    await binds(ming)

    taken = await hua.says("/bind")
    shown = hua.rendered.text
    await ming.says("/bind")
    await ming.taps(ming.button("解绑本群"))
    await ming.taps(ming.button("确认"))
    free = await binds(hua)

    assert (taken.key, "朱家角镇" in shown) == ("groups.taken", True)
    assert (free.key, (await bound(chat)).unit) == ("groups.bound", "jinze")


async def test_in_private_the_own_groups_are_listed(chat):
    """How it is done while there is none; then each with its settings, only the own ones."""
    boss = await owner(chat)
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)
    hua = await appoint(chat, "hua", "jinze", by=boss)

    none = await ming.says("绑定群聊")
    await binds(ming)
    mine, others = await ming.leaves().says("/bind"), await hua.says("/bind")

    assert [none.key, mine.key, others.key] == ["groups.none", "groups.list", "groups.none"]
    assert "读书会群" in labels(ming)
    await boss.says("/bind")
    assert "读书会群" in labels(boss)


async def test_what_is_held_of_the_binder_is_explained(chat):
    """Erasing her leaves the group bound to its unit, under nobody's name."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    await binds(boss)
    boss.leaves()
    await boss.says("注销")
    await boss.taps(boss.button("注销，全部删掉"))

    assert (await bound(chat)).bound


async def test_in_english_too(chat):
    """The question and the settings are English for who writes English."""
    boss = (await appoint(chat, "boss", "zhujiajiao")).enters(title="Readers")
    boss.language = "en"

    await boss.says("/bind")
    texts = [boss.rendered.text]
    await boss.taps(boss.button("Confirm"))
    await boss.says("/bind")
    texts += [boss.rendered.text, *labels(boss)]
    await boss.leaves().says("/bind")
    texts += [boss.rendered.text, *labels(boss)]

    assert not any("\u4e00" <= sign <= "\u9fff" for shown in texts for sign in shown)
