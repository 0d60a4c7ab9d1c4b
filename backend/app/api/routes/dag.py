"""``/v1``: DAGs of handlers and dependencies, submitted first and triggered later."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.api.dependencies import ContextDep, SessionDep
from app.api.http.bodies import Body, object_of, parse_exactly, text_of
from app.api.http.responses import as_text, as_time, respond, respond_object
from app.api.routes.executions import dispatch
from app.api.schemas.common import body_of
from app.api.schemas.dag import NodeState, ResultsRead, StateRead, Submitted, TriggerBody, Triggered
from app.api.schemas.steps import SubmissionBody
from app.api.views.steps import fetch_graph
from app.api.views.workflow_bodies import parse_as
from app.engine.definitions.drafts import workflow_from_dag
from app.errors import Conflict
from app.flow_control.spec import FlowLimits, limits_of, read_flow
from app.graph.parameters import bind
from app.storage import executions, starting, workflows
from app.storage.json_text import JsonText, dumps
from app.storage.statuses import TERMINAL, ExecutionStatus, StepStatus

router = APIRouter(prefix="/v1", tags=["dag"])


@router.post("/workflow", status_code=202, response_model=Submitted, openapi_extra=body_of(SubmissionBody))
def submit_dag(body: Body, parts: ContextDep, session: SessionDep) -> Response:
    """Save a DAG under its name, with an execution that waits to be triggered."""
    given = parse_as(SubmissionBody, object_of(parse_exactly(text_of(body)), "The body"))
    settings = parts.settings
    draft = workflow_from_dag(
        given.name, given.dag, parts.registry, max_nodes=settings.max_nodes, retry_config=settings.retry_config
    )
    with session.begin():
        workflow = workflows.submit_workflow(session, draft)
        id = starting.submit_execution(session, workflow)
    submitted = {"workflow_definition_id": workflow.id, "execution_id": id}
    return respond({**submitted, "message": "Workflow submitted successfully"}, 202)


@router.post(
    "/workflow/trigger/{execution_id}",
    response_model=Triggered,
    openapi_extra=body_of(TriggerBody, required=False),
)
def trigger_dag(execution_id: str, body: Body, parts: ContextDep, session: SessionDep) -> Response:
    """Start an execution that was submitted; of one that has ended, another execution of the same version."""
    given = parse_as(TriggerBody, object_of(parse_trigger_body(body), "The body"))
    with session.begin():
        row = executions.get_execution(session, execution_id)
        graph = fetch_graph(session, parts.engine_context.workflows, row)
        payload = bind(graph.parameters, given.input_params or {})
        limits = limits_of(row.workflow_id, read_flow(workflows.flow_of(session, row.workflow_id)), payload)
        id = start_submitted(session, row, JsonText(dumps(payload)), limits, grace=parts.settings.wake_up_grace)
        row = executions.get_execution(session, id)
    dispatch(parts, row, limits)
    return respond({"execution_id": id, "message": "Workflow started successfully"})


@router.get("/workflows/{execution_id}", response_model=StateRead)
def get_dag_state(execution_id: str, parts: ContextDep, session: SessionDep) -> Response:
    """How far an execution is, node by node."""
    row = executions.get_execution(session, execution_id)
    states = {step.node_id: state_of(step) for step in executions.list_newest_steps(session, [row.id])}
    nodes = fetch_graph(session, parts.engine_context.workflows, row).nodes
    return respond(
        {
            "id": row.id,
            "state": row.status,
            "started_at": as_time(row.started_at),
            "completed_at": as_time(row.finished_at),
            "node_states": {node: states.get(node, NodeState.PENDING).value for node in nodes},
        }
    )


@router.get("/workflows/{execution_id}/results", response_model=ResultsRead)
def get_dag_results(execution_id: str, session: SessionDep) -> Response:
    """What an execution came to; nothing as long as it has not completed."""
    row = executions.get_execution(session, execution_id)
    result = {"id": row.id, "state": row.status, "output_data": as_text(row.output)}
    return respond_object({**result, "completed_at": as_time(row.finished_at)})


def parse_trigger_body(body: bytes) -> Any:
    """The value of a body that may be left out, or be null."""
    text = text_of(body)
    value = parse_exactly(text) if text.strip() else None
    return {} if value is None else value


def start_submitted(session: Session, row: Any, payload: JsonText, limits: FlowLimits, *, grace: float) -> str:
    """The execution that this one becomes or, where it has ended, is followed by. Raises Conflict."""
    if starting.start_submitted(session, row.id, payload, grace=grace, lane=limits.lane, rate=limits.rate):
        return str(row.id)
    again = starting.repeat_execution(session, row.id, payload, grace=grace, lane=limits.lane, rate=limits.rate)
    if again is None:
        raise Conflict(_why_not(row))
    return again


def _why_not(row: Any) -> str:
    if row.inline_path is not None:
        return f"Execution {row.id} is a part of execution {row.parent_id}: trigger that one."
    if row.status in TERMINAL:
        return f"The workflow of execution {row.id} was deleted."
    if row.status == ExecutionStatus.PAUSED:
        return f"Execution {row.id} is paused: resume it first."
    return f"Execution {row.id} was triggered already; it can be triggered again once it has ended."


#: The states of steps that tell nothing more by when they began.
_STATES = {
    StepStatus.READY: NodeState.QUEUED,
    StepStatus.RUNNING: NodeState.RUNNING,
    StepStatus.COMPLETED: NodeState.COMPLETED,
    StepStatus.FAILED: NodeState.FAILED,
    StepStatus.SKIPPED: NodeState.PENDING,
}


def state_of(step: Any) -> NodeState:
    """The state of a node by its newest step: one that waits to be tried again has not begun."""
    if step.status == StepStatus.WAITING:
        return NodeState.RUNNING if step.started_at else NodeState.QUEUED
    if step.status == StepStatus.CANCELLED:
        return NodeState.FAILED if step.started_at or step.attempt > 1 else NodeState.PENDING
    return _STATES[step.status]
