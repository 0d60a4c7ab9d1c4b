"""
Statements of test executions: they run a definition of their own, and count nowhere.

A test is in no lane, and its ``inline_path`` is empty, so that no list, no number and no event of the engine has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.storage.database import Cursor, begin, commit, fetch_row
from app.storage.ids import NOBODY, first_id_of, new_id, parse_id
from app.storage.json_text import JsonText, dumps


class Recorded(NamedTuple):
    """An execution, or a step of it, whose data a test uses."""

    execution_id: str
    event_id: str | None
    #: JSON text.
    payload: str
    #: The nodes, outermost first, whose graph in place it runs.
    inline_path: list[str] | None
    #: ``{node, visit, value}``: the input that a fork or a test has given to the step at which it begins.
    given_input: dict[str, Any] | None
    #: The step, where one was named: its node, its visit and its scope.
    node_id: str | None = None
    visit: int | None = None
    scope: str | None = None


_EXECUTION = "e.id, e.event_id, e.payload::text, e.inline_path, e.given_input"
_BY_EXECUTION = f"SELECT {_EXECUTION} FROM executions e WHERE id = %(id)s AND workflow_id = %(workflow)s"
_BY_STEP = f"""
SELECT {_EXECUTION}, s.node_id, s.visit, s.scope
FROM steps s JOIN executions e ON e.id = s.execution_id
WHERE s.id = %(id)s AND e.workflow_id = %(workflow)s AND s.compensates IS NULL LIMIT 1"""


def find_recorded(cursor: Cursor, workflow_id: str, id: str) -> Recorded | None:
    """The execution of this workflow with this id, or the one with this step; None if it is neither."""
    values = {"id": parse_id(id) or NOBODY, "workflow": workflow_id}
    for statement in (_BY_EXECUTION, _BY_STEP):
        cursor.execute(statement, values)
        row = cursor.fetchone()
        if row is not None:
            return Recorded(*row)
    return None


def find_event_payload(cursor: Cursor, event_id: str) -> str | None:
    """The payload of an event as JSON text; None if there is no such event."""
    cursor.execute("SELECT payload::text FROM events WHERE id = %s", (parse_id(event_id) or NOBODY,))
    row = cursor.fetchone()
    return None if row is None else row[0]


def fetch_outputs(cursor: Cursor, execution_id: str, visits: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """The outputs of these nodes, each in one visit, in the order in which they are given."""
    nodes, numbers = [node for node, _ in visits], [number for _, number in visits]
    cursor.execute(
        "SELECT DISTINCT ON (k.place) s.node_id, s.output FROM unnest(%s::text[], %s::int[]) WITH ORDINALITY"
        " AS k (node_id, visit, place) JOIN steps s ON s.execution_id = %s AND s.node_id = k.node_id"
        " AND s.visit = k.visit AND s.compensates IS NULL AND s.output IS NOT NULL ORDER BY k.place, s.attempt DESC",
        (nodes, numbers, execution_id),
    )
    return dict(cursor.fetchall())


def count_output_bytes(cursor: Cursor, execution_id: str, visits: Sequence[tuple[str, int]]) -> int:
    """The bytes of these outputs together."""
    nodes, numbers = [node for node, _ in visits], [number for _, number in visits]
    cursor.execute(
        "SELECT coalesce(sum(octet_length(s.output::text)), 0) FROM unnest(%s::text[], %s::int[]) AS k (node_id, visit)"
        " JOIN steps s ON s.execution_id = %s AND s.node_id = k.node_id AND s.visit = k.visit",
        (nodes, numbers, execution_id),
    )
    return int(fetch_row(cursor)[0])


class NewTest(NamedTuple):
    """The columns of a test."""

    workflow_id: str
    version: int
    payload: JsonText
    #: ``{only: node}``, ``{until: node}``, or ``{}`` for all of it.
    test: Mapping[str, str]
    event_id: str | None = None
    #: ``{node, visit, value}`` where it begins at a node, whose step is then to be added.
    given_input: Mapping[str, Any] | None = None


_INSERT = """
INSERT INTO executions (id, workflow_id, version, status, payload, event_id, inline_path, test, given_input, open_steps,
    started_at, next_check_at)
