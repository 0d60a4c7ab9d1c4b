"""
The timekeeper's statements about steps and executions: what is due, abandoned, or may have lost its wake-up.

Each takes a bounded batch with ``SKIP LOCKED``, so that the timekeepers of many workers share the work, and moves
``next_check_at`` on in the same statement. What is due is asked by ``statement_timestamp()``, which an index can be
searched with: ``clock_timestamp()`` may differ from row to row, and every sleeping row would be read.

A wake-up counts as lost where it was published before everything that its queue still holds, and nothing has moved
since. When it was published is ``woken_at``, or else when the row was created or came due.
"""

from __future__ import annotations

from typing import NamedTuple

from app.storage.database import Cursor, fetch_row
from app.storage.queue_progress import QueueProgress


class DueStep(NamedTuple):
    """A step whose wake-up is to be published."""

    execution_id: str
    node_id: str
    visit: int
    type: str
    #: Seconds until it is due, negative where that has passed; None: it waits for no time.
    due_in: float | None


# An execution that somebody holds is passed over and checked a second later: its holder may be about to cancel, resume
# or settle this very step, and reads the step's status before this statement's change is committed. A lease that ended
# makes its step READY; what becomes of it (another attempt, poisoned, cancelled with its execution) is decided by the
# walk. Steps of an execution that is paused or queued are not published, but are checked again all the same. A server
# that started less than a lease ago has seen no renewal yet, so it ends no lease. The message for a time that comes
# near is published up to a horizon before it.
#
# When the first lease of a process ends, all steps that it runs are marked as lost together, also those whose leases
# end later: any of them may have ended it. The mark is void once their process renews a lease, or another one claims
# the step. A loss counts for ``poisoned`` only where the step was alone; one of a worker that is being stopped, for
# which one was subtracted in advance, only takes that back.
_STEPS = """
WITH due AS (
    SELECT s.execution_id, s.node_id, s.visit, s.attempt, s.status,
           e.closing IS NULL AND (e.status = 'PAUSED' OR e.queued) AS is_suspended,
           greatest(s.created_at, s.due_at) AS since,
           greatest(s.created_at, s.due_at - %(horizon)s * interval '1 second', s.woken_at) AS woken_before,
           coalesce(routed.consumed, %(consumed)s) AS consumed, s.claimed_by, s.lost_together
    FROM steps s JOIN executions e ON e.id = s.execution_id
    LEFT JOIN unnest(%(types)s::text[], %(types_consumed)s::float8[]) AS routed (type, consumed) ON routed.type = s.type
    WHERE s.next_check_at <= statement_timestamp() AND s.status IN ('READY', 'RUNNING', 'WAITING')
      AND (s.status <> 'RUNNING' OR (
          %(ends_leases)s AND pg_postmaster_start_time() < clock_timestamp() - %(lease)s * interval '1 second'))
    ORDER BY s.next_check_at LIMIT %(batch)s
    FOR UPDATE OF s SKIP LOCKED FOR SHARE OF e SKIP LOCKED
), together AS (
    SELECT s.execution_id, s.node_id, s.visit, s.attempt, count(*) OVER (PARTITION BY claimed_by) AS size
    FROM steps s JOIN (SELECT DISTINCT claimed_by FROM due WHERE status = 'RUNNING') lost USING (claimed_by)
    WHERE s.next_check_at <= statement_timestamp() + %(lease)s * interval '1 second' AND s.status = 'RUNNING'
), marked AS (
    UPDATE steps s SET lost_together = size
    FROM (SELECT s.execution_id, s.node_id, s.visit, s.attempt, size
          FROM together JOIN steps s USING (execution_id, node_id, visit, attempt)
          LEFT JOIN due USING (execution_id, node_id, visit, attempt)
          WHERE due.status IS NULL AND s.status = 'RUNNING' FOR UPDATE OF s SKIP LOCKED) others
    WHERE s.execution_id = others.execution_id AND s.node_id = others.node_id AND s.visit = others.visit
      AND s.attempt = others.attempt
), decided AS (
    SELECT due.*, greatest(size, lost_together, 1) AS size, NOT is_suspended AND (
        status = 'RUNNING' OR since > clock_timestamp()
        OR extract(epoch FROM woken_before) < consumed
    ) AS is_woken
    FROM due LEFT JOIN together USING (execution_id, node_id, visit, attempt)
)
UPDATE steps s SET
    status = CASE decided.status WHEN 'RUNNING' THEN 'READY' ELSE s.status END,
    losses = s.losses + (decided.status = 'RUNNING' AND (size = 1 OR s.losses < 0))::int,
    lost_together = CASE WHEN decided.status = 'RUNNING' AND s.losses >= 0 THEN size ELSE s.lost_together END,
    lost_claim = CASE decided.status WHEN 'RUNNING' THEN s.claim ELSE s.lost_claim END,
    woken_at = CASE WHEN is_woken THEN clock_timestamp() ELSE s.woken_at END,
    next_check_at = CASE
        WHEN is_suspended THEN clock_timestamp() + %(suspended_check)s * interval '1 second'
        WHEN decided.status = 'RUNNING' THEN clock_timestamp() + %(grace)s * interval '1 second'
        WHEN since > clock_timestamp() THEN s.due_at + %(late)s * interval '1 second'
        ELSE greatest(clock_timestamp(), s.due_at) + interval '1 second' * greatest(%(grace)s, least(
            extract(epoch FROM clock_timestamp() - since)::float8,
            CASE WHEN is_woken THEN %(max_interval)s ELSE %(max_queued_interval)s END))
        END
FROM decided
WHERE s.execution_id = decided.execution_id AND s.node_id = decided.node_id AND s.visit = decided.visit
  AND s.attempt = decided.attempt
RETURNING s.execution_id, s.node_id, s.visit, s.type, extract(epoch FROM s.due_at - clock_timestamp())::float8, is_woken
"""


