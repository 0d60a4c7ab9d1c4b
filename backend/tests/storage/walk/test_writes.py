"""Writes of one execution, and of several in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg2
import pytest

from app.storage.ids import new_id
from app.storage.rows import StepRow
from app.storage.walk.lock_many import Wanted, lock_many
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
