"""``/workflows``: saved definitions with their triggers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from app.api.answers import PageDep, answer, answer_object, answer_page, as_time
from app.api.bodies import Body
from app.api.dependencies import PartsDep, SessionDep
from app.api.drafts import read_draft
from app.api.shapes import DefinitionBody, Deleted, Validation, WorkflowBody, WorkflowShape, body_of
from app.errors import InvalidDefinition
from app.graph.compile import show_document
from app.storage import workflows
from app.storage.models import Workflow
from app.triggers.flow import KEYS

router = APIRouter(prefix="/workflows", tags=["workflows"])

IfMatch = Annotated[str | None, Header(description="The ETag of the workflow as you know it; 412 if it has changed.")]


@router.post("", status_code=201, response_model=WorkflowShape, openapi_extra=body_of(WorkflowBody, DefinitionBody))
def create_workflow(body: Body, parts: PartsDep, session: SessionDep) -> Response:
    """Save a new workflow."""
    draft = read_draft(body, parts.registry, max_nodes=parts.settings.max_nodes)
    with session.begin():
        workflow = workflows.create(session, draft)
    return shown(workflow, 201)


@router.post("/validate", response_model=Validation, openapi_extra=body_of(WorkflowBody, DefinitionBody))
def validate_workflow(body: Body, parts: PartsDep) -> Response:
    """Say what saving this workflow would say, without saving it."""
    try:
        draft = read_draft(body, parts.registry, max_nodes=parts.settings.max_nodes)
    except InvalidDefinition as error:
        return answer({"valid": False, "errors": [problem.as_dict() for problem in error.problems], "warnings": []})
    return answer({"valid": True, "errors": [], "warnings": draft.warnings})


@router.get("", response_model=list[WorkflowShape])
def list_workflows(request: Request, page: PageDep, session: SessionDep) -> Response:
    """All workflows that are not deleted, newest first."""
    return answer_page(request, page, workflows.page(session, page), show)


@router.get("/{workflow_id}", response_model=WorkflowShape)
def get_workflow(workflow_id: str, session: SessionDep) -> Response:
    """One workflow, with the ``ETag`` to save it by."""
    return shown(workflows.get(session, workflow_id))


@router.put("/{workflow_id}", response_model=WorkflowShape, openapi_extra=body_of(WorkflowBody, DefinitionBody))
def replace_workflow(
    workflow_id: str, body: Body, parts: PartsDep, session: SessionDep, if_match: IfMatch = None
) -> Response:
    """Save over a workflow; a body without a graph keeps the graph."""
    with session.begin():
        workflow = workflows.get_locked(session, workflow_id, if_match=if_match)
        draft = read_draft(body, parts.registry, max_nodes=parts.settings.max_nodes, saved=workflow)
        workflow = workflows.replace(session, workflow, draft)
    return shown(workflow)


@router.delete("/{workflow_id}", response_model=Deleted)
def delete_workflow(workflow_id: str, session: SessionDep, if_match: IfMatch = None) -> Response:
    """Delete a workflow; its executions stay readable."""
    with session.begin():
        workflows.delete(session, workflows.get_locked(session, workflow_id, if_match=if_match))
    return answer({"status": "deleted"})


def shown(workflow: Workflow, status: int = 200) -> Response:
    return answer_object(show(workflow), status, {"ETag": workflows.etag(workflow)})


def show(workflow: Workflow) -> dict[str, Any]:
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
        "warnings": workflow.warnings,
        "next_at": as_time(workflow.next_at),
        "created_at": as_time(workflow.created_at),
        "updated_at": as_time(workflow.updated_at),
    }
