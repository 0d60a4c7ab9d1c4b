"""
The timekeeper's statements: what is due, abandoned, or may have been lost.

Each takes a bounded batch with ``SKIP LOCKED``, so that the timekeepers of many workers share the work, and moves
``next_check_at`` on in the same statement, so that what one has seen to the next leaves alone. What has come due is
asked by ``statement_timestamp()``, which an index can be searched with: ``clock_timestamp()`` may differ from row to
row, and every sleeping row would be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.storage.database import Cursor


@dataclass(frozen=True)
class DueStep:
    """A step that the timekeeper has to see to; its status is the one it had."""

    execution_id: str
    node_id: str
    visit: int
    type: str
    status: str
    claim: int
    #: Seconds until it is due; None: nothing to wait for.
    due_in: float | None
    #: Seconds since it was created.
    age: float
    #: True where its worker was lost and it may not be given to another.
    lost: bool


# A claim that ran out makes its step READY again, unless too many workers were lost with it or its execution has
# stopped: then the walk settles it. A paused execution is looked at again when it is resumed, and one that waits for a
# slot when it has one.
_STEPS = """
WITH due AS (
    SELECT s.execution_id, s.node_id, s.visit, s.attempt, s.status,
           e.status = 'PAUSED' OR e.queued AS paused,
           s.status = 'RUNNING' AND (s.claim >= %(losses)s OR (s.compensates IS NULL
               AND (e.closing IS NOT NULL OR e.status NOT IN ('RUNNING', 'PAUSED')))) AS lost
    FROM steps s JOIN executions e ON e.id = s.execution_id
    WHERE s.next_check_at <= statement_timestamp() AND s.status IN ('READY', 'RUNNING', 'WAITING')
    ORDER BY s.next_check_at LIMIT %(batch)s
    FOR UPDATE OF s SKIP LOCKED
)
UPDATE steps s SET
    status = CASE WHEN due.status = 'RUNNING' AND NOT due.lost THEN 'READY' ELSE s.status END,
    next_check_at = CASE
        WHEN due.paused AND NOT due.lost THEN NULL
        WHEN due.status = 'RUNNING' THEN clock_timestamp() + %(grace)s * interval '1 second'
        ELSE greatest(clock_timestamp(), s.due_at) + greatest(
            %(grace)s * interval '1 second',
            least(clock_timestamp() - greatest(s.created_at, s.due_at), interval '30 seconds'))
        END
FROM due
WHERE s.execution_id = due.execution_id AND s.node_id = due.node_id AND s.visit = due.visit AND s.attempt = due.attempt
RETURNING s.execution_id, s.node_id, s.visit, s.type, due.status, s.claim,
          extract(epoch FROM s.due_at - clock_timestamp())::float8,
          extract(epoch FROM clock_timestamp() - greatest(s.created_at, s.due_at))::float8, due.lost, due.paused
"""


def due_steps(cursor: Cursor, *, grace: float, losses: int, batch: int) -> list[DueStep]:
    """Steps to see to now, at most ``batch``; ``losses`` workers are what one step may take with it."""
    cursor.execute(_STEPS, {"grace": grace, "losses": losses, "batch": batch})
    return [DueStep(*row[:9]) for row in cursor.fetchall() if row[8] or not row[9]]


_EXECUTIONS = """
UPDATE executions e SET next_check_at = clock_timestamp() + greatest(
    %(grace)s * interval '1 second', least(clock_timestamp() - e.created_at, interval '30 seconds'))
FROM (SELECT id FROM executions
      WHERE next_check_at <= statement_timestamp() AND status IN ('PENDING', 'RUNNING') AND NOT queued
      ORDER BY next_check_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED) due
WHERE e.id = due.id
RETURNING e.id, extract(epoch FROM clock_timestamp() - e.created_at)::float8
"""


def due_executions(cursor: Cursor, *, grace: float, batch: int) -> list[tuple[str, float]]:
    """Executions that no worker has begun in time, each with its age in seconds."""
    cursor.execute(_EXECUTIONS, {"grace": grace, "batch": batch})
    return list(cursor.fetchall())
