"""One step among all steps of its execution, as they explain each other."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.ids import parse_id
from app.storage.models.executions import StepRecord

#: Executions in which a step is looked for, of those that began before it, and of those that have not ended.
MOST_EXECUTIONS = 5_000
#: Milliseconds that the clocks of two processes may differ.
_SKEW = 5_000
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


# Steps have no index by their id, which would cost every step that is written. A step is made while its execution runs,
# so it is one of the last that began before it, or of those that have not ended.
_FIND = text(
    """
SELECT s.execution_id FROM (
    (SELECT id FROM executions WHERE id <= :before ORDER BY id DESC LIMIT :most)
    UNION
    (SELECT id FROM executions WHERE status IN ('PENDING', 'RUNNING', 'PAUSED') AND inline_path IS NULL
       AND id <= :before ORDER BY id DESC LIMIT :most)
) e JOIN steps s ON s.execution_id = e.id WHERE s.id = :step LIMIT 1
"""
)


def find_execution_of(session: Session, step_id: str, execution_id: str | None) -> str:
    """
    The execution that a step belongs to; with an ``execution_id``, that one if it has the step.

    Raises NotFound, also for a step of an execution that ended long after many others began.
    """
    id = parse_id(step_id)
    if id is None:
        raise NotFound.of("Step", step_id)
    if execution_id is not None:
        query = select(StepRecord.execution_id).where(
            StepRecord.execution_id == parse_id(execution_id), StepRecord.id == id
        )
        found = session.scalar(query.limit(1))
    else:
        before = str(uuid.UUID(int=min(uuid.UUID(id).int + (_SKEW << 80), 2**128 - 1)))
        found = session.scalar(_FIND, {"before": before, "most": MOST_EXECUTIONS, "step": id})
    if found is None:
        hint = "" if execution_id is not None else " If its execution ran for long, give its execution_id."
        raise NotFound(f"Step {step_id[:100]} was not found.{hint}")
    return str(found)


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
