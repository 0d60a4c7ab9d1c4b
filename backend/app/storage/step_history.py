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
