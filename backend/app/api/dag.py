"""``/v1``: DAGs of handlers and dependencies, submitted first and triggered later."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.api.answers import answer, answer_object, as_text, as_time
from app.api.bodies import Body, object_of, parse_exactly, text_of
from app.api.dependencies import PartsDep, SessionDep
from app.api.drafts import validated
from app.api.executions import set_off
from app.api.shapes import (
    NodeState,
    ResultsShape,
    StateShape,
    SubmissionBody,
    Submitted,
    TriggerBody,
    Triggered,
    body_of,
)
from app.api.steps import graph_of
from app.engine.drafts import draft_of_dag
from app.errors import Conflict
from app.graph.parameters import bind
from app.storage import executions, workflows
from app.storage.documents import JsonText, dumps
from app.storage.statuses import TERMINAL, StepStatus
from app.triggers.flow import Limits, limits_of, read_flow

router = APIRouter(prefix="/v1", tags=["dag"])


@router.post("/workflow", status_code=202, response_model=Submitted, openapi_extra=body_of(SubmissionBody))
def submit_dag(body: Body, parts: PartsDep, session: SessionDep) -> Response:
    """Save a DAG under its name, with an execution that waits to be triggered."""
    given = validated(SubmissionBody, object_of(parse_exactly(text_of(body)), "The body"))
    settings = parts.settings
    draft = draft_of_dag(
        given.name, given.dag, parts.registry, max_nodes=settings.max_nodes, retry_config=settings.retry_config
    )
    with session.begin():
        workflow = workflows.submit(session, draft)
        id = executions.submit(session, workflow)
    submitted = {"workflow_definition_id": workflow.id, "execution_id": id}
    return answer({**submitted, "message": "Workflow submitted successfully"}, 202)


@router.post(
    "/workflow/trigger/{execution_id}",
    response_model=Triggered,
    openapi_extra=body_of(TriggerBody, required=False),
)
def trigger_dag(execution_id: str, body: Body, parts: PartsDep, session: SessionDep) -> Response:
    """Start an execution that was submitted; of one that has ended, another execution of the same version."""
    text = text_of(body)
    given = validated(TriggerBody, object_of(parse_exactly(text), "The body")) if text.strip() else TriggerBody()
    with session.begin():
        row = executions.get(session, execution_id)
        graph = graph_of(session, parts.programs, row)
        payload = bind(graph.parameters, given.input_params or {})
        limits = limits_of(row.workflow_id, read_flow(workflows.flow_of(session, row.workflow_id)), payload)
        id = started(session, row, JsonText(dumps(payload)), limits, grace=parts.settings.wake_up_grace)
        row = executions.get(session, id)
    set_off(parts, row, limits)
    return answer({"execution_id": id, "message": "Workflow started successfully"})


@router.get("/workflows/{execution_id}", response_model=StateShape)
def get_dag_state(execution_id: str, parts: PartsDep, session: SessionDep) -> Response:
    """How far an execution is, node by node."""
    row = executions.get(session, execution_id)
    states = {step.node_id: state_of(step) for step in executions.newest_steps(session, [row.id])}
    nodes = graph_of(session, parts.programs, row).nodes
    return answer(
        {
            "id": row.id,
            "state": row.status,
            "started_at": as_time(row.started_at),
            "completed_at": as_time(row.finished_at),
            "node_states": {node: states.get(node, NodeState.PENDING).value for node in nodes},
        }
    )


@router.get("/workflows/{execution_id}/results", response_model=ResultsShape)
def get_dag_results(execution_id: str, session: SessionDep) -> Response:
    """What an execution came to; nothing as long as it has not completed."""
    row = executions.get(session, execution_id)
    result = {"id": row.id, "state": row.status, "output_data": as_text(row.output)}
    return answer_object({**result, "completed_at": as_time(row.finished_at)})


def started(session: Session, row: Any, payload: JsonText, limits: Limits, *, grace: float) -> str:
    """The execution that this one becomes or, where it has ended, is followed by. Raises Conflict."""
    if executions.start(session, row.id, payload, grace=grace, lane=limits.lane, rate=limits.rate):
        return str(row.id)
    again = executions.repeat(session, row.id, payload, grace=grace, lane=limits.lane, rate=limits.rate)
    if again is None:
        raise Conflict(
            f"The workflow of execution {row.id} was deleted."
            if row.status in TERMINAL
            else f"Execution {row.id} was triggered already; it can be triggered again once it has ended."
        )
    return again


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
