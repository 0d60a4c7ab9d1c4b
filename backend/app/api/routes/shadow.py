"""``/workflows/{id}/shadow``: how recorded executions would have gone under another version."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Response

from app.access.scopes import requires
from app.api.dependencies import AppContext, ContextDep, SnapshotDep
from app.api.http.bodies import parsed
from app.api.http.responses import respond
from app.api.router import make_router
from app.api.schemas.common import WorkflowId, body_of
from app.api.schemas.errors import errors_of
from app.api.schemas.shadow import ShadowBody, ShadowRead
from app.engine.definitions.compiled import CompiledWorkflow
from app.engine.definitions.validation import validate
from app.errors import InvalidInput, NotFound
from app.storage import forks, workflows
from app.storage.database import Cursor
from app.storage.definition import Definition
from app.storage.models.workflows import Workflow
from app.storage.orm import cursor_of
from app.storage.recordings import RecordingFilter
from app.storage.walk.lock import fetch_definition
from app.why.shadow import Shadow, shadow_workflow

router = make_router("/workflows", tag="workflows")

ShadowDep = Annotated[ShadowBody, Depends(parsed(ShadowBody))]


@router.post(
    "/{workflow_id}/shadow",
    dependencies=[requires("executions:read")],
    response_model=ShadowRead,
    responses=errors_of(404),
    openapi_extra=body_of(ShadowBody),
)
def shadow_executions(workflow_id: WorkflowId, body: ShadowDep, context: ContextDep, session: SnapshotDep) -> Response:
    """Walk ended executions under another definition, without any effect; what would have gone another way."""
    workflow, cursor = workflows.get_workflow(session, workflow_id), cursor_of(session)
    version = workflow.version if body.version is None else body.version
    wanted = body.executions
    found = shadow_workflow(
        cursor,
        context.engine_context,
        (workflow.id, version),
        definition_of(cursor, context, workflow, body, version),
        RecordingFilter(wanted.status, wanted.version, wanted.since, wanted.until),
        body.limit,
    )
    return respond(show_shadow(found))


def definition_of(
    cursor: Cursor, context: AppContext, workflow: Workflow, body: ShadowBody, version: int
) -> CompiledWorkflow:
    """The definition that is tried. Raises InvalidInput, InvalidDefinition, NotFound."""
    if (body.version is None) == (body.graph is None):
        raise InvalidInput("Give either `version`, a saved version, or `graph`, one that is not saved.")
    if body.graph is not None:
        if workflow.kind != "graph":
            raise InvalidInput(
                f"Workflow {workflow.id} is of kind {workflow.kind}, which takes no `graph`; save a version, and name"
                " it as `version`."
            )
        validate(body.graph, context.registry, pointer="/graph", max_nodes=context.settings.max_nodes)
        return context.engine_context.workflows.compile(workflow.kind, body.graph)
    if not forks.has_version(cursor, workflow.id, version):
        raise NotFound(f"Version {version} of workflow {workflow.id} does not exist.")

    def load() -> Definition:
        return fetch_definition(cursor, workflow.id, version)

    return context.engine_context.workflows.get(workflow.id, version, load)


def show_shadow(found: Shadow) -> dict[str, Any]:
    differ = [
        {
            "execution_id": each.execution_id,
            "first_difference": each.node_id,
            "was": each.was,
            "would_be": each.would_be,
        }
        for each in found.differ
    ]
    return {
        "executions": found.executions,
        "same": found.same,
        "differ": differ,
        "unrecorded": [{"node_id": node, "executions": count} for node, count in found.unrecorded.most_common()],
        "complete": found.is_complete,
    }
