"""Compiled graphs of all dialects, for a canvas: of a version, of an execution, and of a document that is not saved."""

from __future__ import annotations

from typing import Annotated

from fastapi import HTTPException, Path, Query, Response

from app.access.scopes import requires
from app.access.visibility import require_visible
from app.api.dependencies import CallerDep, ContextDep, RecentPathsDep, SnapshotDep
from app.api.http.bodies import Body
from app.api.http.responses import respond
from app.api.router import make_router
from app.api.schemas.common import WORKFLOW, ExecutionId, WorkflowId, body_of
from app.api.schemas.errors import errors_of
from app.api.schemas.graphs import CompiledRead, GraphRead
from app.api.schemas.workflows import DefinitionBody, WorkflowBody
from app.api.views.graphs import drawing_of, show_compiled, show_graph
from app.api.views.steps import fetch_graph
from app.errors import NotFound
from app.storage import executions, workflows
from app.storage.definition import Definition

router = make_router(tag="workflows")

Saved = Annotated[
    str | None, Query(description="The workflow that the body would replace: it has the kind.", examples=[WORKFLOW])
]
Version = Annotated[int, Path(ge=1, lt=2**31, description="The number of a version.", examples=[3])]


@router.get(
    "/workflows/{workflow_id}/versions/{version}/graph",
    dependencies=[requires("workflows:read")],
    response_model=GraphRead,
    responses=errors_of(404),
)
def get_version_graph(workflow_id: WorkflowId, version: Version, context: ContextDep, session: SnapshotDep) -> Response:
    """The graph of a version, compiled from whatever dialect it is in."""
    workflow = workflows.get_workflow(session, workflow_id)
    document = executions.fetch_document(session, workflow.id, version)
    if document is None:
        raise NotFound(f"The workflow {workflow.name} has no version {version}; its newest is {workflow.version}.")
    found = context.engine_context.workflows.get(workflow.id, version, lambda: Definition(workflow.kind, document))
    return respond(show_graph(found.graph, drawing_of(workflow.kind, document)))


@router.get(
    "/executions/{execution_id}/graph",
    dependencies=[requires("executions:read")],
    response_model=GraphRead,
    responses=errors_of(404),
)
def get_execution_graph(execution_id: ExecutionId, context: ContextDep, session: SnapshotDep) -> Response:
    """The graph that an execution runs: of its version, or of the node whose graph in place it runs."""
    execution = executions.get_execution(session, execution_id, full=False)
    graph = fetch_graph(session, context.engine_context.workflows, execution)
    document = executions.fetch_document(session, execution.workflow_id, execution.version)
    return respond(show_graph(graph, drawing_of(execution.kind, document, execution.inline_path or ())))


@router.post(
    "/workflows/compile",
    dependencies=[requires()],
    response_model=CompiledRead,
    responses=errors_of(404),
    openapi_extra=body_of(WorkflowBody, DefinitionBody),
)
def compile_workflow(
    body: Body,
    context: ContextDep,
    caller: CallerDep,
    session: SnapshotDep,
    recent_paths: RecentPathsDep,
    workflow_id: Saved = None,
) -> Response:
    """Compile a workflow that is not saved: its graph, with the problems that saving it would name."""
    if workflow_id is not None:
        require_visible(session, caller, "Workflow", workflow_id)
    saved = None if workflow_id is None else workflows.get_workflow(session, workflow_id)
    return respond(show_compiled(body, context, recent_paths.get(session), saved))


@router.api_route(
    "/workflows/compile", dependencies=[requires()], methods=["GET", "PUT", "DELETE"], include_in_schema=False
)
def refuse_compile() -> Response:
    """405; without this, ``compile`` would be taken for the id of a workflow."""
    raise HTTPException(405)
