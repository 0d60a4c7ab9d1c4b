"""Statements of forks: executions that keep steps of another one and run the rest again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app.errors import Conflict
from app.storage.database import Cursor, fetch_row
from app.storage.flow_control.fragments import arrival_in
from app.storage.ids import NOBODY, new_id, parse_id
from app.storage.json_text import JsonText, dumps
from app.storage.queue_progress import SUSPENDED_CHECK


class PastStep(NamedTuple):
    """A step of an execution, at its newest attempt, as far as a replay needs it."""

    id: str
    node_id: str
    visit: int
    attempt: int
    type: str
    status: str
    scope: str
    branch: str | None
    #: True where it has an output: a failed step that has one was caught.
    has_output: bool
    compensates: str | None
    #: When its first attempt was started, and when its newest one was settled.
    started_at: datetime | None
    finished_at: datetime | None


_PAST = """
SELECT * FROM (
    SELECT DISTINCT ON (node_id, visit, compensates IS NULL) id, node_id, visit, attempt, type, status, scope, branch,
        output IS NOT NULL, compensates,
        min(started_at) OVER (PARTITION BY node_id, visit, compensates IS NULL), finished_at, seq
    FROM steps WHERE execution_id = %s ORDER BY node_id, visit, compensates IS NULL, attempt DESC
) newest ORDER BY finished_at NULLS LAST, seq"""


def list_past(cursor: Cursor, execution_id: str) -> list[PastStep]:
    """The newest attempt of each visit, in the order in which they were settled, then those that are not."""
    cursor.execute(_PAST, (execution_id,))
    return [PastStep(*row[:-1]) for row in cursor.fetchall()]


def find_step(cursor: Cursor, step_id: str, execution_id: str) -> tuple[str, int, str, str, str | None] | None:
    """A step of this execution by its id: node, visit, scope, status, what it compensates; None if there is none."""
    cursor.execute(
        "SELECT node_id, visit, scope, status, compensates FROM steps WHERE execution_id = %s AND id = %s",
        (execution_id, parse_id(step_id) or NOBODY),
    )
    return cursor.fetchone()


def list_outputs_of(cursor: Cursor, execution_id: str, steps: Sequence[str], *, most: int) -> dict[str, str]:
    """The first ``most`` characters of the outputs of these steps, by their ids."""
    cursor.execute(
        "SELECT id, left(output::text, %s) FROM steps WHERE execution_id = %s AND id = ANY(%s::uuid[])"
        " AND output IS NOT NULL",
        (most, execution_id, list(steps)),
    )
    return dict(cursor.fetchall())


def find_payload(cursor: Cursor, execution_id: str) -> tuple[Any, dict[str, Any] | None]:
    """The payload of an execution, and the flow control of its workflow. Raises Conflict where that was deleted."""
    cursor.execute(
        "SELECT e.payload, w.flow, w.name, w.deleted_at IS NOT NULL FROM executions e"
        " JOIN workflows w ON w.id = e.workflow_id WHERE e.id = %s",
        (execution_id,),
    )
    payload, flow, name, deleted = fetch_row(cursor)
    if deleted:
        raise Conflict(f"The workflow {name} of execution {execution_id} was deleted; nothing of it starts any more.")
    return payload, flow


def has_version(cursor: Cursor, workflow_id: str, version: int) -> bool:
    """True where this version of the workflow is stored, and not for a test."""
    cursor.execute(
        "SELECT 1 FROM workflow_versions v WHERE workflow_id = %s AND version = %s AND NOT EXISTS ("
        "SELECT FROM executions WHERE workflow_id = v.workflow_id AND version = v.version AND test IS NOT NULL)",
        (workflow_id, version),
    )
    return cursor.fetchone() is not None


class ForkRow(NamedTuple):
    """The columns of an execution that is a fork."""

    source: str
    version: int
    #: None: that of the source.
    payload: JsonText | None
    given_input: Mapping[str, Any] | None
    loop_visits: Mapping[str, int]
    open_steps: int
    lane: str | None
    rate: str | None
    queued: bool


_INSERT = f"""
INSERT INTO executions (id, workflow_id, version, status, payload, event_id, depth, inline_path, open_steps,
    loop_visits, forked_from, given_input, lane, rate, queued, admitted_at, arrival, priority, started_at)
