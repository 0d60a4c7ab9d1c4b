"""Statements that start an execution by hand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, cast, func, literal, literal_column, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.storage.database import cursor_of
from app.storage.flow_control import lanes
from app.storage.flow_control.fragments import arrival_in
from app.storage.flow_control.lanes import Lane
from app.storage.ids import new_id
from app.storage.json_text import JsonText
from app.storage.models.executions import Execution
from app.storage.models.workflows import Workflow
from app.storage.statuses import TERMINAL, ExecutionStatus


def create_execution(
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
    begins in a period, and comes with a ``lane``. Raises Conflict if the lane drops executions.
    """
    queued = _must_wait(session, lane, rate)
    id = new_id()
    row = select(
        literal(id, Execution.id.type),
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
        _arrival(id) if lane else null(),
    ).where(Workflow.id == workflow.id, Workflow.deleted_at.is_(None))
    columns = [*_STARTED, "lane", "queued", "priority", "rate", "admitted_at", "arrival"]
    created: str | None = session.scalar(insert(Execution).from_select(columns, row).returning(Execution.id))
    if created is None:
        raise NotFound.of("Workflow", workflow.id)
    return created


def _must_wait(session: Session, lane: Lane | None, rate: Lane | None) -> bool:
    """Lock these lanes; True if one is full. Raises Conflict if it drops executions instead of queueing them."""
    if lane is None:
        return False
    rooms = lanes.enter_lanes(cursor_of(session), [lane] if rate in (lane, None) else [lane, rate])
    for room in rooms:
        if room.is_full and room.lane.on_limit == lanes.DROP:
            raise Conflict(f"Nothing is started: {lanes.describe_limit(room.lane)}.")
    return not all(room.is_free for room in rooms)


def submit_execution(session: Session, workflow: Workflow) -> str:
    """An execution of this version that nothing moves before it is started."""
    id = new_id()
    pending = {"status": ExecutionStatus.PENDING.value, "payload": {}}
    session.execute(insert(Execution).values(id=id, workflow_id=workflow.id, version=workflow.version, **pending))
    return id


def start_submitted(
    session: Session, id: str, payload: JsonText, *, grace: float, lane: Lane | None = None, rate: Lane | None = None
) -> bool:
    """
    Start an execution that was submitted; False if it was not submitted, or was started before.

    ``lane`` and ``rate`` are those of ``create``. Raises Conflict if the lane drops executions.
    """
    pending = (Execution.status == ExecutionStatus.PENDING.value, Execution.queued.is_(False))
    waits = (Execution.id == id, *pending, Execution.next_check_at.is_(None))
    if session.scalar(select(Execution.id).where(*waits).with_for_update()) is None:
        return False
    queued = _must_wait(session, lane, rate)
    begun = {
        "payload": _json(payload),
        "next_check_at": None if queued else _after(grace),
        "woken_at": func.clock_timestamp(),
        "lane": lane.name if lane else None,
        "arrival": _arrival(new_id()) if lane else None,
        "queued": queued,
        "rate": rate.name if rate else None,
        "admitted_at": None if queued or rate is None else func.clock_timestamp(),
    }
    session.execute(update(Execution).where(Execution.id == id).values(begun))
    return True


def repeat_execution(
    session: Session, id: str, payload: JsonText, *, grace: float, lane: Lane | None = None, rate: Lane | None = None
) -> str | None:
    """
    Start another execution of the same version as one that has ended.

    None where it has not, runs a graph in place, which is a part of another, or its workflow is deleted.
    """
    version: Any = select(Workflow.id, Execution.version).join(Workflow, Workflow.id == Execution.workflow_id)
    ended = (Execution.id == id, Execution.status.in_(sorted(TERMINAL)), Execution.inline_path.is_(None))
    found = session.execute(version.where(*ended, Workflow.deleted_at.is_(None))).first()
    return None if found is None else create_execution(session, found, payload, grace=grace, lane=lane, rate=rate)


#: The columns of an execution that is started.
_STARTED = ["id", "workflow_id", "version", "status", "payload", "next_check_at"]


def _arrival(id: str) -> Any:
    return literal_column(arrival_in("''", f"'{id}'"), Execution.arrival.type)


def _json(payload: JsonText) -> Any:
    return cast(literal(str(payload)), Execution.payload.type)


def _after(seconds: float) -> Any:
    return func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
