"""
One result, written with the claim of the step that follows it: the exchange of a chain that is alone in its process.

The statement does what that of ``exchange_many`` does for one element. Its values are parameters, and not a document
that is read as a table, joined and sorted: that takes Postgres half of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.storage import notifications
from app.storage.clock import clock
from app.storage.database import Cursor
from app.storage.prepared import PreparedStatement
from app.storage.walk.exchange import Exchange, exchange_many
from app.storage.walk.step_rows import seconds_from

_NOTED = """, noted AS (
    INSERT INTO notifications (id, execution_id, node_id, notified, message)
    SELECT %(note)s, %(execution)s, %(noted)s, %(notified)s, %(message)s FROM settled
)"""


_TYPES = {
    **{"execution": "uuid", "node": "text", "visit": "int", "attempt": "int", "id": "uuid", "type": "text"},
    **{"status": "text", "claim": "int", "claimed_by": "uuid", "branch": "text", "resume": "text"},
    **{"is_last": "bool", "output": "json", "error": "json", "started_ago": "float8", "finished_ago": "float8"},
    **{"next_node": "text", "next_visit": "int", "next_attempt": "int", "next_id": "uuid", "next_type": "text"},
    **{"next_status": "text", "next_scope": "text", "next_claim": "int", "next_claimed_by": "uuid"},
    **{"next_started_ago": "float8", "check_in": "float8"},
}
_WRITES = """
WITH settled AS (
    INSERT INTO steps AS s (execution_id, node_id, visit, attempt, id, type, status, claim, claimed_by, branch, resume,
        is_last, output, error, started_at, finished_at, seq)
    SELECT %(execution)s, %(node)s, %(visit)s, %(attempt)s, %(id)s, %(type)s, %(status)s, %(claim)s, %(claimed_by)s,
        %(branch)s, %(resume)s, %(is_last)s, %(output)s, %(error)s,
        statement_timestamp() - %(started_ago)s * interval '1 second',
        statement_timestamp() - %(finished_ago)s * interval '1 second', 0
    WHERE (SELECT e.status = 'RUNNING' AND e.closing IS NULL AND NOT e.queued
           FROM executions e WHERE e.id = %(execution)s)
    ON CONFLICT (execution_id, node_id, visit, attempt) DO UPDATE
    SET status = excluded.status, branch = excluded.branch, resume = excluded.resume, is_last = excluded.is_last,
        output = excluded.output, error = excluded.error, started_at = coalesce(s.started_at, excluded.started_at),
        finished_at = excluded.finished_at, next_check_at = NULL
    WHERE s.claim = excluded.claim AND s.claimed_by IS NOT DISTINCT FROM excluded.claimed_by AND s.status = 'RUNNING'
    RETURNING 1
), started AS (
    INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, scope, claim, claimed_by, started_at,
        next_check_at)
    SELECT %(execution)s, %(next_node)s, %(next_visit)s, %(next_attempt)s, %(next_id)s, %(next_type)s, %(next_status)s,
        %(next_scope)s, %(next_claim)s, %(next_claimed_by)s,
        statement_timestamp() - %(next_started_ago)s * interval '1 second',
        clock_timestamp() + %(check_in)s * interval '1 second'
    FROM settled
)"""


def _exchange(name: str, more: str, **types: str) -> PreparedStatement:
    return PreparedStatement(name, {**_TYPES, **types}, f"{_WRITES}{more}\nSELECT 1 FROM settled")


_EXCHANGE = _exchange("exchange_step", "")
_EXCHANGE_WITH_NOTE = _exchange(
    "exchange_step_and_note", _NOTED, note="uuid", noted="text", notified="json", message="json"
)


def exchange(cursor: Cursor, elements: Sequence[Exchange]) -> list[bool]:
    """Write elements in the way that is cheapest for their number; otherwise as ``exchange_many``."""
    if len(elements) == 1 and is_simple(elements[0]):
        return [exchange_one(cursor, elements[0])]
    return exchange_many(cursor, elements)


def is_simple(element: Exchange) -> bool:
    """Return True where one step follows, and there is one notification at most."""
    return len(element.started) == 1 and len(element.notes) <= 1


def exchange_one(cursor: Cursor, element: Exchange) -> bool:
    """Write one element that is simple; False where it was not written, for the reasons that ``exchange_many`` has."""
    statement, values = _EXCHANGE, _values(element)
    for row, note in element.notes:
        written = notifications.document(note.id, element.execution_id, row.node_id, note.values)
        values.update(note=note.id, noted=row.node_id, notified=written["notified"], message=written["message"])
        statement = _EXCHANGE_WITH_NOTE
    statement.execute(cursor, values)
    return bool(cursor.fetchall())


def _values(element: Exchange) -> dict[str, Any]:
    now, row, (next,) = clock.now(), element.settled, element.started
    return {
        **{"execution": element.execution_id, "node": row.node_id, "visit": row.visit, "attempt": row.attempt},
        **{"id": row.id, "type": row.type, "status": row.status, "claim": row.claim, "claimed_by": row.claimed_by},
        **{"branch": row.branch, "resume": row.resume, "is_last": row.is_last, "output": row.output},
        "error": row.error,
        "started_ago": None if row.started_at is None else seconds_from(row.started_at, now),
        "finished_ago": None if row.finished_at is None else seconds_from(row.finished_at, now),
        **{"next_node": next.node_id, "next_visit": next.visit, "next_attempt": next.attempt, "next_id": next.id},
        **{"next_type": next.type, "next_status": next.status, "next_scope": next.scope, "next_claim": next.claim},
        "next_claimed_by": next.claimed_by,
        "next_started_ago": None if next.started_at is None else seconds_from(next.started_at, now),
        "check_in": next.check_in,
    }
