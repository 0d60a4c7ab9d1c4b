"""How many executions there are in each status, counted as far as a person wants to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.storage.execution_filters import Filter, filter_executions, find_named, of_each
from app.storage.models.executions import Execution
from app.storage.statuses import ExecutionStatus

#: More than this are not counted.
MOST_COUNTED = 1000
#: The newest executions, among which those that completed are counted: no index finds the others among them.
MOST_LOOKED_AT = 10_000


def count_executions(session: Session, wanted: Filter) -> dict[str, int]:
    """
    Executions by status; a number above MOST_COUNTED means that there are more. The filter's status is ignored.

    Raises InvalidInput.
    """
    named = find_named(session, wanted)
    found = dict.fromkeys((status.value for status in ExecutionStatus), 0)
    for kind in wanted.by_kind():
        counts = [_count(session, kind.with_status(status), status, named) for status in ExecutionStatus]
        for status, count in zip(found, session.execute(select(*counts)).one(), strict=True):
            found[status] = min(found[status] + count, MOST_COUNTED + 1)
    return found


def _count(session: Session, wanted: Filter, status: ExecutionStatus, named: Sequence[str] | None) -> Any:
    """A subquery with one number."""
    if status is ExecutionStatus.COMPLETED:
        looked_at = _newest(session, wanted.with_status(None), named)
        found: Any = select(looked_at).where(looked_at.c.status == status.value)
    else:
        found = filter_executions(session, select(Execution.id), wanted)
        if named is not None:
            found = found.where(Execution.workflow_id.in_(named))
    return select(func.count()).select_from(found.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()


def _newest(session: Session, wanted: Filter, named: Sequence[str] | None) -> Any:
    """The statuses of the newest executions, in equal shares of each of these workflows."""
    newest: Any = select(Execution.status).order_by(Execution.__table__.c.id.desc())
    filtered = filter_executions(session, newest, wanted)
    if named is None:
        return filtered.limit(MOST_LOOKED_AT).subquery()
    return of_each(filtered.limit(MOST_LOOKED_AT // max(1, len(named))), named)
