"""The whole bot in webhook mode, in this process or as a process of its own, on both databases."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.settings import Settings
from storage.db import Database
from tests.postgres import Server
from tests.processes import hooking
from tests.served import listening, served, url_of
from tests.telegram_api import TOKEN, TelegramApi
from tests.telegram_bench import SECRET

OWNER = 1


@pytest.fixture
async def api() -> AsyncIterator[TelegramApi]:
    """An emulated Bot API."""
    async with TelegramApi() as api:
        yield api


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The settings of a rehearsal on either database."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "bot.sqlite3")
        url = f"sqlite:///{path}"
    else:
        database = request.getfixturevalue("spare_postgres_database")
        url = database.url.render_as_string(hide_password=False)
    return rehearsal(url)


@pytest.fixture
async def own(own_postgres: Server) -> dict[str, str]:
    """The settings of a rehearsal on a server of its own."""
    database = Database(own_postgres.url())
    await database.upgrade()
    await database.aclose()
    return rehearsal(own_postgres.url())


def rehearsal(url: str) -> dict[str, str]:
    """Return the settings of a rehearsal on a database."""
    return {
        "DATABASE_URL": url,
        "TELEGRAM_TOKEN": TOKEN,
        "REHEARSAL": "1",
        "REHEARSAL_START": "2022-05-01T09:00:00+08:00",
        "FLOOD_LIMIT": "0",
        "OWNERS": f"telegram:{OWNER}",
    }


@asynccontextmanager
async def opened(api: TelegramApi, settings: dict[str, str]) -> AsyncIterator[tuple[App, str]]:
    """Run the bot in this process, in webhook mode; give it and its address."""
    taken = listening()
    given: dict[str, Any] = {name.lower(): value for name, value in settings.items()}
    asked = hooking(api, SECRET) | {"PUBLIC_URL": url_of(taken)}
    given |= {name.lower(): value for name, value in asked.items()}
    async with (
        App.open(Settings(_env_file=None, **given)) as app,
        served(app.web, taken) as url,
    ):
        await api.until(lambda: app.outlets.states["telegram"]() == "up")
        yield app, url


Hooked = Callable[[], AbstractAsyncContextManager[str]]


@pytest.fixture
def hooked(api: TelegramApi, settings: dict[str, str]) -> Hooked:
    """Runs the bot in this process, in webhook mode; gives the webhook's address."""

    @asynccontextmanager
    async def run() -> AsyncIterator[str]:
        async with opened(api, settings) as (_, url):
            yield f"{url}/telegram/webhook"

    return run
