"""Approvals as an inbox lists them: those that wait by their deadlines, with the workflow that each belongs to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.storage.access.visibility import in_visible_workflow
from app.storage.ids import NOBODY, parse_id
from app.storage.models.executions import Execution
from app.storage.models.waiting import Approval
from app.storage.models.workflows import Workflow
from app.storage.pages import PageOf
from app.storage.statuses import ApprovalStatus

#: More than this are not counted.
MOST_COUNTED = 1000
#: A deadline within this time is near.
SOON = timedelta(hours=24)


#: ``soon``: those that wait and whose deadline is near.
InboxState = Literal["waiting", "soon", "decided"]


class InboxRow(NamedTuple):
    """An approval with the workflow of its execution."""

    approval: Approval
    workflow_id: str
    workflow_name: str


class InboxCounts(NamedTuple):
    """Approvals that wait; 1001 means that there are more than 1000."""

    waiting: int
    #: Those of them that end within 24 hours.
    due_soon: int


def list_inbox(
    session: Session, *, state: InboxState, workflow_id: str | None, prefix: str | None, limit: int, offset: int
) -> PageOf[InboxRow]:
    """Approvals that wait, the nearest deadline first; or those that do not wait any more, newest first."""
    waiting = state != "decided"
    query: Any = _joined(select(Approval, Execution.workflow_id, Workflow.name), waiting=waiting, prefix=prefix)
    if state == "soon":
        query = query.where(Approval.expires_at < func.now() + SOON)
    if workflow_id is not None:
        query = query.where(Execution.workflow_id == (parse_id(workflow_id) or NOBODY))
    order = (Approval.expires_at.nulls_last(), Approval.id) if waiting else (Approval.id.desc(),)
    rows = session.execute(query.order_by(*order).offset(offset).limit(limit + 1)).all()
    return PageOf([InboxRow(*row) for row in rows[:limit]], len(rows) > limit)


def count_inbox(session: Session, *, prefix: str | None) -> InboxCounts:
    """How many approvals wait."""
    waiting = _joined(select(Approval.expires_at), waiting=True, prefix=prefix).limit(MOST_COUNTED + 1).subquery()
    soon = waiting.c.expires_at < func.now() + SOON
    row = session.execute(select(func.count(), func.count().filter(soon)).select_from(waiting)).one()
    return InboxCounts(*row)


def _joined(query: Any, *, waiting: bool, prefix: str | None) -> Any:
    pending = Approval.status == ApprovalStatus.PENDING.value
    query = query.select_from(Approval).join(Execution, Execution.id == Approval.execution_id)
    query = query.join(Workflow, Workflow.id == Execution.workflow_id).where(pending if waiting else ~pending)
    # Those of a test are decided where it was started.
    query = query.where(Execution.test.is_(None))
    return query if prefix is None else query.where(in_visible_workflow(Execution.workflow_id, prefix))
