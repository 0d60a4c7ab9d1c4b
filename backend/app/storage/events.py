"""Events: accepted in one statement together with the executions they start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.storage.database import Cursor, fetch_row
from app.storage.descendants import count_descendants
from app.storage.flow_control.fragments import STARTED, insert_executions
from app.storage.json_text import dumps
from app.storage.prepared import PreparedStatement


@dataclass(frozen=True)
class Cause:
    """The step that posted an event, or the execution that an event of the engine is about."""

    execution_id: str
    #: The root of the execution.
    root_id: str
    node_id: str | None = None


@dataclass(frozen=True)
class NewEvent:
    """An event that was posted."""

    id: str
    received_at: datetime
    #: The payload as JSON text, as received.
    text: str
    #: The sender's own id, source, type and time, as far as given.
    external_id: Any = None
    source: Any = None
    type: Any = None
    time: Any = None
    #: The other attributes of a CloudEvent: ``subject``, ``dataschema``, extensions; ``headers`` of a webhook.
    attributes: Mapping[str, Any] = field(default_factory=dict)
    #: The digest of its idempotency key, which all repeats have in common; None: it has no repeats.
    dedupe_key: str | None = None
    #: The key as its sender wrote it, and the hash of the event that a repeat must have as well; None: any event.
    idempotency_key: str | None = None
    body_hash: str | None = None
    #: Days for which the key is kept; None: as long as the event.
    key_days: int | None = None
    #: The step that posted it, and how many executions and events led to it.
    cause: Cause | None = None
    depth: int = 0
    #: The workflow of the execution that an event of the engine is about; None: anybody else posts it.
    about: str | None = None


def event_variables(
    id: str | None,
    external_id: Any,
    type: Any,
    source: Any,
    time: Any,
    attributes: Mapping[str, Any] | None,
    received_at: datetime | None,
) -> dict[str, Any]:
    """An event's own properties, which rules and templates read as ``$event``; the sender's id if there is one."""
    return {
        **(attributes or {}),
        "id": id if external_id is None else external_id,
        "type": type,
        "source": source,
        "time": time,
        "received_at": None if received_at is None else received_at.isoformat(),
    }


@dataclass(frozen=True)
class Started:
    """The executions that an event starts, side by side: and how each enters its lanes."""

    ids: list[str] = field(default_factory=list)
    workflow_ids: list[str] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    #: The next three may be left out where there are no lanes.
    lanes: list[str | None] = field(default_factory=list)
    queued: list[bool] = field(default_factory=list)
    rates: list[str | None] = field(default_factory=list)


@dataclass(frozen=True)
class Reply:
    """The outcome of an attempt to accept an event."""

    #: The catalog's revision at that moment.
    revision: int
    accepted: bool
    #: True if subscriptions exist, so that the event has to be matched with them.
    awaited: bool = False


# One statement, one round trip, one commit, however many executions. It writes only where the catalog is still the one
# that the triggers were asked by: a statement sees what was committed before it began, so a workflow whose save was
# answered is never missed, on any API process, and no lock is taken. A repeat of the same key waits here for the first
# one to commit, and then writes nothing; a key that has expired is taken over. The statement does not ask whether a
# step waits for this event, only whether any step waits for an event at all. (An event that matches a workflow with
# lanes holds those, and so has a transaction around this statement.)
_ACCEPT_TYPES = {
    "id": "uuid",
    "external_id": "json",
    "source": "json",
    "type": "json",
    "time": "json",
    "attributes": "json",
    "payload": "json",
    "dedupe_key": "text",
    "body_hash": "text",
    "key_days": "int",
    "answer": "json",
    "received_at": "timestamptz",
    "revision": "bigint",
    "grace": "float8",
    "depth": "smallint",
    "cause_execution_id": "uuid",
    "cause_node_id": "text",
    "root_id": "uuid",
    "ids": "uuid[]",
    "workflow_ids": "uuid[]",
    "versions": "int[]",
    "lanes": "text[]",
    "queued": "bool[]",
    "rates": "text[]",
}

_COUNTED = f""", counted AS ({
    count_descendants(
        "SELECT %(root_id)s AS root_id, %(cause_execution_id)s AS execution_id, cardinality(%(ids)s) AS number"
        " FROM accepted"
    )
})"""


def _accept(name: str, *, caused: bool) -> PreparedStatement:
    """The statement; ``caused``: of an event that a step posts, so that its executions are counted."""
    return PreparedStatement(
        name,
        _ACCEPT_TYPES,
        f"""
