"""
Changes of executions as one JSON document, which Postgres reads back as a table.

One statement changes all executions of a transaction: of an UPDATE of one row, Postgres spends most of the time on
preparing the conditions of the table's partial indexes and triggers, which is done once in a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.storage.json_text import write_document
from app.storage.prepared import PreparedStatement

#: Columns that a transition counts, and no more: no status changes, and so no trigger is asked.
COUNTED = frozenset(("open_steps", "loop_visits"))

# As ``step_rows.CHANGE``: an insertion that always conflicts looks each row up by its key, and does nothing but that.
# Columns that must not be null get a value that means "unchanged".
_COUNT = PreparedStatement(
    "count_open_steps",
    {"rows": "json"},
    """
INSERT INTO executions AS e (id, workflow_id, version, status, payload, open_steps, loop_visits)
SELECT r.id, r.id, 0, '', '{}', coalesce(r.open_steps, -1), r.loop_visits::json
FROM json_to_recordset(%(rows)s) AS r (id uuid, open_steps int, loop_visits text)
ORDER BY r.id
ON CONFLICT (id) DO UPDATE
SET open_steps = CASE WHEN excluded.open_steps >= 0 THEN excluded.open_steps ELSE e.open_steps END,
    loop_visits = coalesce(excluded.loop_visits, e.loop_visits)""",
)
# An execution starts when the transaction begins, which is before its first step starts.
_CHANGE = PreparedStatement(
    "change_executions",
    {"rows": "json"},
    """
INSERT INTO executions AS e (id, workflow_id, version, status, payload, open_steps, loop_visits, closing, queued,
    output, error, started_at, finished_at)
SELECT r.id, r.id, 0, coalesce(r.status, ''), '{}', coalesce(r.open_steps, -1), r.loop_visits::json, r.closing,
       coalesce(r.queued, true), r.output::json, r.error::json, CASE WHEN r.started_at THEN now() END,
       CASE WHEN r.finished_at THEN clock_timestamp() END
FROM json_to_recordset(%(rows)s) AS r (id uuid, status text, open_steps int, loop_visits text, closing text,
    queued bool, output text, error text, started_at bool, finished_at bool)
ORDER BY r.id
ON CONFLICT (id) DO UPDATE
SET status = CASE excluded.status WHEN '' THEN e.status ELSE excluded.status END,
    closing = CASE excluded.status WHEN '' THEN e.closing ELSE excluded.closing END,
    open_steps = CASE WHEN excluded.open_steps >= 0 THEN excluded.open_steps ELSE e.open_steps END,
    loop_visits = coalesce(excluded.loop_visits, e.loop_visits),
    queued = e.queued AND excluded.queued,
    output = coalesce(excluded.output, e.output), error = coalesce(excluded.error, e.error),
    started_at = coalesce(excluded.started_at, e.started_at),
    finished_at = coalesce(excluded.finished_at, e.finished_at),
    next_check_at = CASE WHEN excluded.started_at IS NULL THEN e.next_check_at END""",
)


def changes_of_executions(given: Iterable[tuple[str, Mapping[str, Any]]]) -> list[tuple[PreparedStatement, str]]:
    """
    The statements that set these columns of executions, each with its document.

    ``started_at`` and ``finished_at`` are True, which means the current time; an execution that starts is not checked
    any more. ``closing`` is set with each status.
    """
    counted, changed = list[dict[str, Any]](), list[dict[str, Any]]()
    for id, columns in given:
        (counted if columns.keys() <= COUNTED else changed).append({"id": id, **columns})
    return [(statement, write_document(rows)) for statement, rows in ((_COUNT, counted), (_CHANGE, changed)) if rows]
