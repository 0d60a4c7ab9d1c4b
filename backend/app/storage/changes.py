"""
What has changed in an execution since it was read last.

Postgres keeps with each row the number of the transaction that wrote it (``xmin``), so no statement of the walk has to
note a change, and none can forget to. An answer names the lowest number of a transaction that was still running when it
was read (``pg_snapshot_xmin``). Whatever is committed later has that number or a higher one, in whichever order the
transactions commit, so the next answer has every row with such a number: no change is missed, and one that was
committed beside running transactions may come twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from app.errors import NotFound
from app.storage.database import Cursor
from app.storage.ids import parse_id
from app.storage.prepared import PreparedStatement


class ChangedStep(NamedTuple):
    """A step without its input and output."""

    id: str
    node_id: str
    type: str
    status: str
    visit: int
    attempt: int
    #: JSON text.
    error: str | None
    started_at: datetime | None
    finished_at: datetime | None
    due_at: datetime | None
    #: True where the worker of its newest claim was lost before it had recorded a result.
    outcome_is_unknown: bool


class Changes(NamedTuple):
    """An execution, and its steps that have changed since."""

    #: What to ask with next time; never lower than what was asked with, in one database.
    seq: int
    status: str
    #: JSON text.
    error: str | None
    finished_at: datetime | None
    #: False where neither the execution nor a step of it was written.
    has_changed: bool
    steps: list[ChangedStep]
    #: True where more steps have changed: ask again at once.
    more: bool


#: The full number of the transaction that wrote a row. ``xmin`` has the last 32 bits; ``ceiling`` is a number above
#: those of all rows that are seen. A row of more than four thousand million transactions ago may count as a newer one.
WRITTEN = "ceiling - mod(ceiling - {}::text::bigint, 4294967296)"
# A number from another database, as before a restore, is higher than all here: then everything has changed. Rows that
# were written by transactions below the floor are complete, and are answered in pages; one transaction is never cut. If
# they fit, the rows above the floor come as well, and the floor is where the next answer begins.
_CHANGES = PreparedStatement(
    "changes_of_execution",
    {"execution": "uuid", "since": "bigint", "limit": "int"},
    f"""
WITH now AS MATERIALIZED (
    SELECT pg_snapshot_xmin(s)::text::bigint AS floor, pg_snapshot_xmax(s)::text::bigint AS ceiling
    FROM pg_current_snapshot() s
), since AS MATERIALIZED (
    SELECT *, CASE WHEN %(since)s <= ceiling THEN %(since)s ELSE 0 END AS since FROM now
), execution AS (
    SELECT id, CASE WHEN queued AND status = 'RUNNING' THEN 'PENDING' ELSE status END AS status, error, finished_at,
           {WRITTEN.format("e.xmin")} >= since AS has_changed
    FROM executions e, since WHERE id = %(execution)s
), changed AS MATERIALIZED (
    SELECT s.id, s.node_id, s.type, s.status, s.visit, s.attempt, s.error, s.started_at, s.finished_at, s.due_at,
           coalesce(s.lost_claim = s.claim, false) AS outcome_is_unknown, s.seq, {WRITTEN.format("s.xmin")} AS written
    FROM steps s, since WHERE execution_id = %(execution)s AND {WRITTEN.format("s.xmin")} >= since
), settled AS MATERIALIZED (
    SELECT written FROM changed, now WHERE written < floor ORDER BY written FETCH FIRST %(limit)s ROWS WITH TIES
), page AS MATERIALIZED (
    SELECT (SELECT count(*) FROM settled) < (SELECT count(*) FROM changed, now WHERE written < floor) AS is_cut,
           (SELECT max(written) FROM settled) AS last
)
SELECT e.status, e.error::text, e.finished_at, e.has_changed, page.is_cut,
       greatest(CASE WHEN page.is_cut THEN page.last + 1 ELSE floor END, since),
       s.id, s.node_id, s.type, s.status, s.visit, s.attempt, s.error::text, s.started_at, s.finished_at, s.due_at,
       s.outcome_is_unknown
FROM execution e CROSS JOIN since CROSS JOIN page
LEFT JOIN changed s ON NOT page.is_cut OR s.written <= page.last
ORDER BY s.written, s.seq""",
)


def fetch_changes(cursor: Cursor, execution_id: str, *, since: int, limit: int) -> Changes:
    """
    The execution, and its steps that were written since ``since``, which is the ``seq`` of an earlier answer, or 0.

    About ``limit`` steps at most, but all that one transaction wrote. One statement, one snapshot. Raises NotFound.
    """
    values = {"execution": parse_id(execution_id), "since": since, "limit": limit}
    _CHANGES.execute(cursor, values)
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    if not rows:
        raise NotFound.of("Execution", execution_id)
    status, error, finished_at, has_changed, more, seq = rows[0][:6]
    steps = [ChangedStep(*row[6:]) for row in rows if row[6] is not None]
    return Changes(seq, status, error, finished_at, has_changed or bool(steps), steps, more)
