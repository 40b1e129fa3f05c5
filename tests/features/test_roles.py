"""Taking a role with a code; the workbench; every guarded route in every role."""

from collections import defaultdict

import pytest
from sqlalchemy import insert

from bot.rules.rights import Duty, Right, Role
from handlers import FEATURES
from handlers.roles import DESK
from storage import roles, units
from storage.deployment import CampaignRow
from storage.units import Unit
from tests.duties import appoint, owner
from tests.planned import line_of, lines

ROUTES = [route for feature in FEATURES for route in feature.routes]
PLAN = lines()
GUARDED = [route for route in ROUTES if line_of(route, PLAN).guarded]
DUTIES = {
    Role.STAFF: Duty(Role.STAFF),
    Role.UNIT: Duty(Role.UNIT, "zhujiajiao"),
    Role.TEAM: Duty(Role.TEAM, "readers"),
}
# A citizen's file is nothing special: it is answered like anything that is not understood.
UNHEARD = {"errors.not_allowed", "help.lost"}
REFUSALS = defaultdict(lambda: {"errors.not_allowed"}, {"imports.file": UNHEARD, "filing": UNHEARD})
ELSEWHERE = 9
# More than 32 bits, and longer than Python reads a number at all.
BEYOND = ("999999999999", "0" * 5000)


@pytest.fixture
async def people(chat):
    """Bring in one person of each role, a citizen, and who is in charge elsewhere."""
    found = {"citizen": await chat.join("citizen"), Role.OWNER: await owner(chat)}
    async with chat.database.transaction() as db:
        team = Unit("readers", units.TEAM, "读书会", "Readers", town="zhujiajiao")
        await units.put(db, chat.campaign_id, [team])
        await db.execute(insert(CampaignRow).values(id=ELSEWHERE, code="qingpu_2021"))
    for role, duty in DUTIES.items():
        found[role] = await chat.join(role)
        await in_charge(chat, found[role], duty, of=chat.campaign_id)
    found["elsewhere"] = await chat.join("elsewhere")
    for duty in DUTIES.values():
        await in_charge(chat, found["elsewhere"], duty, of=ELSEWHERE)
    return found


async def in_charge(chat, person, duty, *, of):
    """Let somebody hold a role in a campaign."""
    citizen = await person.id()
    async with chat.database.transaction() as db:
        await roles.add(db, of, citizen, duty=duty, at=chat.clock.system())


def test_the_plan_names_every_command_and_button():
    """Each route is under the line of its command; what asks for no role is planned so."""
    for route in ROUTES:
        line = line_of(route, PLAN)
        assert isinstance(route.right, Right) is line.guarded, route.tap
        assert not route.command or route.command in line.commands, route.tap
    told = [name for line in PLAN for name in line.commands]
    assert sorted(told) == sorted(route.command for route in ROUTES if route.command)
    assert sorted(PLAN[0].cells) == sorted(["citizen", *Role, "elsewhere"])


async def test_every_guarded_route_in_every_role(people, record):
    """The dispatcher lets in exactly whom the plan lets in, here and in charge elsewhere."""
    for route in GUARDED:
        cells = line_of(route, PLAN).cells
        for role, person in people.items():
            reply = await (
                person.taps(route.tap) if route.tap else person.says(f"/{route.command}")
            )
            refused = reply.key in REFUSALS[route.tap]
            assert refused is (cells[role] == "no"), (route.tap, role)
    record("R11", f"0 of {len(GUARDED) * len(people):,} wrong")


async def test_no_tap_fails_over_a_number_beyond_every_table(chat):
    """What no row can have is answered like what is not there, by every tap there is."""
    boss = await owner(chat)
    failed = []
    for tap in [route.tap for route in ROUTES if route.tap]:
        for number in BEYOND:
            reply = await boss.taps(f"{tap}:{number}")
            if reply is not None and reply.key == "errors.unexpected":
                failed.append((tap, number[:12]))
    assert failed == []


async def test_a_code_makes_an_organiser(chat):
    """The owner makes a code, she takes it, and the workbench says who she is."""
    ming = await appoint(chat, "ming", "zhujiajiao")

    assert "朱家角镇组织者" in ming.rendered.text
    assert (await ming.says("工作台")).key == "roles.text"
    assert "朱家角镇组织者" in ming.rendered.text


