"""
Steps that wait for events, and the events that are to be held against them.

Whoever does that holds one lock, for all steps and all events: so there is an order between an event that comes and
a step that looks back, and the first event that fulfils a condition is the one that its step gets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.storage.database import Cursor, fetch_row
from app.storage.ids import first_id_of
from app.storage.waiting.signals import EVENT

#: Any number that nobody else locks: one matches at a time.
MATCHING = 0x6D617463
#: Seconds: an event is committed within this time of its receipt, or its transaction is still open.
MARGIN = 60
#: Seconds from one look back to the next.
_PAUSE = 2

# The event that a completed step has taken: its output is written by us.
_TAKEN = 'substring(t.output::text from \'^{"event_id":"([0-9a-f-]{36})"\')::uuid'
# The events that began the execution: a list of several is true where that of the execution itself is in it.
_BEGAN = """
array_remove(ARRAY[e.event_id], NULL) || ARRAY(
    SELECT g.event::uuid FROM jsonb_array_elements_text(%(gathered)s::jsonb) AS g (event)
    WHERE %(gathered)s::jsonb @> to_jsonb(e.event_id::text))"""
#: Writes what a step waits for; a step that does not wait any more waits for nothing.
INSERT = f"""
INSERT INTO subscriptions (id, execution_id, node_id, visit, attempt, condition, variables, correlation_path,
    correlation_key, since, ignored_events, next_check_at)
