"""An execution that begins is held and written as by the statements for all cases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from app.storage.clock import clock
from app.storage.database import driver
from app.storage.ids import new_id
from app.storage.rows import StepRow
from app.storage.walk.begin_one import hold_pending, text_of_beginning
from app.storage.walk.lock import lock_execution
from app.storage.walk.lock_many import Wanted, lock_many
from app.storage.walk.records import NOTIFICATION, Record
from app.storage.walk.writes import Writes

COLUMNS = {"status": "RUNNING", "started_at": True, "next_check_at": None, "open_steps": 1}
OUTPUT = '{"b" : 1.0,  "a":"it\'s 100 %s \\\\ \\u00e9"}'


def pending(cursor: Any, change: str = "") -> str:
    """An execution of an event, which nobody has begun."""
    id, event = new_id(), new_id()
    cursor.execute(
        "INSERT INTO executions (id, workflow_id, version, status, payload) VALUES (%s, %s, 1, 'PENDING', '{}')",
        (id, new_id()),
    )
    cursor.execute(
        "INSERT INTO events (id, type, payload, answer) VALUES (%s, '\"t\"', '{\"n\": 1.10}', '{}')", (event,)
    )
    cursor.execute(
        "UPDATE executions SET event_id = %s, payload = '{\"n\": 1.10}', next_check_at = now()"
        f"{change and ', ' + change} WHERE id = %s",
        (event, id),
    )
    return id


def rows() -> list[StepRow]:
    """A step that is completed, and one that is claimed."""
    times = {"started_at": clock.now(), "finished_at": clock.now()}
    first = StepRow("start", 1, 1, new_id(), "start", "COMPLETED", output=OUTPUT, **times)
    claimed = {"claim": 1, "claimed_by": new_id(), "check_in": 60.0, "started_at": clock.now()}
    return [first, StepRow("a", 1, 1, new_id(), "x", "RUNNING", **claimed)]


@pytest.mark.parametrize(
    "change", ["", "lane = 'l'", "woken_at = now()", 'inline_path = \'["a", "b"]\'', 'given_input = \'{"node": "a"}\'']
)
def test_reads_what_the_lock_of_several_reads(cursor: Any, change: str) -> None:
    id = pending(cursor, change)

    alone = hold_pending(cursor, id)
    cursor.execute("ROLLBACK")

    assert {id: alone} == lock_many(cursor, {id: Wanted(first=True)})
    cursor.execute("ROLLBACK")


@pytest.mark.parametrize(
    "change", ["status = 'RUNNING'", "status = 'CANCELLED'", "closing = 'FAILED'", "queued = true"]
)
def test_leaves_others_alone(cursor: Any, change: str) -> None:
    id = pending(cursor, change)

    assert hold_pending(cursor, id) is None
    assert hold_pending(cursor, new_id()) is None
    cursor.execute("ROLLBACK")


def test_holds_the_execution(cursor: Any, engine: Engine) -> None:
    id = pending(cursor)

    with driver(engine) as connection, connection.cursor() as other, ThreadPoolExecutor(1) as threads:
        assert hold_pending(cursor, id)
        assert hold_pending(other, id) is None
        other.execute("ROLLBACK")
        waiting = threads.submit(lock_execution, other, id, first=True)
        cursor.execute("UPDATE executions SET status = 'RUNNING' WHERE id = %s; COMMIT", (id,))
        locked = waiting.result(30)
        other.execute("ROLLBACK")

    assert locked is not None
    assert locked.status == "RUNNING"


def test_writes_what_the_general_statements_write(cursor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given, written = rows(), []

    for general in (True, False):
        if general:
            monkeypatch.setattr(Writes, "text_of_beginning", lambda writes: None)
        else:
            monkeypatch.undo()
        id = pending(cursor)
        cursor.execute("BEGIN")
        writes = Writes(cursor, id)
        writes.steps([replace(row, id=new_id()) for row in given])
        writes.execution(COLUMNS)
        assert (writes.text_of_beginning() is None) == general
        writes.commit()
        written.append((described(cursor, "steps", id), described(cursor, "executions", id), outputs(cursor, id)))

    assert written[0] == written[1]
    assert len(written[0][0]) == 2
    assert written[0][2] == [OUTPUT, None]


def test_times_keep_their_order(cursor: Any) -> None:
    id = pending(cursor)
    cursor.execute("BEGIN")
    writes = Writes(cursor, id)
    writes.steps(rows())
    writes.execution(COLUMNS)
    writes.commit()

    cursor.execute(
        "SELECT e.started_at, a.started_at, a.finished_at, b.started_at, b.next_check_at - interval '1 min'"
        " FROM executions e JOIN steps a ON a.execution_id = e.id JOIN steps b ON b.execution_id = e.id"
        " WHERE e.id = %s AND a.node_id = 'start' AND b.node_id = 'a' AND a.seq < b.seq",
        (id,),
    )
    _, *times = cursor.fetchone()
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (0, {"status": "SKIPPED"}),
        (0, {"branch": "#yes"}),
        (0, {"is_last": True}),
        (0, {"started_at": None}),
        (0, {"scope": "1"}),
        (1, {"status": "READY"}),
        (1, {"claim": 2}),
        (1, {"attempt": 2}),
        (1, {"stored": True}),
        (1, {"due_in": 2.0}),
    ],
)
def test_other_rows_are_left_to_the_general_statements(cursor: Any, number: int, change: dict[str, Any]) -> None:
    given = rows()
    given[number] = replace(given[number], **change)

    assert text_of_beginning(cursor, new_id(), given, COLUMNS) is None


def test_more_is_left_to_the_general_statements(cursor: Any) -> None:
    id, given = new_id(), rows()
    noted = Writes(cursor, id)
    noted.steps(given)
    noted.execution(COLUMNS)
    noted.records([(given[0], Record(NOTIFICATION, {"notified": None, "message": ""}))])

    assert noted.text_of_beginning() is None
    assert text_of_beginning(cursor, id, given[:1], COLUMNS) is None
    assert text_of_beginning(cursor, id, given, {**COLUMNS, "open_steps": 2}) is None
    assert text_of_beginning(cursor, id, given, {**COLUMNS, "queued": False}) is None


def described(cursor: Any, table: str, execution: str) -> list[Any]:
    """The rows of an execution; of times and ids only whether there is one."""
    column = "execution_id" if table == "steps" else "id"
    hidden = ["started_at", "finished_at", "next_check_at", "created_at", "id", "execution_id", "seq", "event_id"]
    cursor.execute(
        "SELECT (SELECT jsonb_object_agg(key, CASE WHEN key = ANY(%s) THEN to_jsonb(value = 'null') ELSE value END)"
        f" FROM jsonb_each(to_jsonb(t) - 'output' - 'workflow_id')) FROM {table} t WHERE {column} = %s",
        (hidden, execution),
    )
    return sorted((row[0] for row in cursor.fetchall()), key=str)


def outputs(cursor: Any, execution: str) -> list[str | None]:
    cursor.execute("SELECT output::text FROM steps WHERE execution_id = %s ORDER BY seq", (execution,))
    return [row[0] for row in cursor.fetchall()]
