"""The workflow that a thing belongs to, for callers that see only some workflows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.storage.database import Cursor
from app.storage.ids import parse_id
from app.storage.models.executions import Execution
from app.storage.models.workflows import Workflow

#: The name of a workflow by the id of a thing; also of a workflow that was deleted. A thing of no workflow has none.
_NAMES = {
    "Workflow": "SELECT name FROM workflows WHERE id = %s",
    "Execution": "SELECT w.name FROM executions e JOIN workflows w ON w.id = e.workflow_id WHERE e.id = %s",
    "Approval": "SELECT w.name FROM approvals a JOIN executions e ON e.id = a.execution_id"
    " JOIN workflows w ON w.id = e.workflow_id WHERE a.id = %s",
    "Backtest": "SELECT coalesce(w.name, '') FROM backtests b LEFT JOIN workflows w ON w.id = b.workflow_id"
    " WHERE b.id = %s",
}


def find_workflow_name(cursor: Cursor, kind: str, id: str) -> str | None:
    """The name of the workflow of a thing, empty if it belongs to none; None: there is no such thing."""
    parsed = parse_id(id)
    if parsed is None:
        return None
    cursor.execute(_NAMES[kind], (parsed,))
    row = cursor.fetchone()
    return None if row is None else row[0]


def in_visible_workflow(workflow_id: Any, prefix: str) -> ColumnElement[bool]:
    """The condition that a column names a workflow whose name begins so."""
    condition: ColumnElement[bool] = workflow_id.in_(select(Workflow.id).where(func.starts_with(Workflow.name, prefix)))
    return condition


def of_visible_execution(execution_id: Any, prefix: str) -> ColumnElement[bool]:
    """The condition that a column names an execution of a workflow whose name begins so."""
    visible = in_visible_workflow(Execution.workflow_id, prefix)
    condition: ColumnElement[bool] = execution_id.in_(select(Execution.id).where(visible))
    return condition


def list_visible_workflows(session: Session, prefix: str) -> frozenset[str]:
    """The ids of all workflows whose name begins so, also of those that were deleted."""
    return frozenset(session.scalars(select(Workflow.id).where(func.starts_with(Workflow.name, prefix))))
