"""``/steps``: one step, why it went the way that it did, and the command that ends its wait."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response
from sqlalchemy.orm import Session

from app.access.caller import Caller
from app.access.scopes import requires
from app.access.visibility import require_visible
from app.api.dependencies import CallerDep, ContextDep, SessionDep, SnapshotDep
from app.api.http.responses import respond, respond_object
from app.api.router import make_router
from app.api.routes.executions import dispatch_and_show
from app.api.schemas.common import EVENT, EXECUTION, STEP
from app.api.schemas.errors import errors_of
from app.api.schemas.execution_views import WholeStepRead
from app.api.schemas.executions import ExecutionRead
from app.api.schemas.step_reasons import StepExplanationRead
from app.api.views.step_reasons import build_step_explanation
from app.api.views.step_values import leave_out_large
from app.api.views.steps import show_whole_step
from app.engine.commands import lifecycle
from app.engine.commands.lifecycle import NamedStep
from app.errors import NotFound
from app.storage import executions, step_history
from app.storage.access.audit import Deed

router = make_router("/steps", tag="executions")

StepId = Annotated[str, Path(description="The id of a step.", examples=[STEP])]
ExecutionOfStep = Annotated[
    str | None,
    Query(description="The execution of the step; a step of another one is not found.", examples=[EXECUTION]),
]
TriedEvent = Annotated[
    str | None,
    Query(description="Of a step that waits for an event: an event to try its condition on.", examples=[EVENT]),
]
WithLarge = Annotated[
    bool, Query(description="With values of more than 256 kB, which are null otherwise, with their size beside them.")
]


@router.get(
    "/{step_id}",
    dependencies=[requires("executions:read")],
    response_model=WholeStepRead,
    responses=errors_of(404),
)
def get_step(
    step_id: StepId,
    context: ContextDep,
    caller: CallerDep,
    session: SnapshotDep,
    execution_id: ExecutionOfStep = None,
    full: WithLarge = True,
) -> Response:
    """One step, with its input and output whole, or without large ones, whose parts ``/values`` shows."""
    found = step_history.find_execution_of(session, step_id, execution_id)
    require_visible_step(session, caller, step_id, found)
    execution = executions.get_execution(session, found)
    step = executions.get_step(session, execution.id, step_id)
    shown = show_whole_step(session, context.engine_context.workflows, execution, step)
    return respond_object(shown if full else leave_out_large(shown))


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
    event_id: TriedEvent = None,
) -> Response:
    """
    Explain a step: the cases of a branch, the arrivals of a join, the event of a wait, the choice behind a skip.

    With `event_id`, a wait explains what its condition decides on that event.
    """
    workflows = context.engine_context.workflows
    shown = build_step_explanation(session, workflows, step_id, execution_id, event_id=event_id)
    require_visible_step(session, caller, step_id, shown["execution_id"])
    return respond(shown)


@router.post(
    "/{step_id}/wake",
    dependencies=[requires("executions:write")],
    response_model=ExecutionRead,
    responses=errors_of(404, 409),
)
def wake_step(
    step_id: StepId,
    context: ContextDep,
    caller: CallerDep,
    session: SessionDep,
    execution_id: ExecutionOfStep = None,
) -> Response:
    """End a wait for a time now: a delay completes, and a step that failed is tried again."""
    id = step_history.find_execution_of(session, step_id, execution_id)
    require_visible_step(session, caller, step_id, id)
    step = executions.get_step(session, id, step_id)
    session.rollback()
    named = NamedStep(step.id, step.node_id, step.visit)
    deed = Deed(caller, "wake", "execution", id, {"node_id": step.node_id, "visit": step.visit})
    return dispatch_and_show(context, session, id, lifecycle.wake(context.engine_context, id, named, deed))


def require_visible_step(session: Session, caller: Caller, step_id: str, execution_id: str) -> None:
    """Raise NotFound, in the words for a step that does not exist, if the caller does not see its execution."""
    try:
        require_visible(session, caller, "Execution", execution_id)
    except NotFound:
        raise NotFound.of("Step", step_id) from None
