"""Results of steps, each written with the claim of the step that follows it, without a lock on the execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.storage import notifications
from app.storage.clock import clock
from app.storage.database import Cursor
from app.storage.json_text import write_document
from app.storage.prepared import PreparedStatement
from app.storage.rows import StepRow
from app.storage.walk.records import Record
from app.storage.walk.step_rows import COLUMNS, TABLE, VALUES, write_rows


class Exchange(NamedTuple):
    """One step's result, and what a straight path writes with it."""

    execution_id: str
    #: The step under its claim, with its result; it is ``stored``.
    settled: StepRow
    #: New steps up to the next claimed one, which is RUNNING; no other is READY, RUNNING or WAITING.
    started: Sequence[StepRow]
    #: Notifications, each with the step that it belongs to.
    notes: Sequence[tuple[StepRow, Record]] = ()


_NOTED = f""", noted AS (
    INSERT INTO notifications (id, execution_id, node_id, notified, message)
    SELECT n.id, n.execution_id, n.node_id, n.notified::json, n.message::json
    FROM json_to_recordset(%(notes)s) AS n {notifications.TABLE}
    JOIN written USING (element)
)"""


def _exchange(name: str, noted: str, **types: str) -> PreparedStatement:
    # As ``CHANGE``, and only under the newest claim. Of a conflict, the newest version of the row decides, however old
    # the statement's snapshot is.
    return PreparedStatement(
        name,
        {"rows": "json", **types},
        f"""
WITH given AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rows)s) AS r {TABLE}
), settled AS (
    INSERT INTO steps AS s ({COLUMNS}, seq)
    SELECT {VALUES}, 0 FROM given r
    WHERE r.stored AND (SELECT e.status = 'RUNNING' AND e.closing IS NULL AND NOT e.queued
                        FROM executions e WHERE e.id = r.execution_id)
    ORDER BY r.execution_id, r.node_id, r.visit, r.attempt
    ON CONFLICT (execution_id, node_id, visit, attempt) DO UPDATE
    SET status = excluded.status, branch = excluded.branch, resume = excluded.resume, is_last = excluded.is_last,
        output = excluded.output, error = excluded.error, started_at = coalesce(s.started_at, excluded.started_at),
        finished_at = excluded.finished_at, next_check_at = NULL
    WHERE s.claim = excluded.claim AND s.claimed_by IS NOT DISTINCT FROM excluded.claimed_by AND s.status = 'RUNNING'
    RETURNING s.execution_id, s.node_id, s.visit, s.attempt
), written AS MATERIALIZED (
    SELECT given.element FROM given JOIN settled USING (execution_id, node_id, visit, attempt)
), started AS (
    INSERT INTO steps ({COLUMNS})
    SELECT {VALUES} FROM given r JOIN written USING (element) WHERE NOT r.stored ORDER BY r.position
){noted}
SELECT element FROM written""",
    )


_EXCHANGE = _exchange("exchange_steps", "")
_EXCHANGE_WITH_NOTES = _exchange("exchange_steps_and_notes", _NOTED, notes="json")


def exchange_many(cursor: Cursor, elements: Sequence[Exchange]) -> list[bool]:
    """
    Record results and claim the next steps, each element for itself: one statement, one round trip.

    Returns which elements were written. One is not written where the claim is lost or the execution does not simply
    run. Needs no lock on the execution: the number of open steps stays the same, nothing that another path counts is
    touched, and the new step is RUNNING, so that a cancellation that comes at the same moment finds it as one that had
    begun before. Elements may belong to one execution, but each settles and starts steps of its own.

    Rows of steps are locked in the order of their keys, so two processes with the same steps do not deadlock. The
    statement is a transaction of its own unless one is open. Raises a psycopg2 error where Postgres refuses a value of
    any element: then nothing is written, and the caller finds the element by writing each one alone. All rows together
    are one document, which Postgres limits to 1 GB, so the caller bounds a batch by the bytes of its outputs.
    """
    documents = _documents(elements)
    (_EXCHANGE_WITH_NOTES if "notes" in documents else _EXCHANGE).execute(cursor, documents)
    written = {element for (element,) in cursor.fetchall()}
    return [number in written for number in range(len(elements))]


def _documents(elements: Sequence[Exchange]) -> dict[str, str]:
    numbered = list(enumerate(elements))
    notes = [
        {"element": number, **notifications.document(note.id, each.execution_id, row.node_id, note.values)}
        for number, each in numbered
        for row, note in each.notes
    ]
    rows = ((number, each.execution_id, row) for number, each in numbered for row in (each.settled, *each.started))
    return {"rows": write_rows(rows, clock.now()), **({"notes": write_document(notes)} if notes else {})}
