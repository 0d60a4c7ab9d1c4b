"""``/workflows/{id}/revisions`` and ``/coverage``: what a workflow was, save by save, and what was taken of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from app.access.scopes import requires
from app.api.dependencies import ContextDep, SnapshotDep
from app.api.http.responses import as_time, next_page, respond_list, respond_object
from app.api.router import make_router
from app.api.schemas.common import Moment, WorkflowId
from app.api.schemas.errors import errors_of
from app.api.schemas.revisions import CoverageRead, RevisionRead
from app.errors import NotFound
from app.storage import coverage, revisions, workflows
from app.storage.definition import Definition
from app.storage.outcomes import list_recent_events
from app.storage.revisions import Revision
from app.why.coverage import cover_graph, cover_trigger

router = make_router("/workflows", tag="why")

#: Events on which the clauses of a trigger are tried for its coverage.
MOST_EVENTS = 1000
Since = Annotated[Moment | None, Query(description="Only what came since then.", examples=["2026-01-31T00:00:00Z"])]

Limit = Annotated[int, Query(ge=1, le=1000, description="Items on a page.")]
Before = Annotated[
    int | None, Query(ge=1, le=2**63 - 1, description="Start of the page, from the Link header of the last one.")
]


@router.get(
    "/{workflow_id}/revisions",
    dependencies=[requires("workflows:read")],
    response_model=list[RevisionRead],
    responses=errors_of(404),
)
def list_revisions(
    workflow_id: WorkflowId, request: Request, session: SnapshotDep, limit: Limit = 50, cursor: Before = None
) -> Response:
    """Every save, (de)activation and deletion of a workflow, newest first; also after it was deleted."""
    found = revisions.list_revisions(session, workflow_id, limit=limit + 1, before=cursor)
    if not found and revisions.fetch_first_revision(session, workflow_id) is None:
        raise NotFound.of("Workflow", workflow_id)
    link = next_page(request, str(found[limit - 1].revision)) if len(found) > limit else None
    return respond_list([show_revision(row) for row in found[:limit]], link)


@router.get(
    "/{workflow_id}/coverage",
    dependencies=[requires("workflows:read")],
    response_model=CoverageRead,
    responses=errors_of(404),
)
def get_coverage(workflow_id: WorkflowId, context: ContextDep, session: SnapshotDep, since: Since = None) -> Response:
    """
    The nodes, edges and cases that executions of the newest version have taken, and the clauses that were true.

    Of the newest 10,000 executions; the clauses of the trigger on the newest 1,000 events of up to 4 kB.
    """
    workflow = workflows.get_workflow(session, workflow_id)
    document = Definition(workflow.kind, workflow.document)
    graph = context.engine_context.workflows.get(workflow.id, workflow.version, lambda: document).graph
    found = cover_graph(graph, coverage.count_nodes(session, workflow.id, workflow.version, since))
    recent = list_recent_events(session, since, limit=MOST_EVENTS)
    return respond_object(
        {
            "version": workflow.version,
            "executions": coverage.count_executions(session, workflow.id, workflow.version, since),
            "nodes": found.nodes,
            "edges": found.edges,
            "cases": found.cases,
            "clauses": cover_trigger(workflow.trigger, [(event.payload, event.variables) for event in recent]),
        }
    )


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
