"""Workflows as a list shows them: without their documents, with what became of their newest executions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from app.storage.ids import first_id_of
from app.storage.models.executions import Execution
from app.storage.models.workflows import Workflow
from app.storage.orm import cursor_of
from app.storage.pages import Page, PageOf
from app.storage.statuses import ExecutionStatus

#: The newest executions of each workflow that are counted.
MOST_COUNTED = 500
#: Hours that are looked back.
HOURS = 24


class WorkflowSummary(NamedTuple):
    """A workflow without its document."""

    id: str
    name: str
    description: str | None
    kind: str
    trigger: Any
    flow: Any
    is_active: bool
    version: int
    next_at: datetime | None
    updated_at: datetime


class LastExecution(NamedTuple):
    """The newest execution of a workflow."""

    id: str
    status: str
    created_at: datetime


class Recent(NamedTuple):
    """What became of a workflow's newest executions."""

    #: None: there is none.
    last: LastExecution | None
    #: Those of the last 24 hours by status, at most 500 together.
    counts: dict[str, int]


class SummaryFilter(NamedTuple):
    """Which workflows are asked for; None: any."""

    #: A part of their names.
    q: str | None = None
    kind: str | None = None
    is_active: bool | None = None
    #: True: only those of which an execution of the last 24 hours failed.
    failing: bool = False
    #: The beginning of their names.
    prefix: str | None = None


def list_workflow_summaries(session: Session, page: Page, wanted: SummaryFilter) -> PageOf[WorkflowSummary]:
    """The workflows that are not deleted, newest first."""
    columns: Any = tuple(getattr(Workflow, name) for name in WorkflowSummary._fields)
    query = select(*columns).where(Workflow.deleted_at.is_(None))
    if wanted.q:
        query = query.where(func.strpos(func.lower(Workflow.name), wanted.q.lower()) > 0)
    if wanted.kind is not None:
        query = query.where(Workflow.kind == wanted.kind)
    if wanted.is_active is not None:
        query = query.where(Workflow.is_active == wanted.is_active)
    if wanted.prefix is not None:
        query = query.where(func.starts_with(Workflow.name, wanted.prefix))
    if wanted.failing:
        query = query.where(_has_failed())
    rows = session.execute(page.of(query, Workflow.__table__.c.id)).all()
    return page.cut([WorkflowSummary(*row) for row in rows])


def _has_failed() -> ColumnElement[bool]:
    """The condition that an execution of the last hours failed: for each workflow a search in an index."""
    since = text(first_id_of(f"now() - interval '{HOURS} hours'"))
    failed = select(Execution.id).where(
        Execution.workflow_id == Workflow.id,
        Execution.inline_path.is_(None),
        Execution.status == ExecutionStatus.FAILED.value,
        Execution.__table__.c.id >= since,
    )
    return failed.exists()


_RECENT = f"""
SELECT w.id, e.id, e.status, e.created_at, e.is_last, e.is_recent
FROM unnest(%(workflows)s::uuid[]) w (id)
CROSS JOIN LATERAL (
    SELECT id, CASE WHEN queued AND status = 'RUNNING' THEN 'PENDING' ELSE status END AS status, created_at,
           row_number() OVER (ORDER BY id DESC) = 1 AS is_last,
           id >= {first_id_of(f"now() - interval '{HOURS} hours'")} AS is_recent
    FROM (SELECT id, status, queued, created_at FROM executions
          WHERE workflow_id = w.id AND inline_path IS NULL ORDER BY id DESC LIMIT %(most)s) newest
) e
WHERE e.is_last OR e.is_recent"""


def fetch_recent(session: Session, workflow_ids: Sequence[str]) -> dict[str, Recent]:
    """What became of the newest executions of each of these workflows."""
    cursor = cursor_of(session)
    cursor.execute(_RECENT, {"workflows": list(workflow_ids), "most": MOST_COUNTED})
    last: dict[str, LastExecution] = {}
    counts: dict[str, dict[str, int]] = {id: defaultdict(int) for id in workflow_ids}
    for workflow_id, id, status, created_at, is_last, is_recent in cursor.fetchall():
        if is_last:
            last[workflow_id] = LastExecution(id, status, created_at)
        if is_recent:
            counts[workflow_id][status] += 1
    return {id: Recent(last.get(id), dict(counts[id])) for id in workflow_ids}
