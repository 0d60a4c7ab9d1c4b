"""
The statements that send deliveries: add, claim, record, remove.

A claim is a time until which its holder has the delivery, and a number: a result counts only under the newest one. Of
one execution only the first pending delivery of a subscription is claimed; one behind it is put off until that one is
due again, and is due at once when that one has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.storage.database import Cursor


class NewDelivery(NamedTuple):
    """An event to be delivered to every active subscription that names its type."""

    event_id: str
    execution_id: str
    workflow_id: str
    type: str
    #: A CloudEvent as JSON text.
    body: str


# ``seq`` is assigned in the order of the rows: that of the events. A subscription that is being switched off or deleted
# is waited for, and what comes behind that sees these rows.
_ADD = """
INSERT INTO deliveries (id, subscription_id, event_id, execution_id, type, body, status, next_attempt_at)
SELECT gen_random_uuid(), s.id, e.event_id, e.execution_id, e.type, e.body, 'pending', clock_timestamp()
FROM unnest(%(event_ids)s::uuid[], %(execution_ids)s::uuid[], %(workflow_ids)s::uuid[], %(types)s::text[],
            %(bodies)s::text[]) WITH ORDINALITY AS e (event_id, execution_id, workflow_id, type, body, place)
JOIN webhook_subscriptions s
    ON s.is_active AND e.type = ANY(s.types) AND (s.workflow_id IS NULL OR s.workflow_id = e.workflow_id)
ORDER BY e.place
FOR SHARE OF s
RETURNING id"""


def add_deliveries(cursor: Cursor, new: Sequence[NewDelivery]) -> int:
    """Add the deliveries of these events, in their order, in the transaction that posts them; how many there are."""
    columns = [list(column) for column in zip(*new, strict=True)] if new else [[], [], [], [], []]
    names = ("event_ids", "execution_ids", "workflow_ids", "types", "bodies")
    cursor.execute(_ADD, dict(zip(names, columns, strict=True)))
    return int(cursor.rowcount)


class ClaimedDelivery(NamedTuple):
    """A delivery that this process is to send."""

    id: str
    claim: int
    #: The number of this attempt, from 1.
    attempt: int
    event_id: str
    body: str
    subscription_id: str
    url: str
    #: Sealed.
    secret: bytes


# The lock on a subscription keeps others from claiming of it at the same time; who finds it locked passes over it. Of
# each subscription, ``room`` more may be on their way. Those behind an earlier one of their execution are put off.
_CLAIM = """
WITH open AS MATERIALIZED (
    SELECT s.id, s.url, s.secret, %(most)s - (
        SELECT count(*) FROM deliveries f WHERE f.subscription_id = s.id AND f.claimed_until > statement_timestamp()
    ) AS room
    FROM webhook_subscriptions s
    WHERE s.is_active AND EXISTS (
        SELECT FROM deliveries d
        WHERE d.subscription_id = s.id AND d.status = 'pending' AND d.next_attempt_at <= statement_timestamp())
    ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED
), due AS (
    SELECT d.id, o.id AS subscription_id, o.room, (
        SELECT e.next_attempt_at FROM deliveries e
        WHERE e.subscription_id = o.id AND e.execution_id = d.execution_id AND e.status = 'pending' AND e.seq < d.seq
        ORDER BY e.seq LIMIT 1) AS ahead, d.next_attempt_at, d.seq
    FROM open o CROSS JOIN LATERAL (
        SELECT * FROM deliveries
        WHERE subscription_id = o.id AND status = 'pending' AND next_attempt_at <= statement_timestamp()
        ORDER BY next_attempt_at, seq LIMIT %(looked_at)s) d
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY subscription_id, ahead IS NULL ORDER BY next_attempt_at, seq) AS place
    FROM due
), chosen AS (
    SELECT * FROM ranked WHERE ahead IS NOT NULL
    UNION ALL
    (SELECT * FROM ranked WHERE ahead IS NULL AND place <= room ORDER BY place LIMIT %(limit)s)
), changed AS (
    UPDATE deliveries d SET
        claim = d.claim + (c.ahead IS NULL)::int,
        attempts = d.attempts + (c.ahead IS NULL)::int,
        claimed_until = CASE WHEN c.ahead IS NULL
            THEN clock_timestamp() + %(lease)s * interval '1 second' END,
        next_attempt_at = CASE WHEN c.ahead IS NULL
            THEN clock_timestamp() + %(lease)s * interval '1 second'
            ELSE greatest(c.ahead, clock_timestamp() + interval '1 second') END
    FROM chosen c
    WHERE d.id = c.id AND d.status = 'pending' AND d.next_attempt_at <= statement_timestamp()
    RETURNING d.id, d.claim, d.attempts, d.event_id, d.body, d.subscription_id, d.claimed_until
)
SELECT c.id, c.claim, c.attempts, c.event_id, c.body, o.id, o.url, o.secret
FROM changed c JOIN open o ON o.id = c.subscription_id WHERE c.claimed_until IS NOT NULL"""


def claim_deliveries(
    cursor: Cursor, *, limit: int, most: int, lease: float, looked_at: int = 200
) -> list[ClaimedDelivery]:
    """
    Claim deliveries that are due, ``limit`` at most, for ``lease`` seconds.

    Of one subscription, at most ``most`` are on their way at a time, in all processes together.
    """
    cursor.execute(_CLAIM, {"limit": limit, "most": most, "lease": lease, "looked_at": looked_at})
    claimed = [ClaimedDelivery(*row) for row in cursor.fetchall()]
    return [each._replace(secret=bytes(each.secret)) for each in claimed]


class DeliveryResult(NamedTuple):
    """The result of one attempt."""

    id: str
    claim: int
    #: A ``DeliveryStatus``; pending: it is tried again.
    status: str
    #: Seconds until it is tried again; 0 where it is not.
    retry_in: float
    answer_status: int | None
    answer: str | None
    error: str | None


_RECORD = """
WITH result AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(claims)s::int[], %(statuses)s::text[], %(retries)s::float8[],
                         %(answer_statuses)s::int[], %(answers)s::text[], %(errors)s::text[])
        AS r (id, claim, status, retry_in, answer_status, answer, error)
), recorded AS (
    UPDATE deliveries d SET
        status = r.status, claimed_until = NULL, answer_status = r.answer_status, answer = r.answer, error = r.error,
        attempted_at = clock_timestamp(),
        next_attempt_at = CASE WHEN r.status = 'pending' THEN clock_timestamp() + r.retry_in * interval '1 second' END,
        finished_at = CASE WHEN r.status <> 'pending' THEN clock_timestamp() END
    FROM result r WHERE d.id = r.id AND d.claim = r.claim AND d.status = 'pending'
    RETURNING d.subscription_id, d.execution_id, d.seq, d.status
)
UPDATE deliveries n SET next_attempt_at = clock_timestamp()
FROM recorded r
WHERE r.status <> 'pending' AND n.claimed_until IS NULL AND n.attempts = 0 AND n.id = (
    SELECT id FROM deliveries f
    WHERE f.subscription_id = r.subscription_id AND f.execution_id = r.execution_id AND f.status = 'pending'
      AND f.seq > r.seq
    ORDER BY f.seq LIMIT 1)
