"""The self-check: live executions that neither move nor wait for anything that will be checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.storage.database import Cursor, fetch_row
from app.storage.ids import NOBODY


class StuckExecution(NamedTuple):
    """A live execution without a way out."""

    execution_id: str
    #: The step that is the cause; None: the execution itself.
    node_id: str | None
    reason: str


# One statement, so one snapshot: a change that is being made is seen as a whole or not at all. A slice in the order of
# ids, from the index of live executions; those that run a graph in place are reached through their parents. Not stuck:
# a paused execution, one that was submitted and never started, and a step that waits to be resumed from outside.
_FIND = """
WITH RECURSIVE slice AS (
    SELECT * FROM (
        (SELECT id, status, queued, lane, rate, next_check_at FROM executions
         WHERE status = 'PENDING' AND inline_path IS NULL AND id > %(after)s ORDER BY id LIMIT %(limit)s)
        UNION ALL
        (SELECT id, status, queued, lane, rate, next_check_at FROM executions
         WHERE status = 'RUNNING' AND inline_path IS NULL AND id > %(after)s ORDER BY id LIMIT %(limit)s)
    ) live ORDER BY id LIMIT %(limit)s
), checked AS (
    SELECT * FROM slice
    UNION ALL
    SELECT c.id, c.status, c.queued, c.lane, c.rate, c.next_check_at
    FROM checked p JOIN fan_outs f ON f.execution_id = p.id AND NOT f.closed
    JOIN executions c ON c.fan_out_id = f.id
    WHERE c.inline_path IS NOT NULL AND c.status IN ('PENDING', 'RUNNING')
), live_steps AS (
    SELECT s.*, c.queued FROM checked c JOIN steps s ON s.execution_id = c.id
    WHERE s.status IN ('READY', 'RUNNING', 'WAITING')
), stuck AS (
    SELECT id AS execution_id, NULL AS node_id, 'it is PENDING and nothing checks it' AS reason FROM checked
    WHERE status = 'PENDING' AND NOT queued AND next_check_at IS NULL AND lane IS NOT NULL
    UNION ALL
    SELECT id, NULL, 'it is queued in a lane that nothing checks' FROM checked
    WHERE queued AND NOT EXISTS (
        SELECT FROM lanes WHERE name IN (checked.lane, checked.rate) AND next_check_at IS NOT NULL)
    UNION ALL
    SELECT id, NULL, 'it is RUNNING and has no live step' FROM checked
    WHERE status = 'RUNNING' AND NOT EXISTS (SELECT FROM live_steps s WHERE s.execution_id = checked.id)
    UNION ALL
    SELECT execution_id, node_id, 'its step is ' || status || ' and nothing checks it' FROM live_steps
    WHERE next_check_at IS NULL AND (status IN ('READY', 'RUNNING') OR due_at IS NOT NULL)
    UNION ALL
    SELECT execution_id, node_id, 'its step is WAITING and nothing will end that' FROM live_steps s
    WHERE status = 'WAITING' AND next_check_at IS NULL AND due_at IS NULL AND resume = 'timeout'
      AND NOT EXISTS (SELECT FROM signals g WHERE g.execution_id = s.execution_id AND g.node_id = s.node_id
                      AND g.visit = s.visit AND g.attempt = s.attempt)
      AND NOT EXISTS (SELECT FROM subscriptions w WHERE w.execution_id = s.execution_id AND w.node_id = s.node_id
                      AND w.visit = s.visit AND w.attempt = s.attempt)
      AND NOT EXISTS (SELECT FROM approvals a WHERE a.execution_id = s.execution_id AND a.node_id = s.node_id
                      AND a.visit = s.visit AND a.attempt = s.attempt AND a.status = 'PENDING')
      AND NOT EXISTS (SELECT FROM fan_outs f WHERE f.execution_id = s.execution_id AND f.node_id = s.node_id
                      AND f.visit = s.visit AND f.attempt = s.attempt AND NOT f.closed)
)
SELECT (SELECT count(*) FROM slice), (SELECT max(id::text) FROM slice),
       coalesce((SELECT json_agg(json_build_array(execution_id, node_id, reason)) FROM (
           SELECT * FROM stuck ORDER BY execution_id, node_id LIMIT %(most)s) shown), '[]'),
       (SELECT count(*) FROM stuck)
"""


class CheckedSlice(NamedTuple):
    """What one statement of the self-check found."""

    #: Some of those that are stuck, and how many there are.
    stuck: list[StuckExecution]
    total: int
    #: Where the next slice begins; None: this was the last one.
    next: str | None


def find_stuck(cursor: Cursor, *, after: str | None, limit: int, most: int = 20) -> CheckedSlice:
    """Check the next ``limit`` live executions, in the order of ids; ``most`` of those that are stuck are named."""
    cursor.execute(_FIND, {"after": after or NOBODY, "limit": limit, "most": most})
    checked, last, found, count = fetch_row(cursor)
    return CheckedSlice([StuckExecution(*each) for each in found], count, last if checked == limit else None)


# Whatever brought it about, being checked is the way out: the walk decides what becomes of the step.
_CHECK_STEPS = """
UPDATE steps SET next_check_at = clock_timestamp()
WHERE execution_id = ANY(%(ids)s::uuid[]) AND next_check_at IS NULL
  AND (status IN ('READY', 'RUNNING') OR (status = 'WAITING' AND due_at IS NOT NULL));
UPDATE executions SET next_check_at = clock_timestamp()
WHERE id = ANY(%(ids)s::uuid[]) AND next_check_at IS NULL AND status = 'PENDING' AND NOT queued AND lane IS NOT NULL;
UPDATE lanes SET next_check_at = clock_timestamp()
WHERE next_check_at IS NULL AND name IN (
    SELECT unnest(ARRAY[lane, rate]) FROM executions WHERE id = ANY(%(ids)s::uuid[]) AND queued)
"""


def check_again(cursor: Cursor, execution_ids: Sequence[str]) -> None:
    """Have the timekeeper check what these executions wait for."""
    cursor.execute(_CHECK_STEPS, {"ids": list(execution_ids)})
