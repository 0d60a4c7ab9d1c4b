"""The hot routes that start executions by hand: one statement, if the workflow has no limits."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.access.caller import Caller
from app.access.gate import caller_in
from app.access.scopes import requires
from app.access.visibility import require_own_name, require_visible
from app.api.command_groups import command_groups_in
from app.api.dependencies import AppContext, ContextDep
from app.api.http.bodies import Body, parsed, read_parsed
from app.api.http.raw_route import RawBodyRoute
from app.api.http.responses import respond_object
from app.api.idempotency import KEY_PARAMETER, Work, read_key, respond_once, respond_once_hot
from app.api.routes import dag, executions, steps
from app.api.schemas.common import EXECUTION, WORKFLOW, body_of, path_of
from app.api.schemas.dag import TriggerBody, Triggered
from app.api.schemas.errors import errors_of
from app.api.schemas.executions import ExecutionBody, ParametersBody, ResultRead
from app.api.schemas.steps import StepsBody, StepsStatus, SubmittedRead
from app.api.views.child_targets import require_visible_targets
from app.engine.commands.start import StartedExecution, StartedWorkflow, start_in_lane, start_submitted, start_workflow
from app.engine.commands.start_submitted_together import StartSubmitted
from app.engine.commands.start_together import Start
from app.engine.commands.submit_together import Submission
from app.graph.dialects.steps.compile import priority_number
from app.storage import workflows
from app.storage.access.audit import Deed, text_of_deed
from app.storage.database import Cursor, begin, driver
from app.storage.executions import ShownExecution
from app.storage.flow_control.lanes import Lane
from app.storage.idempotency import KeyedRequest
from app.storage.models.workflows import Workflow
from app.storage.orm import cursor_of
from app.storage.statuses import ExecutionStatus
from app.storage.workflow_draft import WorkflowDraft

_read_execution = parsed(ExecutionBody)
_read_parameters = parsed(ParametersBody, optional=True)
_read_trigger = parsed(TriggerBody, optional=True)
_read_steps = parsed(StepsBody, "A workflow")


async def start_execution(request: Request, body: Body, context: ContextDep) -> Response:
    """Start a workflow by hand."""
    given = await read_parsed(_read_execution, body)
    return await _start(request, body, context, given.workflow_id, given.payload or {})


async def execute_workflow(request: Request, body: Body, context: ContextDep) -> Response:
    """Start a workflow with these parameters, which its nodes see as their payload."""
    given = await read_parsed(_read_parameters, body)
    return await _start(request, body, context, request.path_params["workflow_id"], given.parameters or {})


async def trigger_dag(request: Request, body: Body, context: ContextDep) -> Response:
    """Start a submitted execution; if it has ended, another execution of the same version."""
    given = await read_parsed(_read_trigger, body)
    execution_id: str = request.path_params["execution_id"]
    parameters = given.input_params or {}
    keyed, caller = read_key(request, body, context), caller_in(request)
    if keyed is None:
        wanted = StartSubmitted(execution_id, parameters, actor_of(caller), len(body))
        started = await command_groups_in(request).submitted_starts.submit(wanted)
        if started is not None:
            return respond_object(_triggered_members(started))
    return await run_in_threadpool(_trigger_alone, context, keyed, caller, execution_id, parameters)


def _trigger_alone(
    context: AppContext, keyed: KeyedRequest | None, caller: Caller, execution_id: str, given: dict[str, Any]
) -> Response:
    def trigger(cursor: Cursor) -> Work:
        begin_audited(cursor, caller)
        started = start_submitted(context.engine_context, cursor, execution_id, given)
        record_start(cursor, caller, started, ends=keyed is None)
        return Work(200, _triggered_members(started), lambda: context.dispatch(started.aftermath))

    return respond_once_hot(context, keyed, trigger)


def _triggered_members(started: StartedExecution) -> dict[str, Any]:
    return {"execution_id": started.id, "message": "Workflow started successfully"}


async def submit_workflow(request: Request, body: Body, context: ContextDep) -> Response:
    """Run these steps; they are saved as a workflow of this name, the same steps as the same version."""
    draft = await run_in_threadpool(_read_draft, context, body)
    keyed, caller = read_key(request, body, context), caller_in(request)
    require_own_name(caller, draft.name)
    lane = Lane(steps.LANE, context.settings.max_concurrent_workflows)
    wanted = Submission(draft, lane, priority_number(draft.document), actor_of(caller), len(body))
    if keyed is None:
        started = await command_groups_in(request).submissions.submit(wanted)
        if started is not None:
            return respond_object(_submitted_members(draft, started), 202)
    return await run_in_threadpool(_submit_alone, context, keyed, caller, wanted)


def _read_draft(context: AppContext, body: bytes) -> WorkflowDraft:
    max_nodes, known = context.settings.max_nodes, context.known_names
    return steps.workflow_from_steps(_read_steps(body), context.registry, max_nodes=max_nodes, known=known)


def _submit_alone(context: AppContext, keyed: KeyedRequest | None, caller: Caller, wanted: Submission) -> Response:
    draft = wanted.draft

    def save(session: Session) -> Workflow:
        caches = context.engine_context.workflows
        require_visible_targets(cursor_of(session), caller, caches, draft.kind, draft.document)
        return workflows.submit_workflow(session, draft)

    with context.sessions() as session:

        def start(cursor: Cursor) -> Work:
            workflow = save(session)
            begin_audited(cursor, caller)
            started = start_in_lane(context.engine_context, cursor, workflow, wanted.lane, priority=wanted.priority)
            record_start(cursor, caller, started)
            members = _submitted_members(draft, started)
            return Work(202, members, lambda: context.dispatch(started.aftermath))

        return respond_once(session, keyed, start)


def _submitted_members(draft: WorkflowDraft, started: StartedExecution) -> dict[str, Any]:
    message = f"Workflow {draft.name} is accepted; GET /api/workflow/{started.id} shows its status."
    return {"workflow_id": started.id, "status": StepsStatus.PENDING, "message": message}


def install(app: FastAPI) -> None:
    """Add the routes, on the app itself: each router between would be asked first whether the path is its own."""
    add = partial(app.router.add_api_route, methods=["POST"], route_class_override=RawBodyRoute)
    add_start = partial(
        add,
        dependencies=[requires("executions:write")],
        status_code=201,
        tags=executions.router.tags,
        response_model=ResultRead,
        responses=errors_of(404, 409),
    )
    add_start("/executions", start_execution, openapi_extra=_documented(ExecutionBody))
    add_start(
        "/executions/workflows/{workflow_id}/execute",
        execute_workflow,
        openapi_extra=_documented(ParametersBody, workflow_id=("The id of a workflow.", WORKFLOW)),
    )
    add(
        "/v1/workflow/trigger/{execution_id}",
        trigger_dag,
        dependencies=[requires("executions:write")],
        tags=dag.router.tags,
        response_model=Triggered,
        responses=errors_of(404, 409),
        openapi_extra=_documented(TriggerBody, execution_id=("The id of an execution.", EXECUTION)),
    )
    add(
        "/api/workflow",
        submit_workflow,
        dependencies=[requires("workflows:write")],
        status_code=202,
        tags=steps.router.tags,
        response_model=SubmittedRead,
        openapi_extra=_documented(StepsBody),
    )


def _documented(model: type[BaseModel], **path: tuple[str, str]) -> dict[str, Any]:
    """A body, parameters in the path and the key, all of which a route reads itself."""
    return {**body_of(model, required=not path), "parameters": [*path_of(**path), KEY_PARAMETER]}


async def _start(
    request: Request, body: bytes, context: AppContext, workflow_id: str, given: dict[str, Any]
) -> Response:
    """Start a workflow together with what other requests start now, where it needs no transaction of its own."""
    keyed, caller = read_key(request, body, context), caller_in(request)
    if keyed is None and caller.workflow_prefix is None:
        start = Start(workflow_id, given, actor_of(caller), len(body))
        started = await command_groups_in(request).starts.submit(start)
        if started is not None:
            return respond_object(_started_members(started), 201)
    return await run_in_threadpool(_start_alone, context, keyed, caller, workflow_id, given)


def _start_alone(
    context: AppContext, keyed: KeyedRequest | None, caller: Caller, workflow_id: str, given: dict[str, Any]
) -> Response:
    if caller.workflow_prefix is not None:
        # Before the idempotency key is looked up, which would answer with the start of somebody else.
        with driver(context.engine) as connection, connection.cursor() as cursor:
            require_visible(cursor, caller, "Workflow", workflow_id)

    def start(cursor: Cursor) -> Work:
        begin_audited(cursor, caller)
        started = start_workflow(context.engine_context, cursor, workflow_id, given)
        record_start(cursor, caller, started, ends=keyed is None)
        return Work(201, _started_members(started), lambda: context.dispatch(started.aftermath))

    return respond_once_hot(context, keyed, start)


def _started_members(started: StartedWorkflow) -> dict[str, Any]:
    return {**executions.show_execution(show_started(started)), "result": None, "forks": []}


def actor_of(caller: Caller) -> Caller | None:
    """The caller that the audit records; with ``AUTH=off``, where nobody is known, the execution says as much."""
    return caller if caller.is_known else None


def begin_audited(cursor: Cursor, caller: Caller) -> None:
    """Open the transaction of a start that is audited; otherwise a start may be one statement, which commits itself."""
    if caller.is_known:
        begin(cursor)


def record_start(cursor: Cursor, caller: Caller, started: StartedExecution, *, ends: bool = False) -> None:
    """
    Record a start by hand; with ``AUTH=off``, where nobody is known, the execution says as much.

    ``ends`` commits it in the same round trip, where nothing else is to be written.
    """
    if caller.is_known:
        statement = text_of_deed(cursor, Deed(caller, "start", "execution", started.id))
        cursor.execute(statement + b";COMMIT" if ends else statement)


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
        test=None,
        created_at=started.created.created_at,
        started_at=None,
        finished_at=None,
    )
