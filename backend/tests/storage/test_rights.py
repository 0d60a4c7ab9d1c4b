"""A process whose role may not do its work is refused by name at the start."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest
from sqlalchemy import Engine

from app.errors import InvalidInput
from app.settings import Settings
from app.storage.database import Cursor, driver
from app.storage.engine import make_engine
from app.storage.models import Base
from app.storage.rights import check_rights
from app.storage.tables import TABLES


@pytest.fixture
def owner(engine: Engine) -> Iterator[Cursor]:
    """A cursor of the role that owns the tables; ``helper`` is another role, which may log in."""
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE ROLE helper LOGIN PASSWORD 'helper'")
        try:
            yield cursor
        finally:
            cursor.execute("DROP OWNED BY helper; DROP ROLE helper")


@pytest.fixture
def other(owner: Cursor, settings: Settings) -> Iterator[Engine]:
    """The pool of a process that connects as ``helper``."""
    parts = urlsplit(settings.database)
    url = urlunsplit(parts._replace(netloc=f"helper:helper@{parts.netloc.rpartition('@')[2]}"))
    engine = make_engine(Settings(database_url=url))
    yield engine
    engine.dispose()


def test_rights_on_every_table_are_checked() -> None:
    assert sorted(Base.metadata.tables) == list(TABLES)


def test_owner_may_do_everything(engine: Engine) -> None:
    check_rights(engine)


def test_missing_right_is_named(owner: Cursor, other: Engine) -> None:
    owner.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO helper")
    owner.execute("GRANT pg_read_all_stats TO helper; REVOKE UPDATE ON steps, executions FROM helper")

    with pytest.raises(InvalidInput) as refused:
        check_rights(other)
    assert str(refused.value) == (
        "The role helper of DATABASE_URL lacks a right; GRANT UPDATE ON executions, steps TO helper."
    )


def test_role_that_does_not_see_other_transactions_is_refused(owner: Cursor, other: Engine) -> None:
    owner.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO helper")

    with pytest.raises(InvalidInput, match="GRANT pg_read_all_stats TO helper"):
        check_rights(other)


def test_role_that_sees_only_the_owner_is_refused(owner: Cursor, other: Engine) -> None:
    owner.execute("SELECT current_user")
    (name,) = owner.fetchone() or ("",)
    owner.execute(f"GRANT {name} TO helper")
    check_rights(other)
    owner.execute("CREATE ROLE third LOGIN; GRANT INSERT ON events TO third")
    try:
        with pytest.raises(InvalidInput, match=r"may post events \(third\)"):
            check_rights(other)
    finally:
        owner.execute(f"REVOKE {name} FROM helper; DROP OWNED BY third; DROP ROLE third")


def test_role_with_all_rights_is_accepted(owner: Cursor, other: Engine) -> None:
    owner.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO helper")
    owner.execute("GRANT pg_read_all_stats TO helper")

    check_rights(other)


def test_sessions_that_are_not_tracked_are_refused(owner: Cursor, engine: Engine) -> None:
    owner.execute("SELECT current_database()")
    (name,) = owner.fetchone() or ("",)
    owner.execute(f"ALTER DATABASE {name} SET track_activities = off")
    engine.dispose()

    with pytest.raises(InvalidInput, match="track_activities"):
        check_rights(engine)
