"""The hot routes that start executions by hand: one statement, if the workflow has no limits."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from app.api.dependencies import AppContext, ContextDep
from app.api.http.bodies import Body, parsed
from app.api.http.raw_route import RawBodyRoute
from app.api.idempotency import KEY_PARAMETER, Work, read_key, respond_once_hot
from app.api.routes import dag, executions
from app.api.schemas.common import EXECUTION, WORKFLOW, body_of
from app.api.schemas.dag import TriggerBody, Triggered
from app.api.schemas.errors import errors_of
from app.api.schemas.executions import ExecutionBody, ParametersBody, ResultRead
from app.engine.commands.start import StartedWorkflow, start_submitted, start_workflow
from app.storage.database import Cursor
from app.storage.executions import ShownExecution
from app.storage.statuses import ExecutionStatus

_read_execution = parsed(ExecutionBody)
_read_parameters = parsed(ParametersBody, optional=True)
_read_trigger = parsed(TriggerBody, optional=True)


def start_execution(request: Request, body: Body, context: ContextDep) -> Response:
    """Start a workflow by hand."""
    given = _read_execution(body)
    return _start(request, body, context, given.workflow_id, given.payload or {})


def execute_workflow(request: Request, body: Body, context: ContextDep) -> Response:
    """Start a workflow with these parameters, which its nodes see as their payload."""
    given = _read_parameters(body)
    return _start(request, body, context, request.path_params["workflow_id"], given.parameters or {})


def trigger_dag(request: Request, body: Body, context: ContextDep) -> Response:
    """Start a submitted execution; if it has ended, another execution of the same version."""
    given = _read_trigger(body)

    def trigger(cursor: Cursor) -> Work:
        execution_id = request.path_params["execution_id"]
        started = start_submitted(context.engine_context, cursor, execution_id, given.input_params or {})
        members = {"execution_id": started.id, "message": "Workflow started successfully"}
        return Work(200, members, lambda: context.dispatch(started.aftermath))

    return respond_once_hot(context, read_key(request, body, context), trigger)


def install(app: FastAPI) -> None:
    """Add the routes, on the app itself: each router between would be asked first whether the path is its own."""
    add = app.router.add_api_route
    add(
        "/executions",
        start_execution,
        methods=["POST"],
        status_code=201,
        tags=executions.router.tags,
        response_model=ResultRead,
        responses=errors_of(404, 409),
        openapi_extra=_documented(ExecutionBody),
        route_class_override=RawBodyRoute,
    )
    add(
        "/executions/workflows/{workflow_id}/execute",
        execute_workflow,
        methods=["POST"],
        status_code=201,
        tags=executions.router.tags,
        response_model=ResultRead,
        responses=errors_of(404, 409),
        openapi_extra=_documented(ParametersBody, workflow_id=("The id of a workflow.", WORKFLOW)),
        route_class_override=RawBodyRoute,
    )
    add(
        "/v1/workflow/trigger/{execution_id}",
        trigger_dag,
        methods=["POST"],
        tags=dag.router.tags,
        response_model=Triggered,
        responses=errors_of(404, 409),
        openapi_extra=_documented(TriggerBody, execution_id=("The id of an execution.", EXECUTION)),
        route_class_override=RawBodyRoute,
    )


def _documented(model: type[BaseModel], **path: tuple[str, str]) -> dict[str, Any]:
    """A body and parameters that a route reads itself; of each in the path, its description and an example."""
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": description,
            "schema": {"type": "string", "description": description, "examples": [example]},
        }
        for name, (description, example) in path.items()
    ]
    return {**body_of(model, required=not path), "parameters": [*parameters, KEY_PARAMETER]}


def _start(request: Request, body: bytes, context: AppContext, workflow_id: str, given: dict[str, Any]) -> Response:
    def start(cursor: Cursor) -> Work:
        started = start_workflow(context.engine_context, cursor, workflow_id, given)
        members = {**executions.show_execution(show_started(started)), "result": None, "forks": []}
        return Work(201, members, lambda: context.dispatch(started.aftermath))

    return respond_once_hot(context, read_key(request, body, context), start)


def show_started(started: StartedWorkflow) -> ShownExecution:
    """The execution as it would be read in the transaction that started it."""
    return ShownExecution(
        id=started.id,
        workflow_id=started.workflow.id,
        workflow_name=started.workflow.name,
        version=started.workflow.version,
        kind=started.workflow.kind,
        status=ExecutionStatus.PENDING,
        queued=started.created.queued,
        context=started.payload,
        output=None,
        error=None,
        context_bytes=None,
        output_bytes=None,
        event_id=None,
        event_ids=None,
        parent_id=None,
        parent_node=None,
        item=None,
        inline_path=None,
        forked_from=None,
        migrated_from=None,
        given_input=None,
        created_at=started.created.created_at,
        started_at=None,
        finished_at=None,
    )
