"""Signals: rows that end the waiting of a step, kept until the step has continued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.storage.database import Cursor
from app.storage.queue_progress import QueueProgress
from app.storage.rows import FoundStep


@dataclass(frozen=True)
class Signal:
    """The kind of a signal, and the row that it refers to."""

    kind: str
    ref: str
    #: True where a timekeeper has woken its step: an earlier wake-up had no effect.
    woken: bool = False


#: The children that a step waits for have ended, or one has failed; ``ref`` is their fan-out.
CHILDREN = "children"
#: The event that a step waits for was matched; ``ref`` is its id.
EVENT = "event"

_TAKE = """
DELETE FROM signals WHERE execution_id = %s AND node_id = %s AND visit = %s AND attempt = %s
RETURNING kind, ref, woken_at IS NOT NULL"""


def take_signal(cursor: Cursor, execution_id: str, step: FoundStep) -> Signal | None:
    """Take the signal of this step; the caller holds the execution and settles the step in the same transaction."""
    cursor.execute(_TAKE, (execution_id, step.node_id, step.visit, step.attempt))
    row = cursor.fetchone()
    return Signal(*row) if row else None


# A signal for a step that does not wait any more is deleted. Nothing is published while the execution is paused or
# queued: resuming it publishes its signals.
_DUE = """
WITH due AS (
    SELECT g.execution_id, g.node_id, g.visit, g.attempt,
           coalesce(s.status = 'WAITING', false) AS is_waiting,
           e.status = 'PAUSED' OR e.queued AS is_suspended,
           extract(epoch FROM coalesce(g.woken_at, g.next_check_at)) < %(consumed)s AS is_lost,
           clock_timestamp() - coalesce(g.woken_at, g.next_check_at) AS age
    FROM signals g
    LEFT JOIN executions e ON e.id = g.execution_id
    LEFT JOIN steps s ON s.execution_id = g.execution_id AND s.node_id = g.node_id AND s.visit = g.visit
        AND s.attempt = g.attempt
    WHERE g.next_check_at <= statement_timestamp() ORDER BY g.next_check_at LIMIT %(batch)s
    FOR UPDATE OF g SKIP LOCKED
), deleted AS (
    DELETE FROM signals g USING due WHERE NOT due.is_waiting AND g.execution_id = due.execution_id
        AND g.node_id = due.node_id AND g.visit = due.visit AND g.attempt = due.attempt
)
UPDATE signals g SET
    woken_at = CASE WHEN is_lost AND NOT is_suspended THEN clock_timestamp() ELSE g.woken_at END,
    next_check_at = clock_timestamp() + interval '1 second' * CASE
        WHEN is_suspended THEN %(suspended_check)s
        WHEN is_lost THEN %(grace)s
        ELSE greatest(%(grace)s, least(extract(epoch FROM age)::float8, %(max_queued_interval)s)) END
FROM due WHERE due.is_waiting AND g.execution_id = due.execution_id AND g.node_id = due.node_id
    AND g.visit = due.visit AND g.attempt = due.attempt
RETURNING g.execution_id, g.node_id, g.visit, is_lost AND NOT is_suspended
"""


class DueSignal(NamedTuple):
    """A waiting step whose wake-up is to be published."""

    execution_id: str
    node_id: str
    visit: int


def take_due_signals(
    cursor: Cursor, progress: QueueProgress, *, grace: float, batch: int
) -> tuple[list[DueSignal], int]:
    """Waiting steps that have a signal and whose wake-up was lost, and how many signals were checked."""
    cursor.execute(_DUE, {**progress.values(grace), "batch": batch})
    rows = cursor.fetchall()
    return [DueSignal(*row[:3]) for row in rows if row[3]], len(rows)
