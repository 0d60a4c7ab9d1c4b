"""The statements behind pause, resume and retry; each runs inside a transaction that holds the execution's row."""

from __future__ import annotations

from dataclasses import dataclass

from app.storage.database import Cursor, fetch_row


def pause_steps(cursor: Cursor, execution_id: str) -> None:
    cursor.execute("UPDATE executions SET status = 'PAUSED' WHERE id = %s", (execution_id,))


_RESUME_STEPS = """
UPDATE steps SET next_check_at = CASE
    WHEN due_at > clock_timestamp() + %(horizon)s * interval '1 second'
        THEN due_at - %(horizon)s / 2 * interval '1 second'
    ELSE greatest(clock_timestamp(), due_at) + %(grace)s * interval '1 second' END
WHERE execution_id = %(id)s AND (status = 'READY' OR (status = 'WAITING' AND due_at IS NOT NULL))
RETURNING node_id, visit, type, extract(epoch FROM due_at - clock_timestamp())::float8
"""


#: Steps for which a signal came while the execution was paused.
_TOLD = """
SELECT s.node_id, s.visit, s.type, NULL::float8
FROM signals g JOIN steps s USING (execution_id, node_id, visit, attempt)
WHERE g.execution_id = %s AND s.status = 'WAITING'"""


def resume_steps(
    cursor: Cursor, execution_id: str, *, grace: float, horizon: float
) -> list[tuple[str, int, str, float | None]] | None:
    """
    The steps to wake now: node, visit, type, and seconds until it is due; None where the execution was started, and
    no worker has begun it. One that was never started still is not.

    What is due later than the horizon is left to the timekeeper.
    """
    cursor.execute(
        "UPDATE executions SET status = CASE WHEN started_at IS NULL THEN 'PENDING' ELSE 'RUNNING' END,"
        " next_check_at = CASE WHEN started_at IS NULL AND next_check_at IS NOT NULL"
        " THEN clock_timestamp() + %s * interval '1 second' END"
        " WHERE id = %s RETURNING next_check_at IS NOT NULL",
        (grace, execution_id),
    )
    if fetch_row(cursor)[0]:
        return None
    cursor.execute(_RESUME_STEPS, {"id": execution_id, "grace": grace, "horizon": horizon})
    due = [found for found in cursor.fetchall() if found[3] is None or found[3] <= horizon]
    cursor.execute(_TOLD, (execution_id,))
    return [*due, *cursor.fetchall()]


def resume_queued(cursor: Cursor, execution_id: str) -> None:
    """An execution that was paused while it waited for a slot waits on."""
    cursor.execute(
        "UPDATE executions SET status = CASE WHEN started_at IS NULL THEN 'PENDING' ELSE 'RUNNING' END WHERE id = %s",
        (execution_id,),
    )


# A failed step whose failure was caught has an output, and is kept as it is.
_BROKEN = """(SELECT DISTINCT ON (node_id, visit) * FROM steps WHERE execution_id = %(id)s
      ORDER BY node_id, visit, attempt DESC) newest
WHERE status = 'CANCELLED' OR (status = 'FAILED' AND output IS NULL)"""


@dataclass(frozen=True)
class Past:
    """What became of an execution that has ended, as far as a retry asks for it."""

    #: False where it was submitted, and ended before anybody started it.
    started: bool
    #: True where a worker has begun it.
    begun: bool
    compensated: bool
    #: True where steps of it failed or were cancelled.
    broken: bool
    #: The lane that limits how often such executions begin, where it has not counted this one.
    uncounted_by: str | None


_PAST = f"""
SELECT started_at IS NOT NULL OR next_check_at IS NOT NULL OR lane IS NOT NULL, started_at IS NOT NULL,
       EXISTS (SELECT FROM steps WHERE execution_id = %(id)s AND compensates IS NOT NULL),
       EXISTS (SELECT FROM {_BROKEN}), CASE WHEN admitted_at IS NULL THEN rate END
FROM executions WHERE id = %(id)s
"""


def fetch_past(cursor: Cursor, execution_id: str) -> Past:
    cursor.execute(_PAST, {"id": execution_id})
    return Past(*fetch_row(cursor))


_RETRY = f"""
INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, scope, next_check_at)
SELECT execution_id, node_id, visit, attempt + 1, gen_random_uuid(), type, 'READY', scope,
       clock_timestamp() + %(grace)s * interval '1 second'
FROM {_BROKEN}
RETURNING node_id, visit, type
"""

# What no worker has begun begins anew; of the rest, what still runs of before is not begun a second time.
_RUN_AGAIN = """
UPDATE executions SET status = CASE WHEN started_at IS NULL THEN 'PENDING' ELSE 'RUNNING' END,
    open_steps = open_steps + %(again)s, finished_at = NULL, error = NULL, output = NULL,
    next_check_at = CASE WHEN started_at IS NULL THEN clock_timestamp() + %(grace)s * interval '1 second' END
WHERE id = %(id)s"""


def retry_steps(cursor: Cursor, execution_id: str, *, grace: float) -> list[tuple[str, int, str]]:
    """Another try for every step that failed or was cancelled: node, visit and type."""
    cursor.execute(_RETRY, {"id": execution_id, "grace": grace})
    again = list(cursor.fetchall())
    cursor.execute(_RUN_AGAIN, {"id": execution_id, "grace": grace, "again": len(again)})
    return again
