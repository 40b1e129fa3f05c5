"""Broadcasts: what several features share: to whom, from whom, how it looks, how it starts."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta

from bot.campaign import Campaign
from bot.feature import Tick, Turn, button, say
from bot.messages import Button, Named, Phrase, Refusal, Reply, Rows
from bot.operations import auditing, pushing
from bot.rules import audiences, compositions, rights, taps
from bot.rules.audiences import Audience, To
from bot.rules.compositions import Problem, Season
from bot.rules.rights import Right
from storage import approvals, broadcasts, livestreams, progress, roles, units
from storage import audiences as crowds
from storage.approvals import Matter
from storage.audiences import Counts, Crowd
from storage.broadcasts import Broadcast
from storage.db import Db
from storage.pushes import Push

NAME = "broadcasts"
UNIT, NEWS = "unit", "news"  # the kinds of push, and the switches behind them
URGENCY = 4  # behind reminders
TOLD, WAITS, HALTED = "told", "waits", "halted"
NOTICE_URGENCY = 1
LASTS = timedelta(days=2)
SENDING = f"{NAME}.sending"
NAMES_MAX = 3
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def switch(broadcast: Broadcast) -> str:
    """Return the kind of push a broadcast is."""
    return UNIT if broadcast.own else NEWS


def audience(broadcast: Broadcast) -> Audience | None:
    """Return whom it goes to, None before they are chosen."""
    return audiences.read(broadcast.audience or "")


async def of(turn: Turn, text: str, *, lock: bool = False) -> Broadcast:
    """Return a broadcast this person may see: their own, or any for staff.

    Raises:
        Refusal: there is none, or it is not theirs.

    """
    found = await broadcasts.of(turn.db, turn.campaign_id, taps.number(text), lock=lock)
    if found is None:
        raise Refusal("broadcasts.unknown")
    if found.author != turn.person.citizen and not turn.reach(Right.BROADCASTS).everything:
        raise Refusal("errors.not_yours")
    return found


async def mine(turn: Turn, text: str, *, lock: bool = False) -> Broadcast:
    """Return a broadcast of this person that has not gone out yet.

    Raises:
        Refusal: it is another's, or on its way.

    """
    found = await of(turn, text, lock=lock)
    if found.author != turn.person.citizen:
        raise Refusal("errors.not_yours")
    if found.state not in broadcasts.EDITABLE:
        raise Refusal("broadcasts.gone_out")
    return found


async def edit(turn: Turn, broadcast: Broadcast, **values: object) -> Broadcast:
    """Change a broadcast that has not gone out; what was confirmed or approved is not any more."""
    back = {"state": broadcasts.DRAFT, "confirmed_at": None, "touched_at": turn.now}
    if not await broadcasts.move(turn.db, broadcast.id, broadcasts.EDITABLE, **{**back, **values}):
        raise Refusal("broadcasts.gone_out")
    await approvals.void(turn.db, matter(turn.campaign_id, broadcast.id))
    return await of(turn, str(broadcast.id))


def matter(campaign: int, broadcast: int) -> Matter:
    """Name the question whether a broadcast may go out."""
    return Matter(campaign, NAME, str(broadcast))


def digest(broadcast: Broadcast) -> str:
    """Return a hash of exactly what would go out, to whom, and when."""
    at = broadcast.starts_at.isoformat() if broadcast.starts_at else ""
    return _hash(same(broadcast), str(broadcast.own), at)


def same(broadcast: Broadcast) -> str:
    """Return a hash of what is said to whom, which tells a repetition."""
    link = (broadcast.link_label or "", broadcast.link_url or "", str(broadcast.picture or ""))
    return _hash(broadcast.text, *link, str(audience(broadcast)))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()


async def may(db: Db, campaign: int, broadcast: Broadcast) -> bool:
    """Say whether its author may send it, by what the database says of them now."""
    chosen = audience(broadcast)
    duties = await roles.duties(db, campaign, broadcast.author)
    reach = rights.reach(duties, Right.BROADCASTS)
    return chosen is not None and audiences.may(reach, chosen, own=broadcast.own)


def season(campaign: Campaign) -> Season:
    """Return when a broadcast may go out."""
    until = datetime.combine(campaign.until, datetime.min.time(), campaign.zone)
    pushes = campaign.pushes
    return Season(campaign.zone, pushes.quiet_from, pushes.quiet_until, until)


def seen(broadcast: Broadcast, push: Push) -> Crowd | None:
    """Return the people a broadcast is for, as they were when it started."""
    chosen = audience(broadcast)
    midnight = datetime.fromisoformat(json.loads(push.content)["midnight"])
    return None if chosen is None else Crowd(push.campaign, chosen, midnight)


async def counted(moment: Turn | Tick, broadcast: Broadcast) -> Counts:
    """Count whom a broadcast is for, by what its campaign says of the switch.

    Raises:
        Refusal: nobody was chosen.

    """
    crowd, kind, usual = _crowd(moment, broadcast)
    return await crowds.counts(moment.db, crowd, kind=kind, usual=usual)


def _crowd(moment: Turn | Tick, broadcast: Broadcast) -> tuple[Crowd, str, bool]:
    """Return whom a broadcast is for, its switch, and how that stands for who never touched it."""
    kind, chosen = switch(broadcast), audience(broadcast)
    if chosen is None:
        raise Refusal("launching.no_audience")
    usual = {each.id: each.usual for each in moment.campaign.pushes.kinds}.get(kind, True)
    return Crowd(moment.campaign_id, chosen, moment.campaign.midnight(moment.now)), kind, usual


async def called(db: Db, campaign: int, chosen: Audience | None) -> Phrase | Named:
    """Say whom an audience means."""
    if chosen is None:
        return Phrase("broadcasts.to_nobody")
    match chosen.to:
        case To.UNITS:
            return await _names(db, campaign, chosen)
        case To.LIVE:
            livestream = await livestreams.of(db, chosen.number)
            topic = livestream.topic if livestream else str(chosen.number)
            return Phrase("broadcasts.to_live", {"topic": topic})
        case To.IDLE:
            return Phrase("broadcasts.to_idle", {"days": chosen.number})
        case To.ALL | To.NEVER:
            return Phrase(f"broadcasts.to_{chosen.to}")


async def _names(db: Db, campaign: int, chosen: Audience) -> Phrase | Named:
    found = [await units.of(db, campaign, code) for code in chosen.units[:NAMES_MAX]]
    said: Phrase | Named | None = None
    for unit in found:
        if unit is not None:
            said = (
                unit.named
                if said is None
                else Phrase("broadcasts.both", {"a": said, "b": unit.named})
            )
    if said is None:
        return Phrase("broadcasts.to_nobody")
    if len(chosen.units) > NAMES_MAX:
        return Phrase("broadcasts.and_more", {"names": said, "count": len(chosen.units)})
    return said


async def message(db: Db, broadcast: Broadcast, campaign: Campaign, *, campaign_id: int) -> Reply:
    """Word a broadcast as its receivers see it, without the switch below."""
    source: Phrase | Named = Named(campaign.campaign.organiser, campaign.campaign.organiser_en)
    if broadcast.own:
        source = await called(db, campaign_id, audience(broadcast))
    link: tuple[tuple[Button, ...], ...] = ()
    if broadcast.link_url and broadcast.link_label:
        link = ((Button(broadcast.link_label, url=broadcast.link_url),),)
    params = {"source": source, "text": broadcast.text}
    return Reply("broadcasts.message", params, link, picture=broadcast.picture)


async def preview(turn: Turn, broadcast: Broadcast) -> Reply:
    """Word it exactly as it will look, switch included."""
    shown = await message(turn.db, broadcast, turn.campaign, campaign_id=turn.campaign_id)
    off = button(f"notices.off:{switch(broadcast)}", Phrase("notices.off"))
    return replace(shown, buttons=(*shown.buttons, (off,)))


async def launch(moment: Turn | Tick, broadcast: Broadcast) -> None:
    """Let a broadcast go out now: whom it is for is settled here, and its author follows it.

    The caller holds the broadcast's lock, and has seen that its author may send it.
    """
    counts = await counted(moment, broadcast)
    push = await pushing.store(
        moment,
        f"{NAME}.{switch(broadcast)}",
        urgency=URGENCY,
        once=f"{NAME}:{broadcast.id}",
        content={
            "broadcast": broadcast.id,
            "title": compositions.title(broadcast.text),
            "midnight": moment.campaign.midnight(moment.now).isoformat(),
        },
        author=broadcast.author,
        expires_at=moment.now + LASTS,
    )
    await broadcasts.move(
        moment.db,
        broadcast.id,
        broadcasts.EDITABLE,
        state=broadcasts.RUNNING,
        push=push,
        total=counts.total,
        off=counts.off,
        started_at=moment.now,
    )
    await progress.follow(
        moment.db,
        moment.campaign_id,
        broadcast.author,
        key=f"{SENDING}:{broadcast.id}",
        at=moment.system_now,
    )


async def tell(moment: Turn | Tick, kind: str, broadcast: Broadcast, **more: object) -> None:
    """Push a notice about a broadcast; an author is told with `what`, a key below it."""
    if kind == TOLD:
        more["citizens"] = [broadcast.author]
    await pushing.store(
        moment,
        f"{NAME}.{kind}",
        urgency=NOTICE_URGENCY,
        once=f"{NAME}:{broadcast.id}:{kind}:{more.get('what', '')}:{moment.now.isoformat()}",
        content={"broadcast": broadcast.id, "title": compositions.title(broadcast.text), **more},
        expires_at=moment.now + LASTS,
    )


async def note(turn: Turn, act: str, broadcast: Broadcast, **details: object) -> None:
    """Note an act on a broadcast in the audit; the text is not repeated there."""
    subject = f"#{broadcast.id}"
    await auditing.note(turn, act, subject, audience=str(audience(broadcast)), **details)


async def desk(turn: Turn, draft: Broadcast) -> Reply:
    """Show a draft with everything that can be changed."""
    at = draft.starts_at
    link: Phrase | str = Phrase("composing.without")
    if draft.link_label and draft.link_url:
        link = Phrase("composing.linking", {"label": draft.link_label, "url": draft.link_url})

    def step(target: str, key: str) -> Button:
        return button(f"{target}:{draft.id}", Phrase(f"composing.{key}"))

    return say(
        "composing.draft",
        audience=await called(turn.db, turn.campaign_id, audience(draft)),
        when=Phrase("broadcasts.at_once") if at is None else at,
        link=link,
        picture=Phrase("composing.with" if draft.picture else "composing.without"),
        text=draft.text,
        buttons=(
            (step("launching", "look"),),
            (step("composing.text", "change_text"), choosing(draft)),
            (step("composing.link", "change_link"), step("picturing", "change_picture")),
            (step("scheduling", "change_time"),),
            (step("composing.drop", "drop"), button("composing.fresh", Phrase("composing.fresh"))),
        ),
    )


def choosing(draft: Broadcast) -> Button:
    """Lead to where people are chosen: organisers pick among their own units."""
    target = f"picking:{draft.id}:own" if draft.own else f"targeting:{draft.id}"
    return button(target, Phrase("composing.change_audience"))


def counting(counts: Counts) -> Phrase:
    """Say how many there are, and how many of them can be reached."""
    return Phrase(
        "broadcasts.counts" if counts.off or counts.gone else "broadcasts.counts_all",
        {"total": counts.total, "reached": counts.reached, "off": counts.off, "gone": counts.gone},
    )


def lasting(people: int, speed: float) -> Phrase:
    """Say how long it takes to tell so many people."""
    took = compositions.duration(people, speed)
    if took <= MINUTE:
        return Phrase("broadcasts.minute")
    if took <= HOUR:
        return Phrase("broadcasts.minutes", {"count": -(-took // MINUTE)})
    return Phrase("broadcasts.hours", {"count": -(-took // HOUR)})


async def room(turn: Turn, draft: Broadcast, *, counts: Counts, shown: Reply) -> Phrase | str:
    """Say what happens if a channel cannot tell all of them on the day it begins; else nothing."""
    ahead = draft.starts_at - turn.now if draft.starts_at else timedelta()
    rooms = turn.room(shown, turn.campaign.day(turn.system_now + ahead))
    for channel, left in rooms.items():
        if left >= counts.reached:
            continue
        crowd, kind, usual = _crowd(turn, draft)
        wanted = await crowds.reached_on(turn.db, crowd, channel, kind=kind, usual=usual)
        if left < wanted:
            more = {"left": left, "wanted": wanted, "rest": wanted - left}
            return Phrase("broadcasts.room" if left else "broadcasts.no_room", more)
    return ""


def when(turn: Turn, draft: Broadcast, *, second: bool) -> Phrase:
    """Say when it goes out; what needs a second person does so when they have agreed."""
    if draft.starts_at is not None:
        return Phrase("broadcasts.when_at", {"at": draft.starts_at})
    end = turn.campaign.quiet_end(turn.now)
    if end is not None:
        return Phrase("broadcasts.when_quiet", {"at": end})
    return Phrase("broadcasts.when_agreed" if second else "broadcasts.when_now")


def past() -> Button:
    """Lead to the list of what went out."""
    return button(f"{NAME}.past", Phrase("broadcasts.past"))


def back(draft: Broadcast) -> Rows:
    """Lead back to a draft."""
    return ((button(f"composing.open:{draft.id}", Phrase("composing.back")),),)


def untimely(turn: Turn, wrong: Problem) -> Refusal:
    """Say why a time cannot be taken."""
    rules = turn.campaign.pushes
    return Refusal(
        f"scheduling.{wrong}",
        quiet_from=f"{rules.quiet_from:%H:%M}",
        quiet_until=f"{rules.quiet_until:%H:%M}",
        day=turn.today.isoformat(),
        last=turn.campaign.last_day,
    )
