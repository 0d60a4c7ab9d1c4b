"""The part of a statement that records one result, whose values are parameters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.storage import notifications
from app.storage.rows import StepRow
from app.storage.walk.records import Record
from app.storage.walk.step_rows import seconds_from

#: A notification, and the step that it belongs to.
Note = tuple[StepRow, Record]

#: The types of ``values_of_step``, and of ``values_of_note``.
STEP_TYPES = {
    **{"execution": "uuid", "node": "text", "visit": "int", "attempt": "int"},
    **{"status": "text", "claim": "int", "claimed_by": "uuid", "branch": "text"},
    **{"is_last": "bool", "output": "json", "error": "json", "finished_ago": "float8"},
}
NOTE_TYPES = {"note": "uuid", "notified": "json", "message": "json"}

#: Changes the step, which waits for nothing any more, only under the newest claim, as ``exchange_many`` does; a row of
#: ``settled`` says that it was. Its note names its node. A step that is claimed is stored, so the insertion always
#: conflicts: what stays as it is, such as its id, has any value.
SETTLED = """settled AS (
    INSERT INTO steps AS s (execution_id, node_id, visit, attempt, id, type, status, claim, claimed_by, branch, resume,
        is_last, output, error, finished_at, seq)
    SELECT %(execution)s, %(node)s, %(visit)s, %(attempt)s, %(execution)s, '', %(status)s, %(claim)s, %(claimed_by)s,
        %(branch)s, NULL, %(is_last)s, %(output)s, %(error)s,
        statement_timestamp() - %(finished_ago)s * interval '1 second', 0
    {where}
    ON CONFLICT (execution_id, node_id, visit, attempt) DO UPDATE
    SET status = excluded.status, branch = excluded.branch, resume = excluded.resume, is_last = excluded.is_last,
        output = excluded.output, error = excluded.error, finished_at = excluded.finished_at, next_check_at = NULL
    WHERE s.claim = excluded.claim AND s.claimed_by IS NOT DISTINCT FROM excluded.claimed_by AND s.status = 'RUNNING'
    RETURNING 1
)"""
NOTED = """, noted AS (
    INSERT INTO notifications (id, execution_id, node_id, notified, message)
    SELECT %(note)s, %(execution)s, %(node)s, %(notified)s, %(message)s FROM settled
)"""


def values_of_step(execution_id: str, row: StepRow, now: datetime) -> dict[str, Any]:
    """The result of a step; ``now`` is the same for all times of a statement, so that they keep their order."""
    return {
        **{"execution": execution_id, "node": row.node_id, "visit": row.visit, "attempt": row.attempt},
        **{"status": row.status, "claim": row.claim, "claimed_by": row.claimed_by, "branch": row.branch},
        **{"is_last": row.is_last, "output": row.output, "error": row.error},
        "finished_ago": seconds_before(row.finished_at, now),
    }


def values_of_notes(execution_id: str, notes: Sequence[Note]) -> dict[str, Any]:
    """The one notification of a step, if it has one."""
    if not notes:
        return {}
    ((row, note),) = notes
    document = notifications.document(note.id, execution_id, row.node_id, note.values)
    return {
        "note": note.id,
        "notified": document["notified"],
        "message": document["message"],
    }


def seconds_before(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else seconds_from(moment, now)
