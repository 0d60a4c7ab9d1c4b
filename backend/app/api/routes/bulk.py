"""``POST /executions/bulk``: cancel or retry all executions that fit a filter, each in a transaction of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Response

from app.access.caller import Caller
from app.access.scopes import requires
from app.api.dependencies import AppContext, CallerDep, ContextDep, SessionDep
from app.api.http.bodies import parsed
from app.api.http.responses import respond
from app.api.router import make_router
from app.api.schemas.bulk import BulkBody, BulkRead
from app.api.schemas.common import body_of
from app.api.views.execution_query import read_statuses
from app.engine.commands import lifecycle
from app.engine.wakeups.aftermath import Aftermath
from app.errors import Conflict, InvalidInput, NotFound
from app.storage.access.audit import Deed
from app.storage.bulk import find_candidates
from app.storage.execution_filters import Filter
from app.storage.ids import parse_id
from app.storage.statuses import ExecutionStatus

router = make_router("/executions", tag="executions")

#: Seconds after which a request begins with no other execution.
BUDGET = 10.0
#: The statuses from which each action is possible.
POSSIBLE = {
    "cancel": (ExecutionStatus.PENDING, ExecutionStatus.RUNNING, ExecutionStatus.PAUSED),
    "retry": (ExecutionStatus.FAILED, ExecutionStatus.CANCELLED),
}
COMMANDS: dict[str, Callable[..., Aftermath]] = {"cancel": lifecycle.cancel, "retry": lifecycle.retry}
BulkDep = Annotated[BulkBody, Depends(parsed(BulkBody))]


@router.post(
    "/bulk", dependencies=[requires("executions:write")], response_model=BulkRead, openapi_extra=body_of(BulkBody)
)
def act_on_many(body: BulkDep, context: ContextDep, caller: CallerDep, session: SessionDep) -> Response:
    """
    Cancel or retry the executions that fit a filter, the newest first, at most 500 in a request.

    Those whose status does not allow it are left out. Each is changed in a transaction of its own, so that one which
    changes meanwhile is refused by itself. A dry run counts them, and says up to which one it counted.
    """
    statuses = narrow(body)
    with session.begin():
        found = find_candidates(session, filter_of(body, caller), statuses) if statuses else None
    ids, more = (found.ids, found.more) if found else ([], False)
    shown = {"action": body.action, "dry_run": body.dry_run, "found": len(ids), "more": more}
    up_to = ids[0] if ids else None
    if body.dry_run:
        return respond({**shown, "done": 0, "refused": [], "left": len(ids), "up_to": up_to})
    return respond({**shown, **give_each(context, caller, body.action, ids), "up_to": up_to})


@router.api_route("/bulk", dependencies=[requires()], methods=["GET"], include_in_schema=False)
def refuse_bulk() -> Response:
    """405; without this, ``bulk`` would be taken for the id of an execution."""
    raise HTTPException(405)


def narrow(body: BulkBody) -> tuple[ExecutionStatus, ...]:
    """The statuses that are asked for and allow the action. Raises InvalidInput."""
    asked = read_statuses(body.filter.status)
    return tuple(status for status in POSSIBLE[body.action] if not asked or status in asked)


def filter_of(body: BulkBody, caller: Caller) -> Filter:
    """The filter in a body, without its statuses. Raises InvalidInput."""
    if body.up_to is not None and parse_id(body.up_to) is None:
        raise InvalidInput(f"up_to is {body.up_to[:100]!r}; give the up_to of a dry run.")
    given = body.filter.model_dump(exclude={"status"})
    given["q"] = given["q"] or None
    return Filter(**given, workflow_prefix=caller.workflow_prefix, up_to=body.up_to)


def give_each(context: AppContext, caller: Caller, action: str, ids: Sequence[str]) -> dict[str, Any]:
    """Give the command to one after the other, until the time is over."""
    until, done = time.monotonic() + BUDGET, 0
    refused: list[dict[str, str]] = []
    for id in ids:
        if time.monotonic() > until:
            break
        try:
            context.dispatch(COMMANDS[action](context.engine_context, id, Deed(caller, action, "execution", id)))
            done += 1
        except (Conflict, NotFound) as error:
            refused.append({"id": id, "message": str(error)})
    return {"done": done, "refused": refused, "left": len(ids) - done - len(refused)}
