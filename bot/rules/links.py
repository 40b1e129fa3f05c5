"""Addresses that lead into the bot, to a unit for example. Pure."""

UNITS = ("unit_", "town_")
CARD = "card_"
PAGES = (*UNITS, CARD)
"""How the start parameters begin that lead to a page of their own."""


def chat(bot: str, start: str = "") -> str:
    """Return the address of the bot on Telegram, empty while it has no name there."""
    if not bot:
        return ""
    return f"https://t.me/{bot}?start={start}" if start else f"https://t.me/{bot}"


def page(start: str) -> str:
    """Return the path of the page a start parameter leads to: its own, or the front's."""
    if start.startswith(CARD):
        return f"/card/{start.removeprefix(CARD)}"
    for head in UNITS:
        if start.startswith(head):
            return f"/join/{start.removeprefix(head)}"
    return f"/?start={start}"


def invitations(start: str, *, bot: str, site: str) -> tuple[str, ...]:
    """Return where a start parameter leads: on Telegram if the bot has a name, on the web page."""
    there, here = chat(bot, start), f"{site.rstrip('/')}{page(start)}" if site else ""
    return tuple(filter(None, (there, here)))
