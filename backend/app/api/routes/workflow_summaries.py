"""``/workflows/summaries``: workflows without their documents, for pages that list them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import HTTPException, Query, Request, Response

from app.access.scopes import requires
from app.api.dependencies import CallerDep, SnapshotDep
from app.api.http.responses import PageDep, as_time, respond_page
from app.api.router import make_router
from app.api.schemas.common import SearchText
from app.api.schemas.workflow_summaries import WorkflowSummaryRead
from app.storage.workflow_summaries import Recent, SummaryFilter, WorkflowSummary, fetch_recent, list_workflow_summaries

router = make_router("/workflows", tag="workflows")


@router.get("/summaries", dependencies=[requires("workflows:read")], response_model=list[WorkflowSummaryRead])
def list_summaries(
    request: Request,
    page: PageDep,
    caller: CallerDep,
    session: SnapshotDep,
    q: Annotated[SearchText | None, Query(description="A part of the name.")] = None,
    kind: Annotated[SearchText | None, Query(description="graph, tasks, dag or steps.")] = None,
    is_active: Annotated[bool | None, Query(description="Only those that are active, or are not.")] = None,
    failing: Annotated[
        bool, Query(description="Only those of which an execution of the last 24 hours failed.")
    ] = False,
) -> Response:
    """All workflows that are not deleted, newest first, with what became of their newest executions."""
    wanted = SummaryFilter(q, kind, is_active, failing, caller.workflow_prefix)
    found = list_workflow_summaries(session, page, wanted)
    recent = fetch_recent(session, [row.id for row in found.rows])
    return respond_page(request, found, lambda row: show_summary(row, recent[row.id]))


@router.api_route("/summaries", dependencies=[requires()], methods=["PUT", "DELETE"], include_in_schema=False)
def refuse_summaries() -> Response:
    """405; without this, ``summaries`` would be taken for the id of a workflow."""
    raise HTTPException(405)


def show_summary(row: WorkflowSummary, recent: Recent) -> dict[str, Any]:
    last = recent.last
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "kind": row.kind,
        "trigger": row.trigger,
        "schedule": (row.flow or {}).get("schedule"),
        "is_active": row.is_active,
        "version": row.version,
        "next_at": as_time(row.next_at),
        "updated_at": as_time(row.updated_at),
        "last_execution": last and {"id": last.id, "status": last.status, "created_at": as_time(last.created_at)},
        "last_24h": recent.counts,
    }
