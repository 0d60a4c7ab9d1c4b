"""The lock of an execution, read together with the steps and join counts that a transaction needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.storage.access.audit import Deed, text_of_hold
from app.storage.database import Cursor, fetch_row
from app.storage.definition import Definition
from app.storage.events import event_variables
from app.storage.prepared import PreparedStatement
from app.storage.rows import FoundStep


@dataclass(frozen=True)
class LockedExecution:
    """An execution whose row is locked."""

    status: str
    closing: str | None
    open_steps: int
    visits: dict[str, int]
    #: The requested steps, in that order, each at its newest attempt; None where there is none.
    steps: tuple[FoundStep | None, ...] = (None,)
    #: Join counts of the requested joins, outside loops: ``(key, scope): (taken, skipped, settled, held)``.
    join_counts: dict[tuple[str, str], Any] = field(default_factory=dict)
    looked_up: frozenset[str] = frozenset()
    #: The lane that the execution runs in, and whether it still waits for a slot there.
    lane: str | None = None
    queued: bool = False
    #: True where a timekeeper has woken it: an earlier wake-up had no effect.
    woken: bool = False
    #: The version that it runs; another one after it was moved.
    version: int = 0
    #: Only where it was requested.
    origin: ExecutionOrigin | None = None

    @property
    def step(self) -> FoundStep | None:
        return self.steps[0]


@dataclass(frozen=True)
class ExecutionOrigin:
    """The part of an execution that never changes."""

    workflow_id: str
    version: int
    payload: Any
    event: dict[str, Any]
    #: How many executions and events led to it.
    depth: int = 0
    #: Where it is a child: its fan-out.
    fan_out: str | None = None
    #: The nodes, outermost first, whose graph in place it runs.
    inside: tuple[str, ...] = ()
    #: ``{node, visit, value}``: the input that a fork gives to the step at which it begins.
    given_input: dict[str, Any] | None = None


#: The columns of ``FoundStep``.
STEP = """s.node_id, s.visit, s.attempt, s.id, s.type, s.status, s.scope, s.claim, s.branch, s.resume, s.compensates,
       s.output, s.started_at, extract(epoch FROM s.due_at - clock_timestamp())::float8, s.woken_at IS NOT NULL,
       s.losses, s.lost_together, s.lost_claim, s.claimed_by"""


_HOLD = PreparedStatement(
    "hold_execution", {"execution": "uuid"}, "SELECT 1 FROM executions WHERE id = %(execution)s FOR UPDATE"
)


_NAMED = {"execution": "uuid", "nodes": "text[]", "visits": "int[]", "joins": "text[]"}


_READ = f"""
SELECT e.status, e.closing, e.open_steps, e.loop_visits,
       (SELECT json_agg(json_build_array(t.key, t.taken, t.skipped, t.settled, t.deferred_exits)) FROM join_counts t
        WHERE t.execution_id = e.id AND t.scope = '' AND t.key = ANY(%(joins)s)),
       e.lane, e.queued, e.woken_at IS NOT NULL, e.version, {STEP}{{more}}
