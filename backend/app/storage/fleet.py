"""The fleet as Postgres knows it: workers by their heartbeats, steps that wait for one, and timers that come."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from app.storage.database import Cursor, fetch_row

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
    #: As of the last heartbeat; None: a build that does not record it.
    pool: str | None
    slots: int | None
    busy: int | None


class OpenWork(NamedTuple):
    """Steps of one type, or executions that have not begun, that wait for a worker; counted up to MOST_COUNTED."""

    #: None: executions.
    type: str | None
    ready: int
    #: Since when the oldest of them is ready; None: there is none.
    oldest_ready_at: datetime | None
    running: int


class Upkeep(NamedTuple):
    """What the timekeepers of all workers have done; of those that died, in the hour after their death."""

    passed_at: datetime | None
    rescued: int
    rescued_at: datetime | None


_WORKERS = """
SELECT name, queues, coalesce(node_types, '[]'), started_at, last_seen_at,
       last_seen_at > clock_timestamp() - %s * interval '1 second', pool, slots, busy
FROM workers ORDER BY last_seen_at DESC LIMIT 1000"""

# A step that is ready or runs is checked again within ten minutes; one that waits may be checked in a year. What is
# held, by a person or by a limit, does not wait for a worker.
_OPEN = """
SELECT s.type, count(*) FILTER (WHERE s.status = 'READY' AND NOT is_held), min(since) FILTER (
           WHERE s.status = 'READY' AND NOT is_held), count(*) FILTER (WHERE s.status = 'RUNNING')
FROM (SELECT execution_id, type, status, greatest(created_at, due_at) AS since FROM steps
      WHERE next_check_at < clock_timestamp() + interval '11 minutes' AND status IN ('READY', 'RUNNING')
      ORDER BY next_check_at LIMIT %(most)s) s
JOIN executions e ON e.id = s.execution_id
CROSS JOIN LATERAL (SELECT e.closing IS NULL AND (e.status = 'PAUSED' OR e.queued) AS is_held) h
GROUP BY s.type
UNION ALL
SELECT NULL, count(*), min(created_at), 0
FROM (SELECT created_at FROM executions
      WHERE next_check_at < clock_timestamp() + interval '11 minutes' AND status = 'PENDING' AND NOT queued
      ORDER BY next_check_at LIMIT %(most)s) e
ORDER BY 1"""

_UPKEEP = "SELECT max(passed_at), coalesce(sum(rescued), 0)::bigint, max(rescued_at) FROM workers"

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


def count_open_work(cursor: Cursor) -> list[OpenWork]:
    """Steps that a worker could take or has taken, by their type, and executions that none has begun."""
    cursor.execute(_OPEN, {"most": MOST_COUNTED + 1})
    return [OpenWork(*row) for row in cursor.fetchall()]


def read_upkeep(cursor: Cursor) -> Upkeep:
    """What the timekeepers have done."""
    cursor.execute(_UPKEEP)
    return Upkeep(*fetch_row(cursor))


def read_server_version(cursor: Cursor) -> str:
    """The version of Postgres, such as ``16.4``."""
    cursor.execute("SELECT split_part(current_setting('server_version'), ' ', 1)")
    return str(fetch_row(cursor)[0])


def count_timers(cursor: Cursor) -> list[int]:
    """Steps that are due in each of the 24 parts of the next hour."""
    cursor.execute(_TIMERS, {"minutes": MINUTES, "parts": PARTS, "most": MOST_COUNTED})
    found = dict(cursor.fetchall())
    return [found.get(part, 0) for part in range(1, PARTS + 1)]
