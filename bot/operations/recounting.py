"""Telling an entry of somebody's log in a sentence: what it was, what it paid, or why not."""

from collections.abc import Sequence
from dataclasses import replace

from bot.campaign import Campaign
from bot.feature import named
from bot.messages import Lines, Named, Param, Phrase
from bot.rules.corrections import DENIED, LAPSED, Kind
from bot.rules.linking import AGAIN, LINK, UNLINK, Fate
from storage.history import SPENDING, Entry

CORRECTED = frozenset({*Kind, *SPENDING})
"""What can take points as well as bring them."""


def entry(campaign: Campaign, of: Entry, *, titled: bool = True) -> Phrase:
    """Tell an entry as its owner reads it; what somebody reads is no business of others."""
    corrected = of.outcome in CORRECTED
    params: dict[str, Param] = {
        "day": of.day,
        "what": what(campaign, of if titled else replace(of, title=None)),
        "points": f"{of.points:+}" if corrected else of.points,
        "today": of.today,
        "cap": of.cap,
        "reason": of.reason or Phrase("log.no_reason"),
    }
    return Phrase(f"log.{_linked(of) or of.outcome}", params)


def _linked(of: Entry) -> str:
    """Say what a link, its undoing or a roll call did to an entry, if one of them booked it."""
    if of.line is not None and of.line.cause.startswith(DENIED):
        return "denied"
    if of.line is not None and of.line.cause.startswith(LAPSED):
        return "unconfirmed"
    if of.line is None or not of.line.cause.startswith((LINK, UNLINK)):
        return ""
    if of.line.reverses is not None:
        fate = of.line.once.partition(":")[0]
        return fate if fate in {Fate.MOVED, Fate.VOID} else ""
    return "again" if of.line.once.startswith(AGAIN) and of.outcome in CORRECTED else ""


def what(campaign: Campaign, of: Entry) -> Param:
    """Name what was done, with its title; what was redeemed goes by its own."""
    if of.outcome in SPENDING:
        return of.title or Phrase("log.something")
    found = [activity for activity in campaign.activities if activity.id == of.activity]
    other = Phrase("log.something" if of.activity else "amending.kind_adjustment")
    name: Named | Phrase = named(found[0]) if found else other
    if of.title is None:
        return name
    key = "log.with_title" if found and found[0].done else "log.with_topic"
    return Phrase(key, {"activity": name, "title": of.title})


def moment(campaign: Campaign, of: Entry) -> str:
    """Return the moment of an act, to the second, in the campaign's zone."""
    return of.acted_at.astimezone(campaign.zone).strftime("%H:%M:%S")


def timed(campaign: Campaign, entries: Sequence[Entry]) -> Lines:
    """Tell entries with the moments of their acts, without titles."""
    return Lines(
        tuple(
            Phrase(
                "recounting.timed",
                {
                    "time": moment(campaign, each),
                    "entry": entry(campaign, each, titled=False),
                },
            )
            for each in entries
        )
    )
