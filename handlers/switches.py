"""推送: which messages a citizen wants, and the hour of the daily nudge."""

from dataclasses import replace

from bot.feature import Feature, Turn, Work, button, named, rows, say
from bot.messages import Lines, Phrase, Reply
from storage import profiles, roles

feature = Feature("switches")

ON, OFF = "on", "off"
NUDGE = "nudge"
DEADLINE = "deadline"  # goes to whoever is in charge of something, and to nobody else
HOURS = (8, 12, 18, 20, 21)  # outside the quiet hours


@feature.on(command="pushes", words=["推送"], tap="switches")
async def switches(turn: Turn) -> Reply:
    """List the kinds of push, each with the button that turns it round."""
    chosen = await profiles.switches(turn.db, turn.person.citizen)
    profile = await profiles.of(turn.db, turn.person.citizen)
    duties = await roles.duties(turn.db, turn.campaign_id, turn.person.citizen)
    left_out = {NUDGE} if duties or DEADLINE in chosen else {NUDGE, DEADLINE}
    kinds = [kind for kind in turn.campaign.pushes.kinds if kind.id not in left_out]
    lines, buttons = [], []
    for kind in kinds:
        on = chosen.get(kind.id, kind.usual)
        lines.append(Phrase("switches.is_on" if on else "switches.is_off", {"kind": named(kind)}))
        turned = Phrase("switches.off" if on else "switches.on", {"kind": named(kind)})
        buttons.append(button(f"switches.turn:{kind.id}:{OFF if on else ON}", turned))
    hour = profile.nudge_hour
    lines.append(
        Phrase("switches.no_nudge") if hour is None else Phrase("switches.nudge", {"hour": hour})
    )
    buttons.append(button("switches.hours", Phrase("switches.change_nudge")))
    return say(
        "switches.text",
        kinds=Lines(tuple(lines)),
        buttons=(*rows(buttons, wide=2), (button("settings"), button("menu"))),
    )


@feature.on(tap="switches.turn", work=Work.WRITES)
async def turn_round(turn: Turn) -> Reply:
    """Switch one kind."""
    kind, _, wanted = turn.argument.partition(":")
    known = {entry.id for entry in turn.campaign.pushes.kinds} - {NUDGE}
    if kind in known and wanted in {ON, OFF}:
        await profiles.switch(turn.db, turn.person.citizen, kind, on=wanted == ON)
    return await switches(turn)


@feature.on(tap="switches.hours")
async def hours(_turn: Turn) -> Reply:
    """Offer the hours of the nudge."""
    offered = [
        button(f"switches.nudge:{hour}", Phrase("switches.at", {"hour": hour})) for hour in HOURS
    ]
    never = button(f"switches.nudge:{OFF}", Phrase("switches.never"))
    return say("switches.ask_hour", buttons=(*rows(offered, wide=3), (never, button("switches"))))


@feature.on(tap="switches.nudge", work=Work.WRITES)
async def nudge(turn: Turn) -> Reply:
    """Set or drop the hour of the nudge."""
    hour = int(turn.argument) if turn.argument in {str(hour) for hour in HOURS} else None
    if hour is None and turn.argument != OFF:
        return await hours(turn)
    profile = await profiles.of(turn.db, turn.person.citizen)
    await profiles.put(turn.db, turn.person.citizen, replace(profile, nudge_hour=hour))
    return await switches(turn)
