"""
Subscriptions of steps that wait for events, and the events that are to be matched with them.

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

#: The advisory lock of matching: any number that nothing else locks.
MATCHING = 0x6D617463
#: Seconds after its receipt within which an event is committed, or its transaction is still open.
MARGIN = 60
#: Seconds from one scan of earlier events to the next.
_PAUSE = 2

# The event that a completed step has taken, from its output, whose format is ours.
_TAKEN = 'substring(t.output::text from \'^{"event_id":"([0-9a-f-]{36})"\')::uuid'
# The events that started the execution: a list of several counts if the execution's own event is in it.
_BEGAN = """
array_remove(ARRAY[e.event_id], NULL) || ARRAY(
    SELECT g.event::uuid FROM jsonb_array_elements_text(%(gathered)s::jsonb) AS g (event)
    WHERE %(gathered)s::jsonb @> to_jsonb(e.event_id::text))"""
#: Writes a subscription, if the step is WAITING.
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

# In the order of ids, as in every statement that locks several.
#: Deletes the subscriptions of one execution whose steps are not WAITING any more.
RELEASE = """
DELETE FROM subscriptions WHERE id IN (
    SELECT w.id FROM subscriptions w JOIN steps s ON s.execution_id = w.execution_id AND s.node_id = w.node_id
        AND s.visit = w.visit AND s.attempt = w.attempt
    WHERE w.execution_id = %(execution_id)s AND s.status <> 'WAITING' ORDER BY w.id FOR UPDATE OF w)"""


@dataclass(frozen=True)
class Subscription:
    """A subscription: a step that waits for an event."""

    id: str
    execution_id: str
    node_id: str
    #: JSON text.
    condition: str
    #: What the condition reads besides the event: ``{"$context": …, "$steps": …}``.
    seen: dict[str, Any]
    path: str
    key: str
    since: datetime
    used: list[str]
    created_at: datetime
    reached: str | None
    scanned_at: datetime | None
    #: The id from which a scan reads events.
    start: str


@dataclass(frozen=True)
class StoredEvent:
    """An event that is matched with subscriptions."""

    id: str
    external_id: Any
    type: Any
    source: Any
    time: Any
    attributes: dict[str, Any] | None
    received_at: datetime
    payload: Any
    #: Only of a new event: when it was accepted by Postgres' clock, and the last subscription it was matched with.
    accepted_at: datetime | None = None
    reached: str | None = None


_EVENT = "v.id, v.external_id, v.type, v.source, v.time, v.attributes, v.received_at, v.payload"
# The first scan reads all events since then; the next ones those that may have been committed after the first.
_SINCE = f"""
CASE WHEN w.scanned_at IS NULL THEN w.since ELSE greatest(w.since, w.created_at - interval '{MARGIN} seconds') END
    - interval '1 second'"""
_START = f"greatest(w.scanned_to, {first_id_of(f'({_SINCE})')})"
_WAIT = f"""w.id, w.execution_id, w.node_id, w.condition::text, w.variables, w.correlation_path, w.correlation_key,
    w.since, w.ignored_events, w.created_at, w.scanned_to, w.scanned_at, {_START}"""


def lock_matching(cursor: Cursor) -> bool:
    """Open a transaction that holds the matching lock; False, and no transaction, where another one holds it."""
    # Every statement here is a search in an index, which Postgres might not use without statistics of the table.
    cursor.execute("BEGIN; SET LOCAL enable_seqscan = off; SELECT pg_try_advisory_xact_lock(%s)", (MATCHING,))
    if fetch_row(cursor)[0]:
        return True
    cursor.execute("ROLLBACK")
    return False


# Each in the order of an index, ending at the first row.
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
    """Whether subscriptions are to scan, events to be matched, or subscriptions to scan far back."""
    cursor.execute(_LEFT, {"since": since})
    near, events, far = fetch_row(cursor)
    return near, events, far


# --- new events ---------------------------------------------------------------------------------------------------

#: Bytes of what comes before a row; the first row is always read, however large.
_BEFORE = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
_UNMATCHED = f"""
SELECT * FROM (
    SELECT u.event_id, {_EVENT}, u.accepted_at, u.matched_to,
           sum(octet_length(v.payload::text)) OVER (ORDER BY u.event_id {_BEFORE}) AS before
    FROM (SELECT * FROM unmatched_events ORDER BY event_id LIMIT %(limit)s) u
    LEFT JOIN LATERAL (SELECT * FROM events WHERE id = u.event_id LIMIT 1) v ON true
) sized WHERE before IS NULL OR before < %(most)s ORDER BY event_id"""


def unmatched_events(cursor: Cursor, limit: int, *, most: int) -> list[StoredEvent]:
    """
    New events in the order of receipt, with payloads of ``most`` bytes or one event.

    Those that are not stored any more are dropped.
    """
    cursor.execute(_UNMATCHED, {"limit": limit, "most": most})
    rows = cursor.fetchall()
    if gone := [row[0] for row in rows if row[1] is None]:
        mark_matched(cursor, gone)
    return [StoredEvent(*row[1:-1]) for row in rows if row[1] is not None]


_PATHS = """
WITH RECURSIVE used AS (
    (SELECT correlation_path AS path FROM subscriptions ORDER BY correlation_path LIMIT 1)
    UNION ALL
    SELECT (SELECT correlation_path FROM subscriptions WHERE correlation_path > used.path
            ORDER BY correlation_path LIMIT 1) FROM used WHERE used.path IS NOT NULL
)
SELECT path FROM used WHERE path <> ''"""


def list_paths(cursor: Cursor) -> list[str]:
    """The correlation paths of all subscriptions; one search in an index for each."""
    cursor.execute(_PATHS)
    return [row[0] for row in cursor.fetchall()]


_CANDIDATES = f"""
SELECT * FROM (
SELECT {_WAIT}, sum(octet_length(w.variables::text)) OVER (ORDER BY w.id {_BEFORE}) AS before, count(*) OVER () AS found
FROM (SELECT * FROM unnest(%(paths)s::text[], %(keys)s::text[]) UNION ALL SELECT '', '') k (path, key)
CROSS JOIN LATERAL (
    SELECT * FROM subscriptions WHERE correlation_path = k.path AND correlation_key = k.key
      AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid)
    ORDER BY id LIMIT %(limit)s
) w ORDER BY w.id LIMIT %(limit)s
) sized WHERE before IS NULL OR before < %(most)s ORDER BY id"""


def list_candidates(
    cursor: Cursor, keys: Iterable[tuple[str, str]], *, after: str | None, limit: int, most: int
) -> tuple[list[Subscription], bool]:
    """
    Subscriptions with one of these correlation values, or without any, by id, and whether these are all.

    At most ``limit``, with variables of ``most`` bytes; one at least.
    """
    wanted = list(keys)
    values = {"paths": [path for path, _ in wanted], "keys": [key for _, key in wanted]}
    cursor.execute(_CANDIDATES, {**values, "after": after, "limit": limit, "most": most})
    rows = cursor.fetchall()
    return [Subscription(*row[:-2]) for row in rows], not rows or rows[0][-1] == len(rows)


def mark_matched(cursor: Cursor, events: Sequence[str]) -> None:
    """Mark events as matched with every subscription."""
    cursor.execute("DELETE FROM unmatched_events WHERE event_id = ANY(%s::uuid[])", (list(events),))


def mark_matched_by(cursor: Cursor, event: str, reached: str) -> None:
    """Mark an event as matched with the subscriptions up to this one."""
    cursor.execute("UPDATE unmatched_events SET matched_to = %s WHERE event_id = %s", (reached, event))


# --- scans of earlier events --------------------------------------------------------------------------------------

_OLDEST = """
SELECT min(xact_start) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""


