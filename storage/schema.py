"""Migrations: Alembic on a connection the caller opened; no alembic.ini is needed."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def config(migrations: Path, connection: Connection | None = None) -> Config:
    """Say where the migrations are."""
    made = Config()
    made.set_main_option("script_location", str(migrations))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def run(connection: Connection, migrations: Path, verb: str, *arguments: str) -> None:
    """Run one of Alembic's commands: upgrade, downgrade, check."""
    does: Any = getattr(command, verb)
    does(config(migrations, connection), *arguments)
