"""Connections come back clean, and a restart of Postgres is met by nobody twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg2
import pytest
from sqlalchemy import Engine, event, text

from app.errors import InvalidInput
from app.settings import Settings
from app.storage.availability import is_unreachable
from app.storage.connecting import connection_parameters
from app.storage.database import ConnectionPool, driver, pool_size_for
from app.storage.engine import make_engine
from app.storage.ids import new_id
from app.storage.orm import make_sessions
from app.storage.pool import make_pool
from app.storage.prepared import PreparedStatement
from tests.servers import Servers


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings, pool_size=1)
    yield engine
    engine.dispose()


@pytest.fixture(
    params=[lambda settings: make_engine(settings, pool_size=1), lambda settings: make_pool(settings, size=1)]
)
def pool(request: pytest.FixtureRequest, settings: Settings) -> Iterator[ConnectionPool]:
    """A pool of one connection: of a process with sessions of the ORM, or of one without."""
    made = request.param(settings)
    yield made
    made.dispose()


def test_each_statement_is_a_transaction_of_its_own(engine: Engine) -> None:
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE catalog SET revision = 7")

    with make_sessions(engine)() as session:
        assert session.scalar(text("SELECT revision FROM catalog")) == 7


def test_open_transaction_is_rolled_back_on_error(pool: ConnectionPool) -> None:
    with suppress(ZeroDivisionError), driver(pool) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN; UPDATE catalog SET revision = 7")
        raise ZeroDivisionError

    with driver(pool) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT revision FROM catalog")
        assert cursor.fetchone() == (1,)


def test_connection_works_after_a_failed_statement(engine: Engine) -> None:
    with pytest.raises(psycopg2.DataError), driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN; SELECT 1 / 0")

    with make_sessions(engine)() as session:
        assert session.scalar(text("SELECT 1")) == 1


def test_driver_gives_ids_as_text_and_json_as_values(pool: ConnectionPool) -> None:
    id = new_id()

    with driver(pool) as connection, connection.cursor() as cursor:
        cursor.execute("""SELECT %s::uuid, ARRAY[%s::uuid], '{"a": 1.0, "b": 123456789012345678901}'::json""", (id, id))
        assert cursor.fetchone() == (id, [id], {"a": 1.0, "b": 123456789012345678901})


def test_statement_is_prepared_on_each_connection(pool: ConnectionPool) -> None:
    double = PreparedStatement("double", {"n": "int", "names": "text[]"}, "SELECT 2 * %(n)s, cardinality(%(names)s)")
    answers = []

    for n in (1, 2):
        for _ in range(2):
            with driver(pool) as connection, connection.cursor() as cursor:
                double.execute(cursor, {"n": n, "names": []})
                answers.append(cursor.fetchone())
        pool.dispose()

    assert answers == [(2, 0), (2, 0), (4, 0), (4, 0)]


def test_parameters_may_be_constants_of_a_statement(pool: ConnectionPool) -> None:
    both = PreparedStatement("both", {"n": "int", "note": "text"}, "SELECT %(n)s, coalesce(%(note)s, 'none')")
    values = {"n": 3, "note": None}

    with driver(pool) as connection, connection.cursor() as cursor:
        both.with_constants("both_constant", {"note": None}).execute(cursor, values)
        assert cursor.fetchone() == (3, "none")

    for refused, error in (("50%", AssertionError), ("é", UnicodeDecodeError), ("中", UnicodeEncodeError)):
        with pytest.raises(error):
            both.with_constants("both_refused", {"note": refused})


def test_first_query_after_postgres_restart_succeeds(engine: Engine, settings: Settings, servers: Servers) -> None:
    sessions, pool = make_sessions(engine), make_pool(settings)
    with sessions() as session:
        session.execute(text("SELECT 1"))

    for _ in range(2):
        servers.postgres.stop()
        servers.postgres.start()
        with sessions() as session:
            assert session.scalar(text("SELECT 1")) == 1
        for each in (engine, pool):
            with driver(each) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1")
    pool.dispose()


def test_broken_connection_is_discarded(pool: ConnectionPool) -> None:
    with pytest.raises(psycopg2.OperationalError), driver(pool) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with driver(pool) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(("threads", "size"), [(1, 20), (12, 20), (13, 21), (100, 108)])
def test_pool_grows_with_the_threads(threads: int, size: int) -> None:
    assert pool_size_for(Settings(), threads=threads) == size


def test_pool_that_is_too_small_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as refused:
        pool_size_for(Settings(database_pool_size=20), threads=32)
    assert str(refused.value) == "DATABASE_POOL_SIZE is 20; a worker with 32 threads needs 40."


def test_url_wins_over_our_connection_parameters() -> None:
    url = "postgresql+psycopg2://ann@[::1],other:5433/x?keepalives_idle=60&target_session_attrs=any"

    parameters = connection_parameters(Settings(database_url=url))

    places = {name: parameters[name] for name in ("host", "port", "dbname", "user")}
    assert places == {"host": "::1,other", "port": ",5433", "dbname": "x", "user": "ann"}
    assert (parameters["keepalives_idle"], parameters["target_session_attrs"]) == ("60", "any")
    assert parameters["tcp_user_timeout"] == 15_000


def test_nothing_is_prepared_behind_a_pooler(settings: Settings) -> None:
    pool = make_pool(settings.model_copy(update={"database_pooler": "transaction"}))
    double = PreparedStatement("double", {"n": "int", "names": "text[]"}, "SELECT 2 * %(n)s, cardinality(%(names)s)")

    with driver(pool) as connection, connection.cursor() as cursor:
        double.execute(cursor, {"n": 2, "names": []})
        found = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        prepared = cursor.fetchone()
    pool.dispose()

    assert (found, prepared) == ((4, 0), (0,))


def test_server_that_ends_each_new_connection_is_not_available(engine: Engine, settings: Settings) -> None:
    admin = make_pool(settings, size=1)

    @event.listens_for(engine, "connect")
    def end_session(raw: Any, record: object) -> None:
        with driver(admin) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", (raw.info.backend_pid,))

    with pytest.raises(psycopg2.OperationalError) as refused, driver(engine):
        pass

    assert is_unreachable(refused.value)
    admin.dispose()
