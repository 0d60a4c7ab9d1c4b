"""
The walk's statements, written out: what a worker does most goes to Postgres in as few round trips as can be.

Every function takes a psycopg2 cursor of a connection in autocommit. A transaction opens with ``BEGIN`` in the text
of its first statement and ends with ``COMMIT`` in the text of its last, so neither costs a round trip of its own.
Whoever changes an execution or its steps first locks the execution's row; a statement after the lock sees all that
the one who held it before has written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.storage.approvals import LET_GO
from app.storage.documents import dumps
from app.storage.prepared import Prepared
from app.storage.records import Record, insert_of

Cursor = Any


@dataclass
class StepRow:
    """A step about to be written; times ahead are seconds from now, by Postgres' clock."""

    node_id: str
    visit: int
    attempt: int
    id: str
    type: str
    status: str
    scope: str = ""
    claim: int = 0
    took: str | None = None
    resume: str | None = None
    is_last: bool = False
    compensates: str | None = None
    #: JSON text.
    output: str | None = None
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    due_in: float | None = None
    look_in: float | None = None
    #: True where the row exists and is changed.
    stored: bool = False


#: A row of another table, and the step that it belongs to.
Kept = tuple[StepRow, Record]


@dataclass(frozen=True)
class Locked:
    """An execution whose row is locked."""

    status: str
    closing: str | None
    open_steps: int
    visits: dict[str, int]
    #: The steps asked for, in that order, each at its newest attempt; None where there is none.
    steps: tuple[FoundStep | None, ...] = (None,)
    #: Tallies of the joins asked for, outside loops: ``(key, scope): (taken, skipped, settled, held)``.
    tallies: dict[tuple[str, str], Any] = field(default_factory=dict)
    looked_up: frozenset[str] = frozenset()
    #: Only where it was asked for.
    begun: Begun | None = None

    @property
    def step(self) -> FoundStep | None:
        return self.steps[0]


@dataclass(frozen=True)
class FoundStep:
    """A step as it stands."""

    node_id: str
    visit: int
    attempt: int
    id: str
    type: str
    status: str
    scope: str
    claim: int
    took: str | None
    resume: str | None
    compensates: str | None
    output: Any
    started_at: datetime | None
    #: Seconds until it is due, negative where that has passed; None: nothing was set.
    due_in: float | None


@dataclass(frozen=True)
class Begun:
    """What never changes in an execution."""

    workflow_id: str
    version: int
    payload: Any
    event: dict[str, Any]


_STEP = """s.node_id, s.visit, s.attempt, s.id, s.type, s.status, s.scope, s.claim, s.took, s.resume, s.compensates,
       s.output, s.started_at, extract(epoch FROM s.due_at - clock_timestamp())::float8"""

