"""A statement does not wait for a server that has fallen silent, and a slow one is left alone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg2
import pytest
import sqlalchemy.exc
from sqlalchemy import Engine, text

from app.settings import Settings
from app.storage.database import ConnectionPool, driver
from app.storage.engine import make_engine
from app.storage.orm import make_sessions
from app.storage.pool import DriverPool, make_pool
from app.storage.watch import WatchLimits
from tests.proxy import Direction, Proxy, proxy_to

#: Much sooner than by default.
LIMITS = WatchLimits(silence=0.5, probe=1.0, interval=0.1)
#: Seconds within which silence is noticed, with room for a slow machine.
NOTICED = 15


@pytest.fixture
def proxy(database_url: str) -> Iterator[Proxy]:
    with proxy_to(database_url) as opened:
        yield opened


@pytest.fixture
def engine(proxy: Proxy, settings: Settings) -> Iterator[Engine]:
    """A pool for sessions of the ORM, of three connections through the proxy, all of them open."""
    engine = make_engine(Settings(database_url=proxy.url_for(settings.database), database_pool_size=3), limits=LIMITS)
    open_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def driver_pool(proxy: Proxy, settings: Settings) -> Iterator[DriverPool]:
    """The same without sessions."""
    pool = make_pool(Settings(database_url=proxy.url_for(settings.database)), size=3, limits=LIMITS)
    open_all(pool)
    yield pool
    pool.dispose()


@pytest.fixture(params=["engine", "driver_pool"])
def pool(request: pytest.FixtureRequest) -> ConnectionPool:
    """Either of them."""
    made: ConnectionPool = request.getfixturevalue(request.param)
    return made


def open_all(pool: ConnectionPool) -> None:
    opened = [pool.raw_connection() for _ in range(3)]
    for connection in opened:
        connection.close()


def select_one(pool: ConnectionPool) -> int:
    with driver(pool) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        (one,) = cursor.fetchone() or (0,)
        return int(one)


@pytest.mark.parametrize("direction", Direction)
def test_lost_connection_is_given_up_and_the_pool_replaced(
    pool: ConnectionPool, proxy: Proxy, direction: Direction
) -> None:
    proxy.drop(direction)
    began = time.monotonic()

    with pytest.raises(psycopg2.OperationalError):
        select_one(pool)

    assert time.monotonic() - began < NOTICED
    assert [select_one(pool) for _ in range(4)] == [1] * 4


def test_lost_connection_of_a_session_is_given_up(engine: Engine, proxy: Proxy) -> None:
    with make_sessions(engine)() as session:
        session.execute(text("SELECT 1"))
        proxy.drop()
        with pytest.raises(sqlalchemy.exc.OperationalError):
            session.execute(text("SELECT 1"))

    with make_sessions(engine)() as session:
        assert session.scalar(text("SELECT 1")) == 1


def test_frozen_server_is_noticed_and_used_again_after_the_thaw(pool: ConnectionPool, proxy: Proxy) -> None:
    proxy.freeze()
    began = time.monotonic()

    with pytest.raises(psycopg2.OperationalError):
        select_one(pool)

    assert time.monotonic() - began < NOTICED
    proxy.thaw()
    assert select_one(pool) == 1


def test_reset_connection_is_replaced_before_use(pool: ConnectionPool, proxy: Proxy) -> None:
    proxy.reset()

    assert [select_one(pool) for _ in range(3)] == [1] * 3


def test_slow_statement_is_left_alone(pool: ConnectionPool) -> None:
    with driver(pool) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", (LIMITS.silence + 10 * LIMITS.interval,))
        assert cursor.fetchone() == ("",)


def test_statement_that_waits_for_a_lock_is_left_alone(pool: ConnectionPool) -> None:
    with driver(pool) as holder, holder.cursor() as first, driver(pool) as other, other.cursor() as second:
        first.execute("BEGIN; SELECT pg_advisory_xact_lock(1)")
        second.execute("SET lock_timeout = '%ss'", (2,))
        with pytest.raises(psycopg2.errors.LockNotAvailable):
            second.execute("SELECT pg_advisory_xact_lock(1)")
        first.execute("COMMIT")


def test_connection_to_a_standby_leaves_the_pool(pool: ConnectionPool) -> None:
    with driver(pool) as connection, connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction), driver(pool) as connection:
        connection.cursor().execute("UPDATE catalog SET revision = 7")

    with driver(pool) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE catalog SET revision = 7")
    with driver(pool) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT revision FROM catalog")
        assert cursor.fetchone() == (7,)
