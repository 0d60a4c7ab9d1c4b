"""Moves of live executions to another version of their workflow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Response

from app.access.scopes import requires
from app.api.dependencies import CallerDep, ContextDep, SessionDep
from app.api.http.bodies import parsed
from app.api.http.responses import respond, respond_object
from app.api.router import make_router
from app.api.routes.executions import parse_execution_id, show_execution
from app.api.schemas.common import ExecutionId, WorkflowId, body_of
from app.api.schemas.errors import errors_of
from app.api.schemas.executions import ExecutionRead
from app.api.schemas.migrations import MigrateBody, MigrateManyBody, MigrateRead
from app.storage import executions, forks, workflows
from app.storage.access.audit import Deed
from app.storage.orm import cursor_of
from app.why.migrate import Obstacle, migrate_execution, require_no_obstacle

router = make_router(tag="executions")

OneDep = Annotated[MigrateBody, Depends(parsed(MigrateBody))]
ManyDep = Annotated[MigrateManyBody, Depends(parsed(MigrateManyBody))]


@router.post(
    "/executions/{execution_id}/migrate",
    dependencies=[requires("executions:write")],
    response_model=ExecutionRead | MigrateRead,
    responses=errors_of(404, 409),
    openapi_extra=body_of(MigrateBody),
)
def move_execution(
    execution_id: ExecutionId, body: OneDep, context: ContextDep, caller: CallerDep, session: SessionDep
) -> Response:
    """Have a live execution go on under another version; 409 where its past differs in that version."""
    id = parse_execution_id(execution_id)
    deed = Deed(caller, "migrate", "execution", id, {"version": body.version})
    found = migrate_execution(context.engine_context, id, body.version, dry_run=body.dry_run, deed=deed)
    if body.dry_run:
        return respond(show_moves([] if found else [id], [found] if found else [], moved=False))
    require_no_obstacle(found)
    return respond_object(show_execution(executions.get_execution(session, id)))


@router.post(
    "/workflows/{workflow_id}/migrate",
    dependencies=[requires("executions:write")],
    response_model=MigrateRead,
    responses=errors_of(404),
    openapi_extra=body_of(MigrateManyBody),
)
def move_executions(
    workflow_id: WorkflowId, body: ManyDep, context: ContextDep, caller: CallerDep, session: SessionDep
) -> Response:
    """Have live executions of a workflow go on under another version, as many as can; each is moved on its own."""
    workflow = workflows.get_workflow(session, workflow_id)
    ids = forks.list_live(cursor_of(session), workflow.id, version=body.from_version, limit=body.limit)
    session.rollback()
    can, cannot = [], []
    for id in ids:
        deed = Deed(caller, "migrate", "execution", id, {"version": body.version})
        found = migrate_execution(context.engine_context, id, body.version, dry_run=body.dry_run, deed=deed)
        if found is None:
            can.append(id)
        else:
            cannot.append(found)
    return respond(show_moves(can, cannot, moved=not body.dry_run))


def show_moves(can: Sequence[str], cannot: Sequence[Obstacle], *, moved: bool) -> dict[str, Any]:
    return {"can": list(can), "cannot": [vars(obstacle) for obstacle in cannot], "moved": moved}
