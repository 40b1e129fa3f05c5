"""Addresses that lead into the bot, to a unit for example. Pure."""


def invitations(start: str, *, bot: str, site: str) -> tuple[str, ...]:
    """Return where a start parameter leads: on Telegram if the bot has a name, on the web page."""
    found = (f"https://t.me/{bot}?start={start}",) if bot else ()
    return (*found, f"{site.rstrip('/')}/?start={start}") if site else found
