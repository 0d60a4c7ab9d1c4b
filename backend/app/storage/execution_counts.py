"""How many executions there are in each status, counted as far as a person wants to know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.storage.executions import Filter, filter_executions
from app.storage.models.executions import Execution
from app.storage.statuses import ExecutionStatus

#: More than this are not counted.
MOST_COUNTED = 1000
#: The newest executions, among which those that completed are counted: no index finds the others among them.
MOST_LOOKED_AT = 10_000


def count_executions(session: Session, wanted: Filter) -> dict[str, int]:
    """Executions by status; a number above MOST_COUNTED means that there are more. The filter's status is ignored."""
    counts = [_count(session, replace(wanted, status=status)) for status in ExecutionStatus]
    row = session.execute(select(*counts)).one()
    return dict(zip((status.value for status in ExecutionStatus), row, strict=True))


def _count(session: Session, wanted: Filter) -> Any:
    """A subquery with one number."""
    if wanted.status is ExecutionStatus.COMPLETED:
        newest: Any = select(Execution.status).order_by(Execution.id.desc()).limit(MOST_LOOKED_AT)
        looked_at = filter_executions(session, newest, replace(wanted, status=None)).subquery()
        found: Any = select(looked_at).where(looked_at.c.status == wanted.status.value)
    else:
        found = filter_executions(session, select(Execution.id), wanted)
    return select(func.count()).select_from(found.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()
