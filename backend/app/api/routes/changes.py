"""``/executions/{id}/changes``: what has happened in an execution since a client asked last."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from app.access.scopes import requires
from app.api.dependencies import ContextDep
from app.api.http.responses import Shown, as_text, as_time, respond_object
from app.api.router import make_router
from app.api.schemas.common import ExecutionId
from app.api.schemas.errors import errors_of
from app.api.schemas.executions import ChangesRead
from app.api.views.steps import LOST_STATUSES
from app.storage.changes import ChangedStep, fetch_changes
from app.storage.database import driver
from app.storage.json_text import JsonText, write_object

router = make_router("/executions", tag="executions")

#: Steps of one response.
MAX_STEPS = 1000
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Nothing has changed; ask again with the same `since`."}
}


@router.get(
    "/{execution_id}/changes",
    dependencies=[requires("executions:read")],
    response_model=ChangesRead,
    responses={**UNCHANGED, **errors_of(404)},
)
def list_changes(
    execution_id: ExecutionId,
    context: ContextDep,
    since: Annotated[
        int, Query(ge=0, lt=2**63, description="The `seq` of the last response; 0 at first.", examples=[184467])
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_STEPS, description="Steps of one response.")] = MAX_STEPS,
) -> Response:
    """
    The steps of an execution that have changed since the last request, or 304; for clients that poll.

    No change is missed. A step may come again unchanged, so a client replaces what it knows of the step. A response has
    more than `limit` steps if one transaction wrote more.
    """
    with driver(context.engine) as connection, connection.cursor() as cursor:
        found = fetch_changes(cursor, execution_id, since=since, limit=limit)
    if not found.has_changed:
        return Response(status_code=304)
    execution = {
        "status": found.status,
        "finished_at": as_time(found.finished_at),
        "error": as_text(found.error),
    }
    steps = ",".join(write_object(show_step(step)) for step in found.steps)
    return respond_object(
        {
            "seq": found.seq,
            "execution": JsonText(write_object(execution)),
            "steps": JsonText(f"[{steps}]"),
            "more": found.more,
        }
    )


def show_step(step: ChangedStep) -> Shown:
    return {
        "id": step.id,
        "node_id": step.node_id,
        "type": step.type,
        "status": step.status,
        "visit": step.visit,
        "attempt": step.attempt,
        "error": as_text(step.error),
        "started_at": as_time(step.started_at),
        "finished_at": as_time(step.finished_at),
        "due_at": as_time(step.due_at),
        "outcome": "unknown" if step.outcome_is_unknown and step.status in LOST_STATUSES else None,
    }
