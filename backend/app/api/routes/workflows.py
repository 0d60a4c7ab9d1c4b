"""``/workflows``: saved definitions with their triggers."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import Header, HTTPException, Request, Response
from sqlalchemy.orm import Session

from app.access.caller import Caller
from app.access.scopes import requires
from app.access.visibility import require_own_name
from app.api.dependencies import AppContext, CallerDep, ContextDep, RecentPathsDep, SessionDep, SnapshotDep
from app.api.http.bodies import Body
from app.api.http.responses import PageDep, as_time, respond, respond_object, respond_page
from app.api.router import make_router
from app.api.schemas.common import WorkflowId, body_of
from app.api.schemas.errors import errors_of
from app.api.schemas.workflows import DefinitionBody, Deleted, Validation, WorkflowBody, WorkflowRead
from app.api.views.child_targets import require_visible_targets
from app.api.views.workflow_bodies import parse_workflow, with_path_warnings
from app.engine.definitions.names import KnownNames
from app.engine.definitions.validation import trigger_problems
from app.errors import InvalidDefinition
from app.flow_control.spec import KEYS
from app.graph.compile import show_document
from app.storage import revisions, workflows
from app.storage.access.audit import record_deed
from app.storage.models.workflows import Workflow
from app.storage.orm import cursor_of
from app.storage.secrets import list_names
from app.storage.workflow_draft import WorkflowDraft

router = make_router("/workflows", tag="workflows")

IfMatch = Annotated[str | None, Header(description="The ETag of the workflow that you read; 412 if it has changed.")]


@router.post(
    "",
    dependencies=[requires("workflows:write")],
    status_code=201,
    response_model=WorkflowRead,
    responses=errors_of(409),
    openapi_extra=body_of(WorkflowBody, DefinitionBody),
)
def create_workflow(
    body: Body, context: ContextDep, caller: CallerDep, session: SessionDep, recent_paths: RecentPathsDep
) -> Response:
    """Save a new workflow."""
    # Names are looked up on a connection that is given back before the session takes one.
    draft = parse(body, context, context.known_names)
    with session.begin():
        require_may_save(session, context, caller, draft)
        draft = with_path_warnings(draft, recent_paths.get(session))
        workflow = workflows.create_workflow(session, draft)
        record_save(session, caller, workflow)
    return respond_workflow(workflow, 201)


@router.post(
    "/validate",
    dependencies=[requires()],
    response_model=Validation,
    openapi_extra=body_of(WorkflowBody, DefinitionBody),
)
def validate_workflow(body: Body, context: ContextDep, session: SnapshotDep, recent_paths: RecentPathsDep) -> Response:
    """Check a workflow as saving it would, without saving it."""
    try:
        draft = parse(body, context, KnownNames(partial(list_names, session)))
    except InvalidDefinition as error:
        return respond({"valid": False, "errors": [problem.as_dict() for problem in error.problems], "warnings": []})
    draft = with_path_warnings(draft, recent_paths.get(session))
    return respond({"valid": True, "errors": [], "warnings": draft.warnings})


@router.api_route("/validate", dependencies=[requires()], methods=["GET", "PUT", "DELETE"], include_in_schema=False)
def refuse_validate() -> Response:
    """405; without this, ``validate`` would be taken for the id of a workflow."""
    raise HTTPException(405)


@router.get("", dependencies=[requires("workflows:read")], response_model=list[WorkflowRead])
def list_workflows(request: Request, page: PageDep, caller: CallerDep, session: SnapshotDep) -> Response:
    """All workflows that are not deleted, newest first."""
    return respond_page(request, workflows.list_workflows(session, page, prefix=caller.workflow_prefix), show_workflow)


@router.get(
    "/{workflow_id}", dependencies=[requires("workflows:read")], response_model=WorkflowRead, responses=errors_of(404)
)
def get_workflow(workflow_id: WorkflowId, session: SnapshotDep) -> Response:
    """One workflow, with the ``ETag`` for ``If-Match``."""
    return respond_workflow(workflows.get_workflow(session, workflow_id))


@router.put(
    "/{workflow_id}",
    dependencies=[requires("workflows:write")],
    response_model=WorkflowRead,
    responses=errors_of(404, 409, 412),
    openapi_extra=body_of(WorkflowBody, DefinitionBody),
)
def replace_workflow(
    workflow_id: WorkflowId,
    body: Body,
    context: ContextDep,
    caller: CallerDep,
    session: SessionDep,
    recent_paths: RecentPathsDep,
    if_match: IfMatch = None,
) -> Response:
    """Replace a workflow; a body without a graph keeps the graph."""
    with session.begin():
        workflow = workflows.get_locked(session, workflow_id)
        draft = parse(body, context, KnownNames(partial(list_names, session)), saved=workflow)
        require_may_save(session, context, caller, draft)
        draft = with_path_warnings(draft, recent_paths.get(session))
        # A precondition counts only for a request that would succeed without it (RFC 9110, 13.2.1).
        workflow = workflows.get_locked(session, workflow_id, if_match=if_match)
        workflow = workflows.replace_workflow(session, workflow, draft)
        record_save(session, caller, workflow)
    return respond_workflow(workflow)


@router.delete(
    "/{workflow_id}", dependencies=[requires("workflows:write")], response_model=Deleted, responses=errors_of(404, 412)
)
def delete_workflow(
    workflow_id: WorkflowId, caller: CallerDep, session: SessionDep, if_match: IfMatch = None
) -> Response:
    """Delete a workflow; its executions stay readable."""
    with session.begin():
        workflow = workflows.get_locked(session, workflow_id, if_match=if_match)
        workflows.delete_workflow(session, workflow)
        session.flush()
        record_deed(cursor_of(session), caller, "delete", "workflow", workflow.id, {"name": workflow.name})
        note_author(session, caller, workflow)
    return respond({"status": "deleted"})


def parse(body: bytes, context: AppContext, known: KnownNames, saved: Workflow | None = None) -> WorkflowDraft:
    """The draft in a body. Raises InvalidDefinition with everything that is wrong with it."""
    max_nodes = context.settings.max_nodes
    return parse_workflow(body, context.registry, max_nodes=max_nodes, known=known, saved=saved)


def require_may_save(session: Session, context: AppContext, caller: Caller, draft: WorkflowDraft) -> None:
    """Raise Forbidden if the caller is bound to other workflows than the draft, or than those that it starts."""
    require_own_name(caller, draft.name)
    require_visible_targets(cursor_of(session), caller, context.engine_context.workflows, draft.kind, draft.document)


def record_save(session: Session, caller: Caller, workflow: Workflow) -> None:
    """Record a save in the audit, and who made it in the workflow's history."""
    detail = {"name": workflow.name, "version": workflow.version, "is_active": workflow.is_active}
    record_deed(cursor_of(session), caller, "save", "workflow", workflow.id, detail)
    note_author(session, caller, workflow)


def note_author(session: Session, caller: Caller, workflow: Workflow) -> None:
    if caller.is_known:
        session.refresh(workflow, ["catalog_revision"])
        revisions.note_author(session, workflow.id, workflow.catalog_revision, caller.name)


def respond_workflow(workflow: Workflow, status: int = 200) -> Response:
    return respond_object(show_workflow(workflow), status, {"ETag": workflows.etag(workflow)})


def show_workflow(workflow: Workflow) -> dict[str, Any]:
    return {
        "id": workflow.id,
        "name": workflow.name,
        "description": workflow.description,
        "kind": workflow.kind,
        "trigger": workflow.trigger,
        "is_active": workflow.is_active,
        **{key: (workflow.flow or {}).get(key) for key in KEYS},
        "version": workflow.version,
        **show_document(workflow.kind, workflow.document),
        # A trigger that compiled when it was saved may have lost an operator of the deployment since.
        "warnings": [*workflow.warnings, *(problem.as_dict() for problem in trigger_problems(workflow.trigger))],
        "next_at": as_time(workflow.next_at),
        "created_at": as_time(workflow.created_at),
        "updated_at": as_time(workflow.updated_at),
    }
