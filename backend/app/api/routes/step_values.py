"""``/steps/{id}/values``: the input, parameters, output and error of a step, part by part."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request, Response

from app.access.scopes import requires
from app.api.dependencies import CallerDep, ContextDep, SnapshotDep
from app.api.http.responses import next_page, respond_object
from app.api.router import make_router
from app.api.routes.step_reasons import ExecutionOfStep, StepId, require_visible_step
from app.api.schemas.errors import errors_of
from app.api.schemas.step_values import ValuePartRead
from app.api.views.step_values import StepValue, build_part
from app.api.views.steps import fetch_step_value
from app.storage import executions, step_history
from app.storage.json_text import loads

router = make_router("/steps", tag="executions")


@router.get(
    "/{step_id}/values/{name}",
    dependencies=[requires("executions:read")],
    response_model=ValuePartRead,
    responses=errors_of(404),
)
def get_part_of_value(
    request: Request,
    step_id: StepId,
    name: Annotated[StepValue, Path(description="Which value of the step.")],
    context: ContextDep,
    caller: CallerDep,
    session: SnapshotDep,
    execution_id: ExecutionOfStep = None,
    path: Annotated[str, Query(description="A JSON Pointer into the value.", examples=["/orders/0"])] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="Entries on a page.")] = 100,
    cursor: Annotated[int, Query(ge=0, le=2**31, description="Start of the page, from the Link header.")] = 0,
) -> Response:
    """The part of a value of a step at a path: its entries, those of more than 4 kB without their own values."""
    found = step_history.find_execution_of(session, step_id, execution_id)
    require_visible_step(session, caller, step_id, found)
    execution = executions.get_execution(session, found)
    step = executions.get_step(session, execution.id, step_id)
    value = fetch_step_value(session, context.engine_context.workflows, execution, step, name)
    part = build_part(loads(value or "null"), path, start=cursor, limit=limit)
    return respond_object(part.shown, headers=next_page(request, str(part.end)) if part.more else None)
