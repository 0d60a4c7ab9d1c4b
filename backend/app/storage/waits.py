"""The facts about one execution that say what it waits for, read in one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app.storage.database import Cursor, fetch_row
from app.storage.events import event_variables
from app.storage.ids import first_id_of
from app.storage.json_text import dumps

#: Live steps of one execution that are read, the oldest first.
MOST_STEPS = 200
#: Children of one step, and holders of one lane, that are read.
MOST_NAMED = 5
#: Events after the beginning of a wait that are counted.
MOST_COUNTED = 10_000


class WaitingExecution(NamedTuple):
    """The columns of an execution that say whether it goes on, and the moment at which they were read."""

    now: datetime
    id: str
    workflow_id: str
    workflow_name: str
    version: int
    kind: str
    status: str
    closing: str | None
    queued: bool
    lane: str | None
    #: The lane of its rate where that has not counted it yet.
    rate: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    #: When the timekeeper checks it; null and PENDING: nobody has started it.
    next_check_at: datetime | None
    error: Any
    inline_path: list[str] | None
    is_test: bool
    #: The number of its live steps.
    live: int


def _iso(column: str) -> str:
    """SQL for a moment in JSON, with as many digits as Python 3.10 reads."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""


_EXECUTION = """
SELECT clock_timestamp(), e.id, e.workflow_id, w.name, e.version, w.kind, e.status, e.closing, e.queued, e.lane,
       CASE WHEN e.admitted_at IS NULL THEN e.rate END, e.created_at, e.started_at, e.finished_at, e.next_check_at,
       e.error, e.inline_path, e.test IS NOT NULL,
       (SELECT count(*) FROM steps s WHERE s.execution_id = e.id AND s.status IN ('READY', 'RUNNING', 'WAITING'))
FROM executions e JOIN workflows w ON w.id = e.workflow_id WHERE e.id = %s"""


def find_execution(cursor: Cursor, id: str) -> WaitingExecution | None:
    """The execution with this id; None if there is none."""
    cursor.execute(_EXECUTION, (id,))
    row = cursor.fetchone()
    return None if row is None else WaitingExecution(*row)


class LiveStep(NamedTuple):
    """A step that is READY, RUNNING or WAITING, with the approval, children and subscription that it waits for."""

    id: str
    node_id: str
    visit: int
    attempt: int
    type: str
    status: str
    scope: str
    resume: str | None
    compensates: str | None
    claim: int
    created_at: datetime
    started_at: datetime | None
    due_at: datetime | None
    next_check_at: datetime | None
    #: The error of the attempt before this one.
    last_error: Any
    #: ``{id, kind, title, approvers, needed, approved, by}`` of a pending approval; ``by`` are those who approved.
    approval: dict[str, Any] | None
    #: ``{id}`` of the fan-out whose children have not all ended.
    children: dict[str, Any] | None
    #: ``{condition, seen, since, events}`` of a wait for an event: its rule, the values of the execution that the rule
    #: reads, and the number of events since then, counted up to ``MOST_COUNTED``.
    subscription: dict[str, Any] | None


_STEPS = f"""
SELECT s.id::text, s.node_id, s.visit, s.attempt, s.type, s.status, s.scope, s.resume, s.compensates, s.claim,
    s.created_at, s.started_at, s.due_at, s.next_check_at,
    (SELECT p.error FROM steps p WHERE p.execution_id = s.execution_id AND p.node_id = s.node_id
        AND p.visit = s.visit AND p.attempt = s.attempt - 1),
    (SELECT json_build_object('id', a.id, 'kind', a.kind, 'title', a.title, 'approvers', a.approvers,
        'needed', a.needed, 'approved',
        (SELECT count(*) FROM json_array_elements(a.decisions) d WHERE (d ->> 'approved')::bool),
        'by', (SELECT json_agg(d ->> 'approved_by') FROM json_array_elements(a.decisions) d))
     FROM approvals a WHERE a.execution_id = s.execution_id AND a.node_id = s.node_id AND a.visit = s.visit
        AND a.attempt = s.attempt AND a.status = 'PENDING'),
    (SELECT json_build_object('id', f.id)
     FROM fan_outs f WHERE f.execution_id = s.execution_id AND f.node_id = s.node_id AND f.visit = s.visit
        AND f.attempt = s.attempt AND NOT f.closed),
    (SELECT json_build_object('condition', w.condition, 'seen', w.variables, 'since', {_iso("w.since")}, 'events', (
        SELECT count(*) FROM (SELECT FROM events v WHERE v.id >= {first_id_of("w.since")} LIMIT %(counted)s) seen))
     FROM subscriptions w WHERE w.execution_id = s.execution_id AND w.node_id = s.node_id AND w.visit = s.visit
        AND w.attempt = s.attempt)
FROM steps s WHERE s.execution_id = %(id)s AND s.status IN ('READY', 'RUNNING', 'WAITING')
ORDER BY s.seq LIMIT %(most)s"""


