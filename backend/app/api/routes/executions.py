"""``/executions``: executions of workflows, and their steps."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query, Request, Response
from sqlalchemy.orm import Session

from app.access.scopes import requires
from app.api.dependencies import AppContext, CallerDep, ContextDep, SessionDep, SnapshotDep
from app.api.http.bodies import parsed
from app.api.http.responses import (
    FULL,
    FullPageDep,
    Shown,
    as_text,
    as_time,
    next_page,
    respond,
    respond_list,
    respond_object,
    respond_page,
)
from app.api.router import make_router
from app.api.schemas.approvals import ApprovalRead, OutcomeBody
from app.api.schemas.common import ExecutionId, body_of
from app.api.schemas.errors import errors_of
from app.api.schemas.executions import ExecutionRead, ResultRead, StatusRead, StepRead
from app.api.views.approvals import show_decided
from app.api.views.decisions import show_retro
from app.api.views.execution_query import FilterDep, Statuses, read_statuses
from app.api.views.results import result_of
from app.api.views.steps import list_shown_steps
from app.engine.commands import approvals, lifecycle
from app.engine.commands.approvals import Decision
from app.engine.wakeups.aftermath import Aftermath
from app.errors import InvalidInput, NotFound
from app.storage import executions, forks
from app.storage.access.audit import Deed
from app.storage.executions import ShownExecution
from app.storage.ids import parse_id
from app.storage.orm import cursor_of
from app.storage.outcomes import fetch_retro_start
from app.storage.statuses import TERMINAL
from app.storage.waiting.approvals import get_approval
from app.why.causes.search import explain_execution

router = make_router("/executions", tag="executions")

#: Executions on a page that says why each of them waits.
MOST_EXPLAINED = 100
#: Steps on one page; a graph has 10,000 nodes at most, so one page is nearly always enough.
MAX_STEPS = 10_000
OutcomeDep = Annotated[OutcomeBody, Depends(parsed(OutcomeBody))]
#: A command names an execution (404) and may not be possible in its state (409).
COMMAND_ERRORS = errors_of(404, 409)


@router.get("", dependencies=[requires("executions:read")], response_model=list[ExecutionRead])
def list_executions(
    request: Request,
    page: FullPageDep,
    context: ContextDep,
    caller: CallerDep,
    session: SnapshotDep,
    wanted: FilterDep,
    status: Statuses = None,
    fields: Annotated[Literal["why"] | None, Query(description="`why`: why those that have not ended wait.")] = None,
) -> Response:
    """
    Executions, newest first: all, or those of a workflow, a status, a time, an event, or an execution.

    An execution of a graph in place is part of the execution that started it, and is listed with its ``parent_id``.
    """
    if fields and page.limit > MOST_EXPLAINED:
        raise InvalidInput(f"limit is {page.limit}; with fields=why it can be at most {MOST_EXPLAINED}.")
    found = executions.list_executions(session, wanted.with_statuses(read_statuses(status)), page)
    cursor, engine = cursor_of(session), context.engine_context

    def show(row: ShownExecution) -> Shown:
        if not fields or row.status in TERMINAL:
            return show_execution(row)
        why = explain_execution(cursor, row.id, engine.workflows, engine.config, sees=caller.sees)
        return {**show_execution(row), "why": why.sentence if why else None}

    return respond_page(request, found, show)


@router.get(
    "/{execution_id}", dependencies=[requires("executions:read")], response_model=ResultRead, responses=errors_of(404)
)
def get_execution(execution_id: ExecutionId, context: ContextDep, session: SnapshotDep) -> Response:
    """One execution, with its result once it has completed."""
    row = executions.get_execution(session, execution_id)
    retro = show_retro(fetch_retro_start(session, row.id, row.workflow_id))
    began = forks.find_beginning(cursor_of(session), row.id, row.forked_from) if row.forked_from else None
    return respond_object(
        {
            **show_execution(row),
            "result": result_of(session, context.engine_context.workflows, row),
            "forks": forks.list_forks(cursor_of(session), row.id),
            **({"forked_at": began._asdict()} if began else {}),
            **({"retro": retro} if retro else {}),
        }
    )


@router.get(
    "/{execution_id}/status",
    dependencies=[requires("executions:read")],
    response_model=StatusRead,
    responses=errors_of(404),
)
def get_execution_status(execution_id: ExecutionId, session: SnapshotDep) -> Response:
    """The status of an execution, for clients that poll."""
    shown = show_execution(executions.get_execution(session, execution_id, full=False))
    return respond_object({key: shown[key] for key in StatusRead.model_fields})


@router.get(
    "/{execution_id}/steps",
    dependencies=[requires("executions:read")],
    response_model=list[StepRead],
    responses=errors_of(404),
)
def list_steps(
    request: Request,
    execution_id: ExecutionId,
    context: ContextDep,
    session: SnapshotDep,
    limit: Annotated[int, Query(ge=1, le=MAX_STEPS, description="Steps on a page.")] = MAX_STEPS,
    cursor: Annotated[int, Query(ge=0, le=2**31, description="Start of the page, from the Link header.")] = 0,
    full: Annotated[bool, Query(description=FULL)] = False,
) -> Response:
    """An execution's steps in the order in which they were started: one for each attempt, and the skipped nodes."""
    execution = executions.get_execution(session, execution_id)
    found = executions.list_steps(session, execution.id, limit=limit, offset=cursor, full=full)
    headers = next_page(request, str(cursor + len(found.rows))) if found.more else None
    shown = list_shown_steps(session, context.engine_context.workflows, execution, found.rows, full=full)
    return respond_list(shown, headers)


