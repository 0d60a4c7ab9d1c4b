"""Signals: word that what a waiting step was waiting for has come, kept until the step has gone on."""

from __future__ import annotations

from dataclasses import dataclass

from app.storage.database import Cursor
from app.storage.rows import FoundStep


@dataclass(frozen=True)
class Signal:
    """What has come, and which of its kind."""

    kind: str
    ref: str


#: The children that a step waits for have ended, or one has failed; ``ref`` is their fan-out.
CHILDREN = "children"
#: The event that a step waits for has come; ``ref`` is its id.
EVENT = "event"

_TAKE = """
DELETE FROM signals WHERE execution_id = %s AND node_id = %s AND visit = %s AND attempt = %s RETURNING kind, ref"""


def take_signal(cursor: Cursor, execution_id: str, step: FoundStep) -> Signal | None:
    """What has come for this step; the caller holds the execution, and settles the step in the same transaction."""
    cursor.execute(_TAKE, (execution_id, step.node_id, step.visit, step.attempt))
    row = cursor.fetchone()
    return Signal(*row) if row else None


# What came for a step that does not wait any more is forgotten.
_DUE = """
WITH due AS (
    SELECT g.execution_id, g.node_id, g.visit, g.attempt, EXISTS (
        SELECT 1 FROM steps s WHERE s.execution_id = g.execution_id AND s.node_id = g.node_id
        AND s.visit = g.visit AND s.attempt = g.attempt AND s.status = 'WAITING') AS waits
    FROM signals g WHERE g.next_check_at <= statement_timestamp()
    ORDER BY g.next_check_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), forgotten AS (
    DELETE FROM signals g USING due WHERE NOT due.waits AND g.execution_id = due.execution_id
        AND g.node_id = due.node_id AND g.visit = due.visit AND g.attempt = due.attempt
)
UPDATE signals g SET next_check_at = clock_timestamp() + %(grace)s * interval '1 second'
FROM due WHERE due.waits AND g.execution_id = due.execution_id AND g.node_id = due.node_id
    AND g.visit = due.visit AND g.attempt = due.attempt
RETURNING g.execution_id, g.node_id, g.visit
"""


def list_due_signals(cursor: Cursor, *, grace: float, batch: int) -> list[tuple[str, str, int]]:
    """Steps that were told and have not gone on in time: execution, node, visit."""
    cursor.execute(_DUE, {"grace": grace, "batch": batch})
    return list(cursor.fetchall())
