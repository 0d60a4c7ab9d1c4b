"""Executions and their steps as the API shows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, case, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.definition import Definition
from app.storage.execution_filters import WAITS_AGAIN, Filter, restrict
from app.storage.ids import parse_id
from app.storage.models.events import GatheredEvent
from app.storage.models.executions import Execution, StepRecord
from app.storage.models.waiting import FanOut
from app.storage.models.workflows import Workflow, WorkflowVersion
from app.storage.pages import Page, PageOf, bytes_of, choose_ids, count_fitting, document, left_out
from app.storage.statuses import ExecutionStatus


class ShownExecution(NamedTuple):
    """An execution as it is shown; context, output and error are JSON text."""

    id: str
    workflow_id: str
    workflow_name: str
    version: int
    kind: str
    status: str
    queued: bool
    context: str | None
    output: str | None
    error: str | None
    #: Bytes of what was left out.
    context_bytes: int | None
    output_bytes: int | None
    event_id: str | None
    #: All events that started it together, if there are several.
    event_ids: list[str] | None
    parent_id: str | None
    parent_node: str | None
    item: int | None
    inline_path: list[str] | None
    #: The execution that it was forked from, and the version that it was moved from.
    forked_from: str | None
    migrated_from: int | None
    #: ``{node, visit, value}``: the input of the step at which a fork begins.
    given_input: dict[str, Any] | None
    #: What it tests; None: it is no test.
    test: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


_SHOWN_STATUS = case((WAITS_AGAIN, ExecutionStatus.PENDING.value), else_=Execution.status)


def _shown(*, full: bool) -> Any:
    """The columns of ShownExecution."""
    columns: Any = (
        Execution.id,
        Execution.workflow_id,
        Workflow.name,
        Execution.version,
        Workflow.kind,
        _SHOWN_STATUS,
        Execution.queued,
        document(Execution.payload, full=full),
        document(Execution.output, full=full),
        cast(Execution.error, Text),
        left_out(Execution.payload, full=full),
        left_out(Execution.output, full=full),
        Execution.event_id,
        _event_ids(),
        FanOut.execution_id,
        FanOut.node_id,
        Execution.item,
        Execution.inline_path,
        Execution.forked_from,
        Execution.migrated_from,
        Execution.given_input,
        Execution.test,
        Execution.created_at,
        Execution.started_at,
        Execution.finished_at,
    )
    joined = select(*columns).join(Workflow, Workflow.id == Execution.workflow_id)
    return joined.outerjoin(FanOut, FanOut.id == Execution.fan_out_id)


def _event_ids() -> Any:
    """The events that started an execution together."""
    ids: Any = select(func.array_agg(aggregate_order_by(GatheredEvent.event_id, GatheredEvent.event_id)))
    return ids.where(GatheredEvent.execution_id == Execution.id).correlate(Execution).scalar_subquery()


def get_execution(session: Session, id: str, *, full: bool = True) -> ShownExecution:
    """The execution with this id, with large documents if ``full``. Raises NotFound."""
    row = session.execute(_shown(full=full).where(Execution.id == parse_id(id))).first()
    if row is None:
        raise NotFound.of("Execution", id)
    return ShownExecution(*row)


def list_executions(session: Session, wanted: Filter, page: Page) -> PageOf[ShownExecution]:
    """Executions, newest first. Raises InvalidInput."""
    id = Execution.__table__.c.id
    if not page.full:
        query = page.of(restrict(session, _shown(full=False), wanted, page), id)
        return page.cut([ShownExecution(*row) for row in session.execute(query)])
    sizes: Any = select(Execution.id, bytes_of(Execution.payload, Execution.output))
    ids, more = choose_ids(session, page, restrict(session, sizes, wanted, page), id)
    rows = session.execute(_shown(full=True).where(Execution.id.in_(ids)).order_by(id.desc()))
    return PageOf([ShownExecution(*row) for row in rows], more)


class ShownStep(NamedTuple):
    """A step as it is shown; output and error are JSON text."""

    id: str
    node_id: str
    type: str
    status: str
    visit: int
    attempt: int
    scope: str
    branch: str | None
    compensates: str | None
    #: True where a fork kept it of the execution that it was forked from.
    kept: bool
    created_at: datetime
    output: str | None
    #: Bytes of an output that was left out.
    output_bytes: int | None
    error: str | None
    started_at: datetime | None
    finished_at: datetime | None
    due_at: datetime | None
    #: True where the worker of its newest claim was lost before it had recorded a result.
    outcome_is_unknown: bool


def list_steps(session: Session, execution_id: str, *, limit: int, offset: int, full: bool = True) -> PageOf[ShownStep]:
    """An execution's steps in the order in which they were started; those that were not started come last."""
    order = (func.coalesce(StepRecord.started_at, StepRecord.finished_at).nulls_last(), StepRecord.seq)
    if full:
        size: Any = select(bytes_of(StepRecord.output))
        sizes = size.where(StepRecord.execution_id == execution_id).order_by(*order).offset(offset).limit(limit)
        limit = max(1, count_fitting(session.scalars(sizes)))
    query = _steps(full=full).where(StepRecord.execution_id == execution_id).order_by(*order)
    rows = session.execute(query.offset(offset).limit(limit + 1)).all()
    return PageOf([ShownStep(*row) for row in rows[:limit]], len(rows) > limit)


