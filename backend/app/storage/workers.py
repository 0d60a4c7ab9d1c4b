"""Workers: the main processes that are alive, by their heartbeats and Postgres' clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.storage.database import Cursor, fetch_row
from app.storage.json_text import dumps


class WorkerState(NamedTuple):
    """How a worker is at a heartbeat; times are seconds since 1970 by Postgres' clock."""

    #: The kind of its pool, its processes or threads, and the handlers that run in them.
    pool: str
    slots: int
    busy: int
    #: The last pass of its timekeeper; None: it has made none yet.
    passed_at: float | None = None
    #: What its timekeeper found abandoned or lost since it started, and when last.
    rescued: int = 0
    rescued_at: float | None = None


_SEE = """
INSERT INTO workers (id, name, queues, node_types, pool, slots, busy, passed_at, rescued, rescued_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, to_timestamp(%s), %s, to_timestamp(%s))
ON CONFLICT (id) DO UPDATE SET last_seen_at = clock_timestamp(), pool = excluded.pool, slots = excluded.slots,
    busy = excluded.busy, passed_at = excluded.passed_at, rescued = excluded.rescued,
    rescued_at = excluded.rescued_at"""

_FORGET = """
DELETE FROM workers WHERE id IN (
    SELECT id FROM workers WHERE last_seen_at < clock_timestamp() - %s * interval '1 second' FOR UPDATE SKIP LOCKED)"""

_ACTIVE = "SELECT count(*) FROM workers WHERE last_seen_at > clock_timestamp() - %s * interval '1 second'"


def record_worker(
    cursor: Cursor, id: str, *, name: str, queues: Sequence[str], node_types: Sequence[str], state: WorkerState
) -> None:
    """Record the heartbeat of this worker, also if its row was removed in the meantime."""
    cursor.execute(_SEE, (id, name, dumps(list(queues)), dumps(list(node_types)), *state))


def forget_workers(cursor: Cursor, *, unseen_for: float) -> None:
    """Remove the rows of workers without a heartbeat in the last ``after`` seconds."""
    cursor.execute(_FORGET, (unseen_for,))


def remove_worker(cursor: Cursor, id: str) -> None:
    """Remove the row of a worker that stops."""
    cursor.execute("DELETE FROM workers WHERE id = %s", (id,))


def count_active(cursor: Cursor, *, within: float) -> int:
    """The number of workers with a heartbeat in the last ``within`` seconds."""
    cursor.execute(_ACTIVE, (within,))
    return int(fetch_row(cursor)[0])


_KNOWN = """
SELECT EXISTS (SELECT FROM workers WHERE last_seen_at > clock_timestamp() - %s * interval '1 second'
               AND node_types::jsonb @> to_jsonb(%s::text))"""


def is_type_known(cursor: Cursor, node_type: str, *, within: float) -> bool:
    """True if a worker with a heartbeat in the last ``within`` seconds has a handler for this node type."""
    cursor.execute(_KNOWN, (within, node_type))
    return bool(fetch_row(cursor)[0])
