"""What the steps of an execution have come to, as far as others need to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.storage.held import Cursor

_OUTPUTS = """
SELECT DISTINCT ON (node_id) node_id, scope, status, took, output
FROM steps
WHERE execution_id = %s AND (%s::text[] IS NULL OR node_id = ANY(%s)) AND output IS NOT NULL
  AND status IN ('COMPLETED', 'FAILED')
ORDER BY node_id, visit DESC, attempt DESC
"""


def outputs(
    cursor: Cursor, execution_id: str, nodes: Sequence[str] | None
) -> list[tuple[str, str, str, str | None, Any]]:
    """The newest output of each of these nodes (None: of all): node, scope, status, what it took, output."""
    names = None if nodes is None else list(nodes)
    cursor.execute(_OUTPUTS, (execution_id, names, names))
    return list(cursor.fetchall())


def visits(cursor: Cursor, execution_id: str, node_id: str) -> list[tuple[str, str, str | None, Any]]:
    """The output of each visit of a node: scope, status, what it took, output."""
    cursor.execute(
        "SELECT DISTINCT ON (visit) scope, status, took, output FROM steps WHERE execution_id = %s AND node_id = %s"
        " AND output IS NOT NULL AND status IN ('COMPLETED', 'FAILED') ORDER BY visit, attempt DESC",
        (execution_id, node_id),
    )
    return list(cursor.fetchall())


def tally(cursor: Cursor, execution_id: str, key: str, scope: str) -> tuple[int, int, bool, dict[str, bool]] | None:
    """What has arrived so far: taken, skipped, settled, held."""
    cursor.execute(
        "SELECT taken, skipped, settled, held FROM tallies WHERE execution_id = %s AND key = %s AND scope = %s",
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


def failures(cursor: Cursor, execution_id: str) -> list[tuple[str, Any]]:
    """The steps that have failed for good and were not caught, in that order: node, error."""
    cursor.execute(_FAILURES, (execution_id,))
    return list(cursor.fetchall())


def to_compensate(cursor: Cursor, execution_id: str, nodes: Sequence[str]) -> tuple[str, int] | None:
    """The completed step that was started last, among these nodes, and is not compensated yet: node, visit."""
    cursor.execute(
        "SELECT s.node_id, s.visit FROM steps s WHERE s.execution_id = %s AND s.node_id = ANY(%s)"
        " AND s.status = 'COMPLETED' AND s.compensates IS NULL AND NOT EXISTS (SELECT 1 FROM steps c"
        " WHERE c.execution_id = s.execution_id AND c.compensates = s.node_id || ':' || s.visit)"
        " ORDER BY s.started_at DESC, s.seq DESC LIMIT 1",
        (execution_id, list(nodes)),
    )
    return cursor.fetchone()


def next_visit(cursor: Cursor, execution_id: str, node_id: str) -> int:
    """One more than the node's newest visit."""
    cursor.execute(
        "SELECT coalesce(max(visit), 0) + 1 FROM steps WHERE execution_id = %s AND node_id = %s",
        (execution_id, node_id),
    )
    return int(cursor.fetchone()[0])
