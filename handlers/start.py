"""开始: first contact: what the bot is, consent, the town, the menu.

Before consent nothing is stored but the choice itself, under a keyed hash of the account; a town,
unit or place from a deep link travels in the buttons.
"""

from dataclasses import replace

from bot.campaign import Unit as Town
from bot.feature import EVERYONE, Feature, Turn, Work, button, named, rows, say
from bot.messages import Button, Phrase, Refusal, Reply
from bot.operations import (
    arriving,
    belonging,
    carding,
    glance,
    introducing,
    linking,
    registering,
)
from bot.operations.arriving import Link
from bot.rules import papercards, vouchers
from storage import citizens, erasure, totals, units
from storage.citizens import YOUNG, Person
from storage.units import Unit

feature = Feature("start")

CONSENT_WORDS = "2022-04"  # the version of the sentences people consent to
TOWNS_WIDE = 2


@feature.on(command="start", words=["开始"], tap="start", work=Work.WRITES, right=EVERYONE)
async def start(turn: Turn) -> Reply | None:
    """Welcome somebody, whatever they answered before; or look at the card or code they bring."""
    if turn.argument.startswith(papercards.START):
        return await carding.scanned(turn, turn.argument)
    if turn.argument.startswith(linking.START):
        return await linking.entered(turn, turn.argument)
    if turn.argument.startswith(vouchers.START):
        return _voucher(turn)
    if turn.known is not None and turn.known.registered:
        return await _welcome_back(turn)
    if not turn.incoming.private:
        return await greet(turn)
    if turn.known is not None and turn.known.consented:
        return await _settled(turn, turn.known)
    await registering.choose(turn, None)
    return await greet(turn)


def _voucher(turn: Turn) -> Reply:
    """Lead whoever hands out to it; whoever holds it reads what it is good for."""
    code = vouchers.read(turn.argument.removeprefix(vouchers.START))
    if code is None or not turn.incoming.private:
        return say("start.no_voucher", buttons=((button("menu"),),))
    ways = ((button(f"verifying:{code}"), button("menu")),)
    return say("start.voucher", code=vouchers.grouped(code), buttons=ways)


@feature.on(tap="start.greet", work=Work.WRITES, right=EVERYONE)
async def greet(turn: Turn) -> Reply | None:
    """Say what this is and ask for consent, or for the town.

    Whoever declined is left alone; whoever paused reads the way back, whatever they say.
    """
    if not turn.incoming.private:
        return say("start.private")
    came = await arriving.link(turn)
    if turn.known is not None and turn.known.consented:
        return _ask_town(turn, came)
    if await registering.choice(turn) == registering.DECLINED:
        return None if turn.known is None or turn.known.town is None else _paused()
    hint = arriving.carried(turn, came)
    been = turn.known is not None and bool(
        await totals.campaigns(turn.db, turn.known.citizen) - {turn.campaign_id}
    )
    back = turn.known is not None and turn.known.town is not None
    again = Phrase("start.again" if been else "start.back") if been or back else ""
    return say(
        "start.welcome",
        campaign=named(turn.campaign.campaign),
        start=turn.campaign.start,
        last=turn.campaign.last_day,
        again=again,
        lost=Phrase("start.lost_link") if came.lost else "",
        buttons=(
            (button(f"start.agree{hint}", Phrase("start.agree")),),
            (button(f"start.young{hint}", Phrase("start.young")),),
            (button("start.decline", Phrase("start.decline")),),
            *(((button("past"),),) if been else ()),
            *(((button("roles"),),) if turn.duties else ()),
        ),
    )


def _paused() -> Reply:
    return say("start.paused", buttons=((button("start", Phrase("start.return")),),))


@feature.on(tap="start.agree", work=Work.WRITES, right=EVERYONE)
async def agree(turn: Turn) -> Reply:
    """Take somebody of 14 or older in."""
    return await _take_in(turn, by_guardian=False)


@feature.on(tap="start.guardian", work=Work.WRITES, right=EVERYONE)
async def guardian(turn: Turn) -> Reply:
    """Take somebody under 14 in, with the guardian's consent."""
    if turn.traits.abroad:
        raise Refusal("start.young_abroad")
    return await _take_in(turn, by_guardian=True)


@feature.on(tap="start.young", work=Work.WRITES, right=EVERYONE)
async def young(turn: Turn) -> Reply:
    """Ask the guardian, or name the other ways where people under 14 are not served."""
    if turn.known is not None and turn.known.consented:
        return await _in_already(turn, turn.known)
    hint = arriving.carried(turn, await arriving.link(turn))
    back = button(f"start{hint}", Phrase("start.mistaken"))
    if turn.traits.abroad:
        await registering.choose(turn, registering.YOUNG)
        return say("start.young_abroad", buttons=((back,),), replaces=True)
    agreed = button(f"start.guardian{hint}", Phrase("start.guardian"))
    return say("start.ask_guardian", buttons=((agreed,), (back,)), replaces=True)


