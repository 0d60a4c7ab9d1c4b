"""Looking for what is due costs nothing for what is not: each question is a search in an index."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from app.storage.flow_control import lanes, schedules, windows
from app.storage.ids import new_id
from app.storage.queue_progress import QueueProgress
from app.storage.waiting import fan_outs, signals
from app.storage.walk import due

NOWHERE = QueueProgress()
#: What a timekeeper asks every second, each with the column that says when.
QUESTIONS = {
    "steps": (lambda cursor: due.take_due_steps(cursor, NOWHERE, grace=1, batch=500), "next_check_at"),
    "executions": (
        lambda cursor: due.take_due_executions(cursor, NOWHERE, grace=1, batch=500),
        "next_check_at",
    ),
    "signals": (lambda cursor: signals.take_due_signals(cursor, NOWHERE, grace=1, batch=500), "next_check_at"),
    "fan_outs": (lambda cursor: fan_outs.take_closed(cursor, grace=1, batch=500), "next_check_at"),
    "lanes": (lambda cursor: lanes.list_due_lanes(cursor, batch=500), "next_check_at"),
    "windows": (windows.lock_next_window, "closes_at"),
    "workflows": (lambda cursor: schedules.take_due_schedules(cursor, batch=500), "next_at"),
}


class Explaining:
    """A cursor that asks Postgres how it would answer."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.plans: list[str] = []

    def execute(self, statement: Any, values: Any = None) -> None:
        self.cursor.execute(f"EXPLAIN {statement}", values)
        self.plans.append("\n".join(row[0] for row in self.cursor.fetchall()))

    def fetchall(self) -> list[Any]:
        return []

    def fetchone(self) -> None:
        return None


@pytest.mark.parametrize("table", QUESTIONS)
def test_rows_not_due_are_not_read(database_url: str, table: str) -> None:
    ask, column = QUESTIONS[table]
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        explaining = Explaining(cursor)

        ask(explaining)

    assert f"Index Cond: ({column} <= statement_timestamp())" in explaining.plans[0]


def add_step(cursor: Any, status: str, *, claim: int = 0, age: int = 60, execution: str = "RUNNING") -> str:
    """An execution with one step that is due."""
    id = new_id()
    cursor.execute(
        "INSERT INTO executions (id, workflow_id, version, status, payload, open_steps)"
        " VALUES (%(id)s, %(id)s, 1, %(execution)s, '{}', 1);"
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim, next_check_at, created_at)"
        " VALUES (%(id)s, 'a', 1, 1, %(id)s, 'x', %(status)s, %(claim)s, now(), now() - %(age)s * interval '1 second')",
        {"id": id, "execution": execution, "status": status, "claim": claim, "age": age},
    )
    return id


def take(cursor: Any, consumed: float = 4e9, **by_type: float) -> list[str]:
    steps, _ = due.take_due_steps(cursor, QueueProgress(consumed, by_type), grace=5, batch=100)
    return [step.execution_id for step in steps]


def test_steps_of_a_held_execution_are_passed_over(cursor: Any, database_url: str) -> None:
    held, free = add_step(cursor, "RUNNING", claim=1), add_step(cursor, "RUNNING", claim=1)
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as other:
        other.execute("SELECT 1 FROM executions WHERE id = %s FOR UPDATE", (held,))

        assert take(cursor) == [free]
        connection.rollback()  # a connection that is closed keeps its locks for a moment

    assert take(cursor) == [held]


def test_command_waits_for_the_timekeeper(cursor: Any, database_url: str) -> None:
    id = add_step(cursor, "RUNNING", claim=1)
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as other:
        due.take_due_steps(other, QueueProgress(4e9), grace=5, batch=100)

        with pytest.raises(psycopg2.errors.LockNotAvailable):
            cursor.execute("SELECT 1 FROM executions WHERE id = %s FOR UPDATE NOWAIT", (id,))


@pytest.mark.parametrize("status", ["READY", "RUNNING", "WAITING"])
@pytest.mark.parametrize("execution", ["RUNNING", "PAUSED", "CANCELLED"])
def test_open_step_is_always_checked_again(cursor: Any, status: str, execution: str) -> None:
    add_step(cursor, status, claim=1, execution=execution)

    take(cursor)

    cursor.execute("SELECT next_check_at > now() FROM steps")
    assert cursor.fetchone() == (True,)


