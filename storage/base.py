"""What all tables share."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    SmallInteger,
    event,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# SQLite counts up INTEGER keys only.
Id = BigInteger().with_variant(Integer, "sqlite")
ShortId = SmallInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """A moment with its offset, on both databases; SQLite keeps it in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC, and refuse a moment without an offset."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs its offset")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Hand out UTC."""
        del dialect
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment}  # noqa: RUF012 - SQLAlchemy's own spelling


def guard(row: type[Base], dialect: str, *statements: str) -> None:
    """Have triggers made together with a table, on one of the two databases."""
    for statement in statements:
        made = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
        event.listen(row.__table__, "after_create", made)


def append_only(row: type[Base]) -> None:
    """Have the database refuse whoever changes a line of a table, or takes one away."""
    name = row.__tablename__
    guard(
        row,
        "sqlite",
        *(
            f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name}"
            f" BEGIN SELECT RAISE(ABORT, 'the {name} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ),
    )
    guard(
        row,
        "postgresql",
        f"""CREATE OR REPLACE FUNCTION {name}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the {name} is append-only'; END $$""",
        f"""CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name}
    FOR EACH ROW EXECUTE FUNCTION {name}_is_append_only()""",
    )
