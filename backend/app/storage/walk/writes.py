"""
The walk's statements, written out: the common ones take as few round trips as possible.

Every function takes a psycopg2 cursor of a connection in autocommit. A transaction opens with ``BEGIN`` in the text
of its first statement and ends with ``COMMIT`` in the text of its last, so neither costs a round trip of its own.
A transaction that changes an execution or its steps first locks the execution's row; a statement after the lock sees
everything that the last holder wrote (docs/statements.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.storage import notifications
from app.storage.clock import clock
from app.storage.database import Cursor
from app.storage.descendants import text_of_counts
from app.storage.json_text import dumps, write_document
from app.storage.prepared import PreparedStatement
from app.storage.rows import StepRow
from app.storage.waiting.fan_outs import ChildEnd, EndOfChild, read_child_end
from app.storage.walk.begin_one import text_of_beginning
from app.storage.walk.execution_rows import changes_of_executions
from app.storage.walk.records import FAN_OUT, FAN_OUT_AGAIN, NOTIFICATION, RELEASES, Record, insert_of
from app.storage.walk.step_rows import CHANGE, INSERT, write_rows

#: A row of another table, and the step that it belongs to.
Kept = tuple[StepRow, Record]

_TALLY = PreparedStatement(
    "count_arrivals",
    {"execution": "uuid", "key": "text", "scope": "text", "taken": "int", "skipped": "int"}
    | {"settled": "bool", "held": "json"},
    "INSERT INTO join_counts (execution_id, key, scope, taken, skipped, settled, deferred_exits)"
    " VALUES (%(execution)s, %(key)s, %(scope)s, %(taken)s, %(skipped)s, %(settled)s, %(held)s)"
    " ON CONFLICT (execution_id, key, scope) DO UPDATE"
    " SET taken = excluded.taken, skipped = excluded.skipped, settled = excluded.settled,"
    " deferred_exits = excluded.deferred_exits",
)
_FORGET_TALLY = PreparedStatement(
    "forget_arrivals",
    {"execution": "uuid", "key": "text", "scope": "text"},
    "DELETE FROM join_counts WHERE execution_id = %(execution)s AND key = %(key)s AND scope = %(scope)s",
)


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


class Writes:
    """The statements of one transaction on one execution, sent together with its COMMIT in one round trip."""

    def __init__(self, cursor: Cursor, execution_id: str, *, grace: float = 5.0) -> None:
        self._cursor = cursor
        self.execution_id = execution_id
        #: Seconds after which a timekeeper checks an execution that begins here.
        self._grace = grace
        self.rows: list[StepRow] = []
        self.notes: list[dict[str, Any]] = []
        #: What is not written together with that of other executions.
        self.texts: list[bytes] = []
        #: Columns of the execution.
        self.columns: dict[str, Any] = {}
        #: New fan-outs, whose children are counted behind everything else.
        self.fan_outs: list[str] = []

    def steps(self, rows: Sequence[StepRow]) -> None:
        self.rows += rows

    def tally(self, key: str, scope: str, taken: int, skipped: int, settled: bool, held: dict[str, bool]) -> None:
        values = {"execution": self.execution_id, "key": key, "scope": scope, "taken": taken, "skipped": skipped}
        values |= {"settled": settled, "held": dumps(held) if held else None}
        self.texts.append(_TALLY.text(self._cursor, values))

    def forget_tally(self, key: str, scope: str) -> None:
        values = {"execution": self.execution_id, "key": key, "scope": scope}
        self.texts.append(_FORGET_TALLY.text(self._cursor, values))

    def execution(self, changes: Mapping[str, Any]) -> None:
        """Set columns of the execution, as ``changes_of_executions`` takes them."""
        self.columns |= changes

    def records(self, records: Iterable[Kept]) -> None:
        """Rows of other tables; written after the steps that they belong to, whose columns they may read."""
        for row, record in records:
            if record.kind == NOTIFICATION:
                self.notes.append(notifications.document(record.id, self.execution_id, row.node_id, record.values))
                continue
            step = {
                "execution_id": self.execution_id,
                "node_id": row.node_id,
                "visit": row.visit,
                "attempt": row.attempt,
                "grace": self._grace,
            }
            self._add(*insert_of(record, step))
            if record.kind in (FAN_OUT, FAN_OUT_AGAIN):
                self.fan_outs.append(record.id)

    def mark_woken(self, ids: Sequence[str]) -> None:
        """Mark new steps as if a timekeeper had woken them: whoever takes them takes care."""
        self._add(
            "UPDATE steps SET woken_at = clock_timestamp() WHERE execution_id = %s AND id = ANY(%s::uuid[])",
            (self.execution_id, list(ids)),
        )

    def release_waits(self) -> None:
        """End approvals, fan-outs and subscriptions of steps that are not WAITING any more."""
        for statement in RELEASES:
            self._add(statement, {"execution_id": self.execution_id})

    def _add(self, statement: str, values: tuple[Any, ...] | Mapping[str, Any]) -> None:
        self.texts.append(self._cursor.mogrify(statement, values))

    def text_of_beginning(self) -> bytes | None:
        """The one statement that writes all of this, where the execution begins in the most common way."""
        if self.notes or self.texts or self.fan_outs:
            return None
        return text_of_beginning(self._cursor, self.execution_id, self.rows, self.columns)

    def flush(self) -> None:
        """Send what was collected and keep the transaction open."""
        texts = collect_texts(self._cursor, [self])
        if texts:
            self._cursor.execute(b";\n".join(texts))
            self.rows, self.notes, self.texts, self.columns, self.fan_outs = [], [], [], {}, []

    def commit(self) -> None:
        commit_many(self._cursor, [self])

    def commit_child(self, end: EndOfChild) -> ChildEnd:
        """Commit, and with it the end of a child; still one round trip."""
        texts = [*collect_texts(self._cursor, [self]), end.text(self._cursor), b"COMMIT", end.query(self._cursor)]
        self._cursor.execute(b";\n".join(texts))
        return read_child_end(self._cursor.fetchone())


def commit_many(cursor: Cursor, writes: Sequence[Writes]) -> None:
    """
    Commit the writes of several executions together, in one round trip.

    None of them may end a child or leave a lane, which lock rows that executions share. Raises a psycopg2 error where
    Postgres refuses any of them: then nothing is written, the transaction is to be rolled back, and the caller commits
    each execution alone.
    """
    cursor.execute(b";\n".join([*collect_texts(cursor, writes), b"COMMIT"]))


def collect_texts(cursor: Cursor, writes: Sequence[Writes]) -> list[bytes]:
    """
    The statements of all of them; those that write the same table of many executions are one.

    Counts, which executions share, come last and in one order.
    """
    beginning = writes[0].text_of_beginning() if len(writes) == 1 else None
    if beginning is not None:
        return [beginning]
    texts = _texts_of_steps(cursor, writes)
    notes = [note for each in writes for note in each.notes]
    if notes:
        texts.append(notifications.INSERT.text(cursor, {"notes": write_document(notes)}))
    texts += [text for each in writes for text in each.texts]
    changed = [(each.execution_id, each.columns) for each in writes if each.columns]
    texts += [statement.text(cursor, {"rows": rows}) for statement, rows in changes_of_executions(changed)]
    fan_outs = [id for each in writes for id in each.fan_outs]
    return [*texts, text_of_counts(cursor, fan_outs)] if fan_outs else texts


def _texts_of_steps(cursor: Cursor, writes: Sequence[Writes]) -> list[bytes]:
    now, texts = clock.now(), []
    for statement, stored in ((CHANGE, True), (INSERT, False)):
        rows = [(0, each.execution_id, row) for each in writes for row in each.rows if row.stored is stored]
        if rows:
            texts.append(statement.text(cursor, {"rows": write_rows(rows, now)}))
    return texts
