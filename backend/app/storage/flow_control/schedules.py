"""Schedules: which workflows are due to post an event, and when they are next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from app.storage.database import Cursor, fetch_row
from app.storage.events import NewEvent, Started
from app.storage.flow_control.fragments import insert_executions
from app.storage.json_text import dumps


@dataclass(frozen=True)
class DueSchedule:
    """A workflow whose schedule is due."""

    workflow_id: str
    flow: Any
    #: The first time that is due, and what time it is now.
    first: datetime
    now: datetime


# A lock on the workflow's row is the claim: it ends with the transaction that posts the event and sets the next time.
# Nobody who holds a lane or a window waits for a workflow's row, and a save that waits for this one holds nothing that
# posting needs.
_TAKE = """
SELECT id, flow, next_at, clock_timestamp() FROM workflows
WHERE next_at <= statement_timestamp() AND NOT (id = ANY(%(but)s::uuid[]))
ORDER BY next_at LIMIT %(batch)s FOR NO KEY UPDATE SKIP LOCKED
"""
_TAKE_ONE = """
SELECT id, flow, next_at, clock_timestamp() FROM workflows
WHERE id = %s AND next_at <= statement_timestamp() FOR NO KEY UPDATE SKIP LOCKED
"""


def take_due_schedules(cursor: Cursor, *, batch: int, but: Sequence[str] = ()) -> list[DueSchedule]:
    """Workflows whose time has come, claimed until the open transaction ends."""
    cursor.execute(_TAKE, {"batch": batch, "but": list(but)})
    return [DueSchedule(*row) for row in cursor.fetchall()]


def take_due_schedule(cursor: Cursor, workflow_id: str) -> DueSchedule | None:
    """The same of one workflow; None where its time has not come, or another transaction has claimed it."""
    cursor.execute(_TAKE_ONE, (workflow_id,))
    row = cursor.fetchone()
    return DueSchedule(*row) if row else None


_SET_NEXT = """
UPDATE workflows SET next_at = next.next_at
FROM unnest(%(ids)s::uuid[], %(times)s::timestamptz[]) AS next (id, next_at) WHERE workflows.id = next.id
"""


def set_next_times(cursor: Cursor, times: Mapping[str, datetime | None]) -> None:
    """Set the next time of workflows that are claimed; None: there is none."""
    if times:
        cursor.execute(_SET_NEXT, {"ids": list(times), "times": list(times.values())})


@dataclass(frozen=True)
class ScheduledEvent:
    """An event of a schedule, its answer as JSON text, and the executions that it starts."""

    event: NewEvent
    answer: str
    started: Started


class Accepted(NamedTuple):
    """What became of scheduled events."""

    #: The catalog's revision at that moment; another one than asked for: nothing is written.
    revision: int
    #: The events that are new; the others had been posted before.
    event_ids: list[str]
    #: True where steps wait for events, so these have to be matched with them.
    is_awaited: bool


# The statement of storage/events.py that accepts one event, for many that come from schedules.
_ACCEPT = f"""
WITH current AS (
    SELECT revision FROM catalog WHERE id = 1
), posts AS (
    SELECT n.* FROM current, unnest(
        %(ids)s::uuid[], %(sources)s::json[], %(types)s::json[], %(times)s::json[], %(payloads)s::json[],
        %(keys)s::text[], %(key_days)s::int[], %(answers)s::json[], %(received)s::timestamptz[]
    ) AS n (id, source, type, time, payload, key, key_days, answer, received_at)
    WHERE revision = %(revision)s
), claimed AS (
    INSERT INTO idempotency_keys AS known (key, route, status, response, expires_at)
    SELECT key, 'POST /events', 200, answer, clock_timestamp() + key_days * interval '1 day' FROM posts
    ON CONFLICT (key) DO UPDATE
    SET response = excluded.response, created_at = clock_timestamp(), expires_at = excluded.expires_at
    WHERE known.expires_at <= clock_timestamp()
    RETURNING key
), accepted AS (
    INSERT INTO events (id, source, type, time, payload, answer, received_at)
    SELECT id, source, type, time, payload, answer, received_at FROM posts JOIN claimed USING (key)
    RETURNING id, payload
), started AS ({insert_executions(payload="a.payload", event="a.id")}
    FROM accepted a JOIN unnest(
        %(started)s::uuid[], %(started_by)s::uuid[], %(workflow_ids)s::uuid[], %(versions)s::int[], %(lanes)s::text[],
        %(queued)s::bool[], %(rates)s::text[]
    ) AS s (id, event_id, workflow_id, version, lane, queued, rate) ON s.event_id = a.id
), unmatched AS (
    INSERT INTO unmatched_events (event_id)
    SELECT id FROM accepted WHERE EXISTS (SELECT FROM subscriptions)
    RETURNING event_id
)
SELECT c.revision, ARRAY(SELECT id FROM accepted), EXISTS (SELECT FROM unmatched) FROM current c
"""


def accept_scheduled_events(
    cursor: Cursor, posts: Sequence[ScheduledEvent], *, revision: int, grace: float
) -> Accepted:
    """Keep events of schedules with their executions, if the catalog is at this revision."""
    events = [post.event for post in posts]
    executions = [
        (id, post.event.id, *others)
        for post in posts
        for id, *others in zip(
            post.started.ids,
            post.started.workflow_ids,
            post.started.versions,
            post.started.lanes,
            post.started.queued,
            post.started.rates,
            strict=True,
        )
    ]
    names = ("started", "started_by", "workflow_ids", "versions", "lanes", "queued", "rates")
    values: dict[str, Any] = {
        "ids": [event.id for event in events],
        "sources": [dumps(event.source) for event in events],
        "types": [dumps(event.type) for event in events],
        "times": [dumps(event.time) for event in events],
        "payloads": [event.text for event in events],
        "keys": [event.dedupe_key for event in events],
        "key_days": [event.key_days for event in events],
        "answers": [post.answer for post in posts],
        "received": [event.received_at for event in events],
        "revision": revision,
        "grace": grace,
        **{name: [row[number] for row in executions] for number, name in enumerate(names)},
    }
    cursor.execute(_ACCEPT, values)
    return Accepted(*fetch_row(cursor))
