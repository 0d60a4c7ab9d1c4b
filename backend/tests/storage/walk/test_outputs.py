"""Outputs are found by node, however often a loop has visited it; what is undone follows the sequence of steps."""

from __future__ import annotations

from typing import Any

import pytest

from app.storage.ids import new_id
from app.storage.walk.outputs import list_to_compensate, newest_outputs


def add_visits(cursor: Any, id: str, node: str, visits: int) -> None:
    """Completed visits, each with its number as output."""
    cursor.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, output, started_at)"
        " SELECT %s, %s, n, 1, gen_random_uuid(), 'x', 'COMPLETED', to_json(n), now() FROM generate_series(1, %s) n",
        (id, node, visits),
    )


@pytest.mark.parametrize("nodes", [None, ["a", "b", "none"]])
def test_newest_output_of_each_node(cursor: Any, nodes: list[str] | None) -> None:
    id = new_id()
    add_visits(cursor, id, "a", 1)
    add_visits(cursor, id, "b", 12)
    add_visits(cursor, new_id(), "c", 1)

    found = newest_outputs(cursor, id, nodes)

    assert {each.node_id: each.output for each in found} == {"a": 1, "b": 12}


@pytest.mark.parametrize("nodes", [None, ["loop"]])
def test_newest_output_reads_one_row_of_many_visits(cursor: Any, nodes: list[str] | None) -> None:
    id = new_id()
    add_visits(cursor, id, "loop", 5000)
    cursor.execute("ANALYZE steps")
    newest_outputs(cursor, id, nodes)
    statement = cursor.query.decode()

    cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")

    assert rows_read(cursor.fetchone()[0][0]["Plan"]) < 50


def rows_read(plan: dict[str, Any]) -> int:
    own = plan["Actual Rows"] * plan["Actual Loops"] if "Scan" in plan["Node Type"] else 0
    return int(own + plan.get("Rows Removed by Filter", 0)) + sum(rows_read(each) for each in plan.get("Plans", ()))


def test_compensation_order_ignores_clocks(cursor: Any) -> None:
    id = new_id()
    add_visits(cursor, id, "book", 1)
    add_visits(cursor, id, "pay", 1)
    cursor.execute("UPDATE steps SET started_at = now() + interval '30 seconds' WHERE node_id = 'book'")

    assert list_to_compensate(cursor, id, ["book", "pay"], limit=10) == [("pay", 1), ("book", 1)]