WITH current AS (
    SELECT revision FROM catalog WHERE id = 1
), claimed AS (
    INSERT INTO idempotency_keys AS known (key, route, body_hash, status, response, expires_at)
    SELECT %(dedupe_key)s, 'POST /events', %(body_hash)s, 200, %(answer)s,
           clock_timestamp() + %(key_days)s * interval '1 day'
    FROM current WHERE revision = %(revision)s AND %(dedupe_key)s IS NOT NULL
    ON CONFLICT (key) DO UPDATE
    SET body_hash = excluded.body_hash, response = excluded.response, created_at = clock_timestamp(),
        expires_at = excluded.expires_at
    WHERE known.expires_at <= clock_timestamp()
    RETURNING key
), accepted AS (
    INSERT INTO events (id, external_id, source, type, time, attributes, payload, answer, received_at,
                        depth, cause_execution_id, cause_node_id, catalog_revision, root_id)
    SELECT %(id)s, %(external_id)s, %(source)s, %(type)s, %(time)s, %(attributes)s, %(payload)s,
           %(answer)s, %(received_at)s, %(depth)s, %(cause_execution_id)s, %(cause_node_id)s, revision,
           %(root_id)s
    FROM current
    WHERE revision = %(revision)s AND (%(dedupe_key)s IS NULL OR EXISTS (SELECT FROM claimed))
    RETURNING id, payload
), started AS ({insert_executions(payload="a.payload", event="a.id", depth="%(depth)s", root="%(root_id)s")}
    FROM accepted a, {STARTED}
){_COUNTED if caused else ""}, unmatched AS (
    INSERT INTO unmatched_events (event_id)
    SELECT id FROM accepted WHERE EXISTS (SELECT FROM subscriptions)
    RETURNING event_id
)
SELECT c.revision, EXISTS (SELECT FROM accepted), EXISTS (SELECT FROM unmatched) FROM current c
""",
    )


_ACCEPT = _accept("accept_event", caused=False)
_ACCEPT_CAUSED = _accept("accept_caused_event", caused=True)


def accept_event(
    cursor: Cursor, event: NewEvent, started: Started, *, answer: str, revision: int, grace: float
) -> Reply:
    """
    Keep an event, its answer and its executions, if the catalog is at this revision and the event is not a repeat.

    After ``grace`` seconds the timekeeper looks after an execution that no worker has begun.
    """
    values = {
        "id": event.id,
        "external_id": json_value(event.external_id),
        "source": json_value(event.source),
        "type": json_value(event.type),
        "time": json_value(event.time),
        "attributes": dumps(dict(event.attributes)) if event.attributes else None,
        "payload": event.text,
        "dedupe_key": event.dedupe_key,
        "body_hash": event.body_hash,
        "key_days": event.key_days,
        "answer": answer,
        "received_at": event.received_at,
        "revision": revision,
        "grace": grace,
        "depth": event.depth,
        "cause_execution_id": event.cause.execution_id if event.cause else None,
        "cause_node_id": event.cause.node_id if event.cause else None,
        "root_id": event.cause.root_id if event.cause else None,
        "ids": started.ids,
        "workflow_ids": started.workflow_ids,
        "versions": started.versions,
        "lanes": started.lanes,
        "queued": started.queued,
        "rates": started.rates,
    }
    (_ACCEPT if event.cause is None else _ACCEPT_CAUSED).execute(cursor, values)
    return Reply(*fetch_row(cursor))


_START_GATHERED = f"""
WITH gathered AS (
    INSERT INTO gathered_events (event_id, execution_id)
    SELECT DISTINCT e, x FROM unnest(%(events)s::uuid[]) e, unnest(%(ids)s::uuid[]) x
), deepest AS (
    SELECT depth, root_id, cause_execution_id FROM events WHERE id = ANY(%(events)s::uuid[])
    ORDER BY depth DESC, id LIMIT 1
), counted AS ({
    count_descendants(
        "SELECT root_id, cause_execution_id AS execution_id, cardinality(%(ids)s::uuid[]) AS number FROM deepest"
    )
}){insert_executions(payload="%(payload)s", event="%(event)s", depth="d.depth", root="d.root_id")}
    FROM deepest d, {STARTED}
"""


def start_gathered(cursor: Cursor, started: Started, payload: str, event_ids: Sequence[str], *, grace: float) -> None:
    """Write the execution that several events start together, inside a transaction; its event is the last one."""
    cursor.execute(
        _START_GATHERED,
        {**vars(started), "payload": payload, "event": event_ids[-1], "events": list(event_ids), "grace": grace},
    )


def json_value(value: Any) -> str | None:
    """A value for a JSON column; None is no JSON ``null``, but no value."""
    return None if value is None else dumps(value)