def get_step(session: Session, execution_id: str, step_id: str) -> ShownStep:
    """One step of an execution, with its documents. Raises NotFound."""
    query = _steps(full=True).where(StepRecord.execution_id == execution_id, StepRecord.id == parse_id(step_id))
    row = session.execute(query).first()
    if row is None:
        raise NotFound.of("Step", step_id)
    return ShownStep(*row)


def _steps(*, full: bool) -> Any:
    """The columns of ShownStep."""
    columns: Any = (
        StepRecord.id,
        StepRecord.node_id,
        StepRecord.type,
        StepRecord.status,
        StepRecord.visit,
        StepRecord.attempt,
        StepRecord.scope,
        StepRecord.branch,
        StepRecord.compensates,
        StepRecord.kept,
        StepRecord.created_at,
        document(StepRecord.output, full=full),
        left_out(StepRecord.output, full=full),
        cast(StepRecord.error, Text),
        StepRecord.started_at,
        StepRecord.finished_at,
        StepRecord.due_at,
        func.coalesce(StepRecord.lost_claim == StepRecord.claim, False),
    )
    return select(*columns)


class NewestStep(NamedTuple):
    """The newest step of a node; output and error are JSON text."""

    execution_id: str
    node_id: str
    status: str
    attempt: int
    output: str | None
    #: Bytes of an output that was left out.
    output_bytes: int | None
    error: str | None
    started_at: datetime | None
    finished_at: datetime | None


def list_newest_steps(session: Session, execution_ids: Sequence[str], *, full: bool = True) -> Sequence[NewestStep]:
    """The newest step of each node of these executions."""
    turn = (StepRecord.execution_id, StepRecord.node_id)
    place = func.row_number().over(partition_by=turn, order_by=(StepRecord.visit.desc(), StepRecord.attempt.desc()))
    columns: Any = (
        StepRecord.execution_id,
        StepRecord.node_id,
        StepRecord.status,
        StepRecord.attempt,
        document(StepRecord.output, full=full).label("output"),
        left_out(StepRecord.output, full=full).label("output_bytes"),
        cast(StepRecord.error, Text).label("error"),
        StepRecord.started_at,
        StepRecord.finished_at,
        place.label("place"),
    )
    ranked = select(*columns).where(StepRecord.execution_id.in_(execution_ids)).subquery()
    rows = session.execute(select(ranked).where(ranked.c.place == 1))
    return [NewestStep(*row[:-1]) for row in rows]


class SettledOutput(NamedTuple):
    """The output of a settled step, as JSON text."""

    node_id: str
    scope: str
    status: str
    branch: str | None
    output: str | None
    #: Bytes of an output that was left out.
    output_bytes: int | None


def list_outputs(
    session: Session, execution_id: str, *, full: bool = True, nodes: Collection[str] | None = None
) -> Sequence[SettledOutput]:
    """Every settled step that has an output, of all nodes or of these; of several attempts the last."""
    columns: Any = (
        StepRecord.node_id,
        StepRecord.scope,
        StepRecord.status,
        StepRecord.branch,
        document(StepRecord.output, full=full),
        left_out(StepRecord.output, full=full),
    )
    has_output = (
        StepRecord.execution_id == execution_id,
        StepRecord.output.is_not(None),
        StepRecord.compensates.is_(None),
        *(() if nodes is None else (StepRecord.node_id.in_(nodes),)),
    )
    rows = session.execute(select(*columns).where(*has_output).order_by(StepRecord.seq))
    return [SettledOutput(*row) for row in rows]


def fetch_document(session: Session, workflow_id: str, version: int) -> Any:
    """What the execution runs: the document of its version."""
    return session.scalar(
        select(WorkflowVersion.document).where(
            WorkflowVersion.workflow_id == workflow_id, WorkflowVersion.version == version
        )
    )


def fetch_definition(session: Session, execution: ShownExecution) -> Definition:
    """The definition of the version of an execution."""
    query = select(WorkflowVersion.document, WorkflowVersion.until).where(
        WorkflowVersion.workflow_id == execution.workflow_id, WorkflowVersion.version == execution.version
    )
    return Definition(execution.kind, *session.execute(query).one())


def fetch_documents(session: Session, versions: Collection[tuple[str, int]]) -> dict[tuple[str, int], Any]:
    """The documents of these versions, each a workflow's id and a number."""
    key = tuple_(WorkflowVersion.workflow_id, WorkflowVersion.version)
    rows = session.scalars(select(WorkflowVersion).where(key.in_(versions)))
    return {(row.workflow_id, row.version): row.document for row in rows}
