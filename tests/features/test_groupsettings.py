"""What a bound group is told, chosen by who has the right over its unit now."""

import pytest

from storage import group_messages
from storage.group_messages import NewMessage
from tests.duties import appoint, owner
from tests.features.test_groups import acts, binds, bound, labels


async def test_each_message_is_switched(chat):
    """Livestreams: own, all, none; the week: on, off. Each change is a line in the audit."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    await binds(boss)
    await boss.taps(boss.button("选发哪些消息"))
    seen = []
    for label in ("提醒所有直播", "不提醒直播", "只提醒本单位的直播", "不要每周小结", "要每周小结"):
        reply = await boss.taps(boss.button(label))
        group = await bound(chat)
        seen.append((reply.key, group.lives, group.weekly))

    assert seen == [
        ("groupsettings.text", lives, weekly)
        for lives, weekly in (
            ("all", True), ("off", True), ("own", True), ("own", False), ("own", True),
        )
    ]  # fmt: skip
    assert (await acts(chat))[-5:] == ["group_switched"] * 5


async def test_unbinding_lets_go_what_waits(chat, clock):
    """Asked first; what was on its way is not said any more."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    await binds(boss)
    group = await bound(chat)
    async with chat.database.transaction() as db:
        new = NewMessage("heralds.week", "w", {}, clock.now(), clock.now())
        await group_messages.make(db, [group.id], new)
    await boss.says("/bind")

    asked = await boss.taps(boss.button("解绑本群"))
    done = await boss.taps(boss.button("确认"))

    assert (asked.key, done.key) == ("groupsettings.ask_untie", "groupsettings.released")
    assert not (await bound(chat)).bound
    assert (await acts(chat))[-1] == "group_unbound"
    async with chat.database.reading() as db:
        assert not await group_messages.is_any_due(db, now=clock.now(), system_now=clock.system())
    assert (await boss.taps(f"groupsettings:{group.id}")).key == "groupsettings.gone"


async def test_another_organisers_buttons_are_refused(chat):
    """Forged with any number; the own buttons after the role is gone."""
    boss = await owner(chat)
    ming = await appoint(chat, "ming", "zhujiajiao", by=boss)
    hua = await appoint(chat, "hua", "jinze", by=boss)
    number = (await ming.says("我的")).params["number"]
    await binds(ming)
    group = await bound(chat)
    targets = [
        f"groupsettings:{group.id}", f"groupsettings.lives:{group.id}:all",
        f"groupsettings.weekly:{group.id}:off", f"groupsettings.untie:{group.id}",
    ]  # fmt: skip

    foreign = [await hua.taps(target) for target in targets]
    forged = [
        await ming.taps(f"groupsettings{target}")
        for target in (":", ":x", ":-1", ":99", ".lives:99:all", ".weekly::on", ":" + "9" * 50)
    ]
    bare = await ming.taps(f"groupsettings.release:{group.id}")
    await boss.says(f"/revoke {number}")
    await boss.taps(boss.button("确认"))
    revoked = [await ming.taps(target) for target in targets]

    assert {reply.key for reply in foreign} == {"groups.taken"}
    assert {reply.key for reply in forged} == {"groupsettings.gone"}
    assert bare.key == "errors.confirm_again"
    assert {reply.key for reply in revoked} == {"errors.not_allowed"}
    assert (await bound(chat)).lives == "own"


@pytest.mark.parametrize("wanted", ["", "sometimes", "'; DROP TABLE groups"])
async def test_an_odd_choice_changes_nothing(chat, wanted):
    """The settings are shown as they are."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    await binds(boss)
    group = await bound(chat)

    for name in ("lives", "weekly"):
        reply = await boss.taps(f"groupsettings.{name}:{group.id}:{wanted}")
        assert reply.key == "groupsettings.text"
    assert (await bound(chat)) == group


async def test_settings_in_private(chat):
    """The list leads to the same page."""
    boss = await appoint(chat, "boss", "zhujiajiao")
    await binds(boss)
    await boss.leaves().says("/bind")

    assert (await boss.taps(boss.button("读书会群"))).key == "groupsettings.text"
    assert "解绑本群" in labels(boss)
