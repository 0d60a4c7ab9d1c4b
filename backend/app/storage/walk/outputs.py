"""Outputs and failures of the steps of an execution, as the walk reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.storage.database import Cursor, fetch_row
from app.storage.prepared import PreparedStatement


class NodeOutput(NamedTuple):
    """The newest output of a node."""

    node_id: str
    scope: str
    status: str
    branch: str | None
    output: Any


class VisitOutput(NamedTuple):
    """The output of one visit of a node."""

    scope: str
    status: str
    branch: str | None
    output: Any


# One search in the primary key for each node: a node of a loop may have been visited thousands of times.
_NEWEST = """
CROSS JOIN LATERAL (
    SELECT scope, status, branch, output FROM steps
    WHERE execution_id = %(id)s AND node_id = node.id AND output IS NOT NULL AND status IN ('COMPLETED', 'FAILED')
    ORDER BY visit DESC, attempt DESC LIMIT 1
) s"""
_NEWEST_OF_SOME = f"SELECT node.id, s.* FROM unnest(%(nodes)s::text[]) AS node (id) {_NEWEST}"
# The nodes that have steps, each found after the one before it.
_NEWEST_OF_ALL = f"""
WITH RECURSIVE node (id) AS (
    (SELECT node_id FROM steps WHERE execution_id = %(id)s ORDER BY node_id LIMIT 1)
    UNION ALL
    SELECT (SELECT node_id FROM steps WHERE execution_id = %(id)s AND node_id > node.id ORDER BY node_id LIMIT 1)
    FROM node WHERE node.id IS NOT NULL
)
SELECT node.id, s.* FROM node {_NEWEST} WHERE node.id IS NOT NULL
"""


def newest_outputs(cursor: Cursor, execution_id: str, nodes: Sequence[str] | None) -> list[NodeOutput]:
    """The newest output of each of these nodes (None: of all) that has one."""
    if nodes is None:
        cursor.execute(_NEWEST_OF_ALL, {"id": execution_id})
    else:
        cursor.execute(_NEWEST_OF_SOME, {"id": execution_id, "nodes": list(nodes)})
    return [NodeOutput(*row) for row in cursor.fetchall()]


def size_of_newest(cursor: Cursor, execution_id: str, nodes: Sequence[str] | None) -> int:
    """The bytes of JSON text that ``newest_outputs`` would read."""
    query = _NEWEST_OF_ALL if nodes is None else _NEWEST_OF_SOME
    values = {"id": execution_id, "nodes": None if nodes is None else list(nodes)}
    cursor.execute(f"SELECT coalesce(sum(octet_length(output::text)), 0) FROM ({query}) newest", values)
    return int(fetch_row(cursor)[0])


def list_visits(cursor: Cursor, execution_id: str, node_id: str) -> list[VisitOutput]:
    """The output of each visit of a node, in order."""
    cursor.execute(
        "SELECT DISTINCT ON (visit) scope, status, branch, output FROM steps WHERE execution_id = %s AND node_id = %s"
        " AND output IS NOT NULL AND status IN ('COMPLETED', 'FAILED') ORDER BY visit, attempt DESC",
        (execution_id, node_id),
    )
    return [VisitOutput(*row) for row in cursor.fetchall()]


def output_of(cursor: Cursor, execution_id: str, node_id: str, visit: int) -> Any:
    """The output of a node that completed, in one visit."""
    cursor.execute(
        "SELECT output FROM steps WHERE execution_id = %s AND node_id = %s AND visit = %s AND status = 'COMPLETED'",
        (execution_id, node_id, visit),
    )
    row = cursor.fetchone()
    return row[0] if row else None


def fetch_join_count(
    cursor: Cursor, execution_id: str, key: str, scope: str
) -> tuple[int, int, bool, dict[str, bool]] | None:
    """What has arrived so far: taken, skipped, settled, held."""
    cursor.execute(
        "SELECT taken, skipped, settled, deferred_exits FROM join_counts"
        " WHERE execution_id = %s AND key = %s AND scope = %s",
        (execution_id, key, scope),
    )
    return cursor.fetchone()


# LATERAL with OFFSET makes each lookup a search by key, as in ``lock_many``.
_LAST = PreparedStatement(
    "read_last_outputs",
    {"ids": "uuid[]", "most": "bigint"},
    """
SELECT execution_id, node_id, CASE WHEN size <= %(most)s THEN output END, size FROM (
    SELECT s.*, sum(octet_length(s.output::text)) OVER (PARTITION BY s.execution_id) AS size
    FROM unnest(%(ids)s) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT execution_id, node_id, output, seq FROM steps
        WHERE execution_id = wanted.id AND is_last AND output IS NOT NULL AND compensates IS NULL OFFSET 0
    ) s
) last ORDER BY seq""",
)


class LastOutputs(NamedTuple):
    """The outputs of the nodes at which the paths of an execution ended, in that order, and their bytes."""

    by_node: dict[str, Any]
    size: int


def last_outputs(cursor: Cursor, execution_ids: Sequence[str], *, most: int) -> dict[str, LastOutputs]:
    """
    The last outputs of executions, of those that have any.

    Outputs of more than ``most`` bytes together are not read.
    """
    _LAST.execute(cursor, {"ids": list(execution_ids), "most": most})
    found: dict[str, LastOutputs] = {}
    for id, node_id, output, size in cursor.fetchall():
        found.setdefault(id, LastOutputs({}, int(size))).by_node[node_id] = output
    return found


_FAILURES = """
SELECT node_id, error FROM (
    SELECT DISTINCT ON (node_id, visit) node_id, status, error, output, finished_at
    FROM steps WHERE execution_id = %s ORDER BY node_id, visit, attempt DESC
) newest
WHERE status = 'FAILED' AND output IS NULL ORDER BY finished_at, node_id
"""


def list_failures(cursor: Cursor, execution_id: str) -> list[tuple[str, Any]]:
    """The steps that have failed for good and were not caught, in that order: node, error."""
    cursor.execute(_FAILURES, (execution_id,))
    return list(cursor.fetchall())


# By the sequence in which steps were created, which no clock decides: a step comes after those that it depends on.
# NOT IN, which Postgres asks a hash: it has no statistics of steps so new, and would ask row by row otherwise.
_TO_COMPENSATE = """
SELECT node_id, visit FROM steps
WHERE execution_id = %(id)s AND node_id = ANY(%(nodes)s) AND status = 'COMPLETED' AND compensates IS NULL
  AND NOT kept AND node_id || ':' || visit NOT IN (
      SELECT compensates FROM steps WHERE execution_id = %(id)s AND compensates IS NOT NULL)
ORDER BY seq DESC LIMIT %(limit)s"""


def list_to_compensate(cursor: Cursor, execution_id: str, nodes: Sequence[str], *, limit: int) -> list[tuple[str, int]]:
    """Completed steps of these nodes that are not compensated yet, the one created last first: node and visit."""
    cursor.execute(_TO_COMPENSATE, {"id": execution_id, "nodes": list(nodes), "limit": limit})
    return list(cursor.fetchall())


def next_visit(cursor: Cursor, execution_id: str, node_id: str) -> int:
    """One more than the node's newest visit."""
    cursor.execute(
        "SELECT coalesce(max(visit), 0) + 1 FROM steps WHERE execution_id = %s AND node_id = %s",
        (execution_id, node_id),
    )
    return int(fetch_row(cursor)[0])
