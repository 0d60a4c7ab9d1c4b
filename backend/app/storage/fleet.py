"""The fleet as Postgres knows it: workers by their heartbeats, steps that wait for one, and timers that come."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from app.storage.database import Cursor

#: Steps that are looked at; a number above it means that there are more.
MOST_COUNTED = 10_000
#: Minutes ahead for which timers are counted, and parts of that time.
MINUTES, PARTS = 60, 24


class SeenWorker(NamedTuple):
    """One main process of a worker."""

    name: str
    queues: list[str]
    node_types: list[str]
    started_at: datetime
    last_seen_at: datetime
    is_alive: bool


class OpenSteps(NamedTuple):
    """Steps that are not settled, counted up to MOST_COUNTED."""

    ready: int
    #: Since when the oldest of them is ready; None: there is none.
    oldest_ready_at: datetime | None
    running: int


_WORKERS = """
SELECT name, queues, coalesce(node_types, '[]'), started_at, last_seen_at,
       last_seen_at > clock_timestamp() - %s * interval '1 second'
FROM workers ORDER BY last_seen_at DESC LIMIT 1000"""

# A step that is ready or runs is checked again within ten minutes; one that waits may be checked in a year.
_OPEN = """
SELECT count(*) FILTER (WHERE status = 'READY'), min(created_at) FILTER (WHERE status = 'READY'),
       count(*) FILTER (WHERE status = 'RUNNING')
FROM (SELECT status, created_at FROM steps
      WHERE next_check_at < clock_timestamp() + interval '11 minutes' AND status IN ('READY', 'RUNNING')
      ORDER BY next_check_at LIMIT %s) open"""

_TIMERS = """
SELECT part, count(*) FROM (
    SELECT width_bucket(extract(epoch FROM due_at - clock_timestamp())::float, 0, %(minutes)s * 60, %(parts)s) AS part
    FROM steps
    WHERE status = 'WAITING' AND next_check_at < clock_timestamp() + %(minutes)s * interval '1 minute'
      AND due_at >= clock_timestamp() AND due_at < clock_timestamp() + %(minutes)s * interval '1 minute'
    LIMIT %(most)s
) due GROUP BY part"""


def list_workers(cursor: Cursor, *, within: float) -> list[SeenWorker]:
    """Workers, the one last heard of first; alive are those with a heartbeat in the last ``within`` seconds."""
    cursor.execute(_WORKERS, (within,))
    return [SeenWorker(*row) for row in cursor.fetchall()]


def count_open_steps(cursor: Cursor) -> OpenSteps:
    """Steps that a worker could take, and those that one has."""
    cursor.execute(_OPEN, (MOST_COUNTED + 1,))
    return OpenSteps(*(cursor.fetchone() or (0, None, 0)))


def count_timers(cursor: Cursor) -> list[int]:
    """Steps that are due in each of the 24 parts of the next hour."""
    cursor.execute(_TIMERS, {"minutes": MINUTES, "parts": PARTS, "most": MOST_COUNTED})
    found = dict(cursor.fetchall())
    return [found.get(part, 0) for part in range(1, PARTS + 1)]
