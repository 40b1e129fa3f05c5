"""Commending the chosen: when, under which name, and what a certificate is drawn from."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from bot.campaign import Campaign, Period
from bot.operations import winning
from bot.operations.winning import Winner
from bot.rules.rights import Role
from storage import citizens, profiles, roles, units
from storage.db import Db

HALF = 4  # of a card number, as people read it


def phase(campaign: Campaign) -> Period:
    """Return the phase in which the chosen are commended: the last one."""
    return campaign.phases[-1]


def is_time(campaign: Campaign, day: date) -> bool:
    """Say whether the chosen are told on a day."""
    return phase(campaign).start <= day < campaign.until


def is_on(campaign: Campaign, day: date) -> bool:
    """Say whether the chosen are commended on a day, or were before it."""
    return day >= phase(campaign).start


async def mine(db: Db, campaign: int, citizen: int) -> list[Winner]:
    """Return what somebody was chosen for, and the units they organise."""
    found = await winning.published(db, campaign)
    if found is None:
        return []
    held = await roles.duties(db, campaign, citizen)
    organised = {duty.unit for duty in held if duty.role is Role.UNIT}
    return [
        each
        for each in found.winners
        if each.citizen == citizen or (each.unit is not None and each.unit in organised)
    ]


async def name_for(db: Db, campaign: int, winner: Winner) -> str:
    """Return the name somebody chose to go by, or a unit's; empty for whoever chose none."""
    if winner.unit is not None:
        unit = await units.of(db, campaign, winner.unit)
        return unit.name if unit else winner.unit
    return (await profiles.of(db, winner.citizen or 0)).name or ""


async def orders(
    db: Db, campaign: Campaign, campaign_id: int, *, winners: Iterable[Winner]
) -> list[dict[str, Any]]:
    """Return what a job draws certificates from.

    `card` is the number of a reader, who is called by it if there is no `name`.
    """
    sizes = {award.id: award.size for award in campaign.selection.lists}
    made = []
    for winner in winners:
        named = {
            "name": await name_for(db, campaign_id, winner),
            "card": await _card(db, winner.citizen),
        }
        is_placed = winner.place <= sizes.get(winner.list, 0)
        made.append(_order(winner, is_placed=is_placed) | named)
    return made


async def _card(db: Db, citizen: int | None) -> str:
    number = await citizens.number(db, citizen) if citizen else ""
    return f"{number[:HALF]}-{number[HALF:]}"


def _order(winner: Winner, *, is_placed: bool) -> dict[str, Any]:
    """Describe one certificate; who came in for another has no place on it."""
    return {
        "list": winner.list,
        "honour": [winner.name.name, winner.name.name_en],
        "number": winner.number,
        "place": winner.place if is_placed else 0,
        "citizen": winner.citizen,
        "unit": winner.unit,
    }


def chosen(winners: Sequence[Winner], award: str, number: int) -> Winner | None:
    """Return the winner of a list by the number."""
    return next((w for w in winners if (w.list, w.number) == (award, number)), None)
