"""The migrations make what the models say, once, however many ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from app.storage.migrate import migrate
from app.storage.models.base import Base
from tests.servers import Databases

COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 2
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1"
OPTIONS = "SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL AND relkind = 'r' ORDER BY 1"


def create_all(url: str) -> None:
    Base.metadata.create_all(engine_of(url))


def leave_empty(url: str) -> None:
    """No schema at all."""


def engine_of(url: str) -> Engine:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg2://"), poolclass=NullPool)


def schema(url: str) -> list[Any]:
    with engine_of(url).connect() as connection:
        return [list(map(tuple, connection.execute(text(query)))) for query in (COLUMNS, INDEXES, OPTIONS)]


@pytest.fixture
def empty_url(databases: Databases) -> Iterator[str]:
    with databases.fresh(leave_empty) as url:
        yield url


def test_the_migrations_end_where_the_models_are(database_url: str, databases: Databases) -> None:
    with engine_of(database_url).connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)

    with databases.fresh(create_all) as modelled:
        assert differences == []
        assert schema(database_url) == schema(modelled)


def test_five_processes_may_migrate_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(migrate, [empty_url] * 5))

    with engine_of(empty_url).connect() as connection:
        assert list(connection.execute(text("SELECT id, revision FROM catalog"))) == [(1, 1)]


def test_unknown_workflow_name_fails_at_once(database_url: str) -> None:
    with pytest.raises(OperationalError, match="_typo"):
        migrate(database_url + "_typo", patience=600)
