"""
The walk's statements, written out: the common ones take as few round trips as possible.

Every function takes a psycopg2 cursor of a connection in autocommit. A transaction opens with ``BEGIN`` in the text
of its first statement and ends with ``COMMIT`` in the text of its last, so neither costs a round trip of its own.
A transaction that changes an execution or its steps first locks the execution's row; a statement after the lock sees
everything that the last holder wrote (docs/statements.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.storage.clock import clock
from app.storage.database import Cursor
from app.storage.json_text import dumps
from app.storage.prepared import PreparedStatement
from app.storage.rows import StepRow
from app.storage.waiting.fan_outs import Ended, EndOfChild, start_items
from app.storage.walk.records import RELEASES, Record, insert_of

#: A row of another table, and the step that it belongs to.
Kept = tuple[StepRow, Record]


def cancel_waiting(cursor: Cursor, execution_id: str, but: Sequence[tuple[str, int, int]]) -> int:
    """Cancel READY and WAITING steps except ``but``, which the caller writes itself; returns how many."""
    cursor.execute(
        "UPDATE steps SET status = 'CANCELLED', finished_at = clock_timestamp(), next_check_at = NULL"
        " WHERE execution_id = %s AND status IN ('READY', 'WAITING')"
        " AND NOT (node_id, visit, attempt) IN (SELECT * FROM unnest(%s::text[], %s::int[], %s::int[]))",
        (execution_id, *(list(column) for column in zip(*but, strict=True))) if but else (execution_id, [], [], []),
    )
    return int(cursor.rowcount)


def cancel_compensations(cursor: Cursor, execution_id: str) -> int:
    """Cancel compensations that wait; returns how many."""
    cursor.execute(
        "UPDATE steps SET status = 'CANCELLED', finished_at = clock_timestamp(), next_check_at = NULL"
        " WHERE execution_id = %s AND status = 'WAITING' AND compensates IS NOT NULL",
        (execution_id,),
    )
    return int(cursor.rowcount)


_COLUMNS = (
    "execution_id, node_id, visit, attempt, id, type, status, scope, claim, claimed_by, branch, resume, is_last,"
    " compensates, output, error, started_at, finished_at, due_at, next_check_at"
)


# Every time is dated by Postgres: a worker passes how long ago something was, or how far ahead it is, in seconds. Times
# in the past are counted from one moment for all rows of a message, so that they keep their order.
_AGO = "statement_timestamp() - {} * interval '1 second'"
_AHEAD = "clock_timestamp() + {} * interval '1 second'"
#: The last four columns, each with its parameters: started_at, finished_at, due_at, next_check_at.
_TIMES = (
    (_AGO, 1),
    (_AGO, 1),
    (f"coalesce({{}}, {_AHEAD})", 2),
    ("coalesce({}, clock_timestamp()) + {} * interval '1 second'", 2),
)


def _insertable(parameters: Sequence[str]) -> str:
    """A row of VALUES: plain columns, then the four times."""
    count = sum(count for _, count in _TIMES)
    plain, left = parameters[:-count], list(parameters[-count:])
    times = []
    for time, count in _TIMES:
        times.append(time.format(*left[:count]))
        del left[:count]
    return f"({', '.join([*plain, *times])})"


_VALUES = _insertable([*["%s"] * 18, "%s::timestamptz", "%s", "%s::timestamptz", "%s"])


_CHANGED = {
    **{"status": "text", "claim": "int", "claimed_by": "uuid", "branch": "text", "resume": "text", "is_last": "bool"},
    **{"output": "json", "error": "json", "started_ago": "float8", "finished_ago": "float8", "due_in": "float8"},
    **{"due_at": "timestamptz"},
    **{"check_in": "float8", "execution_id": "uuid", "node_id": "text", "visit": "int", "attempt": "int"},
}


_CHANGE_TEXT = """
UPDATE steps SET status = %(status)s, claim = %(claim)s, claimed_by = coalesce(%(claimed_by)s, claimed_by),
    lost_together = CASE WHEN claim = %(claim)s THEN lost_together ELSE 0 END,
    branch = %(branch)s, resume = %(resume)s,
    is_last = %(is_last)s, output = %(output)s, error = %(error)s,
    started_at = coalesce(started_at, statement_timestamp() - %(started_ago)s * interval '1 second'),
    finished_at = statement_timestamp() - %(finished_ago)s * interval '1 second',
    due_at = CASE %(status)s WHEN 'WAITING'
        THEN coalesce(%(due_at)s, clock_timestamp() + %(due_in)s * interval '1 second') ELSE due_at END,
    next_check_at = coalesce(%(due_at)s, clock_timestamp()) + %(check_in)s * interval '1 second'
