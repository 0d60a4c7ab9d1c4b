"""
The result of the only step that is open, written with the end of its execution: one statement, one round trip.

It holds the execution, but needs to read nothing before: all that has to be known is a condition. While an execution
has one open step, and that step runs under our claim, no other path of it can end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.storage.clock import clock
from app.storage.database import Cursor
from app.storage.prepared import PreparedStatement
from app.storage.rows import StepRow
from app.storage.walk.settled import NOTE_TYPES, NOTED, SETTLED, STEP_TYPES, Note, values_of_notes, values_of_step


class End(NamedTuple):
    """The result of the last step of an execution, which completes."""

    execution_id: str
    #: The version in which nothing follows the step.
    version: int
    #: The step under its claim, with its result; it is ``stored``.
    settled: StepRow
    #: The output of the execution, as JSON text.
    output: str
    #: One notification at most.
    notes: Sequence[Note] = ()


# The conditions on the execution hold for its row in the statement's snapshot, and for the newest one once it is held.
# So nothing else was open when the snapshot was taken, and the last outputs of other paths are in it. An execution that
# another process holds is passed over, and left to a transaction that can be tried again. LATERAL makes the lookup of
# the step a search by key, as in ``lock_many``.
_HELD = """
WITH held AS MATERIALIZED (
    SELECT e.id FROM executions e
    WHERE e.id = %(execution)s AND e.version = %(version)s AND e.status = 'RUNNING' AND e.closing IS NULL
      AND NOT e.queued AND e.open_steps = 1 AND e.lane IS NULL AND e.fan_out_id IS NULL
    FOR UPDATE SKIP LOCKED
), step AS MATERIALIZED (
    SELECT held.id FROM held CROSS JOIN LATERAL (
        SELECT 1 FROM steps s
        WHERE s.execution_id = held.id AND s.node_id = %(node)s AND s.visit = %(visit)s AND s.attempt = %(attempt)s
          AND s.claim = %(claim)s AND s.claimed_by IS NOT DISTINCT FROM %(claimed_by)s AND s.status = 'RUNNING'
        FOR UPDATE
    ) s
    WHERE NOT EXISTS (
        SELECT 1 FROM steps l WHERE l.execution_id = %(execution)s AND l.is_last AND l.output IS NOT NULL
    )
), """
# As ``execution_rows``: an insertion that always conflicts.
_ENDED = """, ended AS (
    INSERT INTO executions AS e (id, workflow_id, version, status, payload, open_steps, output, finished_at)
    SELECT %(execution)s, %(execution)s, 0, 'COMPLETED', '{}', 0, %(ended_with)s, clock_timestamp() FROM settled
    ON CONFLICT (id) DO UPDATE
    SET status = excluded.status, open_steps = 0, output = excluded.output, finished_at = excluded.finished_at
)"""
_TYPES = STEP_TYPES | {"version": "int", "ended_with": "json"}
_WRITES = f"{_HELD}{SETTLED.format(where='FROM step')}{_ENDED}"

_END = PreparedStatement("exchange_last_step", _TYPES, f"{_WRITES}\nSELECT 1 FROM settled")
_END_WITH_NOTE = PreparedStatement(
    "exchange_last_step_and_note", _TYPES | NOTE_TYPES, f"{_WRITES}{NOTED}\nSELECT 1 FROM settled"
)


def end_one(cursor: Cursor, end: End) -> bool:
    """
    Record the result and complete the execution; False, and nothing is written, where more has to be known.

    That is so where the claim is lost, where the execution does not simply run or has been moved to another version,
    where other paths are open or have ended with an output, where its end concerns others (its lane, its parent), and
    where another process holds it.
    """
    values = values_of_step(end.execution_id, end.settled, clock.now()) | values_of_notes(end.execution_id, end.notes)
    statement = _END_WITH_NOTE if end.notes else _END
    statement.execute(cursor, values | {"version": end.version, "ended_with": end.output})
    return bool(cursor.fetchall())
