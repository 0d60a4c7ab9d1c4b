"""Forks of executions, and how two executions differ."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Response

from app.access.gate import require_scope
from app.access.scopes import Requirement, Scope, requires
from app.api.dependencies import CallerDep, ContextDep, SessionDep, SnapshotDep
from app.api.http.bodies import parsed
from app.api.http.responses import as_time, respond
from app.api.idempotency import KeyedDep, Work, respond_once
from app.api.router import make_router
from app.api.routes.executions import parse_execution_id, show_execution
from app.api.schemas.common import ExecutionId, body_of
from app.api.schemas.diff import DiffRead
from app.api.schemas.errors import errors_of
from app.api.schemas.executions import ResultRead
from app.api.schemas.forks import ForkBody, ForkRead
from app.api.views.child_targets import require_visible_targets
from app.api.views.diff import show_comparison
from app.storage import executions
from app.storage.access.audit import record_deed
from app.storage.database import Cursor
from app.storage.orm import cursor_of
from app.why.diff import compare_executions
from app.why.fork import ForkPlan, ForkRequest, plan_fork, start_fork

router = make_router("/executions", tag="executions")

ForkDep = Annotated[ForkBody, Depends(parsed(ForkBody))]


@router.post(
    "/{execution_id}/fork",
    dependencies=[requires("executions:write")],
    status_code=201,
    response_model=ResultRead,
    responses={200: {"model": ForkRead, "description": "With `dry_run`: what it would do"}, **errors_of(404, 409)},
    openapi_extra=body_of(ForkBody),
)
def fork_execution(
    execution_id: ExecutionId,
    body: ForkDep,
    keyed: KeyedDep,
    context: ContextDep,
    caller: CallerDep,
    session: SessionDep,
) -> Response:
    """Start an execution that keeps the steps before one of them and runs the rest again."""
    id, request, engine = parse_execution_id(execution_id), request_of(body), context.engine_context
    most = context.settings.max_nodes
    if body.graph is not None or body.data:
        # An edited definition is one of its own, which nobody has saved.
        require_scope(caller, Requirement((Scope.WORKFLOWS_WRITE,)))
    if body.dry_run:
        cursor = cursor_of(session)
        return respond(show_plan(plan_fork(cursor, engine, context.registry, id, request, most), cursor))

    def start(cursor: Cursor) -> Work:
        plan = plan_fork(cursor, engine, context.registry, id, request, most)
        if plan.document is not None:
            require_visible_targets(cursor, caller, engine.workflows, plan.source.kind, plan.document)
        fork, aftermath = start_fork(cursor, engine, plan, request)
        detail = {"forked_from": id, "from_step": body.from_step, "version": plan.version}
        record_deed(cursor, caller, "fork", "execution", fork, detail)
        members = {**show_execution(executions.get_execution(session, fork)), "result": None, "forks": []}
        return Work(201, members, lambda: context.dispatch(aftermath))

    return respond_once(session, keyed, start)


@router.get(
    "/{execution_id}/diff/{other_id}",
    dependencies=[requires("executions:read")],
    response_model=DiffRead,
    responses=errors_of(404, 409),
)
def compare_with(
    execution_id: ExecutionId, other_id: ExecutionId, context: ContextDep, session: SnapshotDep
) -> Response:
    """How another execution, B, differs from this one, A: where first, then node by node."""
    a, b = parse_execution_id(execution_id), parse_execution_id(other_id)
    return respond(show_comparison(compare_executions(cursor_of(session), context.engine_context, a, b)))


def request_of(body: ForkBody) -> ForkRequest:
    given = (body.input,) if "input" in body.model_fields_set else ()
    return ForkRequest(body.from_step, body.payload, given, body.data or {}, body.version, body.graph)


def show_plan(plan: ForkPlan, cursor: Cursor) -> dict[str, Any]:
    again = [
        {
            "node_id": step.node_id,
            "effects": step.has_effect,
            **({"last_effect": {"at": as_time(step.last_at), "summary": step.last_output}} if step.last_at else {}),
        }
        for step in plan.list_repeated(cursor)
    ]
    kept = [{"step_id": step.id, "node_id": step.node_id, "visit": step.visit} for step in plan.kept_steps]
    return {"execution_id": plan.source.id, "kept": kept, "again": again, "warnings": list(plan.warnings)}