SELECT %(id)s::uuid, s.execution_id, s.node_id, s.visit, s.attempt, %(condition)s::json, %(seen)s::json,
       coalesce(%(path)s::json #>> '{{}}', ''), coalesce(%(key)s::json #>> '{{}}', ''),
       clock_timestamp() - %(lookback)s::float8 * interval '1 second',
       {_BEGAN} || ARRAY(
           SELECT {_TAKEN} FROM steps t
           WHERE s.visit > 1 AND t.execution_id = s.execution_id AND t.node_id = s.node_id AND t.visit < s.visit
             AND t.status = 'COMPLETED' AND {_TAKEN} IS NOT NULL
             AND t.finished_at >= clock_timestamp() - (%(lookback)s::float8 + {MARGIN}) * interval '1 second'),
       clock_timestamp()
FROM steps s JOIN executions e ON e.id = s.execution_id
WHERE s.execution_id = %(execution_id)s AND s.node_id = %(node_id)s AND s.visit = %(visit)s
  AND s.attempt = %(attempt)s AND s.status = 'WAITING'"""

# In the order of ids, as everybody who locks several of them.
#: Forgets what steps of one execution wait for that do not wait any more.
LET_GO = """
DELETE FROM subscriptions WHERE id IN (
    SELECT w.id FROM subscriptions w JOIN steps s ON s.execution_id = w.execution_id AND s.node_id = w.node_id
        AND s.visit = w.visit AND s.attempt = w.attempt
    WHERE w.execution_id = %(execution_id)s AND s.status <> 'WAITING' ORDER BY w.id FOR UPDATE OF w)"""


@dataclass(frozen=True)
class Subscription:
    """A step that waits for an event."""

    id: str
    execution_id: str
    node_id: str
    #: JSON text.
    condition: str
    #: What the condition sees beside the event: ``{"$context": …, "$steps": …}``.
    seen: dict[str, Any]
    path: str
    key: str
    since: datetime
    used: list[str]
    created_at: datetime
    reached: str | None
    scanned_at: datetime | None
    #: The id from which on a look back reads events.
    start: str


@dataclass(frozen=True)
class StoredEvent:
    """An event that is held against waiting steps."""

    id: str
    external_id: Any
    type: Any
    source: Any
    time: Any
    attributes: dict[str, Any] | None
    received_at: datetime
    payload: Any
    #: Only of one that has just come: when it was accepted by Postgres' clock, and how far it was held against steps.
    accepted_at: datetime | None = None
    reached: str | None = None


_EVENT = "v.id, v.external_id, v.type, v.source, v.time, v.attributes, v.received_at, v.payload"
# The first look is at all events since then; the next at those that may not have been committed by the first.
_SINCE = f"""
CASE WHEN w.scanned_at IS NULL THEN w.since ELSE greatest(w.since, w.created_at - interval '{MARGIN} seconds') END
    - interval '1 second'"""
_START = f"greatest(w.scanned_to, {first_id_of(f'({_SINCE})')})"
_WAIT = f"""w.id, w.execution_id, w.node_id, w.condition::text, w.variables, w.correlation_path, w.correlation_key,
    w.since, w.ignored_events, w.created_at, w.scanned_to, w.scanned_at, {_START}"""


def lock_matching(cursor: Cursor) -> bool:
    """Open a transaction in which nobody else matches; False, and no transaction, where somebody does."""
    # Every statement here looks into indexes; without statistics of a table so lively, Postgres might not.
    cursor.execute("BEGIN; SET LOCAL enable_seqscan = off; SELECT pg_try_advisory_xact_lock(%s)", (MATCHING,))
    if fetch_row(cursor)[0]:
        return True
    cursor.execute("ROLLBACK")
    return False


# Each by the order of an index, which is left at the first that is found, or that is not due yet.
_DUE = "next_check_at <= statement_timestamp() - %(since)s * interval '1 second'"
_NEAR = "since >= next_check_at - interval '1 minute'"
_FAR = "since < next_check_at - interval '1 minute'"
_LEFT = f"""
SELECT (SELECT next_check_at FROM subscriptions WHERE {_DUE} AND {_NEAR} ORDER BY next_check_at LIMIT 1) IS NOT NULL,
       (SELECT event_id FROM unmatched_events
        WHERE accepted_at <= statement_timestamp() - %(since)s * interval '1 second'
        ORDER BY event_id LIMIT 1) IS NOT NULL,
       (SELECT next_check_at FROM subscriptions WHERE {_DUE} AND {_FAR} ORDER BY next_check_at LIMIT 1) IS NOT NULL"""


def work_left(cursor: Cursor, *, since: float = 0.0) -> tuple[bool, bool, bool]:
    """Whether steps are to look back, events to be heard, and steps to look far back, since so many seconds."""
    cursor.execute(_LEFT, {"since": since})
    near, events, far = fetch_row(cursor)
    return near, events, far


# --- events that have come ----------------------------------------------------------------------------------------

_UNHEARD = f"""
SELECT u.event_id, {_EVENT}, u.accepted_at, u.matched_to
FROM (SELECT * FROM unmatched_events ORDER BY event_id LIMIT %s) u
LEFT JOIN LATERAL (SELECT * FROM events WHERE id = u.event_id LIMIT 1) v ON true ORDER BY u.event_id"""


def unmatched_events(cursor: Cursor, limit: int) -> list[StoredEvent]:
    """The events that have come, in the order in which they were received; those that are not kept are forgotten."""
    cursor.execute(_UNHEARD, (limit,))
    rows = cursor.fetchall()
    if gone := [row[0] for row in rows if row[1] is None]:
        mark_matched(cursor, gone)
    return [StoredEvent(*row[1:]) for row in rows if row[1] is not None]


_PATHS = """
WITH RECURSIVE used AS (
    (SELECT correlation_path AS path FROM subscriptions ORDER BY correlation_path LIMIT 1)
    UNION ALL
    SELECT (SELECT correlation_path FROM subscriptions WHERE correlation_path > used.path
            ORDER BY correlation_path LIMIT 1) FROM used WHERE used.path IS NOT NULL
)
SELECT path FROM used WHERE path <> ''"""


def list_paths(cursor: Cursor) -> list[str]:
    """The different paths at which waiting steps need a certain value; one look into an index for each."""
    cursor.execute(_PATHS)
    return [row[0] for row in cursor.fetchall()]


_CANDIDATES = f"""
SELECT {_WAIT}
FROM (SELECT * FROM unnest(%(paths)s::text[], %(keys)s::text[]) UNION ALL SELECT '', '') k (path, key)
CROSS JOIN LATERAL (
    SELECT * FROM subscriptions WHERE correlation_path = k.path AND correlation_key = k.key
      AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid)
    ORDER BY id LIMIT %(limit)s
) w ORDER BY w.id LIMIT %(limit)s"""


def list_candidates(
    cursor: Cursor, keys: Iterable[tuple[str, str]], *, after: str | None, limit: int
) -> list[Subscription]:
    """Waiting steps that need one of these values at its path, or of which that cannot be said; in order."""
    wanted = list(keys)
    values = {"paths": [path for path, _ in wanted], "keys": [key for _, key in wanted]}
    cursor.execute(_CANDIDATES, {**values, "after": after, "limit": limit})
    return [Subscription(*row) for row in cursor.fetchall()]


def mark_matched(cursor: Cursor, events: Sequence[str]) -> None:
    """These events have been held against every waiting step."""
    cursor.execute("DELETE FROM unmatched_events WHERE event_id = ANY(%s::uuid[])", (list(events),))


def mark_matched_by(cursor: Cursor, event: str, reached: str) -> None:
    """This event has been held against the waiting steps up to this one."""
    cursor.execute("UPDATE unmatched_events SET matched_to = %s WHERE event_id = %s", (reached, event))


# --- steps that look back -----------------------------------------------------------------------------------------

_OLDEST = """
SELECT min(xact_start) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""


