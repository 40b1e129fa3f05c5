"""What WeCom's members say: XML that was posted becomes an `Incoming`. Pure.

The outer layer is read before anything is known to come from WeCom, so neither layer may hold a
DTD, which alone could declare an entity. What may hold one is read by defusedxml, which refuses
it; the rest, so every letter but one that talks about DTDs, by the standard parser, which is four
times faster on a busy morning.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import ParseError, fromstring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring as defused

from bot.messages import (
    Command,
    File,
    Incoming,
    Other,
    Presence,
    Said,
    Tap,
    Text,
    Traits,
    clean,
    read,
)

NAME = "wecom"
TRAITS = Traits(abroad=False)
MEMBER = re.compile(r"[^\s|]{1,64}")
ROBOT = re.compile(r"\s*https://\S+/cgi-bin/webhook/send\?key=([0-9A-Za-z-]{1,64})\S*")
WITHIN = "\t"  # stands in a button's target before the group that it was pressed for
KIND = re.compile("[a-z_]{1,32}")
KINDS = {"file": "document"}  # what others call differently
TARGET_LENGTH_MAX = 256
TITLE_SIGNS = 4
SECONDS_DIGITS_MAX = 11
HASH_DIGITS = 32
DTD = "<!DOCTYPE"  # XML knows no other way to write it
MALFORMED = (ParseError, DefusedXmlException, LookupError, ValueError)


@dataclass(frozen=True, slots=True)
class Back:
    """The way back to who spoke."""

    member: str
    pressed: str = ""
    """The code by which the pressed card can be changed later; empty when nothing was pressed."""
    group: str = ""
    """The key of the group robot that it is about; nothing said here goes to the group itself."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said, and the way back."""

    incoming: Incoming
    back: Back


def _parsed(xml: bytes) -> Any | None:
    try:
        text = xml.decode()  # given text, no parser follows an encoding that the letter declares
        if DTD in text:
            return defused(text, forbid_dtd=True)
        return fromstring(text)  # noqa: S314 - without a DTD there are no entities
    except MALFORMED:
        return None


def sealed_in(body: bytes) -> str | None:
    """Return the sealed text of what was posted; None if it is no envelope."""
    root = _parsed(body)
    return None if root is None else root.findtext("Encrypt")


def hear(xml: bytes, agent: int) -> Heard | None:
    """Translate an opened letter; None for what is malformed or not meant for this app."""
    root = _parsed(xml)
    if root is None:
        return None
    found = {child.tag: child.text or "" for child in root}
    member = found.get("FromUserName", "").lower()  # WeCom knows no case
    if found.get("AgentID") != str(agent) or MEMBER.fullmatch(member) is None:
        return None
    group = _about(found)
    said = _said(found)
    if said is None:
        return None
    incoming = Incoming(
        NAME,
        member,
        said,
        _update(found, xml),
        stamped=_moment(found.get("CreateTime", "")),
        private=not group,
        traits=TRAITS,
        group=group,
        title=f"…{group[-TITLE_SIGNS:]}" if group else "",
    )
    pressed = found.get("ResponseCode", "") if _pressed(found) else ""
    return Heard(incoming, Back(member, pressed, group))


def within(incoming: Incoming, target: str) -> Incoming:
    """Return what was said as a tap on a target, which may name the group it is about."""
    target, _, group = target.partition(WITHIN)
    return replace(incoming, said=Tap(target), private=not group, group=group)


def _about(found: dict[str, str]) -> str:
    """Take a group robot's address out of what was said, and return its key.

    The robot only speaks, so whoever organises a group says here what others say in the group.
    """
    address = ROBOT.search(found.get("Content", ""))
    if address is not None:
        found["Content"] = ROBOT.sub("", found["Content"])
        return address[1]
    found["EventKey"], _, group = found.get("EventKey", "").partition(WITHIN)
    return group


def _update(found: dict[str, str], xml: bytes) -> str:
    """Name a message by its number, an event, which has none, by all that it says."""
    number = found.get("MsgId", "")
    if not number.isdecimal():
        number = f"e{hashlib.sha256(xml).hexdigest()[:HASH_DIGITS]}"
    return f"{found['AgentID']}:{found['FromUserName'].lower()}:{number}"


def _moment(seconds: str) -> datetime | None:
    whole = seconds.isdecimal() and len(seconds) < SECONDS_DIGITS_MAX
    return datetime.fromtimestamp(int(seconds), UTC) if whole else None


def _pressed(found: dict[str, str]) -> bool:
    return found.get("Event") == "template_card_event"


def _said(found: dict[str, str]) -> Said | None:
    match found.get("MsgType", ""):
        case "text":
            said = read(found.get("Content", ""))
            return None if said == Text("") else said
        case "image" if found.get("MediaId"):
            return File("image.jpg", 0, clean(found["MediaId"]), picture=True)
        case "event":
            return _happened(found.get("Event", ""), clean(found.get("EventKey", "")))
        case kind if KIND.fullmatch(kind):
            return Other(KINDS.get(kind, kind))
        case _:
            return None


def _happened(event: str, key: str) -> Said | None:
    match event:
        case "click" | "template_card_event" if 0 < len(key) <= TARGET_LENGTH_MAX:
            return Tap(key)
        case "subscribe":
            return Command("start")
        case "enter_agent":
            return Presence(reachable=True)
        case "unsubscribe":
            return Presence(reachable=False)
        case _:
            return None
