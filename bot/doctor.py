"""`shuxiang doctor`: what is wrong, in words, one line each."""

import sys
from collections.abc import AsyncIterator
from datetime import timedelta

from bot import campaign as campaigns
from bot import erasures
from bot.clock import SystemClock
from bot.erasures import ErasureList
from bot.rules import abroad
from bot.settings import ABROAD, Settings, StartError
from storage import accounts, deployment, failures
from storage.db import AddressError, Database, Unavailable

FRESH = timedelta(days=1)
FAILURES_COUNTED_MAX = 1000
DRIFT_MAX = timedelta(seconds=5)
PYTHON_MIN = (3, 11)


async def examine(settings: Settings) -> AsyncIterator[tuple[bool, str]]:
    """Check everything a start needs, and tell for each whether it is well, and a sentence."""
    yield sys.version_info >= PYTHON_MIN, f"Python {sys.version.split()[0]}"
    mode = "demo" if settings.demo else "rehearsal" if settings.rehearses else "real campaign"
    yield True, f"settings: {mode}, web chat {settings.chat}"
    try:
        campaign = campaigns.load(settings.campaign)
        days = f"{campaign.start} to {campaign.last_day}"
        yield True, f"campaign: {campaign.campaign.id}, {days}, {len(campaign.towns)} towns"
    except campaigns.CampaignError as error:
        yield False, f"campaign: {error}"
    async for line in _database(settings):
        yield line
    if settings.telegram_token.get_secret_value():
        from bot.channels import telegram

        yield await telegram.examine(
            settings.telegram_token.get_secret_value(),
            settings.telegram_api_url,
            hook=settings.telegram_hook,
        )
    else:
        yield True, "telegram: no token, so the channel is off"
    async for line in _wecom(settings):
        yield line


async def _wecom(settings: Settings) -> AsyncIterator[tuple[bool, str]]:
    if not settings.wecom:
        yield True, "wecom: not configured, so the channel is off"
        return
    from bot.channels import wecom

    secret = settings.wecom_secret.get_secret_value()
    corp = (settings.wecom_corp_id, settings.wecom_agent_id, secret, settings.wecom_api_url)
    owner = next((name for kind, name in settings.owner_accounts if kind == wecom.NAME), "")
    told = wecom.examine(wecom.Corp(*corp), owner=owner, accounts=settings.wecom_accounts)
    for line in await told:
        yield line
    where = settings.public_url or "https://…"
    yield True, f"wecom: the callback's address is {where}/wecom/callback"


async def _database(settings: Settings) -> AsyncIterator[tuple[bool, str]]:
    try:
        database = Database(settings.database)
    except AddressError as error:
        yield False, f"database: {error}"
        return
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    file = Database.file_of(settings.database)
    try:
        if file is not None and not file.exists():
            yield True, f"database: {kind}, made at the first start"
            return
        if not await database.migrated():
            yield database.is_sqlite, f"database: {kind}, to be migrated: shuxiang db upgrade"
            return
        async for line in _within(database, settings, kind):
            yield line
    except Unavailable:
        yield False, f"database: {kind} cannot be reached"
    except StartError as error:
        yield False, f"erasures: {error}"
    finally:
        await database.aclose()


async def _within(
    database: Database, settings: Settings, kind: str
) -> AsyncIterator[tuple[bool, str]]:
    async with database.reading() as db:
        stamped = await deployment.fact(db, deployment.MODE)
        now = SystemClock().system()
        drift = await deployment.drift(db, now)
        people, young = await accounts.count_on(db, ABROAD)
        newest = await failures.newest(db, FAILURES_COUNTED_MAX)
    lately = [failure for failure in newest if now - failure.at < FRESH]
    wanted = deployment.REHEARSAL if settings.rehearses else deployment.REAL
    fits = stamped in {None, wanted}
    yield fits, f"database: {kind}, up to date, holds a {stamped or 'fresh'} campaign"
    if not fits:
        yield False, f"database: the settings ask for a {wanted} campaign"
    yield not lately, f"failures: {len(lately)} in the last day, see shuxiang failures"
    few = people < abroad.PEOPLE[0] and not young
    yield few, f"abroad: {people} people on {', '.join(ABROAD)}, {young} of them under 14"
    listed = ErasureList(settings.data_dir).read()
    back = len(await erasures.returned(database, listed))
    undo = f"; {back} of them are here again: run shuxiang erasures" if back else ""
    yield not back, f"erasures: {len(listed)} in the list{undo}"
    apart = f"{drift.total_seconds():.1f} s"
    yield drift < DRIFT_MAX, f"clocks: database and machine differ by {apart}"