_HOLD = Prepared(
    "hold_execution", {"execution": "uuid"}, "SELECT 1 FROM executions WHERE id = %(execution)s FOR UPDATE"
)
_NAMED = {"execution": "uuid", "nodes": "text[]", "visits": "int[]", "joins": "text[]"}
_READ = f"""
SELECT e.status, e.closing, e.open_steps, e.visits,
       (SELECT json_agg(json_build_array(t.key, t.taken, t.skipped, t.settled, t.held)) FROM tallies t
        WHERE t.execution_id = e.id AND t.scope = '' AND t.key = ANY(%(joins)s)),
       {_STEP}{{more}}
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
_READ_AGAIN = Prepared("read_execution_again", _NAMED, _READ.format(more="", join=""))
_READ_FIRST = Prepared(
    "read_execution_first",
    _NAMED,
    _READ.format(
        more=""",
       e.workflow_id, e.version, e.payload, v.id, v.external_id, v.type, v.source, v.time, v.received_at""",
        join=" LEFT JOIN events v ON v.id = e.event_id",
    ),
)


def lock(
    cursor: Cursor,
    execution_id: str,
    names: Sequence[tuple[str | None, int | None]] = ((None, None),),
    joins: Sequence[str] = (),
    *,
    first: bool = False,
) -> Locked | None:
    """
    Open a transaction that holds the execution; None (and no transaction) where it does not exist.

    ``names`` are the steps to read with it: nodes and visits; a node without a visit is meant at its newest.
    ``first`` also reads what never changes.
    """
    nodes, visits = zip(*names, strict=True)
    values = {"execution": execution_id, "nodes": list(nodes), "visits": list(visits), "joins": list(joins)}
    # Two statements, so that the second one sees what the last holder of the lock committed.
    hold = _HOLD.text(cursor, values)
    read = (_READ_FIRST if first else _READ_AGAIN).text(cursor, values)
    cursor.execute(b"BEGIN;" + hold + b";" + read)
    rows = cursor.fetchall()
    if not rows:
        cursor.execute("ROLLBACK")
        return None
    status, closing, open_steps, visits_so_far, tallies = rows[0][:5]
    steps = tuple(FoundStep(*row[5:19]) if row[5] is not None else None for row in rows)
    found = {(tally[0], ""): tuple(tally[1:]) for tally in tallies or ()}
    begun = _begun(*rows[0][19:]) if first else None
    return Locked(status, closing, open_steps, visits_so_far or {}, steps, found, frozenset(joins), begun)


def _begun(workflow_id: str, version: int, payload: Any, *event: Any) -> Begun:
    id, external, type, source, time, received = event
    known = {"id": external if external is not None else id, "type": type, "source": source, "time": time}
    return Begun(workflow_id, version, payload, {**known, "received_at": received.isoformat() if received else None})


def document_of(cursor: Cursor, workflow_id: str, version: int) -> tuple[str, Any]:
    """The kind and the document of a version."""
    cursor.execute(
        "SELECT w.kind, v.document FROM workflow_versions v JOIN workflows w ON w.id = v.workflow_id"
        " WHERE v.workflow_id = %s AND v.version = %s",
        (workflow_id, version),
    )
    kind, document = cursor.fetchone()
    return kind, document


_OUTPUTS = """
SELECT DISTINCT ON (node_id) node_id, scope, status, took, output
FROM steps
WHERE execution_id = %s AND (%s::text[] IS NULL OR node_id = ANY(%s)) AND output IS NOT NULL
  AND status IN ('COMPLETED', 'FAILED')
ORDER BY node_id, visit DESC, attempt DESC
"""


def outputs(
    cursor: Cursor, execution_id: str, nodes: Sequence[str] | None
) -> list[tuple[str, str, str, str | None, Any]]:
    """The newest output of each of these nodes (None: of all): node, scope, status, what it took, output."""
    names = None if nodes is None else list(nodes)
    cursor.execute(_OUTPUTS, (execution_id, names, names))
    return list(cursor.fetchall())


def visits(cursor: Cursor, execution_id: str, node_id: str) -> list[tuple[str, str, str | None, Any]]:
    """The output of each visit of a node: scope, status, what it took, output."""
    cursor.execute(
        "SELECT DISTINCT ON (visit) scope, status, took, output FROM steps WHERE execution_id = %s AND node_id = %s"
        " AND output IS NOT NULL AND status IN ('COMPLETED', 'FAILED') ORDER BY visit, attempt DESC",
        (execution_id, node_id),
    )
    return list(cursor.fetchall())


def tally(cursor: Cursor, execution_id: str, key: str, scope: str) -> tuple[int, int, bool, dict[str, bool]] | None:
    """What has arrived so far: taken, skipped, settled, held."""
    cursor.execute(
        "SELECT taken, skipped, settled, held FROM tallies WHERE execution_id = %s AND key = %s AND scope = %s",
        (execution_id, key, scope),
    )
    return cursor.fetchone()


def last_outputs(cursor: Cursor, execution_id: str) -> list[tuple[str, Any]]:
    """The outputs of the nodes at which paths ended, in the order in which they were reached."""
    cursor.execute(
        "SELECT node_id, output FROM steps WHERE execution_id = %s AND is_last AND output IS NOT NULL"
        " AND compensates IS NULL ORDER BY seq",
        (execution_id,),
    )
    return list(cursor.fetchall())


def to_compensate(cursor: Cursor, execution_id: str, nodes: Sequence[str]) -> tuple[str, int] | None:
    """The completed step that was started last, among these nodes, and is not compensated yet: node, visit."""
    cursor.execute(
        "SELECT s.node_id, s.visit FROM steps s WHERE s.execution_id = %s AND s.node_id = ANY(%s)"
        " AND s.status = 'COMPLETED' AND s.compensates IS NULL AND NOT EXISTS (SELECT 1 FROM steps c"
        " WHERE c.execution_id = s.execution_id AND c.compensates = s.node_id || ':' || s.visit)"
        " ORDER BY s.started_at DESC, s.seq DESC LIMIT 1",
        (execution_id, list(nodes)),
    )
    return cursor.fetchone()


def next_visit(cursor: Cursor, execution_id: str, node_id: str) -> int:
    """One more than the node's newest visit."""
    cursor.execute(
        "SELECT coalesce(max(visit), 0) + 1 FROM steps WHERE execution_id = %s AND node_id = %s",
        (execution_id, node_id),
    )
    return int(cursor.fetchone()[0])