@router.post(
    "/{execution_id}/steps/{node_id:path}/outcome",
    dependencies=[requires("approvals:decide")],
    response_model=ApprovalRead,
    responses=COMMAND_ERRORS,
    openapi_extra=body_of(OutcomeBody),
)
def answer_outcome(
    execution_id: ExecutionId,
    node_id: Annotated[str, Path(description="The id of a node.", examples=["charge"])],
    body: OutcomeDep,
    context: ContextDep,
    caller: CallerDep,
    session: SessionDep,
) -> Response:
    """Say whether a step that lost its worker, and asks (``on_lost: ask``), had its effect."""
    decision = Decision(body.happened, caller.decides_as or body.approved_by, body.comment, body.output)
    deed = Deed(caller, "answer", "outcome", execution_id, {"node_id": node_id, "happened": body.happened})
    id, aftermath = approvals.answer_outcome(
        context.engine_context, parse_execution_id(execution_id), node_id, decision, deed
    )
    context.dispatch(aftermath)
    return respond(show_decided(get_approval(session, id), caller, body.approved_by))


@router.post(
    "/{execution_id}/cancel",
    dependencies=[requires("executions:write")],
    response_model=ExecutionRead,
    responses=COMMAND_ERRORS,
)
def cancel_execution(
    execution_id: ExecutionId, context: ContextDep, caller: CallerDep, session: SessionDep
) -> Response:
    """Start nothing more, let running steps finish, and run compensations."""
    id = parse_execution_id(execution_id)
    deed = Deed(caller, "cancel", "execution", id)
    return dispatch_and_show(context, session, id, lifecycle.cancel(context.engine_context, id, deed))


@router.post(
    "/{execution_id}/pause",
    dependencies=[requires("executions:write")],
    response_model=ExecutionRead,
    responses=COMMAND_ERRORS,
)
def pause_execution(execution_id: ExecutionId, context: ContextDep, caller: CallerDep, session: SessionDep) -> Response:
    """Let running steps finish, and start nothing new until it is resumed."""
    id = parse_execution_id(execution_id)
    deed = Deed(caller, "pause", "execution", id)
    return dispatch_and_show(context, session, id, lifecycle.pause(context.engine_context, id, deed))


@router.post(
    "/{execution_id}/resume",
    dependencies=[requires("executions:write")],
    response_model=ExecutionRead,
    responses=COMMAND_ERRORS,
)
def resume_execution(
    execution_id: ExecutionId, context: ContextDep, caller: CallerDep, session: SessionDep
) -> Response:
    """Continue an execution that was paused."""
    id = parse_execution_id(execution_id)
    deed = Deed(caller, "resume", "execution", id)
    return dispatch_and_show(context, session, id, lifecycle.resume(context.engine_context, id, deed))


@router.post(
    "/{execution_id}/retry",
    dependencies=[requires("executions:write")],
    response_model=ExecutionRead,
    responses=COMMAND_ERRORS,
)
def retry_execution(execution_id: ExecutionId, context: ContextDep, caller: CallerDep, session: SessionDep) -> Response:
    """Run again what failed or was cancelled, keeping what completed."""
    id = parse_execution_id(execution_id)
    deed = Deed(caller, "retry", "execution", id)
    return dispatch_and_show(context, session, id, lifecycle.retry(context.engine_context, id, deed))


def parse_execution_id(text: str) -> str:
    """The canonical form of an id. Raises NotFound if the text is not a UUID."""
    id = parse_id(text)
    if id is None:
        raise NotFound.of("Execution", text)
    return id


def dispatch_and_show(context: AppContext, session: Session, id: str, aftermath: Aftermath) -> Response:
    """Wake workers after a command was committed; the execution as it is now."""
    context.dispatch(aftermath)
    return respond_object(show_execution(executions.get_execution(session, id)))


def parent_of(row: ShownExecution) -> dict[str, Any] | None:
    """The step that started it; ``index`` counts the children of the step from 0."""
    if row.parent_id is None:
        return None
    return {"execution_id": row.parent_id, "node_id": row.parent_node, "index": row.item}


def show_execution(row: ShownExecution) -> Shown:
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
        **({} if row.context_bytes is None else {"context_bytes": row.context_bytes}),
        **({} if row.output_bytes is None else {"output_bytes": row.output_bytes}),
        "event_id": row.event_id,
        **({} if row.event_ids is None else {"event_ids": row.event_ids}),
        "parent": parent_of(row),
        "forked_from": row.forked_from,
        "migrated_from": row.migrated_from,
        "test": row.test,
        "created_at": as_time(row.created_at),
        "started_at": as_time(row.started_at),
        "finished_at": as_time(row.finished_at),
    }