def take_due_steps(
    cursor: Cursor,
    progress: QueueProgress,
    *,
    grace: float,
    batch: int,
    lease: float = 0.0,
    ends_leases: bool = True,
    horizon: float = 0.0,
    late: float = 1.0,
) -> tuple[list[DueStep], int]:
    """
    Steps whose wake-up is to be published, and how many were checked (``batch`` at most).

    In seconds: ``grace`` is the least time between two checks, ``lease`` the duration of a lease, ``horizon`` how long
    before its time a message is published, and ``late`` when a step is checked after its time. Without ``ends_leases``,
    steps that run are left alone.
    """
    values = {"batch": batch, "lease": lease, "ends_leases": ends_leases, "horizon": horizon, "late": late}
    cursor.execute(_STEPS, {**progress.values(grace), **values})
    rows = cursor.fetchall()
    return [DueStep(*row[:5]) for row in rows if row[5]], len(rows)


# Nobody else changes an execution that is PENDING and not queued without holding it; one that is held is passed over.
_EXECUTIONS = """
WITH due AS (
    SELECT id, extract(epoch FROM coalesce(woken_at, created_at)) < %(consumed)s AS is_woken FROM executions
    WHERE next_check_at <= statement_timestamp() AND status IN ('PENDING', 'RUNNING') AND NOT queued
    ORDER BY next_check_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
)
UPDATE executions e SET
    woken_at = CASE WHEN is_woken THEN clock_timestamp() ELSE e.woken_at END,
    next_check_at = clock_timestamp() + interval '1 second' * greatest(%(grace)s, least(
        extract(epoch FROM clock_timestamp() - e.created_at)::float8,
        CASE WHEN is_woken THEN %(max_interval)s ELSE %(max_queued_interval)s END))
FROM due WHERE e.id = due.id
RETURNING e.id, is_woken
"""


def take_due_executions(cursor: Cursor, progress: QueueProgress, *, grace: float, batch: int) -> tuple[list[str], int]:
    """Executions that no worker has begun and whose wake-up is to be published, and how many were checked."""
    cursor.execute(_EXECUTIONS, {**progress.values(grace), "batch": batch})
    rows = cursor.fetchall()
    return [id for id, is_woken in rows if is_woken], len(rows)


class DueKinds(NamedTuple):
    """What there is to do, by kind."""

    steps: bool
    executions: bool
    signals: bool
    matching: bool
    fan_outs: bool
    schedules: bool
    windows: bool
    lanes: bool
    backtests: bool
    deliveries: bool


# One statement a second is what an idle worker costs. Each question is a search in an index that ends at its first row.
# Matching and posting are asked for by whoever commits; the timekeeper asks again a second later.
_KINDS = """
SELECT (SELECT next_check_at FROM steps
        WHERE next_check_at <= statement_timestamp() AND status IN ('READY', 'RUNNING', 'WAITING')
        ORDER BY next_check_at LIMIT 1) IS NOT NULL,
       (SELECT next_check_at FROM executions
        WHERE next_check_at <= statement_timestamp() AND status IN ('PENDING', 'RUNNING')
        ORDER BY next_check_at LIMIT 1) IS NOT NULL,
       (SELECT next_check_at FROM signals
        WHERE next_check_at <= statement_timestamp() ORDER BY next_check_at LIMIT 1) IS NOT NULL,
       (SELECT next_check_at FROM subscriptions
        WHERE next_check_at <= statement_timestamp() - interval '1 second'
        ORDER BY next_check_at LIMIT 1) IS NOT NULL
       OR (SELECT event_id FROM unmatched_events
           WHERE accepted_at <= statement_timestamp() - interval '1 second' ORDER BY event_id LIMIT 1) IS NOT NULL,
       (SELECT next_check_at FROM fan_outs
        WHERE next_check_at <= statement_timestamp() ORDER BY next_check_at LIMIT 1) IS NOT NULL,
       (SELECT next_at FROM workflows
        WHERE next_at <= statement_timestamp() ORDER BY next_at LIMIT 1) IS NOT NULL,
       (SELECT closes_at FROM windows
        WHERE closes_at <= statement_timestamp() ORDER BY closes_at LIMIT 1) IS NOT NULL,
       (SELECT next_check_at FROM lanes
        WHERE next_check_at <= statement_timestamp() ORDER BY next_check_at LIMIT 1) IS NOT NULL,
       (SELECT next_check_at FROM backtests
        WHERE next_check_at <= statement_timestamp() ORDER BY next_check_at LIMIT 1) IS NOT NULL,
       (SELECT seq FROM engine_events
        WHERE next_check_at <= statement_timestamp() - interval '1 second' ORDER BY seq LIMIT 1) IS NOT NULL
       OR (SELECT next_attempt_at FROM deliveries
           WHERE status = 'pending' AND next_attempt_at <= statement_timestamp()
           ORDER BY next_attempt_at LIMIT 1) IS NOT NULL
"""


def find_due_kinds(cursor: Cursor) -> DueKinds:
    """What a timekeeper has to do now."""
    cursor.execute(_KINDS)
    return DueKinds(*fetch_row(cursor))
