"""The last result of an execution is recorded with its end in one statement, where nothing else has to be known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine

from app.storage.database import driver
from app.storage.ids import new_id
from app.storage.rows import StepRow
from app.storage.walk.end_one import End, end_one
from app.storage.walk.records import NOTIFICATION, Record
from tests.storage.walk.test_exchange import CLAIM, held, steps


def end_of(id: str, *, claim: int = CLAIM, output: str = '{"n": 1.0}') -> End:
    """``a`` is completed, and nothing follows."""
    done = StepRow("a", 1, 1, new_id(), "x", "COMPLETED", claim=claim, output=output, is_last=True, stored=True)
    return End(id, 1, done, output)


def state(cursor: Any, id: str) -> tuple[Any, ...]:
    cursor.execute("SELECT status, open_steps, output::text, finished_at IS NULL FROM executions WHERE id = %s", (id,))
    found: tuple[Any, ...] = cursor.fetchone()
    return found


def test_step_and_execution_end_together(cursor: Any) -> None:
    id = held(cursor)

    assert end_one(cursor, end_of(id))

    assert steps(cursor, id) == [("a", "COMPLETED")]
    assert state(cursor, id) == ("COMPLETED", 0, '{"n": 1.0}', False)


def test_notification_is_written_with_the_end(cursor: Any) -> None:
    free, paused = held(cursor), held(cursor, "PAUSED")

    for id in (free, paused):
        end = end_of(id)
        end_one(cursor, end._replace(notes=[(end.settled, Record(NOTIFICATION, {"notified": ["a"], "message": "b"}))]))

    cursor.execute("SELECT execution_id, node_id, notified, message FROM notifications")
    assert cursor.fetchall() == [(free, "a", ["a"], "b")]


@pytest.mark.parametrize(
    "change",
    [
        "status = 'PAUSED'",
        "status = 'CANCELLED'",
        "closing = 'FAILED'",
        "queued = true",
        "open_steps = 2",
        "version = 2",
        "lane = 'x'",
        "fan_out_id = gen_random_uuid()",
    ],
)
def test_other_execution_needs_the_lock(cursor: Any, change: str) -> None:
    id = held(cursor)
    cursor.execute(f"UPDATE executions SET {change} WHERE id = %s", (id,))
    before = state(cursor, id)

    assert not end_one(cursor, end_of(id))

    assert (steps(cursor, id), state(cursor, id)) == ([("a", "RUNNING")], before)


def test_lost_claim_changes_nothing(cursor: Any) -> None:
    id = held(cursor)

    assert not end_one(cursor, end_of(id, claim=CLAIM - 1))
    assert end_one(cursor, end_of(id))
    assert not end_one(cursor, end_of(id))


def test_output_of_another_path_needs_the_lock(cursor: Any) -> None:
    id = held(cursor)
    cursor.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, is_last, output)"
        " VALUES (%s, 'b', 1, 1, gen_random_uuid(), 'x', 'COMPLETED', true, '1')",
        (id,),
    )

    assert not end_one(cursor, end_of(id))

    assert state(cursor, id)[0] == "RUNNING"


def test_execution_that_another_process_holds_is_passed_over(cursor: Any, engine: Engine) -> None:
    id = held(cursor)

    with driver(engine) as connection, connection.cursor() as other:
        other.execute("BEGIN; SELECT 1 FROM executions WHERE id = %s FOR UPDATE", (id,))
        assert not end_one(cursor, end_of(id))
        other.execute("ROLLBACK")

    assert end_one(cursor, end_of(id))


def test_claim_that_is_lost_meanwhile_changes_nothing(cursor: Any, engine: Engine) -> None:
    id = held(cursor)

    def end() -> bool:
        with driver(engine) as connection, connection.cursor() as own:
            return end_one(own, end_of(id))

    with driver(engine) as connection, connection.cursor() as other, ThreadPoolExecutor(1) as threads:
        other.execute("BEGIN; UPDATE steps SET claim = claim + 1 WHERE execution_id = %s", (id,))
        ended = threads.submit(end)
        waiting = 0
        while not waiting:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            (waiting,) = cursor.fetchone()
        other.execute("COMMIT")
        assert not ended.result(60)

    assert (steps(cursor, id), state(cursor, id)[0]) == ([("a", "RUNNING")], "RUNNING")


def test_lookups_use_keys_in_tables_planned_as_empty(cursor: Any) -> None:
    end_one(cursor, end_of(held(cursor)))
    ids = [held(cursor) for _ in range(20)]
    cursor.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status)"
        " SELECT gen_random_uuid(), 'a', 1, 1, gen_random_uuid(), 'x', 'COMPLETED' FROM generate_series(1, 5000);"
        "SELECT pg_stat_force_next_flush(); SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'steps'"
    )
    (before,) = cursor.fetchone()

    assert all(end_one(cursor, end_of(id)) for id in ids)

    cursor.execute(
        "SELECT pg_stat_force_next_flush(); SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'steps'"
    )
    assert cursor.fetchone()[0] - before < 1000