def cancel_waiting(cursor: Cursor, execution_id: str, but: Sequence[tuple[str, int, int]]) -> int:
    """Nothing that has not begun will begin, but for steps the caller writes itself; answers how many those were."""
    cursor.execute(
        "UPDATE steps SET status = 'CANCELLED', finished_at = clock_timestamp(), look_at = NULL"
        " WHERE execution_id = %s AND status IN ('READY', 'WAITING')"
        " AND NOT (node_id, visit, attempt) IN (SELECT * FROM unnest(%s::text[], %s::int[], %s::int[]))",
        (execution_id, *(list(column) for column in zip(*but, strict=True))) if but else (execution_id, [], [], []),
    )
    return int(cursor.rowcount)


_COLUMNS = (
    "execution_id, node_id, visit, attempt, id, type, status, scope, claim, took, resume, is_last, compensates,"
    " output, error, started_at, finished_at, due_at, look_at"
)
_AHEAD = "clock_timestamp() + %s * interval '1 second'"
_VALUES = f"({', '.join(['%s'] * 17)}, {_AHEAD}, {_AHEAD})"
_CHANGED = {
    **{"status": "text", "claim": "int", "took": "text", "resume": "text", "is_last": "bool", "output": "json"},
    **{"error": "json", "started_at": "timestamptz", "finished_at": "timestamptz", "due_in": "float8"},
    **{"look_in": "float8", "execution_id": "uuid", "node_id": "text", "visit": "int", "attempt": "int"},
}
_CHANGE_TEXT = """
UPDATE steps SET status = %(status)s, claim = %(claim)s, took = %(took)s, resume = %(resume)s, is_last = %(is_last)s,
    output = %(output)s, error = %(error)s, started_at = %(started_at)s, finished_at = %(finished_at)s,
    due_at = coalesce(clock_timestamp() + %(due_in)s * interval '1 second', due_at),
    look_at = clock_timestamp() + %(look_in)s * interval '1 second'
WHERE execution_id = %(execution_id)s AND node_id = %(node_id)s AND visit = %(visit)s AND attempt = %(attempt)s"""
_CHANGE = Prepared("change_step", _CHANGED, _CHANGE_TEXT)


def _inserted(execution_id: str, row: StepRow) -> tuple[Any, ...]:
    return (
        *(execution_id, row.node_id, row.visit, row.attempt, row.id, row.type, row.status, row.scope),
        *(row.claim, row.took, row.resume, row.is_last, row.compensates, row.output, row.error),
        *(row.started_at, row.finished_at, row.due_in, row.look_in),
    )


def _changed(execution_id: str, row: StepRow) -> dict[str, Any]:
    return {**vars(row), "execution_id": execution_id}


_NEW_TYPES = (
    *("uuid", "text", "int", "int", "uuid", "text", "text", "text", "int", "text", "text", "bool", "text", "json"),
    *("json", "timestamptz", "timestamptz", "float8", "float8"),
)
_NOTE_TYPES = ("uuid", "text", "json", "json")


@lru_cache(maxsize=64)
def _exchange(started: int, notes: int) -> Prepared:
    """The statement of ``exchange`` for so many new steps and notifications."""
    types = dict(_CHANGED)
    rows = []
    for number in range(started):
        names = [f"s{number}_{column}" for column in range(len(_NEW_TYPES))]
        types.update(zip(names, _NEW_TYPES, strict=True))
        *plain, due, look = [f"%({name})s" for name in names]
        ahead = [f"clock_timestamp() + {value} * interval '1 second'" for value in (due, look)]
        rows.append(f"({', '.join([*plain, *ahead])})")
    told = []
    for number in range(notes):
        names = [f"n{number}_{column}" for column in range(len(_NOTE_TYPES))]
        types.update(zip(names, _NOTE_TYPES, strict=True))
        id, *rest = [f"%({name})s" for name in names]
        told.append(
            f", told_{number} AS (INSERT INTO notifications (id, execution_id, node_id, notified, message)"
            f" SELECT {id}, %(execution_id)s, {', '.join(rest)} FROM settled)"
        )
    statement = (
        f"WITH settled AS ({_CHANGE_TEXT} AND claim = %(claim)s AND status = 'RUNNING' AND EXISTS (SELECT 1 FROM"
        f" executions WHERE id = %(execution_id)s AND status = 'RUNNING' AND closing IS NULL) RETURNING 1)"
        f"{''.join(told)}"
        f" INSERT INTO steps ({_COLUMNS}) SELECT v.* FROM settled CROSS JOIN (VALUES {', '.join(rows)}) v"
    )
    return Prepared(f"exchange_{started}_{notes}", types, statement)


