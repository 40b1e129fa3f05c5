"""Sends over whichever channel somebody is on, in the language they chose."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Protocol

from bot.dispatch import Dispatcher
from bot.messages import Fate, Introduction, NoFile, Receipt, Rendered, Reply
from storage.citizens import Account, Receiver
from storage.groups import Group

if TYPE_CHECKING:
    from starlette.types import ASGIApp

OFF_SECONDS = 600.0
FEW_MAX, MANY_MAX = 32, 1000


class Listener(Protocol):
    """Brings in what people say on a channel."""

    async def run(self) -> None:
        """Listen until cancelled."""

    async def close(self) -> None:
        """Let what is in flight finish, but not for ever."""


class Follow(Protocol):
    """Sends something that is edited later, by its name, or edits what stands there as `ref`."""

    def __call__(
        self, sender: str, rendered: Rendered, *, live: str, ref: str
    ) -> Awaitable[Receipt]:
        """Send or edit."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """One channel, as the rest of the program uses it."""

    push: Callable[[str, Rendered], Awaitable[None]]
    """Tell a sender who has not just spoken, best effort."""
    send: Callable[[str, Rendered], Awaitable[Receipt]]
    """Do so, and say what became of it."""
    send_all: Callable[[Sequence[str], Rendered], Awaitable[Sequence[Receipt]]] | None = None
    """Send one thing to many in as few calls as can be, at the channel's own pace."""
    follow: Follow | None = None
    """None where nothing can be edited."""
    gather: Callable[[str, Rendered], Awaitable[Receipt]] | None = None
    """Say something in a group chat; None where there is none."""
    fetch: Callable[[str], Awaitable[bytes]] | None = None
    """Fetch a file that somebody sent; None where what is sent is here from the first."""
    introduce: Callable[[str], Awaitable[Introduction | None]] | None = None
    """Say what a directory knows of a sender; None where there is none to ask."""
    room: Callable[[Rendered, date], int | None] | None = None
    """Say to how many people it can still tell something on a day; None is no limit."""
    state: Callable[[], str] | None = None
    """Return how it stands; None if nothing can keep it from working."""
    listener: Listener | None = None
    posts: "Mapping[str, ASGIApp]" = field(default_factory=dict)
    """What platforms post to, by its path."""
    name: Callable[[], str] = str
    """Return what the bot is called there, for links that lead to it."""


class Post:
    """The channels of this process, for what nobody has just asked for."""

    def __init__(self, dispatcher: Dispatcher, outlets: Mapping[str, Outlet]) -> None:
        """Take the channels by their names, which accounts carry."""
        self._dispatcher = dispatcher
        self._outlets = outlets
        dispatcher.files.fetch = self.fetch

    async def tell(self, account: Account, reply: Reply) -> None:
        """Tell somebody who has not just spoken, best effort."""
        outlet = self._outlets.get(account.channel)
        if outlet is not None and await self._dispatcher.reaches(account):
            await outlet.push(account.sender, await self._dispatcher.render(account, reply))

    async def send(self, receiver: Receiver, reply: Reply) -> Receipt:
        """Render something in the receiver's language and send it over their channel."""
        return await self.show(receiver, reply)

    async def tell_group(self, group: Group, reply: Reply) -> Receipt:
        """Say something in a group chat, in the language it was bound in."""
        outlet = self._outlets.get(group.channel)
        if outlet is None or outlet.gather is None:
            return Receipt(Fate.LATER, reason=f"{group.channel} is off", seconds=OFF_SECONDS)
        rendered = await self._worded(reply, group.language, group.channel)
        return await outlet.gather(group.chat, rendered)

    @property
    def most(self) -> int:
        """Return how many deliveries to claim at once: many, if every channel takes many."""
        takes = [outlet.send_all is not None for outlet in self._outlets.values()]
        return MANY_MAX if takes and all(takes) else FEW_MAX

    def joins(self, channel: str) -> bool:
        """Say whether a channel sends to many at once."""
        outlet = self._outlets.get(channel)
        return outlet is not None and outlet.send_all is not None

    async def send_all(self, receivers: Sequence[Receiver], reply: Reply) -> Sequence[Receipt]:
        """Send one thing to receivers of one channel and one language."""
        outlet = self._outlets[receivers[0].account.channel]
        if outlet.send_all is None:
            return [await self.send(receiver, reply) for receiver in receivers]
        first = receivers[0]
        rendered = await self._worded(reply, first.language, first.account.channel)
        return await outlet.send_all([each.account.sender for each in receivers], rendered)

    def edits(self, channel: str) -> bool:
        """Say whether a channel can put a newer version in the place of a message."""
        outlet = self._outlets.get(channel)
        return outlet is not None and outlet.follow is not None

    async def show(
        self, receiver: Receiver, reply: Reply, *, live: str = "", ref: str = ""
    ) -> Receipt:
        """Send something that is edited later, by its name, or edit what stands there as `ref`."""
        account = receiver.account
        outlet = self._outlets.get(account.channel)
        if outlet is None:
            return Receipt(Fate.LATER, reason=f"{account.channel} is off", seconds=OFF_SECONDS)
        rendered = await self._worded(reply, receiver.language, account.channel)
        if outlet.follow is not None and (live or ref):
            return await outlet.follow(account.sender, rendered, live=live, ref=ref)
        return await outlet.send(account.sender, rendered)

    async def _worded(self, reply: Reply, language: str | None, channel: str) -> Rendered:
        rendered = self._dispatcher.worded(reply, language)
        if reply.picture is None:
            return rendered
        return await self._dispatcher.files.illustrate(rendered, reply.picture, channel=channel)

    async def fetch(self, channel: str, ref: str) -> bytes:
        """Fetch a file; what came over the web chat is here from the first.

        Raises:
            NoFile: its channel does not have it, or not now.

        """
        outlet = self._outlets.get(channel)
        if outlet is None or outlet.fetch is None:
            raise NoFile("files.gone")
        return await outlet.fetch(ref)
