"""``/workflows/{id}/versions``: what a workflow was, version by version, and making one of them current again."""

from __future__ import annotations

import json
from functools import partial
from itertools import pairwise
from typing import Annotated, Any

from fastapi import Query, Request, Response

from app.access.scopes import requires
from app.api.dependencies import CallerDep, ContextDep, RecentPathsDep, SessionDep, SnapshotDep
from app.api.http.responses import as_time, next_page, respond_list, respond_object
from app.api.router import make_router
from app.api.routes.graphs import Version as VersionNumber
from app.api.routes.workflows import IfMatch, record_save, require_may_save, respond_workflow
from app.api.schemas.common import WorkflowId
from app.api.schemas.errors import errors_of
from app.api.schemas.versions import VersionLineRead, VersionRead
from app.api.schemas.workflows import WorkflowRead
from app.api.views.graphs import drawing_of
from app.api.views.workflow_bodies import draft_with_document, with_path_warnings
from app.engine.definitions.names import KnownNames
from app.errors import NotFound
from app.graph.changes import count_changes
from app.storage import executions, versions, workflows
from app.storage.models.workflows import Workflow
from app.storage.secrets import list_names
from app.storage.versions import Version

router = make_router("/workflows", tag="workflows")

Limit = Annotated[int, Query(ge=1, le=100, description="Versions on a page.")]
Before = Annotated[int, Query(ge=1, lt=2**31, description="Start of the page, from the Link header of the last one.")]


@router.get(
    "/{workflow_id}/versions",
    dependencies=[requires("workflows:read")],
    response_model=list[VersionLineRead],
    responses=errors_of(404),
)
def list_versions(
    workflow_id: WorkflowId, request: Request, session: SnapshotDep, limit: Limit = 20, cursor: Before = 2**31 - 1
) -> Response:
    """The versions of a workflow, newest first, each with what differs from the one before it."""
    workflow = workflows.get_workflow(session, workflow_id)
    found = versions.list_versions(session, workflow.id, limit=limit + 1, before=cursor)
    # The one after the page is what the last one of the page is compared with.
    pairs: list[tuple[Version, Version | None]] = [*pairwise(found)]
    if len(found) <= limit:
        pairs += [(row, None) for row in found[-1:]]
    link = next_page(request, str(found[limit - 1].version)) if len(found) > limit else None
    return respond_list([show_line(workflow, row, before) for row, before in pairs], link)


@router.get(
    "/{workflow_id}/versions/{version}",
    dependencies=[requires("workflows:read")],
    response_model=VersionRead,
    responses=errors_of(404),
)
def get_version(workflow_id: WorkflowId, version: VersionNumber, session: SnapshotDep) -> Response:
    """One version of a workflow, with its definition as text."""
    workflow = workflows.get_workflow(session, workflow_id)
    found = require_version(session, workflow, version)
    written = found.document.get("definition_yaml") if workflow.kind == "tasks" else None
    return respond_object(
        {
            **show_version(workflow, found),
            "trigger": found.trigger,
            "flow": found.flow,
            "text": written or json.dumps(found.document, indent=2, ensure_ascii=False),
            "language": "yaml" if written else "json",
        }
    )


@router.post(
    "/{workflow_id}/versions/{version}/restore",
    dependencies=[requires("workflows:write")],
    response_model=WorkflowRead,
    responses=errors_of(404, 409, 412),
)
def restore_version(
    workflow_id: WorkflowId,
    version: VersionNumber,
    context: ContextDep,
    caller: CallerDep,
    session: SessionDep,
    recent_paths: RecentPathsDep,
    if_match: IfMatch = None,
) -> Response:
    """
    Save the definition of an earlier version again, as a new version.

    Name, trigger and settings stay as they are. One that runs what the newest version runs is no new version.
    """
    max_nodes, known = context.settings.max_nodes, KnownNames(partial(list_names, session))
    with session.begin():
        workflow = workflows.get_locked(session, workflow_id)
        require_version(session, workflow, version)
        document = executions.fetch_document(session, workflow.id, version)
        draft = draft_with_document(workflow, document, context.registry, max_nodes=max_nodes, known=known)
        require_may_save(session, context, caller, draft)
        draft = with_path_warnings(draft, recent_paths.get(session))
        workflow = workflows.get_locked(session, workflow_id, if_match=if_match)
        workflow = workflows.replace_workflow(session, workflow, draft)
        record_save(session, caller, workflow)
    return respond_workflow(workflow)


def require_version(session: SessionDep, workflow: Workflow, number: int) -> Version:
    """The version of this number. Raises NotFound."""
    found = versions.list_versions(session, workflow.id, limit=1, before=min(number + 1, 2**31 - 1))
    if not found or found[0].version != number:
        raise NotFound(f"The workflow {workflow.name} has no version {number}; its newest is {workflow.version}.")
    return found[0]


def show_version(workflow: Workflow, row: Version) -> dict[str, Any]:
    return {
        "version": row.version,
        "at": as_time(row.created_at),
        "by": row.saved_by,
        "is_current": row.version == workflow.version,
    }


def show_line(workflow: Workflow, row: Version, before: Version | None) -> dict[str, Any]:
    """A version in the list, with what differs from the one before it."""
    return {**show_version(workflow, row), "changes": before and show_changes(workflow.kind, before, row)}


def show_changes(kind: str, before: Version, after: Version) -> dict[str, Any]:
    """The differences between two versions; triggers are compared where both are recorded."""
    are_recorded = before.is_recorded and after.is_recorded
    return {
        **vars(count_changes(drawing_of(kind, before.document), drawing_of(kind, after.document))),
        "trigger": are_recorded and before.trigger != after.trigger,
        "settings": are_recorded and before.flow != after.flow,
    }
