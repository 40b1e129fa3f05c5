"""Builds the channels that are configured: only this page knows which there are."""

import functools
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.campaign import Campaign
from bot.channels import web as web_chat
from bot.channels.web import Voice, WebChannel
from bot.clock import Clock
from bot.dispatch import Dispatcher
from bot.excusing import Excusing, Tell
from bot.flood import Verdict
from bot.i18n import FALLBACK, Texts
from bot.leader import Leader
from bot.messages import Fate, Receipt, Rendered, Reply
from bot.post import Listener, Outlet
from bot.rules import signing
from bot.rules.quota import MINUTE_MAX, Budget, Quota
from bot.settings import Settings
from bot.uploading import Uploading
from bot.web import hooks
from storage import deployment, offers, sends
from storage.db import Database, Unavailable

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from bot.channels import wecom
    from bot.channels.telegram import Telegram

# An hour of a member, a day of the city, and what clocks may differ.
HOUR_KEPT, DAY_KEPT = timedelta(hours=2), timedelta(hours=26)
PROCESS_BITS = 53
OFFER_LASTS = timedelta(hours=12)  # as long as the lists a feature remembers


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database knows of itself, read once at start."""

    campaign_id: int
    secret: bytes


@dataclass(frozen=True, slots=True)
class House:
    """What channels and pages are built from."""

    settings: Settings
    campaign: Campaign
    dispatcher: Dispatcher
    texts: Texts
    database: Database
    clock: Clock
    leader: Leader
    facts: Facts


class Outlets:
    """All channels there are."""

    def __init__(self, house: House) -> None:
        self.chat = _web_chat(house)
        self.by_name: dict[str, Outlet] = {}
        if self.chat is not None:
            self.by_name[web_chat.NAME] = _web(self.chat)
        if house.settings.telegram_token.get_secret_value():
            self.by_name["telegram"] = _telegram(house)
        if house.settings.wecom:
            self.by_name["wecom"] = _wecom(house)

    @property
    def listeners(self) -> list[Listener]:
        """Return what is to run."""
        return [each.listener for each in self.by_name.values() if each.listener is not None]

    @property
    def states(self) -> Mapping[str, Callable[[], str]]:
        """Return how each platform's channel stands."""
        named = self.by_name.items()
        return {name: each.state for name, each in named if each.state is not None}

    @property
    def posts(self) -> "Mapping[str, ASGIApp]":
        """Return what platforms post to, by its path."""
        return {path: app for each in self.by_name.values() for path, app in each.posts.items()}

    def name(self, channel: str) -> str:
        """Return what the bot is called on a channel, empty while that is not known."""
        return self.by_name[channel].name() if channel in self.by_name else ""


def _web_chat(house: House) -> WebChannel | None:
    if house.settings.chat == "off":
        return None
    voice = Voice(
        handle=house.dispatcher.handle,
        refuse=_refusing(house),
        excuse=house.dispatcher.excuse,
        unavailable=Unavailable,
    )
    base = int(house.clock.system().timestamp() * 1000)
    asking = house.dispatcher.asking
    inbox = Uploading(house.database, house.clock, house.facts.campaign_id, asking=asking)
    return WebChannel(voice, demo=house.settings.demo, base=base, inbox=inbox)


def _refusing(house: House) -> Callable[[str, str, str | None], Rendered | None]:
    """Return what says that a frame was not understood; it counts to its sender's flood.

    What is too long or no message tells no language: then both are spoken.
    """

    def refuse(sender: str, key: str, language: str | None) -> Rendered | None:
        now = house.clock.system().timestamp()
        verdict = house.dispatcher.flood.judge((web_chat.NAME, sender), now)
        if verdict is Verdict.SILENCE:
            return None
        reply = Reply("errors.flood" if verdict is Verdict.NOTICE else key)
        spoken = [language] if language else house.texts.languages
        return Rendered("\n".join(house.texts.render(reply, each).text for each in spoken))

    return refuse


