"""``/approvals/inbox``: what waits for people, the nearest deadline first."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from app.access.scopes import requires
from app.api.dependencies import CallerDep, SnapshotDep
from app.api.http.responses import next_page, respond, respond_list
from app.api.router import make_router
from app.api.schemas.approvals import InboxCounts, InboxRead
from app.api.views.approvals import show_approval
from app.storage.waiting.inbox import InboxRow, InboxState, count_inbox, list_inbox

router = make_router("/approvals", tag="approvals")

READ = requires("executions:read", "approvals:decide")


@router.get("/inbox", dependencies=[READ], response_model=list[InboxRead])
def list_approvals_of_inbox(
    request: Request,
    caller: CallerDep,
    session: SnapshotDep,
    state: Annotated[
        InboxState,
        Query(
            description="`soon`: those whose deadline is within 24 hours; `decided`: those that do not wait any more,"
            " newest first."
        ),
    ] = "waiting",
    workflow_id: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Approvals on a page.")] = 50,
    cursor: Annotated[int, Query(ge=0, le=2**31, description="Start of the page, from the Link header.")] = 0,
) -> Response:
    """Approvals that wait, the nearest deadline first, each with its workflow."""
    found = list_inbox(
        session,
        state=state,
        workflow_id=workflow_id,
        prefix=caller.workflow_prefix,
        limit=limit,
        offset=cursor,
    )
    headers = next_page(request, str(cursor + len(found.rows))) if found.more else None
    return respond_list(map(show_inbox_row, found.rows), headers)


@router.get("/counts", dependencies=[READ], response_model=InboxCounts)
def count_approvals(caller: CallerDep, session: SnapshotDep) -> Response:
    """How many approvals wait, and how many of them end within 24 hours."""
    return respond(count_inbox(session, prefix=caller.workflow_prefix)._asdict())


def show_inbox_row(row: InboxRow) -> dict[str, object]:
    return {**show_approval(row.approval), "workflow_id": row.workflow_id, "workflow_name": row.workflow_name}
