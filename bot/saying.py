"""Making replies and buttons out of keys, in as few words as handlers can."""

from collections.abc import Iterable
from typing import Protocol

from bot.messages import Button, Named, Param, Phrase, Reply, Rows


def say(
    key: str,
    *,
    buttons: Rows = (),
    replaces: bool = False,
    menu: bool = False,
    language: str | None = None,
    reader: str = "",
    **params: Param,
) -> Reply:
    """Make a reply from a key and its parameters, with buttons or the main menu below."""
    return Reply(key, params, buttons, replaces, menu, language, reader=reader)


class Bilingual(Protocol):
    """Anything of campaign data that has a name in both languages."""

    @property
    def name(self) -> str:
        """The Chinese name."""

    @property
    def name_en(self) -> str:
        """The English name."""


def named(thing: Bilingual) -> Named:
    """Name something of campaign data, in the receiver's language when it is said."""
    return Named(thing.name, thing.name_en)


def button(target: str, label: Phrase | Named | str | None = None) -> Button:
    """Make a button that leads to a feature, labelled with the feature's name unless told."""
    feature = target.partition(":")[0].partition(".")[0]
    return Button(label or Phrase(f"{feature}.name"), target)


def rows(buttons: Iterable[Button], *, wide: int = 1) -> Rows:
    """Lay buttons out in rows, `wide` of them side by side."""
    laid = tuple(buttons)
    return tuple(laid[start : start + wide] for start in range(0, len(laid), wide))