def _web(chat: WebChannel) -> Outlet:
    async def follow(sender: str, rendered: Rendered, *, live: str = "", ref: str = "") -> Receipt:
        del ref  # the page finds what is to be replaced by its name
        frame = web_chat.show(rendered) | ({"live": live} if live else {})
        pages = chat.push(sender, frame)
        return Receipt(Fate.SENT, ref="shown" if pages else "kept for the page")

    async def push(sender: str, rendered: Rendered) -> None:
        await follow(sender, rendered)

    async def send_all(senders: Sequence[str], rendered: Rendered) -> list[Receipt]:
        return [await follow(sender, rendered) for sender in senders]

    return Outlet(push, follow, send_all, follow)


def _telegram(house: House) -> Outlet:
    from bot.channels.telegram import Api, Telegram

    settings = house.settings

    async def push(sender: str, rendered: Rendered) -> None:
        await channel.push(int(sender), rendered)

    channel = Telegram(
        Api(settings.telegram_token.get_secret_value(), settings.telegram_api_url),
        handle=Excusing(house.dispatcher, house.database, push).handle,
        commands=house.dispatcher.commands,
        unavailable=Unavailable,
    )

    async def follow(sender: str, rendered: Rendered, *, live: str, ref: str) -> Receipt:
        del live
        if ref:
            return await channel.edit(int(sender), int(ref), rendered)
        return await channel.send(int(sender), rendered)

    listener, posts = _updates(house, channel)
    return Outlet(
        push,
        lambda sender, rendered: channel.send(int(sender), rendered),
        follow=follow,
        gather=lambda chat, rendered: channel.send(int(chat), rendered, private=False),
        fetch=channel.fetch,
        state=lambda: channel.state,
        listener=listener,
        posts=posts,
        name=lambda: channel.me.username if channel.me else "",
    )


def _updates(house: House, channel: "Telegram") -> "tuple[Listener, Mapping[str, ASGIApp]]":
    """Choose how Telegram's updates come, and what is posted where."""
    from bot.channels.telegram import Polling, Webhook

    settings, leader = house.settings, house.leader
    if not settings.telegram_hook:
        alone = house.database.is_sqlite
        return Polling(channel, lambda: alone or leader.term is not None), {}
    given = settings.telegram_webhook_secret.get_secret_value()
    word = given or signing.derived(house.facts.secret, "telegram webhook")
    webhook = Webhook(channel, settings.telegram_hook, word)
    taking = hooks.telegram(word, webhook.receive, seconds=channel.waits.answer)
    return webhook, {hooks.TELEGRAM_PATH: taking}


def _wecom(house: House) -> Outlet:
    from bot.channels import wecom

    settings, clock = house.settings, house.clock
    secret = settings.wecom_secret.get_secret_value()
    corp = (settings.wecom_corp_id, settings.wecom_agent_id, secret, settings.wecom_api_url)
    callback = (settings.wecom_token.get_secret_value(), settings.wecom_aes_key.get_secret_value())
    alone, zone = house.database.is_sqlite, house.campaign.zone

    async def push(sender: str, rendered: Rendered) -> None:
        await channel.push(sender, rendered)

    channel = wecom.WeCom(
        wecom.Api(wecom.Corp(*corp), _token_shelf(house), clock=lambda: clock.system().timestamp()),
        _wecom_voice(house, push),
        limits=wecom.Limits(
            Quota(time.monotonic, minute=MINUTE_MAX if alone else MINUTE_MAX - wecom.MARGIN),
            Budget(settings.wecom_accounts),
            lambda: clock.system().astimezone(zone),
            ledger=_sends_ledger(house),
        ),
        offers=wecom.Offers(_offers_board(house)),
    )
    envelope = wecom.Envelope(*callback, settings.wecom_corp_id)
    listener = wecom.Callback(channel, envelope, lambda: clock.system().timestamp())

    async def send(sender: str, rendered: Rendered) -> Receipt:
        return (await channel.send_all([sender], rendered))[0]

    taking = hooks.wecom(listener, seconds=channel.waits.close)
    return Outlet(
        push,
        send,
        channel.send_all,
        gather=wecom.Robots(channel.api, Quota(time.monotonic, minute=wecom.PER_MINUTE)).tell,
        fetch=channel.fetch,
        introduce=wecom.Directory(channel.api).find,
        room=channel.room,
        state=lambda: channel.state,
        listener=listener,
        posts={hooks.WECOM_PATH: taking},
    )


