"""Claims on steps, while handlers run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from psycopg2.extras import execute_values

from app.storage.database import ConnectionPool, driver

# The number of the claim alone decides: a step that became READY because its lease expired, and that nobody has claimed
# since, is RUNNING again, and its worker was not lost. A new claim raises the number. A READY step whose execution is
# held is left alone: the holder may be about to claim it. So is a step whose row is locked: its result is being
# recorded. Nothing here waits for a lock, so that it cannot deadlock with transactions that lock many steps.
_RENEW = """
WITH held (execution_id, node_id, visit, attempt, claim, stopping) AS (
    SELECT execution_id::uuid, node_id, visit, attempt, claim, stopping
    FROM (VALUES %s) AS given (execution_id, node_id, visit, attempt, claim, stopping)
), running AS (
    SELECT s.execution_id, s.node_id, s.visit, s.attempt
    FROM held JOIN steps s USING (execution_id, node_id, visit, attempt, claim)
    WHERE s.status = 'RUNNING'
    FOR NO KEY UPDATE OF s SKIP LOCKED
), expired AS (
    SELECT s.execution_id, s.node_id, s.visit, s.attempt
    FROM held JOIN steps s USING (execution_id, node_id, visit, attempt, claim)
    JOIN executions e ON e.id = s.execution_id
    WHERE s.status = 'READY'
    FOR UPDATE OF s SKIP LOCKED FOR SHARE OF e SKIP LOCKED
)
UPDATE steps s SET status = 'RUNNING', next_check_at = clock_timestamp() + {lease} * interval '1 second',
    losses = s.losses - (s.status = 'READY' AND s.lost_together <= 1)::int - held.stopping, lost_together = 0,
    lost_claim = NULL
FROM held
JOIN (SELECT * FROM running UNION ALL SELECT * FROM expired) free USING (execution_id, node_id, visit, attempt)
WHERE s.execution_id = held.execution_id AND s.node_id = held.node_id AND s.visit = held.visit
  AND s.attempt = held.attempt AND s.claim = held.claim AND s.status IN ('RUNNING', 'READY')
RETURNING s.execution_id, s.node_id, s.visit, s.attempt, s.claim"""
# One that waits for a person to say what happened may still be answered by its handler.
_LOST = """
SELECT given.execution_id, given.node_id, given.visit, given.attempt, given.claim
FROM (VALUES %s) AS given (execution_id, node_id, visit, attempt, claim)
LEFT JOIN steps s ON s.execution_id = given.execution_id::uuid AND s.node_id = given.node_id
    AND s.visit = given.visit AND s.attempt = given.attempt
WHERE s.claim IS DISTINCT FROM given.claim OR s.status NOT IN ('RUNNING', 'READY', 'WAITING')"""


class LostClaim(NamedTuple):
    """A claim under which no result counts any more."""

    execution_id: str
    node_id: str
    visit: int
    attempt: int
    number: int


def renew_claims(
    engine: ConnectionPool, held: Sequence[tuple[str, str, int, int, int, int]], *, lease: float
) -> list[LostClaim]:
    """
    Renew claims for ``lease`` seconds: execution, node, visit, attempt, number, and 1 where the worker is stopping.

    Returns those that are lost: another worker has claimed the step, or it has ended. That is asked only if some are
    not renewed.

    If a worker that stops is killed before its handler ends, the step is not to blame: that loss is subtracted in
    advance, once.
    """
    with driver(engine) as connection, connection.cursor() as cursor:
        rows = execute_values(cursor, _RENEW.format(lease=float(lease)), held, page_size=len(held), fetch=True)
        renewed = {tuple(row) for row in rows}
        left = [claim[:5] for claim in held if claim[:5] not in renewed]
        if not left:
            return []
        return [LostClaim(*row) for row in execute_values(cursor, _LOST, left, page_size=len(left), fetch=True)]


# An execution that somebody holds is waited for, in the order of ids: its holder may be about to cancel, and has read
# that the step runs.
_RELEASE = """
WITH held (execution_id, node_id, visit, attempt, claim, losses) AS (
    SELECT execution_id::uuid, node_id, visit, attempt, claim, losses
    FROM (VALUES %s) AS given (execution_id, node_id, visit, attempt, claim, losses)
), executions_held AS MATERIALIZED (
    SELECT id FROM executions WHERE id IN (SELECT execution_id FROM held) ORDER BY id FOR SHARE
)
UPDATE steps s SET status = 'READY', next_check_at = clock_timestamp() + {grace} * interval '1 second',
    losses = s.losses + held.losses, lost_claim = s.claim
FROM held JOIN executions_held ON executions_held.id = held.execution_id
WHERE s.execution_id = held.execution_id AND s.node_id = held.node_id AND s.visit = held.visit
  AND s.attempt = held.attempt AND s.claim = held.claim AND s.status = 'RUNNING'
RETURNING s.execution_id, s.node_id, s.visit, s.type"""


class ReleasedStep(NamedTuple):
    """A step that is READY again."""

    execution_id: str
    node_id: str
    visit: int
    type: str


def release_claims(
    engine: ConnectionPool, held: Sequence[tuple[str, str, int, int, int, int]], *, grace: float
) -> list[ReleasedStep]:
    """
    Give claims back whose handlers have not ended: execution, node, visit, attempt, number, and losses to count.

    The steps are READY, and a timekeeper checks them after ``grace`` seconds.
    """
    with driver(engine) as connection, connection.cursor() as cursor:
        rows = execute_values(cursor, _RELEASE.format(grace=float(grace)), held, page_size=len(held), fetch=True)
        return [ReleasedStep(*row) for row in rows]
