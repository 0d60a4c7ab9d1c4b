"""``/workflows/{id}/revisions``: what a workflow's trigger was, save by save."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from app.api.dependencies import SnapshotDep
from app.api.http.responses import as_time, next_page, respond_list
from app.api.http.strict_route import make_router
from app.api.schemas.common import WorkflowId
from app.api.schemas.errors import errors_of
from app.api.schemas.revisions import RevisionRead
from app.errors import NotFound
from app.storage import revisions
from app.storage.revisions import Revision

router = make_router("/workflows", tag="why")

Limit = Annotated[int, Query(ge=1, le=1000, description="Items on a page.")]
Before = Annotated[
    int | None, Query(ge=1, le=2**63 - 1, description="Start of the page, from the Link header of the last one.")
]


@router.get("/{workflow_id}/revisions", response_model=list[RevisionRead], responses=errors_of(404))
def list_revisions(
    workflow_id: WorkflowId, request: Request, session: SnapshotDep, limit: Limit = 50, cursor: Before = None
) -> Response:
    """Every save, (de)activation and deletion of a workflow, newest first; also after it was deleted."""
    found = revisions.list_revisions(session, workflow_id, limit=limit + 1, before=cursor)
    if not found and revisions.fetch_first_revision(session, workflow_id) is None:
        raise NotFound.of("Workflow", workflow_id)
    link = next_page(request, str(found[limit - 1].revision)) if len(found) > limit else None
    return respond_list([show_revision(row) for row in found[:limit]], link)


def show_revision(row: Revision) -> dict[str, Any]:
    return {
        "revision": row.revision,
        "name": row.name,
        "version": row.version,
        "trigger": row.trigger,
        "flow": row.flow,
        "is_active": row.is_active,
        "deleted": row.is_deleted,
        "at": as_time(row.saved_at),
        "by": row.saved_by,
    }
