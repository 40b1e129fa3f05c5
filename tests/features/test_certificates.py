"""证书: given again, one of several, under a chosen name, to nobody else."""

import pytest

from bot import campaign as campaigns
from storage import certificates, pictures
from tests.chat import Chat
from tests.duties import appoint
from tests.selected import published, readers, short, taken, worked


@pytest.fixture
async def chat(sqlite_database, clock):
    """Bring a campaign whose lists hold one."""
    async with Chat.open(sqlite_database, clock, short(campaigns.load())) as chat:
        yield chat


@pytest.fixture
async def ming(chat, boss, staff):
    """Bring somebody who is the first of two lists, in the phase before the last."""
    ming, _ = await readers(chat, ming=3, hua=2)
    await published(chat, draft=await taken(chat))
    return ming


async def test_a_certificate_is_given_to_its_owner_alone(chat, clock, ming, boss):
    """Drawn when it is first asked for; not before the last phase; a unit's to its organiser."""
    hua, mayor = chat.person("hua"), await appoint(chat, "mayor", "xiayang", by=boss)
    early = await ming.says("证书")
    clock.set("2022-10-16T10:00:00+08:00")
    none = await hua.says("/certificate")
    several = await ming.says("/certificate")
    first = several.buttons[0][0].target
    begun = await ming.taps(first)
    drawn = await worked(chat, ming)
    again = await ming.taps(first)
    asked = await ming.taps(ming.button("读书经验"))
    forged = [await hua.taps(each) for each in (first, first.replace("show", "name"))]
    units = await mayor.says("/certificate")

    assert (early.key, str(early.params["day"])) == ("certificates.not_yet", "2022-10-16")
    assert none.key == "certificates.none"
    assert several.params["count"] == 2
    assert begun.key == "certificates.begun"
    assert drawn.key == again.key == "certificates.text"
    assert again.params["name"].startswith("书友 ")
    assert asked.key == "experiences.template"
    assert {each.key for each in forged} == {"certificates.none"}
    assert units.key in {"certificates.begun", "certificates.several"}
    assert (await ming.taps("certificates.show:x")).key == "certificates.none"


async def test_it_is_drawn_anew_under_a_chosen_name(chat, clock, ming):
    """No name that passes for staff; the old picture goes, and all of it with its owner."""
    clock.set("2022-10-16T10:00:00+08:00")
    first = (await ming.says("/certificate")).buttons[0][0].target
    await ming.taps(first)
    old = await worked(chat, ming)
    await ming.taps(ming.button("换一个名字"))
    wrong = [await ming.says(name) for name in ("管理员", "字" * 17)]
    await ming.says("明明")
    renamed = await worked(chat, ming)
    kept = await ming.taps(first)
    async with chat.database.reading() as db:
        assert await pictures.of(db, old.picture) is None
        assert await pictures.of(db, kept.picture) is not None
    await ming.says("/forget")
    await ming.taps(ming.button("注销，全部删掉"))
    async with chat.database.reading() as db:
        assert await pictures.of(db, kept.picture) is None
        assert await certificates.known(db, chat.campaign_id) == set()

    assert [each.key for each in wrong] == ["settings.name_staff", "settings.name_long"]
    assert (renamed.params["name"], kept.params["name"]) == ("明明", "明明")
    assert renamed.picture == kept.picture != old.picture
