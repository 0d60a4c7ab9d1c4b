"""A step that is tried again takes over the children that have completed, in time that grows with their number only."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.storage.ids import new_id
from app.storage.waiting import fan_outs

WORKFLOW = new_id()
PARENT = new_id()
MANY = 20_000
#: The item whose child has failed.
FAILED = 7


@pytest.fixture
def cursor(cursor: Any) -> Any:
    """A cursor on a database with the rows that these tests need."""
    cursor.execute(
        "INSERT INTO workflows (id, kind, name, document, catalog_revision) VALUES (%s, 'graph', 'w', '{}', 1)",
        (WORKFLOW,),
    )
    cursor.execute(
        "INSERT INTO executions (id, workflow_id, version, status, payload) VALUES (%s, %s, 1, 'RUNNING', '{}')",
        (PARENT, WORKFLOW),
    )
    return cursor


def begin(cursor: Any, attempt: int, grace: float = 5) -> str:
    """One try of a for_each over many items, three at a time."""
    id = new_id()
    cursor.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status)"
        " VALUES (%s, 'each', 1, %s, gen_random_uuid(), 'for_each', 'WAITING')",
        (PARENT, attempt),
    )
    step = {"execution_id": PARENT, "node_id": "each", "visit": 1, "attempt": attempt}
    said = {
        "workflow_id": WORKFLOW,
        "version": 1,
        "inside": None,
        "base": {"a": "b"},
        "collects": True,
        "total": MANY,
        "items": list(range(MANY)),
        "children": [new_id() for _ in range(3)],
    }
    values = {name: json.dumps(value, separators=(",", ":")) for name, value in said.items()}
    cursor.execute(
        fan_outs.INSERT if attempt == 1 else fan_outs.INSERT_AGAIN, {"id": id, "grace": grace, **step, **values}
    )
    return id


def run_all(cursor: Any, fan_out: str) -> None:
    """As if every child had begun; all but one have completed."""
    cursor.execute(
        "INSERT INTO executions (id, workflow_id, version, status, payload, fan_out_id, item)"
        " SELECT gen_random_uuid(), %s, 1, 'PENDING', (%s || n || %s || n || '}')::json, %s, n"
        " FROM generate_series(3, %s) n",
        (WORKFLOW, '{"a":"b","item":', ',"index":', fan_out, MANY - 1),
    )
    cursor.execute(
        "UPDATE executions SET status = CASE WHEN item = %s THEN 'FAILED' ELSE 'COMPLETED' END WHERE fan_out_id = %s",
        (FAILED, fan_out),
    )


@pytest.mark.parametrize("analyzed", [False, True])
def test_completed_children_are_reused_at_once(cursor: Any, analyzed: bool) -> None:
    run_all(cursor, begin(cursor, 1))
    if analyzed:
        cursor.execute("ANALYZE")
    # Many times what it takes, and a fraction of what it would if each child were held against each item.
    cursor.execute("SET statement_timeout = '15s'")

    again = begin(cursor, 2)

    cursor.execute("SELECT next_item, ended, closed FROM fan_outs WHERE id = %s", (again,))
    assert cursor.fetchone() == (FAILED + 1, MANY - 1, False)
    cursor.execute("SELECT item, status FROM executions WHERE fan_out_id = %s AND status <> 'COMPLETED'", (again,))
    assert cursor.fetchall() == [(FAILED, "PENDING")]
    cursor.execute("SELECT count(*) FROM fan_out_items WHERE fan_out_id = %s", (again,))
    assert cursor.fetchone() == (0,)


def test_children_are_checked_after_the_grace_that_is_set(cursor: Any) -> None:
    fan_out = begin(cursor, 1, grace=500)

    cursor.execute(
        "SELECT extract(epoch FROM min(next_check_at) - now())::float8, count(*) FROM executions WHERE fan_out_id = %s",
        (fan_out,),
    )
    seconds, children = cursor.fetchone()
    assert children == 3
    assert 400 < seconds < 600