@feature.on(tap="start.decline", work=Work.WRITES, right=EVERYONE)
async def decline(turn: Turn) -> Reply:
    """Let somebody say no; nothing but that is kept."""
    if turn.known is not None and turn.known.consented:
        return await _in_already(turn, turn.known)
    await registering.choose(turn, registering.DECLINED)
    back = button("start", Phrase("start.mistaken"))
    return say("start.declined", buttons=((back,),), replaces=True)


@feature.on(tap="start.town", work=Work.WRITES, right=EVERYONE)
async def choose_town(turn: Turn) -> Reply | None:
    """Note the town of somebody who has consented; ask before moving who has one."""
    if turn.known is None or not turn.known.consented:
        return await greet(turn)
    came, code = await arriving.link(turn), turn.argument.partition(":")[0]
    town = turn.campaign.unit(code)
    if town is None or town.kind != units.TOWN:
        return _ask_town(turn, came)
    await citizens.lock_one(turn.db, turn.person.citizen)
    if turn.person.town is not None:
        unit = await units.of(turn.db, turn.campaign_id, town.id)
        return await _ask(turn, unit)
    await registering.settle(turn, turn.person.citizen, town=town.id)
    return _joined(turn, town, came, young=turn.person.band == YOUNG)


async def _take_in(turn: Turn, *, by_guardian: bool) -> Reply:
    person = turn.known or await citizens.add(turn.db, turn.account, at=turn.now)
    if not person.consented:
        await _bring_limits(turn, person)
        await citizens.consent(
            turn.db, person.citizen, words=CONSENT_WORDS, by_guardian=by_guardian, at=turn.now
        )
        await registering.choose(turn, None)
        person = replace(person, band=YOUNG) if by_guardian else person
    return await _settled(turn, person) if person.town is None else await _welcome_back(turn)


async def _bring_limits(turn: Turn, person: Person) -> None:
    """Let who was erased in this campaign score from the day after, also if a role came first."""
    account = registering.stand_in(turn)
    before = await erasure.remembered(turn.db, account, turn.campaign_id)
    if before is not None:
        when = erasure.When(turn.campaign_id, turn.today, turn.acted_at)
        left, used = before
        await erasure.come_back(turn.db, person.citizen, when, left=left, used=used)


async def _settled(turn: Turn, person: Person) -> Reply:
    """Settle somebody without a town as the deep link says, and ask for the town it leaves open."""
    came = await arriving.link(turn)
    if came.unit is None:
        return _ask_town(turn, came)
    where, town = belonging.slot(came.unit), belonging.home(turn, came.unit)
    await registering.settle(
        turn,
        person.citizen,
        town=town.id if town else None,
        unit=came.unit.code if where == belonging.UNIT else None,
        team=came.unit.code if where == belonging.TEAM else None,
    )
    if town is None:
        return _ask_town(turn, came)
    return _joined(turn, town, came, young=person.band == YOUNG)


def _ask_town(turn: Turn, came: Link) -> Reply:
    onward = f":{came.onward}" if came.onward else ""
    towns = (_town_button(town, onward) for town in turn.campaign.towns)
    asked = say("start.ask_town", hint="", buttons=rows(towns, wide=TOWNS_WIDE), replaces=True)
    # A suggested unit would drop what led here, and is not suggested to who has just joined one.
    free = came.unit is None and not came.onward
    return replace(asked, suggests=introducing.HOME if free else "")


def _town_button(town: Town, onward: str) -> Button:
    return button(f"start.town:{town.id}{onward}", named(town))


def _joined(turn: Turn, town: Town, came: Link, *, young: bool) -> Reply:
    team = came.unit if came.unit is not None and came.unit.code != town.id else None
    elsewhere = ((button("belonging", Phrase("start.elsewhere")),),) if team else ()
    joined = say(
        "start.joined",
        town=named(town),
        team=Phrase("start.joined_team", {"team": team.named}) if team else "",
        first=glance.promise(
            turn,
            "start.first",
            day=turn.today,
            rests="start.first_rests",
            points=turn.campaign.rate("checkin").points,
        ),
        buttons=arriving.here(came) + elsewhere,
        menu=True,
        replaces=True,
    )
    return joined if young else replace(joined, suggests=introducing.NAME)


async def _in_already(turn: Turn, person: Person) -> Reply:
    if person.registered:
        return await _welcome_back(turn)
    return _ask_town(turn, await arriving.link(turn))


async def _welcome_back(turn: Turn) -> Reply:
    came = await arriving.link(turn)
    if came.lost:
        return await _ask(turn, None)
    if came.unit is not None:
        return await belonging.ask(turn, came.unit)
    return say("start.welcome_back", buttons=arriving.here(came), menu=True)


async def _ask(turn: Turn, unit: Unit | None) -> Reply:
    """Ask before somebody joins; an unknown code is answered with the other ways."""
    if unit is not None:
        return await belonging.ask(turn, unit)
    return say("start.unknown_unit", buttons=((button("belonging"), button("menu")),))
