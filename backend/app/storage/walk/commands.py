"""The statements behind pause, resume and retry; each runs inside a transaction that holds the execution's row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.storage.database import Cursor, fetch_row
from app.storage.rows import RESUMED_EARLY, FoundStep


def pause_steps(cursor: Cursor, execution_id: str) -> None:
    """Pause an execution: its row alone says so, and no statement starts a step of it any more."""
    cursor.execute("UPDATE executions SET status = 'PAUSED' WHERE id = %s", (execution_id,))


_RESUME_EARLY = """
UPDATE steps SET resume = %s
WHERE execution_id = %s AND node_id = %s AND visit = %s AND attempt = %s AND status = 'RUNNING'"""


def resume_once_it_waits(cursor: Cursor, execution_id: str, step: FoundStep) -> None:
    """Keep a request to resume a step whose handler still runs: if it is to wait for that, it does not wait."""
    cursor.execute(_RESUME_EARLY, (RESUMED_EARLY, execution_id, step.node_id, step.visit, step.attempt))


class WokenStep(NamedTuple):
    """A step whose wake-up is to be published."""

    node_id: str
    visit: int
    type: str
    #: Seconds until it is due, negative where that has passed; None: it waits for no time.
    due_in: float | None


_RESUME_EXECUTION = """
UPDATE executions SET
    status = CASE WHEN started_at IS NULL THEN 'PENDING' ELSE 'RUNNING' END,
    woken_at = clock_timestamp(),
    next_check_at = CASE WHEN started_at IS NULL AND next_check_at IS NOT NULL
                         THEN clock_timestamp() + %(grace)s * interval '1 second' END
WHERE id = %(id)s RETURNING next_check_at IS NOT NULL
"""
_RESUME_STEPS = """
UPDATE steps SET
    woken_at = clock_timestamp(),
    next_check_at = CASE
        WHEN due_at > clock_timestamp() + %(horizon)s * interval '1 second'
            THEN due_at - %(horizon)s / 2 * interval '1 second'
        ELSE greatest(clock_timestamp(), due_at) + %(grace)s * interval '1 second' END
WHERE execution_id = %(id)s AND (status = 'READY' OR (status = 'WAITING' AND due_at IS NOT NULL))
RETURNING node_id, visit, type, extract(epoch FROM due_at - clock_timestamp())::float8
"""
# Steps for which a signal came while the execution was paused.
_RESUME_SIGNALS = """
UPDATE signals g SET woken_at = clock_timestamp(),
    next_check_at = clock_timestamp() + %(grace)s * interval '1 second'
FROM steps s
WHERE g.execution_id = %(id)s AND s.execution_id = g.execution_id AND s.node_id = g.node_id AND s.visit = g.visit
  AND s.attempt = g.attempt AND s.status = 'WAITING'
RETURNING s.node_id, s.visit, s.type, NULL::float8
"""


def resume_steps(cursor: Cursor, execution_id: str, *, grace: float, horizon: float) -> list[WokenStep] | None:
    """
    Resume an execution that is paused; the steps to wake now.

    None where it was started and no worker has begun it: the execution itself is to be woken. One that was never
    started stays so. Steps that are due later than ``horizon`` seconds from now are left to the timekeeper.
    """
    values = {"id": execution_id, "grace": grace, "horizon": horizon}
    cursor.execute(_RESUME_EXECUTION, values)
    if fetch_row(cursor)[0]:
        return None
    cursor.execute(_RESUME_STEPS, values)
    steps = [WokenStep(*row) for row in cursor.fetchall()]
    cursor.execute(_RESUME_SIGNALS, values)
    signalled = [WokenStep(*row) for row in cursor.fetchall()]
    return [*(step for step in steps if step.due_in is None or step.due_in <= horizon), *signalled]


# What waits for a person, an event or children waits for no time, though it may give up at one.
_END_WAIT = """
UPDATE steps SET due_at = clock_timestamp(), woken_at = clock_timestamp(),
    next_check_at = clock_timestamp() + %(grace)s * interval '1 second'
WHERE execution_id = %(id)s AND node_id = %(node)s AND visit = %(visit)s AND attempt = %(attempt)s
  AND status = 'WAITING' AND resume IN ('run', 'complete') AND due_at IS NOT NULL"""


def end_wait(cursor: Cursor, execution_id: str, step: FoundStep, *, grace: float) -> bool:
    """Make a step that waits for a time due now; False where it waits for none."""
    values = {"id": execution_id, "node": step.node_id, "visit": step.visit, "attempt": step.attempt, "grace": grace}
    cursor.execute(_END_WAIT, values)
    return cursor.rowcount == 1


def resume_queued(cursor: Cursor, execution_id: str) -> None:
    """Resume an execution that was paused while it waited for a slot: it waits on."""
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
    """An execution that has ended, as far as a retry needs to know it."""

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

# An execution that no worker has begun begins anew. A step that still runs is not begun a second time.
_RUN_AGAIN = """
UPDATE executions SET status = CASE WHEN started_at IS NULL THEN 'PENDING' ELSE 'RUNNING' END,
    open_steps = open_steps + %(again)s, finished_at = NULL, error = NULL, output = NULL,
    woken_at = clock_timestamp(),
    next_check_at = CASE WHEN started_at IS NULL THEN clock_timestamp() + %(grace)s * interval '1 second' END
WHERE id = %(id)s"""


def retry_steps(cursor: Cursor, execution_id: str, *, grace: float) -> list[tuple[str, int, str]]:
    """Another attempt for every step that failed or was cancelled: node, visit and type."""
    cursor.execute(_RETRY, {"id": execution_id, "grace": grace})
    again = list(cursor.fetchall())
    cursor.execute(_RUN_AGAIN, {"id": execution_id, "grace": grace, "again": len(again)})
    return again
