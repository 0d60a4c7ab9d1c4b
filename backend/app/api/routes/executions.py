"""``/executions``: runs of workflows, step by step."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.api.dependencies import AppContext, ContextDep, SessionDep
from app.api.http.bodies import Body, object_of, parse_exactly, text_of
from app.api.http.responses import PageDep, as_text, as_time, next_page, respond_list, respond_object, respond_page
from app.api.schemas.common import body_of
from app.api.schemas.executions import ExecutionBody, ExecutionRead, ResultRead, StatusRead, StepRead
from app.api.schemas.workflows import ParametersBody
from app.api.views.results import result_of
from app.api.views.steps import list_shown_steps
from app.api.views.workflow_bodies import parse_as
from app.engine.commands import lifecycle
from app.engine.commands.flow_control import try_cancel_surplus
from app.engine.wakeups.message import WakeUp
from app.errors import NotFound
from app.flow_control.spec import FlowLimits, limits_of, read_flow
from app.graph.parameters import bind
from app.storage import executions, starting, workflows
from app.storage.executions import Filter
from app.storage.ids import parse_id
from app.storage.json_text import JsonText, dumps
from app.storage.statuses import ExecutionStatus

router = APIRouter(prefix="/executions", tags=["executions"])

#: Steps on one page; a graph has 10,000 nodes at most, so nearly always one page is all.
MOST_STEPS = 10_000


@router.get("", response_model=list[ExecutionRead])
def list_executions(
    request: Request,
    page: PageDep,
    session: SessionDep,
    workflow_id: str | None = None,
    status: ExecutionStatus | None = None,
    event_id: str | None = None,
    parent_id: str | None = None,
) -> Response:
    """
    Executions, newest first: all, or those of a workflow, in a status, started by an event, or by an execution.

    Those that run a graph in place are a part of the execution that started them, and are listed with ``parent_id``.
    """
    wanted = Filter(workflow_id=workflow_id, status=status, event_id=event_id, parent_id=parent_id)
    return respond_page(request, page, executions.list_executions(session, wanted, page), show_execution)


@router.post("", status_code=201, response_model=ResultRead, openapi_extra=body_of(ExecutionBody))
def start_execution(body: Body, parts: ContextDep, session: SessionDep) -> Response:
    """Start a workflow by hand."""
    given = parse_as(ExecutionBody, object_of(parse_exactly(text_of(body)), "The body"))
    return create_and_start(parts, session, given.workflow_id, given.payload or {})


@router.post(
    "/workflows/{workflow_id}/execute",
    status_code=201,
    response_model=ResultRead,
    openapi_extra=body_of(ParametersBody),
)
def execute_workflow(workflow_id: str, body: Body, parts: ContextDep, session: SessionDep) -> Response:
    """Start a workflow with these parameters, which its nodes see as their payload."""
    given = parse_as(ParametersBody, object_of(parse_exactly(text_of(body) or "{}"), "The body"))
    return create_and_start(parts, session, workflow_id, given.parameters or {})


@router.get("/{execution_id}", response_model=ResultRead)
def get_execution(execution_id: str, parts: ContextDep, session: SessionDep) -> Response:
    """One execution, with its result once it has completed."""
    row = executions.get_execution(session, execution_id)
    return respond_object({**show_execution(row), "result": result_of(session, parts.engine_context.workflows, row)})


@router.get("/{execution_id}/status", response_model=StatusRead)
def get_execution_status(execution_id: str, session: SessionDep) -> Response:
    """How far an execution is: what to ask again and again."""
    shown = show_execution(executions.get_execution(session, execution_id))
    return respond_object({key: shown[key] for key in StatusRead.model_fields})


@router.get("/{execution_id}/steps", response_model=list[StepRead])
def list_steps(
    request: Request,
    execution_id: str,
    parts: ContextDep,
    session: SessionDep,
    limit: Annotated[int, Query(ge=1, le=MOST_STEPS)] = MOST_STEPS,
    cursor: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> Response:
    """An execution's steps in the order in which they were started: one for each try, and the skipped nodes."""
    execution = executions.get_execution(session, execution_id)
    steps = executions.list_steps(session, execution.id, limit=limit, offset=cursor)
    headers = next_page(request, str(cursor + limit)) if len(steps) > limit else None
    return respond_list(list_shown_steps(session, parts.engine_context.workflows, execution, steps[:limit]), headers)


