"""Start an execution by hand: bind its parameters, apply its workflow's limits, create it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import Aftermath, wake_executions
from app.errors import Conflict, NotFound
from app.flow_control.limits import FlowLimits, limits_of
from app.flow_control.spec import read_flow
from app.graph.parameters import Parameter, bind
from app.storage import starting
from app.storage.database import Cursor
from app.storage.definition import Definition
from app.storage.flow_control.lanes import Lane
from app.storage.json_text import JsonText, dumps
from app.storage.starting import Created, HasVersion, Startable, Submitted
from app.storage.statuses import TERMINAL, ExecutionStatus
from app.storage.walk import lock

#: The payload of an execution that is given nothing.
EMPTY_PAYLOAD = JsonText("{}")


@dataclass(frozen=True)
class StartedExecution:
    """An execution that was started, and is to be committed by the caller."""

    created: Created
    #: To be acted on after the caller's commit.
    aftermath: Aftermath

    @property
    def id(self) -> str:
        return self.created.id


@dataclass(frozen=True)
class StartedWorkflow(StartedExecution):
    """The same, with what was started."""

    workflow: Startable
    payload: JsonText


def start_workflow(
    context: EngineContext, cursor: Cursor, workflow_id: str, given: Mapping[str, Any]
) -> StartedWorkflow:
    """
    Start the newest version of a workflow with these parameters; in one statement, if it has no limits.

    A process remembers the workflows that it has started. The statement writes nothing if the workflow was saved since;
    then it is read again, and saves wait if that was in vain. The caller commits what is open on the cursor. Raises
    NotFound, InvalidParameters, and Conflict where a limit drops it.
    """
    known = context.workflows.newest(workflow_id)
    started = _try_start(context, cursor, known, given) if known else None
    for is_last in (False, True):
        if started is not None:
            return started
        workflow = starting.fetch_startable(cursor, workflow_id, lock=is_last)
        context.workflows.remember(workflow_id, workflow)
        started = _try_start(context, cursor, workflow, given)
    assert started is not None, "A workflow that is locked cannot be saved."
    return started


def _try_start(
    context: EngineContext, cursor: Cursor, workflow: Startable, given: Mapping[str, Any]
) -> StartedWorkflow | None:
    """None where the workflow was saved or deleted since it was read."""
    payload = bind(fetch_parameters(context, cursor, workflow.id, workflow.version), given)
    limits = limits_of(workflow.id, read_flow(workflow.flow), payload)
    text, grace = JsonText(dumps(payload)), context.config.grace
    created = starting.create_execution(
        cursor, workflow, text, grace=grace, revision=workflow.revision, lane=limits.lane, rate=limits.rate
    )
    return None if created is None else StartedWorkflow(created, aftermath_of(created, limits), workflow, text)


def start_submitted(
    context: EngineContext, cursor: Cursor, execution_id: str, given: Mapping[str, Any]
) -> StartedExecution:
    """
    Start an execution that was submitted; if it has ended, start another one of the same version.

    The caller commits what is open on the cursor. Raises NotFound, InvalidParameters, Conflict.
    """
    execution = starting.fetch_submitted(cursor, execution_id)
    workflow, inside = execution.workflow, tuple(execution.inline_path or ())
    payload = bind(fetch_parameters(context, cursor, workflow.id, execution.version, inside), given)
    limits = limits_of(workflow.id, read_flow(workflow.flow), payload)
    text, grace, lane, rate = JsonText(dumps(payload)), context.config.grace, limits.lane, limits.rate
    created = starting.start_submitted(cursor, execution.id, text, grace=grace, lane=lane, rate=rate)
    if created is None:
        created = starting.repeat_execution(cursor, execution, text, grace=grace, lane=lane, rate=rate)
    if created is None:
        raise Conflict(_describe_conflict(execution))
    return StartedExecution(created, aftermath_of(created, limits))


def start_in_lane(
    context: EngineContext, cursor: Cursor, workflow: HasVersion, lane: Lane, *, priority: int
) -> StartedExecution:
    """Start a workflow without parameters in a lane, where the highest ``priority`` starts first."""
    grace = context.config.grace
    created = starting.create_execution(cursor, workflow, EMPTY_PAYLOAD, grace=grace, lane=lane, priority=priority)
    if created is None:
        raise NotFound.of("Workflow", workflow.id)
    return StartedExecution(created, aftermath_of(created, FlowLimits(lane=lane)))


def fetch_parameters(
    context: EngineContext, cursor: Cursor, workflow_id: str, version: int, inside: tuple[str, ...] = ()
) -> Sequence[Parameter]:
    """The parameters of a version, which is compiled if this process has not done so."""

    def load() -> Definition:
        return lock.fetch_definition(cursor, workflow_id, version)

    return context.workflows.get(workflow_id, version, load, inside).graph.parameters


def aftermath_of(created: Created, limits: FlowLimits) -> Aftermath:
    """One that is queued needs no wake-up, but may replace others in its lane."""
    if not created.queued:
        return wake_executions([created.id])
    return Aftermath(crowded_lanes=(limits.lane.name,) if limits.lane else ())


def _describe_conflict(row: Submitted) -> str:
    if row.inline_path is not None and row.parent_id is None:
        return f"Execution {row.id} is a test, which cannot be triggered; start another test."
    if row.inline_path is not None:
        return f"Execution {row.id} is a part of execution {row.parent_id}; trigger that one."
    if row.status in TERMINAL:
        return f"The workflow of execution {row.id} was deleted."
    if row.status == ExecutionStatus.PAUSED:
        return f"Execution {row.id} is paused; resume it first."
    return f"Execution {row.id} was triggered already; it can be triggered again when it has ended."
