"""``/v1``: DAGs of handlers and dependencies, submitted first and triggered later."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Response

from app.access.scopes import requires
from app.access.visibility import require_own_name
from app.api.dependencies import CallerDep, ContextDep, SessionDep, SnapshotDep
from app.api.http.bodies import parsed
from app.api.http.responses import as_text, as_time, respond, respond_object
from app.api.idempotency import KeyedDep, Work, respond_once
from app.api.router import make_router
from app.api.schemas.common import ExecutionId, body_of
from app.api.schemas.dag import NodeState, ResultsRead, StateRead, SubmissionBody, Submitted
from app.api.schemas.errors import errors_of
from app.api.views.child_targets import require_visible_targets
from app.api.views.steps import fetch_graph
from app.api.views.workflow_bodies import unknown_keys
from app.engine.definitions.drafts import workflow_from_dag
from app.storage import executions, starting, workflows
from app.storage.access.audit import record_deed
from app.storage.database import Cursor
from app.storage.executions import NewestStep
from app.storage.statuses import StepStatus

router = make_router("/v1", tag="dag")

SubmissionDep = Annotated[SubmissionBody, Depends(parsed(SubmissionBody))]


@router.post(
    "/workflow",
    dependencies=[requires("workflows:write")],
    status_code=202,
    response_model=Submitted,
    responses=errors_of(400),
    openapi_extra=body_of(SubmissionBody),
)
def submit_dag(
    given: SubmissionDep, keyed: KeyedDep, context: ContextDep, caller: CallerDep, session: SessionDep
) -> Response:
    """Save a DAG under its name, with an execution that starts when it is triggered."""
    settings = context.settings
    require_own_name(caller, given.name)
    draft = workflow_from_dag(
        given.name,
        given.dag,
        context.registry,
        max_nodes=settings.max_nodes,
        retry_config=settings.retry_config,
        known=context.known_names,
    )
    warnings = [*draft.warnings, *(problem.as_dict() for problem in unknown_keys(given))]

    def submit(cursor: Cursor) -> Work:
        require_visible_targets(cursor, caller, context.engine_context.workflows, draft.kind, draft.document)
        workflow = workflows.submit_workflow(session, replace(draft, warnings=warnings))
        id = starting.submit_execution(cursor, workflow.id, workflow.version)
        record_deed(cursor, caller, "submit", "workflow", workflow.id, {"name": workflow.name, "execution_id": id})
        submitted = {"workflow_definition_id": workflow.id, "execution_id": id}
        return Work(202, {**submitted, "message": "Workflow submitted successfully"})

    return respond_once(session, keyed, submit)


@router.get(
    "/workflows/{execution_id}",
    dependencies=[requires("executions:read")],
    response_model=StateRead,
    responses=errors_of(404),
)
def get_dag_state(execution_id: ExecutionId, context: ContextDep, session: SnapshotDep) -> Response:
    """The state of an execution, node by node."""
    row = executions.get_execution(session, execution_id, full=False)
    states = {step.node_id: state_of(step) for step in executions.list_newest_steps(session, [row.id])}
    nodes = fetch_graph(session, context.engine_context.workflows, row).nodes
    return respond(
        {
            "id": row.id,
            "state": row.status,
            "started_at": as_time(row.started_at),
            "completed_at": as_time(row.finished_at),
            "node_states": {node: states.get(node, NodeState.PENDING).value for node in nodes},
        }
    )


@router.get(
    "/workflows/{execution_id}/results",
    dependencies=[requires("executions:read")],
    response_model=ResultsRead,
    responses=errors_of(404),
)
def get_dag_results(execution_id: ExecutionId, session: SnapshotDep) -> Response:
    """The output of an execution; null until it has completed."""
    row = executions.get_execution(session, execution_id)
    result = {"id": row.id, "state": row.status, "output_data": as_text(row.output)}
    return respond_object({**result, "completed_at": as_time(row.finished_at)})


#: The states of steps that need nothing but the status.
_STATES = {
    StepStatus.READY: NodeState.QUEUED,
    StepStatus.RUNNING: NodeState.RUNNING,
    StepStatus.COMPLETED: NodeState.COMPLETED,
    StepStatus.FAILED: NodeState.FAILED,
    StepStatus.SKIPPED: NodeState.PENDING,
}


def state_of(step: NewestStep) -> NodeState:
    """The state of a node by its newest step; one that waits for its next attempt is queued."""
    if step.status == StepStatus.WAITING:
        return NodeState.RUNNING if step.started_at else NodeState.QUEUED
    if step.status == StepStatus.CANCELLED:
        return NodeState.FAILED if step.started_at or step.attempt > 1 else NodeState.PENDING
    return _STATES[StepStatus(step.status)]
