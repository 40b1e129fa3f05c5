"""What bound group chats are told: a reminder before a livestream, the week of their unit."""

from datetime import date, datetime, timedelta

from bot.feature import Feature, Tick, say
from bot.grouping import Gathering
from bot.messages import Button, Lines, Param, Phrase, Reply, Rows
from bot.operations import airing
from bot.rules import calendar
from bot.rules.rhythm import Minutely, Weekly
from bot.rules.weeks import town_places, week_of
from storage import group_messages, groups, livestreams, units, weeks
from storage.group_messages import NewMessage
from storage.units import Unit
from storage.weeks import NOBODY

feature = Feature("heralds")

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MONDAY = 0
LATE_MAX = timedelta(hours=10)
TOP = 5


@feature.group("before")
async def before(told: Gathering) -> Reply | None:
    """Remind of a livestream; what was moved or called off since is not."""
    livestream = await livestreams.of(told.db, int(told.content["livestream"]))
    if livestream is None or livestream.state not in livestreams.ON:
        return None
    if livestream.starts_at != datetime.fromisoformat(told.content["start"]):
        return None
    return say(
        "heralds.before",
        topic=livestream.topic,
        start=livestream.starts_at,
        minutes=max(1, round((livestream.starts_at - told.now) / MINUTE)),
        buttons=_open(told, f"live_{livestream.id}", Phrase("heralds.open")),
    )


@feature.group("week")
async def week(told: Gathering) -> Reply | None:
    """Tell the frozen week of a unit: how many scored, how much, the best who show their names."""
    first = date.fromisoformat(told.content["first"])
    unit = await units.of(told.db, told.campaign_id, told.group.unit)
    every = await weeks.every(told.db, told.campaign_id)
    frozen = next((each for each in every if each.first == first), None)
    if unit is None or frozen is None:
        return None
    has = await weeks.of_unit(told.db, told.campaign_id, first, unit=unit)
    if not has.participants:
        return None  # no group is shamed by a nought
    top = await weeks.named_of(told.db, told.campaign_id, first, unit=unit, most=TOP)
    lines = tuple(
        Phrase("heralds.named", {"name": one.name or "", "points": one.points}) for one in top
    )
    number = week_of(first, *calendar.scoring(told.campaign.spans))
    return say(
        "heralds.week",
        number=number.number if number else 0,
        first=first,
        last=frozen.last,
        unit=unit.named,
        participants=has.participants,
        points=has.points,
        place=await _place(told, unit, first),
        top=Phrase("heralds.top", {"lines": Lines(lines)}) if lines else "",
        buttons=_open(told, f"unit_{unit.code}", Phrase("heralds.join")),
    )


async def _place(told: Gathering, unit: Unit, first: date) -> Param:
    """Say a town's place by points a head of its target."""
    by_town = await weeks.towns(told.db, told.campaign_id, first)
    targets = {town.id: town.target for town in told.campaign.towns}
    points = {town: has.points for town, has in by_town.items()}
    place = town_places(points, targets).get(unit.code)
    if place is None or by_town.get(unit.code, NOBODY) == NOBODY:
        return ""
    return Phrase("heralds.place", {"place": place, "towns": len(targets)})


def _open(told: Gathering, start: str, label: Phrase) -> Rows:
    """Lead out of the group into the own chat with the bot."""
    return tuple((Button(label, url=link),) for link in told.links(start)[:1])


@feature.bell("minutely", lambda _campaign: Minutely())
async def minutely(tick: Tick) -> None:
    """Store the reminders whose minute has come, for the groups that want them."""
    late = tick.campaign.pushes.late_minutes_max * MINUTE
    for minutes in tick.campaign.pushes.live_minutes:
        ahead = minutes * MINUTE
        if not timedelta() < ahead < DAY:
            continue  # the start itself is told to those who asked
        due = await livestreams.due_between(
            tick.db,
            tick.campaign_id,
            start=tick.now + ahead - late,
            end=tick.now + ahead + timedelta.resolution,
        )
        for livestream in due:
            content = {"livestream": livestream.id, "start": livestream.starts_at.isoformat()}
            new = NewMessage(
                "heralds.before",
                airing.start_once(livestream, minutes),
                content,
                not_before=tick.now,
                expires_at=livestream.starts_at - ahead + late,
            )
            receivers = await groups.for_livestream(tick.db, tick.campaign_id, livestream.unit)
            await group_messages.make(tick.db, receivers, new)


@feature.bell(
    "monday", lambda campaign: Weekly(MONDAY, campaign.pushes.weekly_push), late_max=LATE_MAX
)
async def monday(tick: Tick) -> None:
    """Store the week that ended yesterday, for the groups that want it."""
    every = await weeks.every(tick.db, tick.campaign_id)
    if not every or tick.today - every[-1].last > timedelta(days=7):
        return
    first = every[-1].first.isoformat()
    until = tick.slot + DAY
    new = NewMessage(
        "heralds.week", f"week:{first}", {"first": first}, not_before=tick.now, expires_at=until
    )
    receivers = await groups.for_week(tick.db, tick.campaign_id)
    await group_messages.make(tick.db, receivers, new)