SELECT %(id)s, workflow_id, %(version)s, 'RUNNING', coalesce(%(payload)s::json, payload), event_id, depth, inline_path,
    %(open)s, %(visits)s::json, id, %(given)s::json, %(lane)s, %(rate)s, %(queued)s,
    CASE WHEN %(rate)s::text IS NOT NULL AND NOT %(queued)s THEN clock_timestamp() END,
    {arrival_in("%(lane)s::text", "%(id)s")}, priority, now()
FROM executions WHERE id = %(source)s"""


def insert_fork(cursor: Cursor, row: ForkRow) -> str:
    """An execution that begins with kept steps; its id."""
    id = new_id()
    values = {
        "id": id,
        "version": row.version,
        "payload": row.payload,
        "open": row.open_steps,
        "visits": dumps(dict(row.loop_visits)),
        "given": None if row.given_input is None else dumps(dict(row.given_input)),
        "lane": row.lane,
        "rate": row.rate,
        "queued": row.queued,
        "source": row.source,
    }
    cursor.execute(_INSERT, values)
    return id


_KEEP = """
INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, scope, claim, losses, branch, is_last,
    output, error, created_at, started_at, finished_at, kept)
SELECT %(fork)s, s.node_id, s.visit, s.attempt, gen_random_uuid(), s.type, s.status, s.scope, s.claim, s.losses,
    s.branch, k.is_last, s.output, s.error, s.created_at, s.started_at, s.finished_at, true
FROM unnest(%(nodes)s::text[], %(visits)s::int[], %(last)s::bool[]) AS k (node_id, visit, is_last)
JOIN steps s ON s.execution_id = %(source)s AND s.node_id = k.node_id AND s.visit = k.visit AND s.compensates IS NULL
ORDER BY s.seq"""


def keep_steps(cursor: Cursor, fork: str, source: str, kept: Sequence[tuple[str, int, bool]]) -> None:
    """Copy every attempt of these visits: each node, visit, and whether its output is part of the execution's."""
    nodes, visits, last = ([each[number] for each in kept] for number in range(3))
    cursor.execute(_KEEP, {"fork": fork, "source": source, "nodes": nodes, "visits": visits, "last": last})


class NewStep(NamedTuple):
    """A step that a fork begins or skips."""

    node_id: str
    visit: int
    scope: str
    type: str


_ADD = """
INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, scope, finished_at, next_check_at)
SELECT %(fork)s, node_id, visit, 1, gen_random_uuid(), type, %(status)s, scope,
    CASE WHEN %(status)s = 'SKIPPED' THEN clock_timestamp() END,
    CASE WHEN %(status)s = 'READY' THEN clock_timestamp() + %(check_in)s * interval '1 second' END
FROM unnest(%(nodes)s::text[], %(visits)s::int[], %(scopes)s::text[], %(types)s::text[])
    WITH ORDINALITY AS n (node_id, visit, scope, type, number) ORDER BY number"""


def add_steps(cursor: Cursor, fork: str, steps: Sequence[NewStep], *, status: str, check_in: float) -> None:
    """Steps that are READY, which the timekeeper checks after so many seconds, or SKIPPED."""
    nodes, visits, scopes, types = ([step[number] for step in steps] for number in range(4))
    values = {"nodes": nodes, "visits": visits, "scopes": scopes, "types": types}
    cursor.execute(_ADD, {**values, "fork": fork, "status": status, "check_in": check_in})


#: Key, scope, taken, skipped, settled, held edges.
Count = tuple[str, str, int, int, bool, Mapping[str, bool]]


