"""Events from outside that are accepted together: one statement, however many they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.storage.database import Cursor, fetch_row
from app.storage.events import NewEvent, Started, json_value
from app.storage.flow_control.fragments import insert_executions
from app.storage.json_text import dumps
from app.storage.prepared import PreparedStatement


@dataclass(frozen=True)
class Offered:
    """An event from outside that is to be accepted, its answer and its executions, which enter no lanes."""

    event: NewEvent
    answer: str
    started: Started


@dataclass(frozen=True)
class GroupReply:
    """The outcome of an attempt to accept several events."""

    #: The catalog's revision at that moment.
    revision: int
    #: The ids of those that were accepted.
    accepted: frozenset[str]
    #: True if subscriptions exist, so that these events have to be matched with them.
    awaited: bool


# What ``accept_event`` does, for any number of events in one transaction. Keys are written in their order, so that two
# processes which have some in common wait for each other in one direction only.
_EVENT_TYPES = {
    **{"id": "uuid", "external_id": "json", "source": "json", "type": "json", "time": "json", "attributes": "json"},
    **{"payload": "json", "dedupe_key": "text", "body_hash": "text", "key_days": "int", "answer": "json"},
    "received_at": "timestamptz",
}
_EXECUTION_TYPES = {"execution_id": "uuid", "event_id": "uuid", "workflow_id": "uuid", "version": "int"}
_ACCEPT_GROUP = PreparedStatement(
    "accept_events",
    {
        **{name: f"{type}[]" for name, type in (_EVENT_TYPES | _EXECUTION_TYPES).items()},
        **{"revision": "bigint", "grace": "float8"},
    },
    f"""
WITH current AS (
    SELECT revision FROM catalog WHERE id = 1
), given AS (
    SELECT g.*, c.revision
    FROM current c, unnest({", ".join(f"%({name})s" for name in _EVENT_TYPES)}) AS g ({", ".join(_EVENT_TYPES)})
    WHERE c.revision = %(revision)s
), claimed AS (
    INSERT INTO idempotency_keys AS known (key, route, body_hash, status, response, expires_at)
    SELECT dedupe_key, 'POST /events', body_hash, 200, answer, clock_timestamp() + key_days * interval '1 day'
    FROM given WHERE dedupe_key IS NOT NULL ORDER BY dedupe_key
    ON CONFLICT (key) DO UPDATE
    SET body_hash = excluded.body_hash, response = excluded.response, created_at = clock_timestamp(),
        expires_at = excluded.expires_at
    WHERE known.expires_at <= clock_timestamp()
    RETURNING key
), accepted AS (
    INSERT INTO events (id, external_id, source, type, time, attributes, payload, answer, received_at, depth,
                        catalog_revision)
    SELECT id, external_id, source, type, time, attributes, payload, answer, received_at, 0, revision
    FROM given WHERE dedupe_key IS NULL OR dedupe_key IN (SELECT key FROM claimed)
    RETURNING id, payload
), started AS ({insert_executions(payload="a.payload", event="a.id")}
    FROM accepted a JOIN (
        SELECT execution_id AS id, event_id, workflow_id, version, NULL AS lane, NULL::bool AS queued, NULL AS rate
        FROM unnest({", ".join(f"%({name})s" for name in _EXECUTION_TYPES)}) AS e ({", ".join(_EXECUTION_TYPES)})
    ) s ON s.event_id = a.id
), unmatched AS (
    INSERT INTO unmatched_events (event_id)
    SELECT id FROM accepted WHERE EXISTS (SELECT FROM subscriptions)
    RETURNING event_id
)
SELECT c.revision, ARRAY(SELECT id FROM accepted), EXISTS (SELECT FROM unmatched) FROM current c
""",
)


def accept_events(cursor: Cursor, offered: Sequence[Offered], *, revision: int, grace: float) -> GroupReply:
    """
    Keep events, their answers and their executions, if the catalog is at this revision; repeats are left out.

    No two of them may have the same idempotency key. After ``grace`` seconds the timekeeper looks after an execution
    that no worker has begun.
    """
    events = [each.event for each in offered]
    values = {
        "id": [event.id for event in events],
        **{name: [json_value(getattr(event, name)) for event in events] for name in ("external_id", "source")},
        **{name: [json_value(getattr(event, name)) for event in events] for name in ("type", "time")},
        "attributes": [dumps(dict(event.attributes)) if event.attributes else None for event in events],
        "payload": [event.text for event in events],
        **{name: [getattr(event, name) for event in events] for name in ("dedupe_key", "body_hash", "key_days")},
        "answer": [each.answer for each in offered],
        "received_at": [event.received_at for event in events],
        "execution_id": [id for each in offered for id in each.started.ids],
        "event_id": [each.event.id for each in offered for _ in each.started.ids],
        "workflow_id": [id for each in offered for id in each.started.workflow_ids],
        "version": [version for each in offered for version in each.started.versions],
        **{"revision": revision, "grace": grace},
    }
    _ACCEPT_GROUP.execute(cursor, values)
    current, accepted, awaited = fetch_row(cursor)
    return GroupReply(current, frozenset(accepted), awaited)
