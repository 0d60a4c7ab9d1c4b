"""A result is exchanged for the next claim only by who holds the claim, while the execution simply runs."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from app.storage.ids import new_id
from app.storage.rows import StepRow
from app.storage.walk import writes
from app.storage.walk.writes import exchange_steps

CLAIM = 2


def held(cursor: Any, status: str = "RUNNING", closing: str | None = None) -> str:
    """An execution whose step ``a`` runs under the second claim."""
    id = new_id()
    cursor.execute(
        "INSERT INTO executions (id, workflow_id, version, status, closing, payload, open_steps)"
        " VALUES (%s, %s, 1, %s, %s, '{}', 1)",
        (id, new_id(), status, closing),
    )
    cursor.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim)"
        " VALUES (%s, 'a', 1, 1, %s, 'x', 'RUNNING', %s)",
        (id, new_id(), CLAIM),
    )
    return id


def give(cursor: Any, id: str, *, claim: int) -> bool:
    done = StepRow("a", 1, 1, new_id(), "x", "COMPLETED", claim=claim, output="1", stored=True)
    following = StepRow("b", 1, 1, new_id(), "x", "RUNNING", claim=1, check_in=9)
    return exchange_steps(cursor, id, done, [following], [])


def steps(cursor: Any, id: str) -> list[tuple[str, str]]:
    cursor.execute("SELECT node_id, status FROM steps WHERE execution_id = %s ORDER BY node_id", (id,))
    return list(cursor.fetchall())


def test_claim_holder_continues(cursor: Any) -> None:
    id = held(cursor)

    assert give(cursor, id, claim=CLAIM)

    assert steps(cursor, id) == [("a", "COMPLETED"), ("b", "RUNNING")]


def test_result_of_a_worker_declared_dead_is_ignored(cursor: Any) -> None:
    id = held(cursor)

    assert not give(cursor, id, claim=CLAIM - 1)

    assert steps(cursor, id) == [("a", "RUNNING")]


def test_second_result_is_ignored(cursor: Any) -> None:
    id = held(cursor)
    give(cursor, id, claim=CLAIM)

    assert not give(cursor, id, claim=CLAIM)

    assert steps(cursor, id) == [("a", "COMPLETED"), ("b", "RUNNING")]


@pytest.mark.parametrize(
    ("status", "closing"), [("PAUSED", None), ("CANCELLED", None), ("FAILED", None), ("RUNNING", "FAILED")]
)
def test_execution_that_does_not_simply_run_needs_the_lock(cursor: Any, status: str, closing: str | None) -> None:
    id = held(cursor, status, closing)

    assert not give(cursor, id, claim=CLAIM)

    assert steps(cursor, id) == [("a", "RUNNING")]


@pytest.mark.parametrize("off", [-30.0, 30.0])
def test_times_are_dated_by_postgres(cursor: Any, monkeypatch: pytest.MonkeyPatch, off: float) -> None:
    class Skewed(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(seconds=off)

    monkeypatch.setattr(writes, "datetime", Skewed)
    id = held(cursor)
    done = StepRow("a", 1, 1, new_id(), "x", "COMPLETED", claim=CLAIM, output="1", stored=True)
    done.started_at = done.finished_at = Skewed.now(timezone.utc)
    following = StepRow("b", 1, 1, new_id(), "x", "RUNNING", claim=1, check_in=9, started_at=Skewed.now(timezone.utc))

    assert exchange_steps(cursor, id, done, [following], [])

    cursor.execute(
        "SELECT greatest(max(started_at), max(finished_at)) - clock_timestamp(),"
        " clock_timestamp() - least(min(started_at), min(finished_at)) FROM steps WHERE execution_id = %s",
        (id,),
    )
    ahead, behind = cursor.fetchone()
    assert ahead <= timedelta(0)
    assert behind < timedelta(seconds=20)


def test_step_keeps_the_time_of_its_first_start(cursor: Any) -> None:
    id = held(cursor)
    cursor.execute("UPDATE steps SET started_at = '2020-01-01' WHERE execution_id = %s", (id,))
    done = StepRow("a", 1, 1, new_id(), "x", "COMPLETED", claim=CLAIM, output="1", stored=True)
    done.started_at = datetime.now(timezone.utc)

    exchange_steps(cursor, id, done, [StepRow("b", 1, 1, new_id(), "x", "RUNNING", claim=1, check_in=9)], [])

    cursor.execute("SELECT started_at FROM steps WHERE execution_id = %s AND node_id = 'a'", (id,))
    assert cursor.fetchone()[0].year == 2020


@pytest.mark.parametrize("stored", [True, False])
def test_given_moment_is_kept_and_checked_before_it(cursor: Any, stored: bool) -> None:
    id = held(cursor)
    moment = datetime.now(timezone.utc) + timedelta(hours=1)
    row = StepRow("a" if stored else "w", 1, 1, new_id(), "x", "WAITING", due_at=moment, check_in=-2.5, stored=stored)
    cursor.execute("BEGIN")
    changes = writes.Writes(cursor, id)

    changes.steps([row])
    changes.commit()

    cursor.execute("SELECT due_at, due_at - next_check_at FROM steps WHERE node_id = %s", (row.node_id,))
    assert cursor.fetchone() == (moment, timedelta(seconds=2.5))
