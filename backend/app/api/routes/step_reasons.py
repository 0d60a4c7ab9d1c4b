"""``/steps``: why a step went the way that it did."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response

from app.access.scopes import requires
from app.access.visibility import require_visible
from app.api.dependencies import CallerDep, ContextDep, SnapshotDep
from app.api.http.responses import respond
from app.api.http.strict_route import make_router
from app.api.schemas.common import EXECUTION, STEP
from app.api.schemas.errors import errors_of
from app.api.schemas.step_reasons import StepExplanationRead
from app.api.views.step_reasons import build_step_explanation
from app.errors import NotFound

router = make_router("/steps", tag="executions")

StepId = Annotated[str, Path(description="The id of a step.", examples=[STEP])]
ExecutionOfStep = Annotated[
    str | None, Query(description="The execution of the step; needed if it ran for long.", examples=[EXECUTION])
]


@router.get(
    "/{step_id}/explain",
    dependencies=[requires("executions:read")],
    response_model=StepExplanationRead,
    responses=errors_of(404),
)
def explain_step(
    step_id: StepId,
    context: ContextDep,
    caller: CallerDep,
    session: SnapshotDep,
    execution_id: ExecutionOfStep = None,
) -> Response:
    """
    Explain a step: the cases of a branch, the arrivals of a join, the event of a wait, the choice behind a skip.
    """
    shown = build_step_explanation(session, context.engine_context.workflows, step_id, execution_id)
    try:
        require_visible(session, caller, "Execution", shown["execution_id"])
    except NotFound:
        raise NotFound.of("Step", step_id) from None
    return respond(shown)
