"""
Rows of steps as one JSON document, which Postgres reads back as a table.

One statement then takes any number of rows, so it is prepared once. Columns that are null are left out. JSON values
are texts inside the document, so that they are stored as they were written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from time import monotonic
from typing import Any

from app.storage.json_text import write_document
from app.storage.prepared import PreparedStatement
from app.storage.rows import StepRow

#: The columns of a new row, as ``INSERT INTO steps`` names them.
COLUMNS = (
    "execution_id, node_id, visit, attempt, id, type, status, scope, claim, claimed_by, branch, resume, is_last,"
    " compensates, output, error, started_at, finished_at, due_at, next_check_at"
)
#: The same columns read from ``new_rows``. Every time is dated by Postgres: a worker passes how long ago something
#: was, or how far ahead it is, in seconds. Times in the past are counted from one moment for all rows of a message, so
#: that they keep their order.
VALUES = """r.execution_id, r.node_id, r.visit, r.attempt, r.id, r.type, r.status, r.scope, r.claim, r.claimed_by,
       r.branch, r.resume, r.is_last, r.compensates, r.output::json, r.error::json,
       statement_timestamp() - r.started_ago * interval '1 second',
       statement_timestamp() - r.finished_ago * interval '1 second',
       coalesce(r.due_at, statement_timestamp() + r.due_in * interval '1 second'),
       coalesce(r.due_at, clock_timestamp()) + r.check_in * interval '1 second'"""
#: The table that a document of ``write_rows`` is; ``element`` is the caller's, ``position`` counts the rows.
TABLE = """(element int, position int, execution_id uuid, node_id text, visit int, attempt int, id uuid, type text,
    status text, scope text, claim int, claimed_by uuid, branch text, resume text, is_last bool, compensates text,
    output text, error text, started_ago float8, finished_ago float8, due_at timestamptz, due_in float8,
    check_in float8, stored bool)"""

#: Insert new rows, in their order.
INSERT = PreparedStatement(
    "insert_steps",
    {"rows": "json"},
    f"""
INSERT INTO steps ({COLUMNS})
SELECT {VALUES} FROM json_to_recordset(%(rows)s) AS r {TABLE} ORDER BY r.position""",
)
#: Change rows that are stored: an insertion that always conflicts. Unlike an UPDATE that joins a table, it looks each
#: row up in the primary key, whatever Postgres believed about the size of ``steps`` when it planned this.
CHANGE = PreparedStatement(
    "change_steps",
    {"rows": "json"},
    f"""
INSERT INTO steps AS s ({COLUMNS}, seq)
SELECT {VALUES}, 0 FROM json_to_recordset(%(rows)s) AS r {TABLE}
ORDER BY r.execution_id, r.node_id, r.visit, r.attempt
ON CONFLICT (execution_id, node_id, visit, attempt) DO UPDATE
SET status = excluded.status, claim = excluded.claim, claimed_by = coalesce(excluded.claimed_by, s.claimed_by),
    lost_together = CASE WHEN s.claim = excluded.claim THEN s.lost_together ELSE 0 END,
    branch = excluded.branch, resume = excluded.resume, is_last = excluded.is_last, output = excluded.output,
    error = excluded.error,
    started_at = coalesce(s.started_at, excluded.started_at), finished_at = excluded.finished_at,
    due_at = CASE excluded.status WHEN 'WAITING' THEN excluded.due_at ELSE s.due_at END,
    next_check_at = excluded.next_check_at""",
)


def write_rows(rows: Iterable[tuple[int, str, StepRow]], now: datetime) -> str:
    """
    A document of rows, each with the caller's number and its execution.

    ``now`` is the same for all documents of a message, so that their times keep their order.
    """
    return write_document(
        [_members(position, element, id, row, now) for position, (element, id, row) in enumerate(rows)]
    )


def _members(position: int, element: int, execution_id: str, row: StepRow, now: datetime) -> dict[str, Any]:
    members = {name: value for name, value in vars(row).items() if value is not None}
    members.update(element=element, position=position, execution_id=execution_id)
    if row.started_at is not None:
        members["started_ago"] = seconds_from(members.pop("started_at"), now)
    if row.finished_at is not None:
        members["finished_ago"] = seconds_from(members.pop("finished_at"), now)
    if row.due_in is not None and row.due_since is not None:
        members["due_in"] = row.due_in - (monotonic() - members.pop("due_since"))
    if row.due_at is not None:
        members["due_at"] = row.due_at.isoformat()
    return members


def seconds_from(moment: datetime, now: datetime) -> float:
    """Seconds from a moment to now, both by this process's clock, which may differ from Postgres'."""
    return max((now - moment).total_seconds(), 0.0)