def oldest_transaction(cursor: Cursor) -> datetime | None:
    """When the oldest transaction began that is still open, ours aside."""
    cursor.execute(_OLDEST)
    found: datetime | None = fetch_row(cursor)[0]
    return found


_LOOKING = f"SELECT {_WAIT} FROM subscriptions w WHERE {_DUE} AND {{range}} ORDER BY w.next_check_at LIMIT %(limit)s"


def list_looking_back(cursor: Cursor, limit: int, *, far: bool) -> list[Subscription]:
    """Steps that are to look back now: those that look far, or those that do not."""
    cursor.execute(_LOOKING.format(range=_FAR if far else _NEAR), {"since": 0, "limit": limit})
    return [Subscription(*row) for row in cursor.fetchall()]


_PAST = f"SELECT {_EVENT} FROM events v WHERE v.id > %s ORDER BY v.id LIMIT %s"


def events_after(cursor: Cursor, id: str, limit: int) -> list[StoredEvent]:
    """Events in the order in which they were received."""
    cursor.execute(_PAST, (id, limit))
    return [StoredEvent(*row) for row in cursor.fetchall()]


# Who holds one of these is about to let go of it; waiting for that could be waiting for each other.
_FREE = "SELECT id FROM subscriptions WHERE id = ANY(%(ids)s::uuid[]) FOR UPDATE SKIP LOCKED"
_LOOKED = f"""
UPDATE subscriptions SET scanned_to = NULL, scanned_at = coalesce(scanned_at, clock_timestamp()),
    next_check_at = CASE WHEN NOT (id = ANY(%(done)s::uuid[])) THEN clock_timestamp()
        + greatest(interval '{_PAUSE} seconds', clock_timestamp() - coalesce(scanned_at, clock_timestamp())) END
WHERE id IN ({_FREE})"""


def mark_scanned(cursor: Cursor, ids: Sequence[str], *, done: Sequence[str]) -> None:
    """These have looked back; those that are done need not look again."""
    cursor.execute(_LOOKED, {"ids": list(ids), "done": list(done)})


def mark_scanned_until(cursor: Cursor, ids: Sequence[str], event: str) -> None:
    """These have looked back up to this event, and go on from there."""
    statement = f"UPDATE subscriptions SET scanned_to = greatest(scanned_to, %(event)s::uuid) WHERE id IN ({_FREE})"
    cursor.execute(statement, {"event": event, "ids": list(ids)})


# --- what comes of it ---------------------------------------------------------------------------------------------

_FULFIL = f"""
WITH found AS (
    SELECT w.id, w.execution_id, w.node_id, w.visit, w.attempt, m.event
    FROM unnest(%(waits)s::uuid[], %(events)s::uuid[]) AS m (wait, event) JOIN subscriptions w ON w.id = m.wait
    ORDER BY w.id FOR UPDATE OF w
), gone AS (
    DELETE FROM subscriptions USING found WHERE subscriptions.id = found.id
)
INSERT INTO signals (execution_id, node_id, visit, attempt, kind, ref, next_check_at)
SELECT execution_id, node_id, visit, attempt, '{EVENT}', event, clock_timestamp() + %(grace)s * interval '1 second'
FROM found ON CONFLICT DO NOTHING
RETURNING execution_id, node_id, visit"""


def resolve(cursor: Cursor, matches: Sequence[tuple[str, str]], *, grace: float) -> list[tuple[str, str, int]]:
    """Tell the steps of these waits of their events; answers execution, node and visit of each that still waits."""
    if not matches:
        return []
    values = {"waits": [wait for wait, _ in matches], "events": [event for _, event in matches], "grace": grace}
    cursor.execute(_FULFIL, values)
    return list(cursor.fetchall())


def fetch_payload(cursor: Cursor, event: str) -> str | None:
    """An event's payload, as received."""
    cursor.execute("SELECT payload::text FROM events WHERE id = %s", (event,))
    row = cursor.fetchone()
    return row[0] if row else None
