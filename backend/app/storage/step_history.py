"""One step among all steps of its execution, as they explain each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.ids import parse_id
from app.storage.models.executions import StepRecord
from app.storage.orm import cursor_of

#: Steps of one execution that are read.
MOST_STEPS = 100_000


class HistoryStep(NamedTuple):
    """A step without its output."""

    id: str
    node_id: str
    type: str
    status: str
    visit: int
    attempt: int
    scope: str
    branch: str | None
    compensates: str | None
    seq: int
    error: Any
    started_at: datetime | None
    finished_at: datetime | None
    due_at: datetime | None


def find_execution_of(session: Session, step_id: str, execution_id: str | None = None) -> str:
    """The execution that a step belongs to; with an ``execution_id``, only if it is that one. Raises NotFound."""
    id = parse_id(step_id)
    query = select(StepRecord.execution_id).where(StepRecord.id == id)
    if execution_id is not None:
        query = query.where(StepRecord.execution_id == parse_id(execution_id))
    found = None if id is None else session.scalar(query.limit(1))
    if found is None:
        raise NotFound.of("Step", step_id) if execution_id is None else _not_in(step_id, execution_id)
    return str(found)


def _not_in(step_id: str, execution_id: str) -> NotFound:
    return NotFound(f"Step {step_id[:100]} does not exist in execution {execution_id[:100]}.")


def list_step_rows(session: Session, execution_id: str) -> Sequence[HistoryStep]:
    """The steps of an execution in the order of their creation, at most 100,000."""
    columns: Any = tuple(getattr(StepRecord, name) for name in HistoryStep._fields)
    query = select(*columns).where(StepRecord.execution_id == execution_id)
    rows = session.execute(query.order_by(StepRecord.seq).limit(MOST_STEPS))
    return [HistoryStep(*row) for row in rows]


def fetch_step_outputs(session: Session, execution_id: str, ids: Sequence[str]) -> dict[str, Any]:
    """The outputs of these steps, by the step."""
    query = select(StepRecord.id, StepRecord.output)
    rows = session.execute(query.where(StepRecord.execution_id == execution_id, StepRecord.id.in_(ids)))
    return {str(id): output for id, output in rows}


#: Attempts of one visit that are listed, the newest ones.
MOST_ATTEMPTS = 100


class AttemptLine(NamedTuple):
    """One attempt of a visit: when it could run, when a worker took it, and how it ended; error is JSON text."""

    id: str
    attempt: int
    status: str
    ready_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    #: How many workers have taken it, and the process of the newest one.
    claims: int
    process: str | None
    #: Processes that were lost while they ran it alone.
    losses: int
    #: When its lease ends, if it runs.
    lease_until: datetime | None
    error: str | None


_ATTEMPTS = """
SELECT * FROM (
    SELECT id::text, attempt, status, created_at, due_at, started_at, finished_at, claim, claimed_by::text, losses,
           CASE WHEN status = 'RUNNING' THEN next_check_at END, error::text
    FROM steps WHERE execution_id = %s AND node_id = %s AND visit = %s ORDER BY attempt DESC LIMIT %s
) newest ORDER BY attempt"""


def list_attempts(session: Session, execution_id: str, node_id: str, visit: int) -> list[AttemptLine]:
    """The attempts of one visit of a node, in their order."""
    cursor = cursor_of(session)
    cursor.execute(_ATTEMPTS, (execution_id, node_id, visit, MOST_ATTEMPTS))
    return [AttemptLine(*row) for row in cursor.fetchall()]


_BEFORE = """
SELECT node.id, s.output FROM unnest(%(nodes)s::text[]) AS node (id)
CROSS JOIN LATERAL (
    SELECT output FROM steps WHERE execution_id = %(id)s AND node_id = node.id AND output IS NOT NULL
        AND status IN ('COMPLETED', 'FAILED') AND compensates IS NULL
        AND (%(before)s::timestamptz IS NULL OR finished_at <= %(before)s::timestamptz)
    ORDER BY visit DESC, attempt DESC LIMIT 1
) s"""


def fetch_outputs_before(
    session: Session, execution_id: str, nodes: Sequence[str], before: datetime | None
) -> dict[str, Any]:
    """The newest output that each of these nodes had at a moment; None: that they have now."""
    if not nodes:
        return {}
    cursor = cursor_of(session)
    cursor.execute(_BEFORE, {"id": execution_id, "nodes": list(nodes), "before": before})
    return dict(cursor.fetchall())
