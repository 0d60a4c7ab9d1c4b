"""What became of each node in the newest executions of a workflow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from app.storage.database import Cursor


class GridExecution(NamedTuple):
    """A column of the grid."""

    id: str
    status: str
    version: int
    created_at: datetime


class GridCell(NamedTuple):
    """The status of the newest step of a node in an execution."""

    execution_id: str
    node_id: str
    status: str


_EXECUTIONS = """
SELECT id::text, CASE WHEN queued AND status = 'RUNNING' THEN 'PENDING' ELSE status END, version, created_at
FROM executions WHERE workflow_id = %s AND inline_path IS NULL ORDER BY id DESC LIMIT %s"""

# One search in the primary key for each cell, however often a loop has run.
_CELLS = """
SELECT e.id::text, n.id, s.status
FROM unnest(%(executions)s::uuid[]) e (id), unnest(%(nodes)s::text[]) n (id), LATERAL (
    SELECT status FROM steps WHERE execution_id = e.id AND node_id = n.id AND compensates IS NULL
    ORDER BY visit DESC, attempt DESC LIMIT 1
) s"""


def list_grid_executions(cursor: Cursor, workflow_id: str, limit: int) -> Sequence[GridExecution]:
    """The newest executions of a workflow."""
    cursor.execute(_EXECUTIONS, (workflow_id, limit))
    return [*map(GridExecution._make, cursor.fetchall())]


def list_cells(cursor: Cursor, execution_ids: Sequence[str], node_ids: Sequence[str]) -> Sequence[GridCell]:
    """The cells that are not empty."""
    cursor.execute(_CELLS, {"executions": list(execution_ids), "nodes": list(node_ids)})
    return [*map(GridCell._make, cursor.fetchall())]
