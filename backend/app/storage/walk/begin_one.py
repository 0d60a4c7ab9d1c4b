"""
One execution that begins: held and read in one statement, and written in another.

They do what those of ``lock_many`` and ``collect_texts`` do for an execution that nobody has begun. Nothing has to be
read after the lock, because it has no steps that others change, and its values are parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from app.storage.clock import clock
from app.storage.database import Cursor, is_idle
from app.storage.prepared import PreparedStatement
from app.storage.rows import StepRow
from app.storage.statuses import ExecutionStatus, StepStatus
from app.storage.walk.lock import LockedExecution, read_origin
from app.storage.walk.step_rows import seconds_from

_HOLD = PreparedStatement(
    "hold_pending_execution",
    {"execution": "uuid"},
    """
SELECT e.lane, e.woken_at IS NOT NULL, e.open_steps, e.loop_visits,
       e.workflow_id, e.version, e.payload, e.depth, e.fan_out_id, e.inline_path, e.given_input,
       v.id, v.external_id, v.type, v.source, v.time, v.attributes, v.received_at
FROM executions e LEFT JOIN events v ON v.id = e.event_id
WHERE e.id = %(execution)s AND e.status = 'PENDING' AND e.closing IS NULL AND NOT e.queued
FOR UPDATE OF e SKIP LOCKED""",
)

#: Columns of an execution that begins with one step that is open.
_COLUMNS = {"status": ExecutionStatus.RUNNING, "started_at": True, "next_check_at": None, "open_steps": 1}
_BEGIN = PreparedStatement(
    "begin_execution",
    {
        **{"execution": "uuid", "node": "text", "id": "uuid", "type": "text", "output": "json"},
        **{"started_ago": "float8", "finished_ago": "float8"},
        **{"next_node": "text", "next_id": "uuid", "next_type": "text", "claimed_by": "uuid", "check_in": "float8"},
    },
    """
WITH begun AS (
    UPDATE executions SET status = 'RUNNING', open_steps = 1, started_at = now(), next_check_at = NULL
    WHERE id = %(execution)s
)
INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, scope, claim, claimed_by, is_last, output,
    started_at, finished_at, next_check_at)
VALUES
    (%(execution)s, %(node)s, 1, 1, %(id)s, %(type)s, 'COMPLETED', '', 0, NULL, false, %(output)s,
     statement_timestamp() - %(started_ago)s * interval '1 second',
     statement_timestamp() - %(finished_ago)s * interval '1 second', NULL),
    (%(execution)s, %(next_node)s, 1, 1, %(next_id)s, %(next_type)s, 'RUNNING', '', 1, %(claimed_by)s, false, NULL,
     statement_timestamp(), NULL, clock_timestamp() + %(check_in)s * interval '1 second')""",
)
_COMPLETED = StepRow("", 1, 1, "", "", StepStatus.COMPLETED)
_CLAIMED = StepRow("", 1, 1, "", "", StepStatus.RUNNING, claim=1)
_PARAMETERS = {"node_id", "id", "type", "output", "started_at", "finished_at", "claimed_by", "check_in"}
#: Reads the members of a row that are no parameters.
_fixed_members = itemgetter(*(vars(_COMPLETED).keys() - _PARAMETERS))
_FIXED = [_fixed_members(vars(row)) for row in (_COMPLETED, _CLAIMED)]


def hold_pending(cursor: Cursor, execution_id: str) -> LockedExecution | None:
    """
    Hold an execution that nobody has begun, and read what begins it; None where it is another one, or is held.

    Opens a transaction where none is open; it stays open, also where nothing is held.
    """
    text = _HOLD.text(cursor, {"execution": execution_id})
    cursor.execute(b"BEGIN;" + text if is_idle(cursor) else text)
    row = cursor.fetchone()
    if row is None:
        return None
    lane, woken, open_steps, visits, *columns = row
    origin = read_origin(*columns)
    return LockedExecution(
        ExecutionStatus.PENDING,
        None,
        open_steps,
        visits or {},
        lane=lane,
        woken=woken,
        version=origin.version,
        origin=origin,
    )


def text_of_beginning(
    cursor: Cursor, execution_id: str, rows: Sequence[StepRow], columns: Mapping[str, Any]
) -> bytes | None:
    """The statement that begins an execution with a step that is completed and one that is claimed; None for others."""
    if len(rows) != 2 or columns != _COLUMNS:
        return None
    first, next = rows
    if [_fixed_members(vars(row)) for row in rows] != _FIXED or not first.started_at or not first.finished_at:
        return None
    now = clock.now()
    values = {
        **{"execution": execution_id, "node": first.node_id, "id": first.id, "type": first.type},
        **{"output": first.output, "started_ago": seconds_from(first.started_at, now)},
        **{"finished_ago": seconds_from(first.finished_at, now), "next_node": next.node_id, "next_id": next.id},
        **{"next_type": next.type, "claimed_by": next.claimed_by, "check_in": next.check_in},
    }
    return _BEGIN.text(cursor, values)
