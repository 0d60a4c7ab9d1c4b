"""A client that polls for changes sees every one, in whatever order transactions commit, and the polling ends."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine

from app.errors import NotFound
from app.storage.changes import WRITTEN, Changes, fetch_changes
from app.storage.database import Cursor, driver
from app.storage.ids import new_id
from app.storage.rows import StepRow
from app.storage.walk.exchange import exchange_many
from app.storage.walk.lock import lock_execution
from app.storage.walk.writes import Writes
from tests.storage.walk.test_exchange import element, held


class Poller:
    """A client: what it knows of an execution after each response."""

    def __init__(self, execution_id: str, limit: int = 1000) -> None:
        self.execution_id = execution_id
        self.limit = limit
        self.since = 0
        self.status = ""
        self.steps: dict[str, str] = {}

    def poll(self, cursor: Cursor) -> Changes:
        found = fetch_changes(cursor, self.execution_id, since=self.since, limit=self.limit)
        assert found.seq >= self.since
        self.since, self.status = found.seq, found.status
        self.steps.update((step.id, step.status) for step in found.steps)
        return found

    def poll_all(self, cursor: Cursor) -> None:
        while self.poll(cursor).more:
            pass


@contextmanager
def other(engine: Engine) -> Iterator[Cursor]:
    """A cursor of another process."""
    with driver(engine) as connection, connection.cursor() as cursor:
        yield cursor


def stored(cursor: Cursor, id: str) -> dict[str, str]:
    cursor.execute("SELECT id, status FROM steps WHERE execution_id = %s", (id,))
    return dict(cursor.fetchall())


def add_step(cursor: Cursor, id: str, node: str, status: str = "READY") -> None:
    writes = Writes(cursor, id)
    writes.steps([StepRow(node, 1, 1, new_id(), "x", status)])
    writes.flush()


def test_first_response_has_every_step_and_the_next_one_none(cursor: Any) -> None:
    id = held(cursor, nodes="abc")
    poller = Poller(id)

    poller.poll(cursor)

    assert poller.steps == stored(cursor, id)
    assert not poller.poll(cursor).has_changed


def test_only_steps_written_since_are_returned(cursor: Any) -> None:
    id = held(cursor, nodes="ab")
    poller = Poller(id)
    poller.poll(cursor)

    exchange_many(cursor, [element(id)])

    assert {(step.node_id, step.status) for step in poller.poll(cursor).steps} == {
        ("a", "COMPLETED"),
        ("a2", "RUNNING"),
    }


def test_change_of_the_execution_alone_is_one(cursor: Any) -> None:
    id = held(cursor)
    poller = Poller(id)
    poller.poll(cursor)

    cursor.execute("UPDATE executions SET status = 'PAUSED' WHERE id = %s", (id,))

    assert poller.poll(cursor).has_changed
    assert poller.status == "PAUSED"


def test_transaction_that_commits_late_is_not_missed(cursor: Any, engine: Engine) -> None:
    id = held(cursor)
    poller = Poller(id)
    with other(engine) as slow, other(engine) as fast:
        slow.execute("BEGIN")
        add_step(slow, id, "early")
        add_step(fast, id, "late")
        poller.poll(cursor)
        slow.execute("COMMIT")

    poller.poll(cursor)

    assert poller.steps == stored(cursor, id)
    assert not poller.poll(cursor).has_changed


def test_pages_end_while_a_transaction_stays_open(cursor: Any, engine: Engine) -> None:
    id = held(cursor)
    for number in range(5):
        add_step(cursor, id, f"before{number}")
    with other(engine) as stranger:
        stranger.execute("BEGIN; SELECT pg_current_xact_id()")
        for number in range(5):
            add_step(cursor, id, f"after{number}")
        poller = Poller(id, limit=2)

        pages = [poller.poll(cursor).more for _ in range(4)]

        assert poller.steps == stored(cursor, id)
        assert pages[:2] == [True, True]
        assert pages[-1] is False


def test_steps_of_one_transaction_are_one_page(cursor: Any) -> None:
    id = held(cursor)
    writes = Writes(cursor, id)
    writes.steps([StepRow(f"n{number}", 1, 1, new_id(), "x", "COMPLETED") for number in range(20)])
    writes.flush()
    poller = Poller(id, limit=3)
    pages = [len(poller.poll(cursor).steps) for _ in range(3)]

    assert pages == [21, 0, 0] or pages == [1, 20, 0]


def test_number_of_another_database_returns_everything(cursor: Any) -> None:
    id = held(cursor)
    poller = Poller(id)
    poller.since = 2**62

    found = fetch_changes(cursor, id, since=2**62, limit=10)

    assert len(found.steps) == 1
    assert found.seq < 2**62


def test_unknown_execution_is_not_found(cursor: Any) -> None:
    for id in (new_id(), "x"):
        with pytest.raises(NotFound):
            fetch_changes(cursor, id, since=0, limit=1)


@pytest.mark.parametrize("full", [2**32 - 5, 2**32 + 5, 3 * 2**32 + 7, 700])
@pytest.mark.parametrize("later", [1, 100, 2**31])
def test_number_of_a_transaction_is_restored_from_its_last_bits(cursor: Any, full: int, later: int) -> None:
    expression = WRITTEN.format(f"'{full % 2**32}'::xid")

    cursor.execute(f"SELECT {expression} FROM (SELECT {full + later}::bigint AS ceiling) now")

    assert cursor.fetchone() == (full,)


def test_poller_beside_writers_sees_the_final_state(cursor: Any, engine: Engine) -> None:
    id, chance = held(cursor, nodes="abcdefgh"), random.Random(3)
    stop, poller = threading.Event(), Poller(id, limit=3)

    def poll() -> None:
        with other(engine) as own:
            while not stop.is_set():
                poller.poll(own)

    def settle(nodes: str) -> None:
        """Straight paths, each result in a statement of its own."""
        with other(engine) as own:
            for node in nodes:
                assert exchange_many(own, [element(id, node)]) == [True]

    def fork(number: int) -> None:
        """Transactions of the lock, some of which are rolled back, beside others that hold a number of their own."""
        with other(engine) as own:
            for turn in range(12):
                lock_execution(own, id)
                add_step(own, id, f"fork{number}.{turn}")
                own.execute("ROLLBACK" if chance.random() < 0.2 else "COMMIT")

    def hold(turns: int) -> None:
        """Transactions that write one step early and commit late."""
        with other(engine) as own:
            for turn in range(turns):
                own.execute("BEGIN")
                add_step(own, id, f"hold{turn}")
                own.execute("SELECT pg_sleep(%s)", (chance.random() / 50,))
                own.execute("COMMIT")

    polling = threading.Thread(target=poll)
    writers = [threading.Thread(target=settle, args=(nodes,)) for nodes in ("abcd", "efgh")]
    writers += [threading.Thread(target=fork, args=(number,)) for number in range(2)]
    writers.append(threading.Thread(target=hold, args=(8,)))
    for thread in (polling, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    cursor.execute("UPDATE executions SET status = 'COMPLETED' WHERE id = %s", (id,))
    stop.set()
    polling.join(60)

    poller.poll_all(cursor)

    assert poller.steps == stored(cursor, id)
    assert poller.status == "COMPLETED"
    assert not poller.poll(cursor).has_changed
