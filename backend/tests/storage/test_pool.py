"""The pool of a worker lends the connection that came back last, waits for one, and gives up."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from app.scripts.stack.processes import wait_until
from app.settings import Settings
from app.storage.database import PoolTimeout, driver
from app.storage.pool import DriverPool, make_pool
from app.storage.prepared import PreparedStatement
from tests.servers import NOWHERE
from tests.stop_after import stop_everywhere


@pytest.fixture
def pool(settings: Settings) -> Iterator[DriverPool]:
    made = make_pool(settings, size=2, timeout=0.1)
    yield made
    made.dispose()


def session_of(pool: DriverPool) -> int:
    with driver(pool) as connection:
        return connection.info.backend_pid


def test_connection_that_came_back_last_is_lent_first(pool: DriverPool) -> None:
    with driver(pool) as first, driver(pool) as second:
        sessions = [first.info.backend_pid, second.info.backend_pid]

    assert session_of(pool) == sessions[0]
    with driver(pool) as first, driver(pool) as second:
        assert [first.info.backend_pid, second.info.backend_pid] == sessions


def test_pool_gives_up_by_name(pool: DriverPool) -> None:
    with (
        driver(pool),
        driver(pool),
        pytest.raises(PoolTimeout, match=r"All 2 connections of the pool were in use for 0\.1 s\."),
    ):
        session_of(pool)

    assert pool.lent == 0


def test_caller_waits_for_a_connection(settings: Settings) -> None:
    pool = make_pool(settings, size=1, timeout=60)
    found: list[int] = []
    waiting = threading.Thread(target=lambda: found.append(session_of(pool)))

    with driver(pool) as held:
        waiting.start()
        session = held.info.backend_pid
        assert not wait_until(lambda: bool(found), seconds=0.2)
    waiting.join(60)

    assert found == [session]
    pool.dispose()


def test_connection_that_is_refused_keeps_no_place() -> None:
    pool = make_pool(Settings(database_url=f"postgresql:///x?host={NOWHERE}"), size=1)

    for _ in range(3):
        with pytest.raises(psycopg2.OperationalError), driver(pool):
            pass

    assert pool.lent == 0


def test_connection_that_is_lent_is_closed_after_dispose(pool: DriverPool) -> None:
    with driver(pool) as lent:
        session = lent.info.backend_pid
        pool.dispose()
        lent.cursor().execute("SELECT 1")

    assert lent.closed
    assert session_of(pool) != session


def test_threads_share_few_connections(settings: Settings) -> None:
    pool = make_pool(settings, size=3)
    sessions: list[int] = []
    threads = [threading.Thread(target=lambda: sessions.extend(session_of(pool) for _ in range(50))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(sessions) == 400
    assert len(set(sessions)) <= 3
    assert pool.lent == 0
    pool.dispose()


@pytest.mark.parametrize("is_open", [False, True], ids=["new", "free"])
def test_thread_that_is_stopped_leaves_no_connection_lent(pool: DriverPool, is_open: bool) -> None:
    def check() -> None:
        assert pool.lent == 1
        if is_open:
            session_of(pool)
        else:
            pool.dispose()

    with driver(pool):  # The thread of the watch goes on.
        assert stop_everywhere(lambda: session_of(pool), check) > 30


def test_thread_that_is_stopped_leaves_no_transaction_open(settings: Settings) -> None:
    pool = make_pool(settings, size=1)

    def leave_open() -> None:
        with driver(pool) as connection:
            connection.cursor().execute("BEGIN")

    def check() -> None:
        with driver(pool) as connection:
            assert connection.info.transaction_status == TRANSACTION_STATUS_IDLE

    check()
    stop_everywhere(leave_open, check)
    pool.dispose()


def test_thread_that_is_stopped_prepares_no_statement_by_half(settings: Settings) -> None:
    pool, double = make_pool(settings, size=1), PreparedStatement("double", {"n": "int"}, "SELECT 2 * %(n)s")

    def ask() -> None:
        with driver(pool) as connection, connection.cursor() as cursor:
            double.execute(cursor, {"n": 1})

    def check() -> None:
        ask()
        pool.dispose()

    stop_everywhere(ask, check)


def test_connection_is_kept_where_a_second_one_cannot_be_had(pool: DriverPool) -> None:
    sessions: list[int] = []

    def ask() -> None:
        with driver(pool) as connection:
            sessions.append(connection.info.backend_pid)
            ask()

    with pytest.raises(PoolTimeout):
        ask()

    with driver(pool) as first, driver(pool) as second:
        assert sorted([first.info.backend_pid, second.info.backend_pid]) == sorted(sessions)