def oldest_transaction(cursor: Cursor) -> datetime | None:
    """When the oldest open transaction began, except ours."""
    cursor.execute(_OLDEST)
    found: datetime | None = fetch_row(cursor)[0]
    return found


_LOOKING = f"""
SELECT * FROM (
    SELECT {_WAIT}, sum(octet_length(w.variables::text)) OVER (ORDER BY w.next_check_at, w.id {_BEFORE}) AS before
    FROM (SELECT * FROM subscriptions WHERE {_DUE} AND {{range}} ORDER BY next_check_at LIMIT %(limit)s) w
) sized WHERE before IS NULL OR before < %(most)s"""


def list_looking_back(cursor: Cursor, limit: int, *, far: bool, most: int) -> list[Subscription]:
    """
    Subscriptions that are to scan now: those that scan far back, or the others.

    At most ``limit``, with variables of ``most`` bytes; one at least.
    """
    cursor.execute(_LOOKING.format(range=_FAR if far else _NEAR), {"since": 0, "limit": limit, "most": most})
    return [Subscription(*row[:-1]) for row in cursor.fetchall()]


_PAST = f"""
SELECT * FROM (
    SELECT {_EVENT}, sum(octet_length(v.payload::text)) OVER (ORDER BY v.id {_BEFORE}) AS before,
           count(*) OVER () AS found
    FROM (SELECT * FROM events WHERE id > %(id)s ORDER BY id LIMIT %(limit)s) v
) sized WHERE before IS NULL OR before < %(most)s ORDER BY id"""


