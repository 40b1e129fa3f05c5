"""How a reply is said: in the callback's own answer, which costs nothing, or by a call. Pure.

A message may be answered with one text. A pressed card can only be changed: it becomes the answer
where that fits on it, else its buttons make room for a word and the answer follows by a call.
"""

from dataclasses import dataclass

from bot.channels.wecom.show import CARD_LENGTH_MAX, Card, Message, Said, Shown, Words, show
from bot.messages import Rendered

CROWDED_LENGTH_MAX = 600  # on a card, when nothing else may be sent


@dataclass(frozen=True, slots=True)
class Plan:
    """What stands in the answer to the callback, what is sent after it, and the numbers."""

    passive: Said | Card | None
    sends: tuple[Message, ...]
    shown: Shown


def planned(rendered: Rendered, words: Words, *, pressed: bool, calls: bool) -> Plan:
    """Decide how to say a reply; without `calls` it is said in the answer, as far as can be."""
    shown = show(rendered, words, cards=calls or pressed)
    if not shown.messages:
        return Plan(None, (), shown)
    first, *more = shown.messages
    if not pressed:
        said = first if isinstance(first, Said) else None
        return Plan(said, tuple(more) if said else shown.messages, shown)
    if isinstance(first, Card):
        return Plan(first, tuple(more), shown)
    most = CARD_LENGTH_MAX if calls else CROWDED_LENGTH_MAX
    if isinstance(first, Said) and len(first.text) <= most and not more:
        return Plan(Card(first.text, (), words.done), (), shown)
    return Plan(Card("", (), words.done), shown.messages, shown)
