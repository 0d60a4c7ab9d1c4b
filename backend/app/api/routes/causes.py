"""``/executions/{id}/why``: why an execution does not go on."""

from __future__ import annotations

from fastapi import Response

from app.access.scopes import requires
from app.api.dependencies import CallerDep, ContextDep, SnapshotDep
from app.api.http.responses import respond
from app.api.router import make_router
from app.api.routes.executions import parse_execution_id
from app.api.schemas.causes import WhyRead
from app.api.schemas.common import ExecutionId
from app.api.schemas.errors import errors_of
from app.api.views.causes import show_why
from app.errors import NotFound
from app.storage.orm import cursor_of
from app.why.causes.search import explain_execution

router = make_router("/executions", tag="executions")


@router.get(
    "/{execution_id}/why", dependencies=[requires("executions:read")], response_model=WhyRead, responses=errors_of(404)
)
def explain_why(execution_id: ExecutionId, context: ContextDep, caller: CallerDep, session: SnapshotDep) -> Response:
    """Why an execution does not go on: its causes, from the root cause, each with the requests that help."""
    id, engine = parse_execution_id(execution_id), context.engine_context
    found = explain_execution(cursor_of(session), id, engine.workflows, engine.config, sees=caller.sees)
    if found is None:
        raise NotFound.of("Execution", execution_id)
    return respond(show_why(id, found))