WHERE execution_id = %(execution_id)s AND node_id = %(node_id)s AND visit = %(visit)s AND attempt = %(attempt)s"""


_CHANGE = PreparedStatement("change_step", _CHANGED, _CHANGE_TEXT)


def _inserted(execution_id: str, row: StepRow, now: datetime) -> tuple[Any, ...]:
    return (
        *(execution_id, row.node_id, row.visit, row.attempt, row.id, row.type, row.status, row.scope),
        *(row.claim, row.claimed_by, row.branch, row.resume, row.is_last, row.compensates, row.output, row.error),
        *(_seconds_from(row.started_at, now), _seconds_from(row.finished_at, now)),
        *(row.due_at, row.due_in, row.due_at, row.check_in),
    )


def _changed(execution_id: str, row: StepRow, now: datetime) -> dict[str, Any]:
    ago = {"started_ago": _seconds_from(row.started_at, now), "finished_ago": _seconds_from(row.finished_at, now)}
    return {**vars(row), **ago, "execution_id": execution_id}


def _seconds_from(moment: datetime | None, now: datetime) -> float | None:
    """Seconds from a moment to now, both by this process's clock, which may differ from Postgres'."""
    return None if moment is None else max((now - moment).total_seconds(), 0.0)


_NEW_TYPES = (
    *("uuid", "text", "int", "int", "uuid", "text", "text", "text", "int", "uuid", "text", "text", "bool", "text"),
    *("json", "json", "float8", "float8", "timestamptz", "float8", "timestamptz", "float8"),
)


#: Steps, and notifications, that one ``exchange_steps`` writes at most.
ROWS = 8


_NOTE_TYPES = ("uuid", "text", "json", "json")


@lru_cache(maxsize=64)
def _exchange(started: int, notes: int) -> PreparedStatement:
    """The statement of ``exchange_steps`` for these numbers of new steps and notifications."""
    types = dict(_CHANGED)
    rows = []
    for number in range(started):
        names = [f"s{number}_{column}" for column in range(len(_NEW_TYPES))]
        types.update(zip(names, _NEW_TYPES, strict=True))
        rows.append(_insertable([f"%({name})s" for name in names]))
    inserts = []
    for number in range(notes):
        names = [f"n{number}_{column}" for column in range(len(_NOTE_TYPES))]
        types.update(zip(names, _NOTE_TYPES, strict=True))
        id, *rest = [f"%({name})s" for name in names]
        inserts.append(
            f", noted_{number} AS (INSERT INTO notifications (id, execution_id, node_id, notified, message)"
            f" SELECT {id}, %(execution_id)s, {', '.join(rest)} FROM settled)"
        )
    statement = (
        f"WITH settled AS ({_CHANGE_TEXT} AND claim = %(claim)s AND status = 'RUNNING'"
        f" AND EXISTS (SELECT 1 FROM executions"
        f" WHERE id = %(execution_id)s AND status = 'RUNNING' AND closing IS NULL AND NOT queued) RETURNING 1)"
        f"{''.join(inserts)}"
        f" INSERT INTO steps ({_COLUMNS}) SELECT v.* FROM settled CROSS JOIN (VALUES {', '.join(rows)}) v"
    )
    return PreparedStatement(f"exchange_{started}_{notes}", types, statement)


def exchange_steps(
    cursor: Cursor, execution_id: str, settled: StepRow, started: Sequence[StepRow], notes: Sequence[Kept]
) -> bool:
    """
    Record one step's result and the steps up to the next claimed one: one statement, one transaction, one round trip.

    Needs no lock on the execution: the number of open steps stays the same, nothing that another path counts is
    touched, and the new step is RUNNING, so that a cancellation that comes at the same moment finds it as one that
    had begun before. False, and nothing written, where the claim is lost or the execution does not simply run.
    """
    now = clock.now()
    values = _changed(execution_id, settled, now)
    for number, row in enumerate(started):
        values.update((f"s{number}_{column}", value) for column, value in enumerate(_inserted(execution_id, row, now)))
    for number, (row, note) in enumerate(notes):
        told = (note.id, row.node_id, dumps(note.values["notified"]), dumps(note.values["message"]))
        values.update((f"n{number}_{column}", value) for column, value in enumerate(told))
    _exchange(len(started), len(notes)).execute(cursor, values)
    return bool(cursor.rowcount)


class Writes:
    """The statements of one transaction, sent together with its COMMIT in one round trip."""

    def __init__(self, cursor: Cursor, execution_id: str, *, grace: float = 5.0) -> None:
        self._cursor = cursor
        self._execution_id = execution_id
        #: Seconds after which a timekeeper checks an execution that begins here.
        self._grace = grace
        self._texts: list[bytes] = []

    def steps(self, rows: Iterable[StepRow]) -> None:
        now = clock.now()
        new = []
        for row in rows:
            if row.stored:
                self._texts.append(_CHANGE.text(self._cursor, _changed(self._execution_id, row, now)))
            else:
                new.append(self._cursor.mogrify(_VALUES, _inserted(self._execution_id, row, now)))
        if new:
            self._texts.append(f"INSERT INTO steps ({_COLUMNS}) VALUES ".encode() + b",".join(new))

    def tally(self, key: str, scope: str, taken: int, skipped: int, settled: bool, held: dict[str, bool]) -> None:
        self._add(
            "INSERT INTO join_counts (execution_id, key, scope, taken, skipped, settled, deferred_exits)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (execution_id, key, scope) DO UPDATE"
            " SET taken = excluded.taken, skipped = excluded.skipped, settled = excluded.settled,"
            " deferred_exits = excluded.deferred_exits",
            (self._execution_id, key, scope, taken, skipped, settled, dumps(held) if held else None),
        )

    def forget_tally(self, key: str, scope: str) -> None:
        self._add(
            "DELETE FROM join_counts WHERE execution_id = %s AND key = %s AND scope = %s",
            (self._execution_id, key, scope),
        )

    def execution(self, changes: dict[str, Any]) -> None:
        """
        Set columns of the execution; True means the current time.

        It starts when the transaction begins, which is before its first step starts.
        """
        sets, values = [], []
        for column, value in changes.items():
            time = "now()" if column == "started_at" else "clock_timestamp()"
            sets.append(f"{column} = {time}" if value is True else f"{column} = %s")
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
                "grace": self._grace,
            }
            self._add(*insert_of(record, step))

    def mark_woken(self, ids: Sequence[str]) -> None:
        """Mark new steps as if a timekeeper had woken them: whoever takes them takes care."""
        self._add(
            "UPDATE steps SET woken_at = clock_timestamp() WHERE execution_id = %s AND id = ANY(%s::uuid[])",
            (self._execution_id, list(ids)),
        )

    def release_waits(self) -> None:
        """End approvals, fan-outs and subscriptions of steps that are not WAITING any more."""
        for statement in RELEASES:
            self._add(statement, {"execution_id": self._execution_id})

    def _add(self, statement: str, values: tuple[Any, ...] | Mapping[str, Any]) -> None:
        self._texts.append(self._cursor.mogrify(statement, values))

    def flush(self) -> None:
        """Send what was collected and keep the transaction open."""
        if self._texts:
            self._cursor.execute(b";\n".join(self._texts))
            self._texts = []

    def commit(self) -> None:
        self._cursor.execute(b";\n".join([*self._texts, b"COMMIT"]))

    def commit_child(self, end: EndOfChild) -> Ended:
        """Commit, and with it the end of a child; still one round trip."""
        texts = [*self._texts, end.text(self._cursor), b"COMMIT", end.asks(self._cursor)]
        self._cursor.execute(b";\n".join(texts))
        return start_items(self._cursor.fetchone())