SELECT %(id)s::uuid, %(workflow)s::uuid, %(version)s, CASE WHEN begun THEN 'RUNNING' ELSE 'PENDING' END,
    %(payload)s::json, %(event)s::uuid, '[]'::json, %(test)s::json, %(given)s::json, begun::int,
    CASE WHEN begun THEN now() END, CASE WHEN NOT begun THEN now() + make_interval(secs => %(grace)s) END
FROM (SELECT %(given)s::json IS NOT NULL AS begun) x"""


def insert_test(cursor: Cursor, row: NewTest, *, grace: float) -> str:
    """A test that waits for a worker, which the timekeeper checks after ``grace`` seconds, or one that has begun."""
    id = new_id()
    given = None if row.given_input is None else dumps(dict(row.given_input))
    values = {"id": id, "workflow": row.workflow_id, "version": row.version, "payload": row.payload, "given": given}
    cursor.execute(_INSERT, {**values, "event": row.event_id, "test": dumps(dict(row.test)), "grace": grace})
    return id


class GivenOutput(NamedTuple):
    """The output that a test is given in place of that of a node."""

    node_id: str
    visit: int
    scope: str
    type: str
    output: JsonText


def add_outputs(cursor: Cursor, test: str, given: Sequence[GivenOutput]) -> None:
    """Steps that have completed with these outputs, and did not run."""
    columns = [[each[number] for each in given] for number in range(5)]
    cursor.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, scope, output, started_at,"
        " finished_at, kept) SELECT %s, node_id, visit, 1, gen_random_uuid(), type, 'COMPLETED', scope, output::json,"
        " clock_timestamp(), clock_timestamp(), true FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[],"
        " %s::text[]) AS g (node_id, visit, scope, type, output)",
        (test, *columns),
    )


#: One that a child still belongs to waits until that is gone.
_ENDED = f"""
SELECT id, workflow_id, version, fan_out_id FROM executions e
WHERE test IS NOT NULL AND id < {first_id_of("(now() - %(days)s * interval '1 day')")}
  AND status IN ('COMPLETED', 'FAILED', 'CANCELLED') AND open_steps = 0
  AND NOT EXISTS (SELECT FROM fan_outs f JOIN executions c ON c.fan_out_id = f.id WHERE f.execution_id = e.id)
ORDER BY id LIMIT %(batch)s FOR UPDATE SKIP LOCKED"""
_BELONGING = (
    "fan_out_items WHERE fan_out_id IN (SELECT id FROM fan_outs WHERE execution_id = ANY(%(ids)s::uuid[]))",
    *(f"{table} WHERE execution_id = ANY(%(ids)s::uuid[])" for table in ("fan_outs", "join_counts", "signals")),
    *(f"{table} WHERE execution_id = ANY(%(ids)s::uuid[])" for table in ("approvals", "notifications", "steps")),
    "subscriptions WHERE id IN (SELECT id FROM subscriptions WHERE execution_id = ANY(%(ids)s::uuid[])"
    " ORDER BY id FOR UPDATE)",
    "descendants WHERE root_id = ANY(%(ids)s::uuid[])",
    "executions WHERE id = ANY(%(ids)s::uuid[])",
)
_VERSIONS = """
DELETE FROM workflow_versions WHERE version < 0
  AND (workflow_id, version) IN (SELECT * FROM unnest(%(workflows)s::uuid[], %(versions)s::int[]))"""


def delete_ended_tests(cursor: Cursor, *, days: float, batch: int) -> int:
    """
    Delete tests that have ended and were created so many days ago, with all that belongs to them; how many.

    The definition of a test is deleted with it; children that run a part of it were deleted before.
    """
    begin(cursor)
    cursor.execute(_ENDED, {"days": days, "batch": batch})
    rows = cursor.fetchall()
    if rows:
        for rest in _BELONGING:
            cursor.execute(f"DELETE FROM {rest}", {"ids": [id for id, *_ in rows]})
        own = [(workflow, version) for _, workflow, version, fan_out in rows if fan_out is None]
        workflows, versions = [each for each, _ in own], [each for _, each in own]
        cursor.execute(_VERSIONS, {"workflows": workflows, "versions": versions})
    commit(cursor)
    return len(rows)