async def test_the_workbench_is_two_levels(chat, people):
    """At most eight buttons a screen; everything a role allows is two taps away, and back."""
    found = {}
    for role in DUTIES.keys() | {Role.OWNER}:
        person = people[role]
        top = await person.says("/work")
        reached = set()
        for target in [button.target for row in top.buttons for button in row]:
            reached.add(target)
            if target.startswith("roles.group:"):
                inner = await person.taps(target)
                ways = [button.target for row in inner.buttons for button in row]
                assert inner.key == "roles.group"
                assert len(ways) <= 8
                assert ways[-2:] == ["roles", "menu"]
                reached |= {*ways}
        assert sum(map(len, top.buttons)) <= 8, role
        found[role] = {each for each in reached if not each.startswith(("roles", "menu"))}
        for forged in ("roles.group:", "roles.group:x", "roles.group:settings:1"):
            assert (await person.taps(forged)).key == "roles.text"
    desk = {way for ways in DESK.values() for _, way in ways}
    assert found[Role.OWNER] == desk
    assert found[Role.STAFF] == desk - {"clock"}
    assert {"units", "verifying", "exports", "reviews"} < found[Role.TEAM] < found[Role.UNIT]


async def test_a_code_works_once(chat):
    """The second who says it, or the same person again, is told to ask for another."""
    boss = await owner(chat)
    code = (await boss.says("/grant zhujiajiao")).params["code"]
    ming, hua = await chat.join("ming"), await chat.join("hua")

    assert (await ming.says(f"/role {code.lower()[:4]}-{code[4:]}")).key == "roles.taken"
    assert (await ming.says(f"/role {code}")).key == "roles.wrong_code"
    assert (await hua.says(f"/role {code}")).key == "roles.wrong_code"
    assert (await hua.says("工作台")).key == "errors.not_allowed"


async def test_a_code_for_what_one_holds_is_kept(chat):
    """A role that is held already does not use the code up."""
    boss = await owner(chat)
    first, second = [(await boss.says("/grant zhujiajiao")).params["code"] for _ in range(2)]
    ming, hua = await chat.join("ming"), await chat.join("hua")
    await ming.says(f"/role {first}")

    assert (await ming.says(f"/role {second}")).key == "roles.held"
    assert (await hua.says(f"/role {second}")).key == "roles.taken"


async def test_a_code_runs_out(chat, clock):
    """After its time, by the system's clock, it is worth nothing."""
    boss = await owner(chat)
    code = (await boss.says("/grant zhujiajiao 1h")).params["code"]
    ming = await chat.join("ming")
    clock.ahead(hours=1, seconds=1)

    assert (await ming.says(f"/role {code}")).key == "roles.wrong_code"


async def test_a_code_of_somebody_revoked_is_worth_nothing(chat):
    """What staff gave out before they were revoked is checked when it is taken."""
    boss = await owner(chat)
    staff = await appoint(chat, "staff", "staff", by=boss)
    code = (await staff.says("/grant zhujiajiao")).params["code"]
    number = (await staff.says("我的")).params["number"]
    await boss.says(f"/revoke {number}")
    await boss.taps(boss.button("确认"))
    ming = await chat.join("ming")

    assert (await ming.says(f"/role {code}")).key == "roles.wrong_code"


@pytest.mark.parametrize("code", ["", "2A3B", "ABCDEFGH" * 10, "O0O0O0O0", "<b>", "22222222"])
async def test_what_is_no_code_is_said(chat, code):
    """Nothing, too short, forged: one sentence, and no person is made."""
    stranger = chat.person("stranger")

    reply = await stranger.says(f"/role {code}".strip())

    assert reply.key == ("roles.wrong_code" if code else "roles.ask_code")
    async with chat.database.reading() as db:
        assert await roles.holders(db, chat.campaign_id) == []


async def test_roles_work_before_registration(chat):
    """Somebody new takes a role and works, and is asked for consent only as a citizen."""
    boss = await owner(chat)
    code = (await boss.says("/grant zhujiajiao")).params["code"]
    new = chat.person("new")

    assert (await new.says(f"/role {code}")).key == "roles.taken"
    assert (await new.says("工作台")).key == "roles.text"
    welcome = await new.says("签到")
    assert welcome.key == "start.welcome"
    assert welcome.buttons[-1][0].target == "roles"


async def test_somebody_in_charge_is_told_what_is_not_theirs(chat):
    """An organiser who does not take part gets a refusal, not the greeting."""
    boss = await owner(chat)
    code = (await boss.says("/grant zhujiajiao")).params["code"]
    new = chat.person("new")
    await new.says(f"/role {code}")

    assert (await new.says("审计")).key == "errors.not_allowed"
    assert (await new.says("你好")).key == "help.lost"
    assert (await chat.person("other").says("审计")).key == "start.welcome"
