"""The causes of an execution: the executions that started it or posted its event, and their causes."""

from __future__ import annotations

from app.storage.database import Cursor

_LED = """
WITH RECURSIVE led AS (
    SELECT e.workflow_id, e.event_id, e.fan_out_id, 0 AS back, %(node)s AS node FROM executions e
    WHERE e.id = %(execution)s
    UNION ALL
    SELECT e.workflow_id, e.event_id, e.fan_out_id, led.back + 1, coalesce(f.node_id, v.cause_node_id)
    FROM led LEFT JOIN fan_outs f ON f.id = led.fan_out_id
    LEFT JOIN events v ON led.fan_out_id IS NULL AND v.id = led.event_id
    JOIN executions e ON e.id = coalesce(f.execution_id, v.cause_execution_id)
    WHERE led.back < 100
)
SELECT w.name, led.node FROM led JOIN workflows w ON w.id = led.workflow_id ORDER BY led.back DESC"""


def list_causes(cursor: Cursor, execution_id: str, node_id: str) -> list[tuple[str, str | None]]:
    """The way to this node, oldest first: workflows, each with the node that led on; None: the execution itself did."""
    cursor.execute(_LED, {"execution": execution_id, "node": node_id})
    return list(cursor.fetchall())
