"""What `doctor` says of WeCom, in words: the app, its menu, the directory, the day's budget."""

import time

from bot.channels.wecom.client import Api, Corp
from bot.channels.wecom.fates import ApiError
from bot.channels.wecom.tokens import Shelf

ADVICE = {
    40001: "WECOM_SECRET is not the app's",
    40013: "WECOM_CORP_ID is not known",
    60020: "this machine's address is not among the app's trusted ones (trusted IP)",
    40056: "WECOM_AGENT_ID is not the secret's app",
    301002: "WECOM_AGENT_ID is not the secret's app",
    50003: "the app is stopped",
    48002: "the app may not use this part of the API",
}

NO_SUCH_MEMBER = 60111


async def examine(corp: Corp, *, owner: str = "", accounts: int = 0) -> list[tuple[bool, str]]:
    """Tell whether the app may be used from here, and what else is worth knowing of it.

    The directory is asked for an owner, if one is a member; it is no fault if it stays closed.
    """

    async def nothing() -> None:
        return None

    async def forget(_kept: str) -> None:
        return None

    async with Api(corp, Shelf(nothing, forget, LookupError), clock=time.monotonic) as api:
        try:
            app = await api.call("agent/get", agentid=corp.agent)
        except ApiError as error:
            return [(False, f"wecom: {ADVICE.get(error.code, 'it cannot be reached')} ({error})")]
        lines = [f"the app {app.get('name', corp.agent)} may be used from here"]
        lines.append(await _menu(api))
        if owner:
            lines.append(await _directory(api, owner))
    if not accounts:
        lines.append("no day's budget is kept: WECOM_ACCOUNTS says how many accounts there may be")
    return [(True, f"wecom: {line}") for line in lines]


async def _menu(api: Api) -> str:
    """Say whether the app has a menu; every start sets it where it differs."""
    try:
        there = await api.call("menu/get", agentid=api.corp.agent)
    except ApiError:
        there = {}
    names = [str(each.get("name")) for each in there.get("button") or []]
    return f"the menu is {', '.join(names)}" if names else "there is no menu yet: a start sets it"


async def _directory(api: Api, owner: str) -> str:
    try:
        await api.call("user/get", userid=owner)
    except ApiError as error:
        if error.code == NO_SUCH_MEMBER:
            return f"OWNERS names {owner}, whom the app does not see"
        return "the directory stays closed: nobody who joins is offered a unit or a name"
    return "the directory is open: who joins is offered their unit and name"
