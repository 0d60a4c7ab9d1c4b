"""What the steps of an execution have come to, as far as others need to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.storage.database import Cursor, fetch_row

_OUTPUTS = """
SELECT DISTINCT ON (node_id) node_id, scope, status, branch, output
FROM steps
WHERE execution_id = %s AND (%s::text[] IS NULL OR node_id = ANY(%s)) AND output IS NOT NULL
  AND status IN ('COMPLETED', 'FAILED')
ORDER BY node_id, visit DESC, attempt DESC
"""


def newest_outputs(
    cursor: Cursor, execution_id: str, nodes: Sequence[str] | None
) -> list[tuple[str, str, str, str | None, Any]]:
    """The newest output of each of these nodes (None: of all): node, scope, status, what it took, output."""
    names = None if nodes is None else list(nodes)
    cursor.execute(_OUTPUTS, (execution_id, names, names))
    return list(cursor.fetchall())


def list_visits(cursor: Cursor, execution_id: str, node_id: str) -> list[tuple[str, str, str | None, Any]]:
    """The output of each visit of a node: scope, status, what it took, output."""
    cursor.execute(
        "SELECT DISTINCT ON (visit) scope, status, branch, output FROM steps WHERE execution_id = %s AND node_id = %s"
        " AND output IS NOT NULL AND status IN ('COMPLETED', 'FAILED') ORDER BY visit, attempt DESC",
        (execution_id, node_id),
    )
    return list(cursor.fetchall())


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


def last_outputs(cursor: Cursor, execution_id: str) -> list[tuple[str, Any]]:
    """The outputs of the nodes at which paths ended, in the order in which they were reached."""
    cursor.execute(
        "SELECT node_id, output FROM steps WHERE execution_id = %s AND is_last AND output IS NOT NULL"
        " AND compensates IS NULL ORDER BY seq",
        (execution_id,),
    )
    return list(cursor.fetchall())


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


# NOT IN, which Postgres asks a hash: it has no statistics of steps so new, and would ask row by row otherwise.
_TO_COMPENSATE = """
SELECT node_id, visit FROM steps
WHERE execution_id = %(id)s AND node_id = ANY(%(nodes)s) AND status = 'COMPLETED' AND compensates IS NULL
  AND node_id || ':' || visit NOT IN (
      SELECT compensates FROM steps WHERE execution_id = %(id)s AND compensates IS NOT NULL)
ORDER BY started_at DESC, seq DESC LIMIT %(limit)s"""


def list_to_compensate(cursor: Cursor, execution_id: str, nodes: Sequence[str], *, limit: int) -> list[tuple[str, int]]:
    """Completed steps of these nodes that are not compensated yet, the one that was started last first: node, visit."""
    cursor.execute(_TO_COMPENSATE, {"id": execution_id, "nodes": list(nodes), "limit": limit})
    return list(cursor.fetchall())


def next_visit(cursor: Cursor, execution_id: str, node_id: str) -> int:
    """One more than the node's newest visit."""
    cursor.execute(
        "SELECT coalesce(max(visit), 0) + 1 FROM steps WHERE execution_id = %s AND node_id = %s",
        (execution_id, node_id),
    )
    return int(fetch_row(cursor)[0])