def list_live_steps(cursor: Cursor, execution_id: str) -> list[LiveStep]:
    """The live steps of an execution in the order in which they were created, at most ``MOST_STEPS``."""
    cursor.execute(_STEPS, {"id": execution_id, "most": MOST_STEPS, "counted": MOST_COUNTED})
    return [LiveStep(*row) for row in cursor.fetchall()]


def list_live_children(cursor: Cursor, fan_out_id: str) -> list[tuple[str, int]]:
    """Children of a step that have begun and have not ended, at most ``MOST_NAMED``: id and item."""
    cursor.execute(
        "SELECT id, item FROM executions WHERE fan_out_id = %s AND status IN ('PENDING', 'RUNNING', 'PAUSED')"
        " ORDER BY item LIMIT %s",
        (fan_out_id, MOST_NAMED),
    )
    return list(cursor.fetchall())


class ChildCounts(NamedTuple):
    """How many children a step has."""

    total: int
    ended: int
    #: Those that have begun and have not ended.
    live: int
    failed: int


_CHILDREN = """
SELECT f.total, f.ended, count(e.id) FILTER (WHERE e.status IN ('PENDING', 'RUNNING', 'PAUSED')),
       count(e.id) FILTER (WHERE e.status = 'FAILED')
FROM fan_outs f LEFT JOIN executions e ON e.fan_out_id = f.id WHERE f.id = %s GROUP BY f.id"""


def count_children(cursor: Cursor, fan_out_id: str) -> ChildCounts:
    """The children of a step, counted."""
    cursor.execute(_CHILDREN, (fan_out_id,))
    return ChildCounts(*fetch_row(cursor))


class Pause(NamedTuple):
    """The newest deed that paused an execution."""

    actor: str
    #: True where it is not known who acted, as without authentication.
    is_local: bool
    at: datetime


def find_pause(cursor: Cursor, execution_id: str) -> Pause | None:
    """By whom an execution was paused the last time, and when; None: the audit does not have it."""
    cursor.execute(
        "SELECT actor, kind = 'local', at FROM audit WHERE thing_id = %s AND thing = 'execution' AND action = 'pause'"
        " ORDER BY id DESC LIMIT 1",
        (execution_id,),
    )
    row = cursor.fetchone()
    return None if row is None else Pause(*row)


#: Other executions of a workflow that say how long a node usually takes, and how many of them must say it.
MOST_OTHERS, LEAST_OTHERS = 20, 3

_USUAL = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM s.finished_at - s.started_at)), count(*)
FROM (SELECT id FROM executions WHERE workflow_id = %(workflow)s AND inline_path IS NULL AND id <> %(id)s
      ORDER BY id DESC LIMIT %(most)s) others
JOIN steps s ON s.execution_id = others.id
WHERE s.node_id = %(node)s AND s.visit = 1 AND s.status = 'COMPLETED' AND NOT s.kept"""


def find_usual_seconds(cursor: Cursor, execution: WaitingExecution, node_id: str) -> float | None:
    """The median time of a node in the newest other executions; None where too few of them have run it."""
    if execution.inline_path is not None:
        return None
    values = {"workflow": execution.workflow_id, "id": execution.id, "most": MOST_OTHERS, "node": node_id}
    cursor.execute(_USUAL, values)
    median, count = fetch_row(cursor)
    return float(median) if count >= LEAST_OTHERS and median is not None else None


class Arrivals(NamedTuple):
    """What has arrived at a join: edges that were taken, and edges that were skipped."""

    node_id: str
    scope: str
    taken: int
    skipped: int


def list_arrivals(cursor: Cursor, execution_id: str) -> list[Arrivals]:
    """The joins that have arrivals and are not settled."""
    cursor.execute(
        "SELECT substr(key, 2), scope, taken, skipped FROM join_counts"
        " WHERE execution_id = %s AND NOT settled AND key LIKE %s ORDER BY key, scope",
        (execution_id, "→%"),
    )
    return [Arrivals(*row) for row in cursor.fetchall()]


class SettledVisit(NamedTuple):
    """A settled step, by what matters to the edges out of it."""

    node_id: str
    scope: str


def list_settled(cursor: Cursor, execution_id: str, nodes: Sequence[str]) -> set[tuple[str, str]]:
    """The node and scope of each settled step of these nodes."""
    cursor.execute(
        "SELECT DISTINCT node_id, scope FROM steps WHERE execution_id = %s AND node_id = ANY(%s)"
        " AND (status IN ('COMPLETED', 'SKIPPED') OR (status = 'FAILED' AND output IS NOT NULL))"
        " AND compensates IS NULL",
        (execution_id, list(nodes)),
    )
    return set(cursor.fetchall())


class LaneUse(NamedTuple):
    """A lane, with executions that hold its slots and the number of those that wait before one."""

    slots: int
    period: float | None
    #: The id of each holder, and when it began.
    holders: list[tuple[str, str | None]]
    held: int
    before: int
    #: When the next one may begin by a limit on beginnings; null where one may begin now.
    frees_at: datetime | None


_LANE = f"""
SELECT coalesce((w.flow -> 'concurrency' ->> 'limit')::numeric::int, l.slots), NULL::float8,
    (SELECT coalesce(json_agg(json_build_array(id, {_iso("started_at")})), '[]') FROM (
        SELECT id, started_at FROM executions WHERE lane = l.name AND NOT queued
            AND status IN ('PENDING', 'RUNNING', 'PAUSED') ORDER BY id LIMIT %(most)s) held),
    (SELECT count(*) FROM executions WHERE lane = l.name AND NOT queued AND status IN ('PENDING', 'RUNNING', 'PAUSED')),
    (SELECT count(*) FROM executions o, executions e WHERE e.id = %(id)s AND o.lane = l.name AND o.queued
        AND o.status IN ('PENDING', 'RUNNING') AND (-o.priority, coalesce(o.arrival, o.id), o.id)
            < (-e.priority, coalesce(e.arrival, e.id), e.id)),
    NULL::timestamptz
