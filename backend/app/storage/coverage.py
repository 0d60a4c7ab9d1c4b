"""What executions of a workflow did at each node, for its coverage."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.storage.models.executions import Execution, StepRecord
from app.storage.statuses import StepStatus

#: Executions of which the steps are counted: the newest ones.
MOST_EXECUTIONS = 10_000


class NodeCount(NamedTuple):
    """How many executions settled a node with one status and one branch."""

    node_id: str
    status: str
    branch: str | None
    executions: int


def count_executions(session: Session, workflow_id: str, version: int, since: datetime | None) -> int:
    """The executions of a version since a moment, at most ``MOST_EXECUTIONS``."""
    chosen = _choose_executions(workflow_id, version, since)
    return session.scalars(select(func.count()).select_from(chosen)).one()


def count_nodes(session: Session, workflow_id: str, version: int, since: datetime | None) -> list[NodeCount]:
    """How these executions settled each node: the same execution counts once for each status and branch."""
    chosen = _choose_executions(workflow_id, version, since)
    settled = (StepStatus.COMPLETED.value, StepStatus.FAILED.value)
    columns: Any = (
        StepRecord.node_id,
        StepRecord.status,
        StepRecord.branch,
        func.count(StepRecord.execution_id.distinct()),
    )
    query = select(*columns).join(chosen, chosen.c.id == StepRecord.execution_id)
    query = query.where(StepRecord.status.in_(settled), StepRecord.compensates.is_(None))
    rows = session.execute(query.group_by(StepRecord.node_id, StepRecord.status, StepRecord.branch))
    return [NodeCount(*row) for row in rows]


def _choose_executions(workflow_id: str, version: int, since: datetime | None) -> Any:
    query: Any = select(Execution.id).where(
        Execution.workflow_id == workflow_id, Execution.version == version, Execution.inline_path.is_(None)
    )
    if since is not None:
        query = query.where(Execution.created_at >= since)
    return query.order_by(Execution.id.desc()).limit(MOST_EXECUTIONS).subquery()
