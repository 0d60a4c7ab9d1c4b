"""A connection that is kept between transactions is lent as ``driver`` lends one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from app.settings import Settings
from app.storage.database import SPARE, driver
from app.storage.kept_connection import KeptConnection
from app.storage.pool import DriverPool, make_pool


@pytest.fixture
def pool(settings: Settings) -> Iterator[DriverPool]:
    made = make_pool(settings)
    yield made
    made.dispose()


@pytest.fixture
def kept(pool: DriverPool) -> Iterator[KeptConnection]:
    made = KeptConnection(pool)
    yield made
    made.give_back()


def session_of(kept: KeptConnection) -> int:
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        row: Any = cursor.fetchone()
        return int(row[0])


def test_connection_is_kept_until_it_is_given_back(kept: KeptConnection, pool: DriverPool) -> None:
    assert session_of(kept) == session_of(kept)
    assert pool.lent == 1

    kept.give_back()
    assert pool.lent == 0


def test_open_transaction_is_rolled_back(kept: KeptConnection) -> None:
    with kept.cursor() as cursor:
        cursor.execute("BEGIN; CREATE TABLE left_over (n int)")

    with kept.cursor() as cursor:
        cursor.execute("SELECT to_regclass('left_over') IS NULL")
        assert cursor.fetchone() == (True,)


def test_error_gives_the_connection_back(kept: KeptConnection, pool: DriverPool) -> None:
    with pytest.raises(psycopg2.DataError), kept.cursor() as cursor:
        cursor.execute("BEGIN; SELECT 1 / 0")

    assert pool.lent == 0
    assert session_of(kept) > 0


def test_connection_that_its_server_ended_is_replaced(kept: KeptConnection, pool: DriverPool) -> None:
    lost = session_of(kept)
    with driver(pool) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", (lost,))

    assert session_of(kept) != lost


def test_small_pool_gets_it_back_after_each_use(settings: Settings) -> None:
    pool = make_pool(settings, size=SPARE - 1)

    session_of(KeptConnection(pool))

    assert pool.lent == 0
    pool.dispose()
