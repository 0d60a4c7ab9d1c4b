"""Executions as doors start and show them; how they are moved is the walk's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Text, cast, func, literal, null, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.storage import lanes
from app.storage.database import cursor_of
from app.storage.documents import JsonText
from app.storage.ids import NOBODY, new_id, parse_id
from app.storage.lanes import Lane
from app.storage.models import Execution, FanOut, Step, Workflow, WorkflowVersion
from app.storage.pages import Page
from app.storage.statuses import TERMINAL, ExecutionStatus


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
    Execution.inside,
    Execution.created_at,
    Execution.started_at,
    Execution.finished_at,
)
_SHOWN = _SHOWN.join(Workflow, Workflow.id == Execution.workflow_id)
_SHOWN = _SHOWN.outerjoin(FanOut, FanOut.id == Execution.fan_out_id)


def get(session: Session, id: str) -> Row[Any]:
    """The execution with this id. Raises NotFound."""
    row = session.execute(_SHOWN.where(Execution.id == parse_id(id))).first()
    if row is None:
        raise NotFound(f"There is no execution {id[:100]}.")
    return row


def page(session: Session, wanted: Filter, page: Page) -> Sequence[Row[Any]]:
    """Executions, and one more than asked for where there are more."""
    return session.execute(page.of(_filtered(session, _SHOWN, wanted), Execution.__table__.c.id)).all()


#: A step as it is shown; output and error as JSON text.
_STEP: Any = select(
    Step.id,
    Step.node_id,
    Step.type,
    Step.status,
    Step.visit,
    Step.attempt,
    Step.scope,
    Step.took,
    Step.compensates,
    cast(Step.output, Text).label("output"),
    cast(Step.error, Text).label("error"),
    Step.started_at,
    Step.finished_at,
    Step.due_at,
)


def steps(session: Session, execution_id: str, *, limit: int, offset: int) -> Sequence[Row[Any]]:
    """An execution's steps, and one more, in the order in which they were started; those that were not come last."""
    order = (func.coalesce(Step.started_at, Step.finished_at).nulls_last(), Step.seq)
    query = _STEP.where(Step.execution_id == execution_id).order_by(*order)
    return session.execute(query.offset(offset).limit(limit + 1)).all()


