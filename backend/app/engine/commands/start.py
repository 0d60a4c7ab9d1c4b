"""Start an execution by hand: bind its parameters, apply its workflow's limits, create it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import Aftermath, wake_executions
from app.errors import Conflict
from app.flow_control.limits import FlowLimits, limits_of
from app.flow_control.spec import read_flow
from app.graph.model import Graph
from app.graph.parameters import bind
from app.storage import executions, starting, workflows
from app.storage.executions import ShownExecution
from app.storage.flow_control.lanes import Lane
from app.storage.json_text import JsonText, dumps
from app.storage.models.workflows import Workflow
from app.storage.statuses import TERMINAL, ExecutionStatus

#: The payload of an execution that is given nothing.
EMPTY_PAYLOAD = JsonText("{}")


@dataclass(frozen=True)
class StartedExecution:
    """An execution that was started, as it is in the caller's transaction."""

    row: ShownExecution
    #: To be acted on after the caller's commit.
    aftermath: Aftermath

    @property
    def id(self) -> str:
        return str(self.row.id)


def start_workflow(
    context: EngineContext, session: Session, workflow_id: str, given: Mapping[str, Any]
) -> StartedExecution:
    """
    Start the newest version of a workflow with these parameters, in the session's transaction.

    Raises NotFound, InvalidParameters, and Conflict where a limit drops it.
    """
    workflow = workflows.get_workflow(session, workflow_id)
    document = (workflow.kind, workflow.document)
    graph = context.workflows.get(workflow.id, workflow.version, lambda: document).graph
    payload = bind(graph.parameters, given)
    limits = limits_of(workflow.id, read_flow(workflow.flow), payload)
    text, grace = JsonText(dumps(payload)), context.config.grace
    id = starting.create_execution(session, workflow, text, grace=grace, lane=limits.lane, rate=limits.rate)
    return _describe_start(session, id, limits)


def start_submitted(
    context: EngineContext, session: Session, execution_id: str, graph: Graph, given: Mapping[str, Any]
) -> StartedExecution:
    """
    Start an execution that was submitted; if it has ended, start another one of the same version.

    ``graph`` is the graph of its version. Raises NotFound, InvalidParameters, Conflict.
    """
    row = executions.get_execution(session, execution_id)
    payload = bind(graph.parameters, given)
    limits = limits_of(row.workflow_id, read_flow(workflows.flow_of(session, row.workflow_id)), payload)
    text, grace, lane, rate = JsonText(dumps(payload)), context.config.grace, limits.lane, limits.rate
    if starting.start_submitted(session, row.id, text, grace=grace, lane=lane, rate=rate):
        return _describe_start(session, row.id, limits)
    again = starting.repeat_execution(session, row.id, text, grace=grace, lane=lane, rate=rate)
    if again is None:
        raise Conflict(_describe_conflict(row))
    return _describe_start(session, again, limits)


def start_in_lane(
    context: EngineContext, session: Session, workflow: Workflow, lane: Lane, *, priority: int
) -> StartedExecution:
    """Start a workflow without parameters in a lane, where the highest ``priority`` starts first."""
    grace = context.config.grace
    id = starting.create_execution(session, workflow, EMPTY_PAYLOAD, grace=grace, lane=lane, priority=priority)
    return _describe_start(session, id, FlowLimits(lane=lane))


def _describe_start(session: Session, id: str, limits: FlowLimits) -> StartedExecution:
    """One that is queued needs no wake-up, but may replace others in its lane."""
    row = executions.get_execution(session, id)
    if not row.queued:
        return StartedExecution(row, wake_executions([id]))
    lanes = (limits.lane.name,) if limits.lane else ()
    return StartedExecution(row, Aftermath(crowded_lanes=lanes))


def _describe_conflict(row: ShownExecution) -> str:
    if row.inline_path is not None:
        return f"Execution {row.id} is a part of execution {row.parent_id}; trigger that one."
    if row.status in TERMINAL:
        return f"The workflow of execution {row.id} was deleted."
    if row.status == ExecutionStatus.PAUSED:
        return f"Execution {row.id} is paused; resume it first."
    return f"Execution {row.id} was triggered already; it can be triggered again when it has ended."