def exchange(
    cursor: Cursor, execution_id: str, settled: StepRow, started: Sequence[StepRow], notes: Sequence[Kept]
) -> bool:
    """
    Record one step's result and the steps up to the next claimed one: one statement, one transaction, one round trip.

    Needs no lock on the execution: the number of open steps stays the same, nothing that another path counts is
    touched, and the new step is RUNNING, so that a cancellation that comes at the same moment finds it as one that
    had begun before. False, and nothing written, where the claim is lost or the execution does not simply run.
    """
    values = _changed(execution_id, settled)
    for number, row in enumerate(started):
        values.update((f"s{number}_{column}", value) for column, value in enumerate(_inserted(execution_id, row)))
    for number, (row, note) in enumerate(notes):
        told = (note.id, row.node_id, dumps(note.values["notified"]), dumps(note.values["message"]))
        values.update((f"n{number}_{column}", value) for column, value in enumerate(told))
    _exchange(len(started), len(notes)).execute(cursor, values)
    return bool(cursor.rowcount)


class Writes:
    """What one transaction writes, sent together with its COMMIT in one round trip."""

    def __init__(self, cursor: Cursor, execution_id: str) -> None:
        self._cursor = cursor
        self._execution_id = execution_id
        self._texts: list[bytes] = []

    def steps(self, rows: Iterable[StepRow]) -> None:
        new = []
        for row in rows:
            if row.stored:
                self._texts.append(_CHANGE.text(self._cursor, _changed(self._execution_id, row)))
            else:
                new.append(self._cursor.mogrify(_VALUES, _inserted(self._execution_id, row)))
        if new:
            self._texts.append(f"INSERT INTO steps ({_COLUMNS}) VALUES ".encode() + b",".join(new))

    def tally(self, key: str, scope: str, taken: int, skipped: int, settled: bool, held: dict[int, bool]) -> None:
        self._add(
            "INSERT INTO tallies (execution_id, key, scope, taken, skipped, settled, held)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (execution_id, key, scope) DO UPDATE"
            " SET taken = excluded.taken, skipped = excluded.skipped, settled = excluded.settled, held = excluded.held",
            (self._execution_id, key, scope, taken, skipped, settled, dumps(held) if held else None),
        )

    def forget_tally(self, key: str, scope: str) -> None:
        self._add(
            "DELETE FROM tallies WHERE execution_id = %s AND key = %s AND scope = %s", (self._execution_id, key, scope)
        )

    def execution(self, changes: dict[str, Any]) -> None:
        """Set columns of the execution; ``finished_at`` and ``started_at`` with True are now."""
        sets, values = [], []
        for column, value in changes.items():
            sets.append(f"{column} = clock_timestamp()" if value is True else f"{column} = %s")
            values += [] if value is True else [value]
        self._add(f"UPDATE executions SET {', '.join(sets)} WHERE id = %s", (*values, self._execution_id))

    def records(self, records: Iterable[Kept]) -> None:
        """Rows of other tables; written after the steps that they belong to, whose columns they may read."""
        for row, record in records:
            step = {
                "execution_id": self._execution_id,
                "node_id": row.node_id,
                "visit": row.visit,
                "attempt": row.attempt,
            }
            self._add(*insert_of(record, step))

    def let_go(self) -> None:
        """Have what waited with steps of this execution follow those that do not wait any more."""
        self._add(LET_GO, {"execution_id": self._execution_id})

    def _add(self, statement: str, values: tuple[Any, ...] | Mapping[str, Any]) -> None:
        self._texts.append(self._cursor.mogrify(statement, values))

    def flush(self) -> None:
        """Send what was collected, without ending the transaction."""
        if self._texts:
            self._cursor.execute(b";\n".join(self._texts))
            self._texts = []

    def commit(self) -> None:
        self._cursor.execute(b";\n".join([*self._texts, b"COMMIT"]))