def newest_steps(session: Session, execution_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The newest step of each node of these executions; output and error as JSON text."""
    turn = (Step.execution_id, Step.node_id)
    place = func.row_number().over(partition_by=turn, order_by=(Step.visit.desc(), Step.attempt.desc()))
    tries = select(
        Step.execution_id,
        Step.node_id,
        Step.status,
        Step.attempt,
        cast(Step.output, Text).label("output"),
        cast(Step.error, Text).label("error"),
        Step.started_at,
        Step.finished_at,
        place.label("place"),
    )
    ranked = tries.where(Step.execution_id.in_(execution_ids)).subquery()
    return session.execute(select(ranked).where(ranked.c.place == 1)).all()


def outputs(session: Session, execution_id: str) -> Sequence[Row[Any]]:
    """Every settled step that has an output, as JSON text; of several tries the last."""
    query: Any = select(Step.node_id, Step.scope, Step.status, Step.took, cast(Step.output, Text).label("output"))
    has_output = (Step.execution_id == execution_id, Step.output.is_not(None), Step.compensates.is_(None))
    return session.execute(query.where(*has_output).order_by(Step.seq)).all()


def document(session: Session, workflow_id: str, version: int) -> Any:
    """What the execution runs: the document of its version."""
    return session.scalar(
        select(WorkflowVersion.document).where(
            WorkflowVersion.workflow_id == workflow_id, WorkflowVersion.version == version
        )
    )


def documents(session: Session, versions: Collection[tuple[str, int]]) -> dict[tuple[str, int], Any]:
    """The documents of these versions, each a workflow's id and a number."""
    key = tuple_(WorkflowVersion.workflow_id, WorkflowVersion.version)
    rows = session.scalars(select(WorkflowVersion).where(key.in_(versions)))
    return {(row.workflow_id, row.version): row.document for row in rows}


def create(
    session: Session,
    workflow: Workflow | Row[Any],
    payload: JsonText,
    *,
    grace: float,
    lane: Lane | None = None,
    rate: Lane | None = None,
    priority: int = 0,
) -> str:
    """
    Start this version of a workflow by hand: an execution that waits for a worker. Raises NotFound.

    After ``grace`` seconds the timekeeper looks after it, if no worker has begun it. In a ``lane`` it waits for a slot
    before, those of a higher ``priority`` first, until one that ends lets it in; ``rate`` is a lane that counts what
    begins in a period, and comes with a ``lane``. Where nobody may wait, Conflict is raised.
    """
    queued = _has_to_wait(session, lane, rate)
    row = select(
        literal(new_id(), Execution.id.type),
        Workflow.id,
        literal(workflow.version),
        literal(ExecutionStatus.PENDING.value),
        _json(payload),
        null() if queued else _after(grace),
        literal(lane.name if lane else None, Execution.lane.type),
        literal(queued),
        literal(priority, Execution.priority.type),
        literal(rate.name if rate else None, Execution.rate.type),
        null() if queued or rate is None else func.clock_timestamp(),
    ).where(Workflow.id == workflow.id, Workflow.deleted_at.is_(None))
    columns = [*_STARTED, "lane", "queued", "priority", "rate", "admitted_at"]
    created = session.scalar(insert(Execution).from_select(columns, row).returning(Execution.id))
    if created is None:
        raise NotFound(f"There is no workflow {workflow.id}.")
    return created


def _has_to_wait(session: Session, lane: Lane | None, rate: Lane | None) -> bool:
    """True where these lanes, which are locked from now on, are full. Raises Conflict where nobody may wait."""
    if lane is None:
        return False
    rooms = lanes.enter(cursor_of(session), [lane] if rate in (lane, None) else [lane, rate])
    for room in rooms:
        if room.full and room.lane.on_limit == lanes.DROP:
            raise Conflict(f"Nothing is started: {lanes.why(room.lane)}.")
    return not all(room.free for room in rooms)


def submit(session: Session, workflow: Workflow) -> str:
    """An execution of this version that nothing moves before it is started."""
    id = new_id()
    pending = {"status": ExecutionStatus.PENDING.value, "payload": {}}
    session.execute(insert(Execution).values(id=id, workflow_id=workflow.id, version=workflow.version, **pending))
    return id


def start(
    session: Session, id: str, payload: JsonText, *, grace: float, lane: Lane | None = None, rate: Lane | None = None
) -> bool:
    """
    Start an execution that was submitted; False where it is none, or was started before.

    ``lane`` and ``rate`` are those of ``create``. Where nobody may wait, Conflict is raised.
    """
    pending = (Execution.status == ExecutionStatus.PENDING.value, Execution.queued.is_(False))
    waits = (Execution.id == id, *pending, Execution.look_at.is_(None))
    if session.scalar(select(Execution.id).where(*waits).with_for_update()) is None:
        return False
    queued = _has_to_wait(session, lane, rate)
    begun = {
        "payload": _json(payload),
        "look_at": None if queued else _after(grace),
        "lane": lane.name if lane else None,
        "arrival": new_id() if lane else None,
        "queued": queued,
        "rate": rate.name if rate else None,
        "admitted_at": None if queued or rate is None else func.clock_timestamp(),
    }
    session.execute(update(Execution).where(Execution.id == id).values(begun))
    return True


def repeat(
    session: Session, id: str, payload: JsonText, *, grace: float, lane: Lane | None = None, rate: Lane | None = None
) -> str | None:
    """
    Start another execution of the same version as one that has ended.

    None where it has not, runs a graph in place, which is a part of another, or its workflow is deleted.
    """
    version: Any = select(Workflow.id, Execution.version).join(Workflow, Workflow.id == Execution.workflow_id)
    ended = (Execution.id == id, Execution.status.in_(sorted(TERMINAL)), Execution.inside.is_(None))
    found = session.execute(version.where(*ended, Workflow.deleted_at.is_(None))).first()
    return None if found is None else create(session, found, payload, grace=grace, lane=lane, rate=rate)


#: The columns of an execution that is started.
_STARTED = ["id", "workflow_id", "version", "status", "payload", "look_at"]


def _json(payload: JsonText) -> Any:
    return cast(literal(str(payload)), Execution.payload.type)


def _after(seconds: float) -> Any:
    return func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _filtered(session: Session, query: Any, wanted: Filter) -> Any:
    """A graph in place is a part of its parent, so its executions are listed where the parent's children are."""
    if wanted.parent_id is not None:
        # Asked first: by their ids Postgres knows how many children these have, and where to find the newest.
        steps = select(FanOut.id).where(FanOut.execution_id == (parse_id(wanted.parent_id) or NOBODY))
        query = query.where(Execution.fan_out_id.in_(session.scalars(steps).all()))
    else:
        query = query.where(Execution.inside.is_(None))
    if wanted.workflow_id is not None:
        query = query.where(Execution.workflow_id == (parse_id(wanted.workflow_id) or NOBODY))
    if wanted.status is not None:
        query = query.where(Execution.status == wanted.status.value)
    if wanted.event_id is not None:
        query = query.where(Execution.event_id == (parse_id(wanted.event_id) or NOBODY))
    if wanted.lane is not None:
        query = query.where(Execution.lane == wanted.lane)
    return query