def add_join_counts(cursor: Cursor, fork: str, counts: Sequence[Count]) -> None:
    """The arrivals at joins that the kept steps have made."""
    columns: list[list[Any]] = [[each[number] for each in counts] for number in range(5)]
    held = [dumps(dict(each[5])) if each[5] else None for each in counts]
    cursor.execute(
        "INSERT INTO join_counts (execution_id, key, scope, taken, skipped, settled, deferred_exits)"
        " SELECT %s, key, scope, taken, skipped, settled, held::json"
        " FROM unnest(%s::text[], %s::text[], %s::int[], %s::int[], %s::bool[], %s::text[])"
        " AS c (key, scope, taken, skipped, settled, held)",
        (fork, *columns, held),
    )


_NEXT = """
INSERT INTO workflow_versions (workflow_id, version, document, until)
VALUES (%(workflow)s, -nextval('own_versions'), %(document)s, %(until)s)
ON CONFLICT DO NOTHING RETURNING version"""


def add_own_version(cursor: Cursor, workflow_id: str, document: JsonText, *, until: str | None = None) -> int:
    """
    Store a definition that only a fork or a test runs, under a negative number that no other one has had; that number.

    ``until`` is the node at which a test ends.
    """
    while True:
        cursor.execute(_NEXT, {"workflow": workflow_id, "document": document, "until": until})
        row = cursor.fetchone()
        if row is not None:
            return int(row[0])


def list_join_counts(
    cursor: Cursor, execution_id: str
) -> list[tuple[str, str, int, int, bool, dict[str, bool] | None]]:
    """The arrivals at the joins of an execution: key, scope, taken, skipped, settled, held edges."""
    cursor.execute(
        "SELECT key, scope, taken, skipped, settled, deferred_exits FROM join_counts WHERE execution_id = %s",
        (execution_id,),
    )
    return list(cursor.fetchall())


def lock_row(cursor: Cursor, execution_id: str) -> None:
    """Hold the row of an execution, as every transaction that changes its steps does."""
    cursor.execute("SELECT 1 FROM executions WHERE id = %s FOR UPDATE", (execution_id,))


def set_version(cursor: Cursor, execution_id: str, version: int) -> None:
    """Have an execution whose row is held go on under another version."""
    cursor.execute("UPDATE executions SET migrated_from = version, version = %s WHERE id = %s", (version, execution_id))


def list_live(cursor: Cursor, workflow_id: str, *, version: int | None, limit: int) -> list[str]:
    """Executions of a workflow that go on, oldest first; ``version``: only those that run this one."""
    cursor.execute(
        "SELECT id FROM executions WHERE workflow_id = %s AND status IN ('PENDING', 'RUNNING', 'PAUSED')"
        " AND inline_path IS NULL AND (%s::int IS NULL OR version = %s::int) ORDER BY id LIMIT %s",
        (workflow_id, version, version, limit),
    )
    return [id for (id,) in cursor.fetchall()]


class ForkBeginning(NamedTuple):
    """The step at which a fork began, and that step of the original; None: it is not there any more."""

    node_id: str
    visit: int
    original_step_id: str | None


_BEGINNING = """
SELECT node_id, visit, (
    SELECT id::text FROM steps o
    WHERE o.execution_id = %(source)s AND o.node_id = first.node_id AND o.visit = first.visit AND o.compensates IS NULL
    ORDER BY attempt DESC LIMIT 1)
FROM (
    SELECT node_id, visit FROM steps
    WHERE execution_id = %(fork)s AND NOT kept AND attempt = 1 AND status <> 'SKIPPED' ORDER BY seq LIMIT 1
) first"""


def find_beginning(cursor: Cursor, fork: str, source: str) -> ForkBeginning | None:
    """The step at which a fork of ``source`` began: the first one that it did not keep or skip."""
    cursor.execute(_BEGINNING, {"fork": fork, "source": source})
    row = cursor.fetchone()
    return ForkBeginning(*row) if row else None


def list_forks(cursor: Cursor, execution_id: str, *, most: int = 100) -> list[str]:
    """The forks of an execution, newest first."""
    cursor.execute("SELECT id FROM executions WHERE forked_from = %s ORDER BY id DESC LIMIT %s", (execution_id, most))
    return [id for (id,) in cursor.fetchall()]


#: Seconds until a step of a fork that is queued is checked.
QUEUED_CHECK = SUSPENDED_CHECK
