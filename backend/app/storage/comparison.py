"""Statements that compare two executions: digests of outputs first, then the outputs that differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.storage.database import Cursor

#: Bytes of an output, or a payload, above which its first difference is not searched.
MOST_BYTES = 256_000


class ComparedStep(NamedTuple):
    """A step at its newest attempt."""

    node_id: str
    visit: int
    scope: str
    status: str
    branch: str | None
    error: Any
    #: Milliseconds from its start to its end; null where it has no start, or has not ended.
    took_ms: float | None
    #: A digest of the output's JSON text; null: there is none.
    digest: str | None
    id: str


_STEPS = """
SELECT node_id, visit, scope, status, branch, error, took, digest, id::text FROM (
    SELECT DISTINCT ON (node_id, visit) id, node_id, visit, scope, status, branch, error, seq, started_at,
        extract(epoch FROM finished_at - started_at)::float8 * 1000 AS took, md5(output::text) AS digest
    FROM steps WHERE execution_id = %s AND compensates IS NULL ORDER BY node_id, visit, attempt DESC
) newest ORDER BY seq"""


def list_compared(cursor: Cursor, execution_id: str) -> list[ComparedStep]:
    """The steps of an execution in the order in which they were created, without compensations."""
    cursor.execute(_STEPS, (execution_id,))
    return [ComparedStep(*row) for row in cursor.fetchall()]


def fetch_outputs(cursor: Cursor, execution_id: str, steps: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Any]:
    """The outputs of these nodes and visits, without those of more than ``MOST_BYTES``."""
    if not steps:
        return {}
    nodes, visits = (list(column) for column in zip(*steps, strict=True))
    cursor.execute(
        "SELECT DISTINCT ON (s.node_id, s.visit) s.node_id, s.visit, s.output FROM steps s"
        " JOIN unnest(%s::text[], %s::int[]) AS k (node_id, visit) ON s.node_id = k.node_id AND s.visit = k.visit"
        " WHERE s.execution_id = %s AND s.compensates IS NULL AND octet_length(s.output::text) <= %s"
        " ORDER BY s.node_id, s.visit, s.attempt DESC",
        (nodes, visits, execution_id, MOST_BYTES),
    )
    return {(node, visit): output for node, visit, output in cursor.fetchall()}


class ComparedPayload(NamedTuple):
    """What an execution began with."""

    digest: str
    #: Null where it has more than ``MOST_BYTES``.
    payload: Any
    #: ``{node, visit, value}`` where a fork gave a step another input than the graph does.
    given_input: dict[str, Any] | None


def fetch_compared_payload(cursor: Cursor, execution_id: str) -> ComparedPayload:
    """The payload of an execution with its digest."""
    cursor.execute(
        "SELECT md5(payload::text), CASE WHEN octet_length(payload::text) <= %s THEN payload END, given_input"
        " FROM executions WHERE id = %s",
        (MOST_BYTES, execution_id),
    )
    return ComparedPayload(*(cursor.fetchone() or ("", None, None)))