RETURNING n.id"""


def record_results(cursor: Cursor, results: Sequence[DeliveryResult]) -> bool:
    """Record the results of attempts that have the newest claim. True if others are due because of them."""
    names = ("ids", "claims", "statuses", "retries", "answer_statuses", "answers", "errors")
    cursor.execute(_RECORD, dict(zip(names, map(list, zip(*results, strict=True)), strict=True)))
    return bool(cursor.rowcount)


_SWITCH_OFF = """
UPDATE webhook_subscriptions SET is_active = false, off_reason = %(reason)s, updated_at = clock_timestamp()
WHERE id = %(id)s AND url = %(url)s AND is_active"""
_GIVE_UP = """
UPDATE deliveries SET status = 'dead', error = %(reason)s, next_attempt_at = NULL, claimed_until = NULL,
    finished_at = clock_timestamp()
WHERE subscription_id = %(id)s AND status = 'pending'"""


def switch_off(cursor: Cursor, *, subscription_id: str, url: str, reason: str) -> None:
    """
    Switch a subscription off whose receiver at this URL wants nothing any more, and give up what is pending.

    In an open transaction: the second statement sees what was added before the first one held the subscription.
    """
    values = {"id": subscription_id, "url": url, "reason": reason}
    cursor.execute(_SWITCH_OFF, values)
    if cursor.rowcount:
        cursor.execute(_GIVE_UP, values)


_REMOVE = """
WITH ended AS (
    SELECT id FROM deliveries
    WHERE finished_at IS NOT NULL AND status = %(status)s
      AND finished_at < clock_timestamp() - %(days)s * interval '1 day'
    ORDER BY finished_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
)
DELETE FROM deliveries d USING ended WHERE d.id = ended.id"""


def remove_ended(cursor: Cursor, *, status: str, days: float, batch: int) -> int:
    """Remove deliveries that ended this way so long ago; how many, at most ``batch``."""
    cursor.execute(_REMOVE, {"status": status, "days": days, "batch": batch})
    return int(cursor.rowcount)
