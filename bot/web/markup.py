"""HTML that is safe by construction: text becomes markup only by being escaped."""

import html
from collections.abc import Iterable

VOID = frozenset({"input", "link", "meta", "br"})
WEB = ("http://", "https://")


class Html(str):
    """Markup; a plain string is text."""

    __slots__ = ()


Part = Html | str | int | Iterable["Html | str"] | None


def join(*parts: Part) -> Html:
    """Put parts one after the other; what is not markup is escaped, None is nothing."""
    return Html("".join(map(_shown, parts)))


def _shown(part: Part) -> str:
    match part:
        case None:
            return ""
        case Html():
            return part
        case str() | int():
            return html.escape(str(part))
        case _:
            return "".join(map(_shown, part))


def tag(name: str, /, *parts: Part, **attributes: str | int | bool | None) -> Html:
    """Make an element. `class_` is class, `data_x` is data-x; None is left out."""
    opening = name + "".join(
        _attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items()
    )
    if name in VOID:
        return Html(f"<{opening}>")
    return Html(f"<{opening}>{join(*parts)}</{name}>")


def _attribute(name: str, value: str | int | bool | None) -> str:  # noqa: FBT001 - as HTML has them
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'


def away(address: str, *parts: Part, **attributes: str | int | bool | None) -> Html:
    """Make a link to another site, which learns nothing of ours; no other scheme becomes a link."""
    if not address.startswith(WEB):
        return tag("span", *parts)
    return tag("a", *parts, href=address, rel="noopener noreferrer external", **attributes)