FROM executions e{{join}}
CROSS JOIN unnest(%(nodes)s, %(visits)s) WITH ORDINALITY AS name (node, visit, number)
LEFT JOIN LATERAL (
    SELECT * FROM steps
    WHERE execution_id = e.id AND node_id = name.node AND visit = coalesce(name.visit, visit)
    ORDER BY visit DESC, attempt DESC LIMIT 1
) s ON true
WHERE e.id = %(execution)s
ORDER BY name.number
"""


_READ_AGAIN = PreparedStatement("read_execution_again", _NAMED, _READ.format(more="", join=""))


_READ_FIRST = PreparedStatement(
    "read_execution_first",
    _NAMED,
    _READ.format(
        more=""",
       e.workflow_id, e.version, e.payload, e.depth, e.fan_out_id, e.inline_path, e.given_input,
       v.id, v.external_id, v.type, v.source, v.time, v.attributes, v.received_at""",
        join=" LEFT JOIN events v ON v.id = e.event_id",
    ),
)


def lock_execution(
    cursor: Cursor,
    execution_id: str,
    names: Sequence[tuple[str | None, int | None]] = ((None, None),),
    joins: Sequence[str] = (),
    *,
    first: bool = False,
    deed: Deed | None = None,
) -> LockedExecution | None:
    """
    Open a transaction that holds the execution; None (and no transaction) where it does not exist.

    ``names`` are the steps to read with it: nodes and visits; a node without a visit is meant at its newest.
    ``first`` also reads what never changes. ``deed`` is recorded by the statement that takes the lock.
    """
    nodes, visits = zip(*names, strict=True)
    values = {"execution": execution_id, "nodes": list(nodes), "visits": list(visits), "joins": list(joins)}
    # Two statements, so that the second one sees what the last holder of the lock committed.
    hold = text_of_hold(cursor, execution_id, deed) if deed else _HOLD.text(cursor, values)
    read = (_READ_FIRST if first else _READ_AGAIN).text(cursor, values)
    cursor.execute(b";".join([b"BEGIN", hold, read]))
    rows = cursor.fetchall()
    if not rows:
        cursor.execute("ROLLBACK")
        return None
    status, closing, open_steps, visits_so_far, join_counts, lane, queued, woken, version = rows[0][:9]
    steps = tuple(FoundStep(*row[9:28]) if row[9] is not None else None for row in rows)
    found = {(tally[0], ""): tuple(tally[1:]) for tally in join_counts or ()}
    origin = read_origin(*rows[0][28:]) if first else None
    visits_known = visits_so_far or {}
    return LockedExecution(
        *(status, closing, open_steps, visits_known, steps, found, frozenset(joins), lane, queued, woken),
        *(version, origin),
    )


def list_existing(cursor: Cursor, ids: Sequence[str]) -> list[str]:
    """Return those of these executions that exist."""
    cursor.execute("SELECT id FROM executions WHERE id = ANY(%s::uuid[])", (list(ids),))
    return [id for (id,) in cursor.fetchall()]


class TypesHere(NamedTuple):
    """Node types whose steps a process may run."""

    #: None: all.
    only: list[str] | None
    but: list[str]


_READY = PreparedStatement(
    "read_ready_steps",
    {"execution": "uuid", "only": "text[]", "but": "text[]", "limit": "int"},
    f"""
SELECT {STEP} FROM steps s
WHERE s.execution_id = %(execution)s AND s.status = 'READY'
  AND (%(only)s IS NULL OR s.type = ANY(%(only)s)) AND s.type <> ALL(%(but)s)
ORDER BY s.seq LIMIT %(limit)s""",
)


def list_ready_steps(cursor: Cursor, execution_id: str, types: TypesHere, *, limit: int) -> list[FoundStep]:
    """Return READY steps of these types of an execution whose row is held, oldest first."""
    values = {"execution": execution_id, "only": types.only, "but": types.but, "limit": limit}
    _READY.execute(cursor, values)
    return [FoundStep(*row) for row in cursor.fetchall()]


def seconds_since_creation(cursor: Cursor, execution_id: str, step: FoundStep) -> float:
    """The age of a step."""
    cursor.execute(
        "SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 FROM steps"
        " WHERE execution_id = %s AND node_id = %s AND visit = %s AND attempt = %s",
        (execution_id, step.node_id, step.visit, step.attempt),
    )
    return float(fetch_row(cursor)[0])


def read_origin(*columns: Any) -> ExecutionOrigin:
    """The origin, by the columns of the execution and of its event."""
    workflow_id, version, payload, depth, fan_out, inside, given = columns[:7]
    event = event_variables(*columns[7:])
    return ExecutionOrigin(workflow_id, version, payload, event, depth, fan_out, tuple(inside or ()), given)


def fetch_definition(cursor: Cursor, workflow_id: str, version: int) -> Definition:
    """The definition of a version."""
    cursor.execute(
        "SELECT w.kind, v.document, v.until FROM workflow_versions v JOIN workflows w ON w.id = v.workflow_id"
        " WHERE v.workflow_id = %s AND v.version = %s",
        (workflow_id, version),
    )
    return Definition(*fetch_row(cursor))
