import pytest

from storage import profiles
from tests.duties import appoint


async def test_every_kind_of_push_can_be_switched_and_back(chat):
    """Off and on again, kind by kind; the list says so at once."""
    ming = await chat.join("ming")
    kinds = [kind for kind in chat.campaign.pushes.kinds if kind.id != "nudge"]

    for kind in kinds:
        for wanted in ("off", "on"):
            await ming.taps(f"switches.turn:{kind.id}:{wanted}")
            word = "收" if wanted == "on" else "不收"
            assert f"· {kind.name}：{word}\n" in f"{ming.rendered.text}\n"


async def test_the_nudge_has_an_hour(chat):
    """Only who asked for it is nudged, at their hour."""
    ming = await chat.join("ming")
    citizen = await ming.id()

    await ming.taps("switches.nudge:20")
    async with chat.database.reading() as db:
        at_eight = (await profiles.of(db, citizen)).nudge_hour
    await ming.taps("switches.nudge:off")
    async with chat.database.reading() as db:
        never = (await profiles.of(db, citizen)).nudge_hour

    assert (at_eight, never) == (20, None)


@pytest.mark.parametrize(
    "target", ["turn:nothing:on", "turn:news:maybe", "turn:", "nudge:3", "nudge:99", "nudge:x"]
)
async def test_forged_switches_change_nothing(chat, target):
    """Unknown kinds and hours are answered with the choice there is."""
    ming = await chat.join("ming")

    reply = await ming.taps(f"switches.{target}")

    assert reply.key in {"switches.text", "switches.ask_hour"}
    async with chat.database.reading() as db:
        assert await profiles.switches(db, await ming.id()) == {}


async def test_only_who_is_in_charge_is_asked_about_deadlines(chat, boss):
    """Nobody else gets them; whoever switched them once goes on seeing them."""
    ming = await chat.join("ming")
    await ming.says("推送")
    before = ming.rendered.text
    mei = await appoint(chat, "mei", "朱家角镇", by=boss)
    await mei.says("推送")
    await ming.taps("switches.turn:deadline:off")

    assert "截止提醒" not in before
    assert "· 截止提醒：收" in mei.rendered.text
    assert "· 截止提醒：不收" in ming.rendered.text
