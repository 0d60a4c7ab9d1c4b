"""Executions as doors start and show them; how they are moved is the walk's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Text, cast, func, select, tuple_
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.ids import NOBODY, parse_id
from app.storage.models.executions import Execution, StepRecord
from app.storage.models.waiting import FanOut
from app.storage.models.workflows import Workflow, WorkflowVersion
from app.storage.pages import Page
from app.storage.statuses import ExecutionStatus


@dataclass(frozen=True)
class Filter:
    """Which executions are asked for; None: any."""

    workflow_id: str | None = None
    status: ExecutionStatus | None = None
    event_id: str | None = None
    #: The execution whose children are asked for.
    parent_id: str | None = None
    #: The lane that they run in, or have run in.
    lane: str | None = None


#: An execution as it is shown; context, output and error as JSON text.
_SHOWN: Any = select(
    Execution.id,
    Execution.workflow_id,
    Workflow.name.label("workflow_name"),
    Execution.version,
    Workflow.kind,
    Execution.status,
    Execution.queued,
    cast(Execution.payload, Text).label("context"),
    cast(Execution.output, Text).label("output"),
    cast(Execution.error, Text).label("error"),
    Execution.event_id,
    FanOut.execution_id.label("parent_id"),
    FanOut.node_id.label("parent_node"),
    Execution.item,
    Execution.inline_path,
    Execution.created_at,
    Execution.started_at,
    Execution.finished_at,
)


_SHOWN = _SHOWN.join(Workflow, Workflow.id == Execution.workflow_id)


_SHOWN = _SHOWN.outerjoin(FanOut, FanOut.id == Execution.fan_out_id)


def get_execution(session: Session, id: str) -> Row[Any]:
    """The execution with this id. Raises NotFound."""
    row = session.execute(_SHOWN.where(Execution.id == parse_id(id))).first()
    if row is None:
        raise NotFound(f"There is no execution {id[:100]}.")
    return row


def list_executions(session: Session, wanted: Filter, page: Page) -> Sequence[Row[Any]]:
    """Executions, and one more than asked for where there are more."""
    return session.execute(page.of(_filtered(session, _SHOWN, wanted), Execution.__table__.c.id)).all()


#: A step as it is shown; output and error as JSON text.
_STEP: Any = select(
    StepRecord.id,
    StepRecord.node_id,
    StepRecord.type,
    StepRecord.status,
    StepRecord.visit,
    StepRecord.attempt,
    StepRecord.scope,
    StepRecord.branch,
    StepRecord.compensates,
    cast(StepRecord.output, Text).label("output"),
    cast(StepRecord.error, Text).label("error"),
    StepRecord.started_at,
    StepRecord.finished_at,
    StepRecord.due_at,
)


def list_steps(session: Session, execution_id: str, *, limit: int, offset: int) -> Sequence[Row[Any]]:
    """An execution's steps, and one more, in the order in which they were started; those that were not come last."""
    order = (func.coalesce(StepRecord.started_at, StepRecord.finished_at).nulls_last(), StepRecord.seq)
    query = _STEP.where(StepRecord.execution_id == execution_id).order_by(*order)
    return session.execute(query.offset(offset).limit(limit + 1)).all()


def list_newest_steps(session: Session, execution_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The newest step of each node of these executions; output and error as JSON text."""
    turn = (StepRecord.execution_id, StepRecord.node_id)
    place = func.row_number().over(partition_by=turn, order_by=(StepRecord.visit.desc(), StepRecord.attempt.desc()))
    tries = select(
        StepRecord.execution_id,
        StepRecord.node_id,
        StepRecord.status,
        StepRecord.attempt,
        cast(StepRecord.output, Text).label("output"),
        cast(StepRecord.error, Text).label("error"),
        StepRecord.started_at,
        StepRecord.finished_at,
        place.label("place"),
    )
    ranked = tries.where(StepRecord.execution_id.in_(execution_ids)).subquery()
    return session.execute(select(ranked).where(ranked.c.place == 1)).all()


def list_outputs(session: Session, execution_id: str) -> Sequence[Row[Any]]:
    """Every settled step that has an output, as JSON text; of several tries the last."""
    query: Any = select(
        StepRecord.node_id,
        StepRecord.scope,
        StepRecord.status,
        StepRecord.branch,
        cast(StepRecord.output, Text).label("output"),
    )
    has_output = (
        StepRecord.execution_id == execution_id,
        StepRecord.output.is_not(None),
        StepRecord.compensates.is_(None),
    )
    return session.execute(query.where(*has_output).order_by(StepRecord.seq)).all()


def fetch_document(session: Session, workflow_id: str, version: int) -> Any:
    """What the execution runs: the document of its version."""
    return session.scalar(
        select(WorkflowVersion.document).where(
            WorkflowVersion.workflow_id == workflow_id, WorkflowVersion.version == version
        )
    )


def fetch_documents(session: Session, versions: Collection[tuple[str, int]]) -> dict[tuple[str, int], Any]:
    """The documents of these versions, each a workflow's id and a number."""
    key = tuple_(WorkflowVersion.workflow_id, WorkflowVersion.version)
    rows = session.scalars(select(WorkflowVersion).where(key.in_(versions)))
    return {(row.workflow_id, row.version): row.document for row in rows}


def _filtered(session: Session, query: Any, wanted: Filter) -> Any:
    """A graph in place is a part of its parent, so its executions are listed where the parent's children are."""
    if wanted.parent_id is not None:
        # Asked first: by their ids Postgres knows how many children these have, and where to find the newest.
        steps = select(FanOut.id).where(FanOut.execution_id == (parse_id(wanted.parent_id) or NOBODY))
        query = query.where(Execution.fan_out_id.in_(session.scalars(steps).all()))
    else:
        query = query.where(Execution.inline_path.is_(None))
    if wanted.workflow_id is not None:
        query = query.where(Execution.workflow_id == (parse_id(wanted.workflow_id) or NOBODY))
    if wanted.status is not None:
        query = query.where(Execution.status == wanted.status.value)
    if wanted.event_id is not None:
        query = query.where(Execution.event_id == (parse_id(wanted.event_id) or NOBODY))
    if wanted.lane is not None:
        query = query.where(Execution.lane == wanted.lane)
    return query
