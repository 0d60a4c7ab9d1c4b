"""Writes of one execution, and of several in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from time import monotonic
from typing import Any

import psycopg2
import pytest

from app.storage.ids import new_id
from app.storage.rows import StepRow
from app.storage.walk.lock_many import Wanted, lock_many
from app.storage.walk.records import NOTIFICATION, Record
from app.storage.walk.writes import Writes, commit_many
from tests.storage.walk.test_exchange import held, steps


@pytest.mark.parametrize("stored", [True, False])
def test_given_moment_is_kept_and_checked_before_it(cursor: Any, stored: bool) -> None:
    id = held(cursor)
    moment = datetime.now(timezone.utc) + timedelta(hours=1)
    row = StepRow("a" if stored else "w", 1, 1, new_id(), "x", "WAITING", due_at=moment, check_in=-2.5, stored=stored)
    cursor.execute("BEGIN")
    changes = Writes(cursor, id)

    changes.steps([row])
    changes.commit()

    cursor.execute("SELECT due_at, due_at - next_check_at FROM steps WHERE node_id = %s", (row.node_id,))
    assert cursor.fetchone() == (moment, timedelta(seconds=2.5))


@pytest.mark.parametrize("stored", [True, False])
def test_seconds_are_counted_from_when_the_step_began_to_wait(cursor: Any, stored: bool) -> None:
    id = held(cursor)
    row = StepRow("a" if stored else "w", 1, 1, new_id(), "x", "WAITING", due_in=3600, check_in=3601, stored=stored)
    row.due_since = monotonic() - 600
    cursor.execute("BEGIN")
    changes = Writes(cursor, id)

    changes.steps([row])
    changes.commit()

    cursor.execute("SELECT due_at - clock_timestamp() FROM steps WHERE node_id = %s", (row.node_id,))
    (left,) = cursor.fetchone()
    assert timedelta(seconds=2900) < left <= timedelta(seconds=3000)


def write(cursor: Any, id: str, output: str = "1") -> Writes:
    """``a`` is completed and ``b`` begun."""
    writes = Writes(cursor, id)
    writes.steps(
        [
            StepRow("a", 1, 1, new_id(), "x", "COMPLETED", claim=2, output=output, stored=True),
            StepRow("b", 1, 1, new_id(), "x", "READY", check_in=5),
        ]
    )
    writes.execution({"open_steps": 2})
    return writes


def test_writes_of_several_executions_share_a_commit(cursor: Any) -> None:
    ids = [held(cursor) for _ in range(3)]
    lock_many(cursor, {id: Wanted() for id in ids})

    commit_many(cursor, [write(cursor, id) for id in ids])

    cursor.execute("ROLLBACK")
    assert [steps(cursor, id) for id in ids] == [[("a", "COMPLETED"), ("b", "READY")]] * 3


def test_refused_write_of_one_execution_leaves_all_unwritten(cursor: Any) -> None:
    ids = [held(cursor) for _ in range(2)]
    lock_many(cursor, {id: Wanted() for id in ids})

    with pytest.raises(psycopg2.DataError):
        commit_many(cursor, [write(cursor, ids[0]), write(cursor, ids[1], output="{")])

    cursor.execute("ROLLBACK")
    assert [steps(cursor, id) for id in ids] == [[("a", "RUNNING")]] * 2


def columns_of(cursor: Any, id: str, *names: str) -> tuple[Any, ...]:
    cursor.execute(f"SELECT {', '.join(names)} FROM executions WHERE id = %s", (id,))
    found: tuple[Any, ...] = cursor.fetchone()
    return found


def test_columns_that_are_not_named_stay(cursor: Any) -> None:
    ids = [held(cursor, closing="FAILED") for _ in range(3)]
    cursor.execute("UPDATE executions SET queued = true, output = '7', next_check_at = now(), loop_visits = '{}'")
    lock_many(cursor, {id: Wanted() for id in ids})
    writes = [Writes(cursor, id) for id in ids]
    writes[0].execution({"open_steps": 0})
    writes[1].execution({"error": '{"type": "x"}'})
    writes[2].execution({"loop_visits": '{"h": 2}'})

    commit_many(cursor, writes)

    names = ("status", "closing", "queued", "output", "version", "started_at", "finished_at", "next_check_at IS NULL")
    for id in ids:
        assert columns_of(cursor, id, *names) == ("RUNNING", "FAILED", True, 7, 1, None, None, False)
    assert [columns_of(cursor, id, "open_steps", "loop_visits", "error") for id in ids] == [
        (0, {}, None),
        (1, {}, {"type": "x"}),
        (1, {"h": 2}, None),
    ]


def test_status_is_set_with_what_belongs_to_it(cursor: Any) -> None:
    begun, closing, ended = (held(cursor, closing=each) for each in (None, None, "FAILED"))
    cursor.execute("UPDATE executions SET next_check_at = now(), queued = true, open_steps = 5")
    lock_many(cursor, {id: Wanted() for id in (begun, closing, ended)})
    writes = [Writes(cursor, id) for id in (begun, closing, ended)]
    writes[0].execution({"status": "RUNNING", "started_at": True, "next_check_at": None})
    writes[1].execution({"status": "RUNNING", "closing": "CANCELLED", "open_steps": 0})
    writes[2].execution({"status": "FAILED", "closing": None, "finished_at": True, "queued": False, "output": "null"})

    commit_many(cursor, writes)

    names = ("status", "closing", "queued", "open_steps", "next_check_at IS NULL", "started_at IS NULL")
    assert [columns_of(cursor, id, *names, "finished_at IS NULL") for id in (begun, closing, ended)] == [
        ("RUNNING", None, True, 5, True, False, True),
        ("RUNNING", "CANCELLED", True, 0, False, True, True),
        ("FAILED", None, False, 5, False, True, False),
    ]


def test_notifications_of_many_steps_are_one_statement(cursor: Any) -> None:
    ids = [held(cursor) for _ in range(2)]
    lock_many(cursor, {id: Wanted() for id in ids})
    writes = [Writes(cursor, id) for id in ids]
    for each in writes:
        for node in ("a", "b"):
            note = Record(NOTIFICATION, {"notified": None, "message": ["x", 1]})
            each.records([(StepRow(node, 1, 1, new_id(), "x", "COMPLETED"), note)])

    commit_many(cursor, writes)

    cursor.execute("SELECT execution_id, node_id, notified, message FROM notifications ORDER BY id")
    assert cursor.fetchall() == [(id, node, None, ["x", 1]) for id in ids for node in ("a", "b")]