def events_after(cursor: Cursor, id: str, limit: int, *, most: int) -> tuple[list[StoredEvent], bool]:
    """Events in the order of receipt, with payloads of ``most`` bytes or one event, and whether these are all."""
    cursor.execute(_PAST, {"id": id, "limit": limit, "most": most})
    rows = cursor.fetchall()
    is_all = len(rows) < limit and (not rows or rows[0][-1] == len(rows))
    return [StoredEvent(*row[:-2]) for row in rows], is_all


# A transaction that holds one of these is about to delete it; waiting for it could be a deadlock.
_FREE = "SELECT id FROM subscriptions WHERE id = ANY(%(ids)s::uuid[]) FOR UPDATE SKIP LOCKED"
_SCANNED = f"""
UPDATE subscriptions SET scanned_to = NULL, scanned_at = coalesce(scanned_at, clock_timestamp()),
    next_check_at = CASE WHEN NOT (id = ANY(%(done)s::uuid[])) THEN clock_timestamp()
        + greatest(interval '{_PAUSE} seconds', clock_timestamp() - coalesce(scanned_at, clock_timestamp())) END
WHERE id IN ({_FREE})"""


def mark_scanned(cursor: Cursor, ids: Sequence[str], *, done: Sequence[str]) -> None:
    """Mark subscriptions as scanned; those in ``done`` need not scan again."""
    cursor.execute(_SCANNED, {"ids": list(ids), "done": list(done)})


def mark_scanned_until(cursor: Cursor, ids: Sequence[str], event: str) -> None:
    """Mark subscriptions as scanned up to this event, from which they continue."""
    statement = f"UPDATE subscriptions SET scanned_to = greatest(scanned_to, %(event)s::uuid) WHERE id IN ({_FREE})"
    cursor.execute(statement, {"event": event, "ids": list(ids)})


# --- matches ------------------------------------------------------------------------------------------------------

_RESOLVE = f"""
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
    """Signal the steps of these matches; returns execution, node and visit of each that still waits."""
    if not matches:
        return []
    values = {"waits": [wait for wait, _ in matches], "events": [event for _, event in matches], "grace": grace}
    cursor.execute(_RESOLVE, values)
    return list(cursor.fetchall())


def fetch_payload(cursor: Cursor, event: str) -> str | None:
    """An event's payload, as received."""
    cursor.execute("SELECT payload::text FROM events WHERE id = %s", (event,))
    row = cursor.fetchone()
    return row[0] if row else None