FROM lanes l LEFT JOIN workflows w ON w.id = l.workflow_id WHERE l.name = %(lane)s"""

_RATE = """
SELECT l.slots, l.period, '[]'::json,
    (SELECT count(*) FROM executions WHERE rate = l.name AND admitted_at > now() - l.period * interval '1 second'),
    (SELECT count(*) FROM executions o, executions e WHERE e.id = %(id)s AND o.rate = l.name AND o.admitted_at IS NULL
        AND o.queued AND o.status IN ('PENDING', 'RUNNING') AND (-o.priority, coalesce(o.arrival, o.id), o.id)
            < (-e.priority, coalesce(e.arrival, e.id), e.id)),
    (SELECT admitted_at FROM executions
     WHERE rate = l.name AND admitted_at > now() - l.period * interval '1 second'
     ORDER BY admitted_at DESC OFFSET l.slots - 1 LIMIT 1) + l.period * interval '1 second'
FROM lanes l WHERE l.name = %(lane)s AND l.period IS NOT NULL"""


def find_lane(cursor: Cursor, lane: str, execution_id: str, *, rated: bool) -> LaneUse | None:
    """The lane in which this execution waits; ``rated``: it limits how many begin in a period."""
    cursor.execute(_RATE if rated else _LANE, {"lane": lane, "id": execution_id, "most": MOST_NAMED})
    row = cursor.fetchone()
    return None if row is None else LaneUse(*row)


class Pool(NamedTuple):
    """The live workers, as far as they could run a step."""

    #: Workers with a recent heartbeat.
    workers: int
    #: Those that consume the queue.
    on_queue: int
    #: Those of them that have a handler for the node type.
    able: int
    #: Steps of all executions that workers run now.
    running: int


_POOL = """
SELECT count(*), count(*) FILTER (WHERE listens), count(*) FILTER (WHERE listens AND knows),
       (SELECT count(*) FROM steps WHERE status = 'RUNNING' AND next_check_at > clock_timestamp())
FROM (SELECT queues::jsonb @> %(queue)s::jsonb AS listens,
             node_types IS NULL OR %(type)s::text IS NULL OR node_types::jsonb @> to_jsonb(%(type)s::text) AS knows
      FROM workers WHERE last_seen_at > clock_timestamp() - %(within)s * interval '1 second') live"""


def find_pool(cursor: Cursor, queue: str, node_type: str | None, *, within: float) -> Pool:
    """The workers seen within so many seconds; ``node_type`` None: any handler will do."""
    cursor.execute(_POOL, {"queue": dumps([queue]), "type": node_type, "within": within})
    row = cursor.fetchone()
    return Pool(*row) if row else Pool(0, 0, 0, 0)


#: Bytes of the largest event that is compared with a condition.
MOST_EVENT_BYTES = 16_000
#: Events that are compared with a condition, the newest ones.
MOST_COMPARED = 100


def list_events_since(cursor: Cursor, since: datetime) -> list[tuple[str, Any, dict[str, Any]]]:
    """The newest events since a moment, without large ones: id, payload, and the variables of each."""
    cursor.execute(
        "SELECT payload, id, external_id, type, source, time, attributes, received_at FROM events"
        f" WHERE id >= {first_id_of('%s::timestamptz')} AND octet_length(payload::text) <= %s"
        " ORDER BY id DESC LIMIT %s",
        (since, MOST_EVENT_BYTES, MOST_COMPARED),
    )
    return [(row[1], row[0], event_variables(*row[1:])) for row in cursor.fetchall()]