@router.post("/{execution_id}/cancel", response_model=ExecutionRead)
def cancel_execution(execution_id: str, parts: ContextDep, session: SessionDep) -> Response:
    """Start nothing more, let what runs finish, and undo what can be undone."""
    id = parse_execution_id(execution_id)
    return dispatch_and_show(parts, session, id, lifecycle.cancel(parts.engine_context, id))


@router.post("/{execution_id}/pause", response_model=ExecutionRead)
def pause_execution(execution_id: str, parts: ContextDep, session: SessionDep) -> Response:
    """Let what runs finish, and start nothing new until it is resumed."""
    id = parse_execution_id(execution_id)
    return dispatch_and_show(parts, session, id, lifecycle.pause(parts.engine_context, id))


@router.post("/{execution_id}/resume", response_model=ExecutionRead)
def resume_execution(execution_id: str, parts: ContextDep, session: SessionDep) -> Response:
    """Go on where it was paused."""
    id = parse_execution_id(execution_id)
    return dispatch_and_show(parts, session, id, lifecycle.resume(parts.engine_context, id))


@router.post("/{execution_id}/retry", response_model=ExecutionRead)
def retry_execution(execution_id: str, parts: ContextDep, session: SessionDep) -> Response:
    """Go on from what failed or was cancelled, keeping what completed."""
    id = parse_execution_id(execution_id)
    return dispatch_and_show(parts, session, id, lifecycle.retry(parts.engine_context, id))


def create_and_start(parts: AppContext, session: Session, workflow_id: str, given: dict[str, Any]) -> Response:
    """A new execution of a workflow, given what the workflow wants."""
    with session.begin():
        workflow = workflows.get_workflow(session, workflow_id)
        graph = parts.engine_context.workflows.get(
            workflow.id, workflow.version, lambda: (workflow.kind, workflow.document)
        ).graph
        payload = bind(graph.parameters, given)
        limits = limits_of(workflow.id, read_flow(workflow.flow), payload)
        text, grace = JsonText(dumps(payload)), parts.settings.wake_up_grace
        id = starting.create_execution(session, workflow, text, grace=grace, lane=limits.lane, rate=limits.rate)
        row = executions.get_execution(session, id)
    dispatch(parts, row, limits)
    return respond_object({**show_execution(row), "result": None}, 201)


def dispatch(parts: AppContext, row: Any, limits: FlowLimits) -> None:
    """Have workers begin an execution that was committed; or, where it waits for a slot, cancel what it replaces."""
    if not row.queued:
        parts.wake_executions([row.id])
    elif limits.lane is not None:
        parts.wake(try_cancel_surplus(parts.engine_context, limits.lane.name))


def parse_execution_id(text: str) -> str:
    """The id in its one spelling; what is no id names nothing."""
    id = parse_id(text)
    if id is None:
        raise NotFound(f"There is no execution {text[:100]}.")
    return id


def dispatch_and_show(parts: AppContext, session: Any, id: str, wake_ups: list[WakeUp]) -> Response:
    """Have workers act on a command that was committed; the execution as it is now."""
    parts.wake(wake_ups)
    return respond_object(show_execution(executions.get_execution(session, id)))


def parent_of(row: Any) -> dict[str, Any] | None:
    """The step that started it; ``index`` is which of its children this one is."""
    if row.parent_id is None:
        return None
    return {"execution_id": row.parent_id, "node_id": row.parent_node, "index": row.item}


def show_execution(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "workflow_id": row.workflow_id,
        "workflow_name": row.workflow_name,
        "version": row.version,
        "kind": row.kind,
        "status": row.status,
        "queued": row.queued,
        "context": as_text(row.context),
        "output": as_text(row.output),
        "error": as_text(row.error),
        "event_id": row.event_id,
        "parent": parent_of(row),
        "created_at": as_time(row.created_at),
        "started_at": as_time(row.started_at),
        "finished_at": as_time(row.finished_at),
    }