def test_wake_up_is_lost_when_its_queue_is_past_it(cursor: Any) -> None:
    now = time.time()
    id = add_step(cursor, "READY", age=60)

    assert take(cursor, now - 120) == []
    cursor.execute("UPDATE steps SET next_check_at = now()")
    assert take(cursor, now - 30) == [id]
    cursor.execute("UPDATE steps SET next_check_at = now()")
    assert take(cursor, now - 10) == []  # it was published again just now


def test_each_node_type_is_judged_by_its_own_queue(cursor: Any) -> None:
    id = add_step(cursor, "READY")

    assert take(cursor, 4e9, x=0.0) == []
    cursor.execute("UPDATE steps SET next_check_at = now()")
    assert take(cursor, 0.0, x=4e9) == [id]


def test_lost_countdown_is_published_again_soon_after_its_time(cursor: Any) -> None:
    id = add_step(cursor, "WAITING", age=60)
    cursor.execute("UPDATE steps SET due_at = now() - interval '1 second', resume = 'complete'")

    steps, _ = due.take_due_steps(cursor, QueueProgress(time.time()), grace=5, batch=100, horizon=5)

    assert [step.execution_id for step in steps] == [id]


def test_time_that_comes_near_is_published_with_its_countdown(cursor: Any) -> None:
    add_step(cursor, "WAITING", age=60)
    cursor.execute("UPDATE steps SET due_at = now() + interval '2 seconds', resume = 'complete'")

    ((*_, due_in),), _ = due.take_due_steps(cursor, QueueProgress(), grace=5, batch=100, horizon=5)

    assert 0 < due_in <= 2
    cursor.execute("SELECT next_check_at - due_at FROM steps")
    assert cursor.fetchone()[0].total_seconds() == 1


def losses(cursor: Any, id: str) -> tuple[str, int, int]:
    cursor.execute("SELECT status, losses, lost_together FROM steps WHERE execution_id = %s", (id,))
    return cursor.fetchone()


def end_leases(cursor: Any) -> None:
    # No longer than the server of the tests has run.
    due.take_due_steps(cursor, NOWHERE, grace=5, batch=100, lease=0.5)


def let_run(cursor: Any, id: str, *, process: str, ends_in: float = 0.0) -> None:
    """Have a step run in this process, with a lease that ends in so many seconds."""
    cursor.execute(
        "UPDATE steps SET status = 'RUNNING', claimed_by = %s,"
        " next_check_at = statement_timestamp() + %s * interval '1 second' WHERE execution_id = %s",
        (process, ends_in, id),
    )


def add_running(cursor: Any, count: int) -> list[str]:
    """Steps that run in one process; their leases have ended."""
    process, ids = new_id(), [add_step(cursor, "RUNNING", claim=1) for _ in range(count)]
    for id in ids:
        let_run(cursor, id, process=process)
    return ids


def test_loss_of_a_step_that_ran_alone_counts(cursor: Any) -> None:
    (one,), (other,) = add_running(cursor, 1), add_running(cursor, 1)
    unnamed = add_step(cursor, "RUNNING", claim=1)

    end_leases(cursor)

    assert {losses(cursor, id) for id in (one, other, unnamed)} == {("READY", 1, 1)}


def test_loss_of_steps_that_ran_together_counts_for_none(cursor: Any) -> None:
    ids = add_running(cursor, 3)

    end_leases(cursor)

    assert {losses(cursor, id) for id in ids} == {("READY", 0, 3)}


def test_steps_are_lost_together_although_one_lease_ends_later(cursor: Any) -> None:
    process, first, later = new_id(), add_step(cursor, "RUNNING", claim=1), add_step(cursor, "RUNNING", claim=1)
    let_run(cursor, first, process=process)
    let_run(cursor, later, process=process, ends_in=0.4)

    end_leases(cursor)
    assert losses(cursor, later) == ("RUNNING", 0, 2)
    let_run(cursor, first, process=new_id(), ends_in=60)
    let_run(cursor, later, process=process)
    end_leases(cursor)

    assert losses(cursor, later) == ("READY", 0, 2)


def test_loss_of_a_stopped_worker_raises_no_suspicion(cursor: Any) -> None:
    ids = add_running(cursor, 2)
    cursor.execute("UPDATE steps SET losses = -1")

    end_leases(cursor)

    assert {losses(cursor, id) for id in ids} == {("READY", 0, 0)}