def _wecom_voice(house: House, push: Tell) -> "wecom.Voice":
    from bot.channels import wecom

    texts = house.texts

    def menu() -> dict[str, Any]:
        """Make the app's menu of the main menu; it has one language."""
        shown = house.dispatcher.worded(Reply("menu.text", menu=True), FALLBACK)
        entries = [(each.label, each.tap) for row in shown.buttons for each in row]
        names = [texts.plain(key, FALLBACK) for key in ("wecom.menu_first", "wecom.menu_second")]
        return wecom.menu_of(names, entries)

    def words(language: str) -> wecom.Words:
        keys = ("wecom.choose", "wecom.number", "wecom.done")
        return wecom.Words(*(texts.plain(key, language) for key in keys))

    return wecom.Voice(
        handle=Excusing(house.dispatcher, house.database, push).handle,
        words=functools.cache(words),
        menu=menu,
        unavailable=Unavailable,
    )


def _token_shelf(house: House) -> "wecom.Shelf":
    """Keep the access token in the database, for all processes."""
    from bot.channels import wecom

    database, app = house.database, house.settings.wecom_agent_id
    name = f"wecom token {app}"

    async def load() -> str | None:
        async with database.reading() as db:
            return await deployment.fact(db, name)

    async def keep(text: str) -> None:
        async with database.transaction() as db:
            await deployment.put(db, name, text)

    return wecom.Shelf(load, keep, Unavailable)


def _sends_ledger(house: House) -> "wecom.Ledger":
    """Keep in the database what processes sent, under keyed hashes of the members."""
    from bot.channels import wecom

    database, secret, process = house.database, house.facts.secret, secrets.randbits(PROCESS_BITS)

    def hashed(who: str) -> str:
        return signing.keyed(secret, f"{wecom.NAME}:{house.settings.wecom_agent_id}:{who}")

    async def share(
        counts: sends.Counts, asked: Mapping[str, int]
    ) -> Mapping[str, Sequence[tuple[int, int]]]:
        known, now = {hashed(who): who for who in asked}, house.clock.system()
        members: dict[tuple[str, int], int] = {}
        app: dict[tuple[str, int], int] = {}
        for (who, span), count in counts.items():
            (app if who == wecom.APP else members)[hashed(who), span] = count
        async with database.transaction() if counts else database.reading() as db:
            await sends.add(db, process, members, until=now + HOUR_KEPT)
            await sends.add(db, process, app, until=now + DAY_KEPT)
            wanted = {key: asked[who] for key, who in known.items()}
            found = await sends.by_others(db, process, wanted)
        return {known[key]: spans for key, spans in found.items()}

    return wecom.Ledger(share, Unavailable, alone=database.is_sqlite)


def _offers_board(house: House) -> "wecom.Board":
    """Keep in the database what numbers stand for, under keyed hashes of the members."""
    from bot.channels import wecom

    database, secret = house.database, house.facts.secret
    known: set[str] | None = None
    """Who has a list, where no other process writes: the others need no list taken away."""

    def hashed(member: str) -> str:
        return signing.keyed(secret, f"{wecom.NAME}:{member}")

    async def keep(lists: Mapping[str, offers.Offered]) -> None:
        until = house.clock.system() + OFFER_LASTS
        rows = {hashed(member): offered for member, offered in lists.items()}
        if database.is_sqlite:
            rows = await changed(rows)
        if rows:
            async with database.transaction() as db:
                await offers.keep(db, rows, until=until)

    async def changed(rows: dict[str, offers.Offered]) -> dict[str, offers.Offered]:
        nonlocal known
        if known is None:
            async with database.reading() as db:
                known = await offers.accounts(db)
        kept = {
            account: offered for account, offered in rows.items() if offered or account in known
        }
        known |= kept.keys()
        return kept

    async def find(member: str) -> offers.Offered:
        async with database.reading() as db:
            return await offers.find(db, hashed(member), house.clock.system())

    return wecom.Board(keep, find, Unavailable, alone=database.is_sqlite)
