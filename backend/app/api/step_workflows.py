"""``/api``: steps of tasks, accepted and run at once, in the shapes of their own door."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.api.answers import PageDep, answer_list, answer_object, next_page
from app.api.bodies import Body, object_of, parse_exactly, text_of
from app.api.dependencies import PartsDep, SessionDep
from app.api.drafts import validated
from app.api.shapes import StepsBody, StepsShape, SubmittedShape, Word, body_of
from app.api.told_steps import told
from app.engine.definitions import check
from app.engine.registry import Registry
from app.errors import NotFound
from app.graph.dialects.steps import urgency
from app.storage import executions, workflows
from app.storage.documents import JsonText
from app.storage.executions import Filter
from app.storage.lanes import Lane
from app.storage.workflows import Draft

router = APIRouter(prefix="/api", tags=["steps"])

KIND = "steps"
#: The lane of all executions of this door: so many at a time, the rest wait.
LANE = "steps"
#: These executions are given nothing but their params.
NOTHING = JsonText("{}")


@router.post("/workflow", status_code=202, response_model=SubmittedShape, openapi_extra=body_of(StepsBody))
def submit_workflow(body: Body, parts: PartsDep, session: SessionDep) -> Response:
    """Run these steps; they are kept as a workflow of this name, the same steps as the same version."""
    draft = draft_of_steps(body, parts.registry, max_nodes=parts.settings.max_nodes)
    with session.begin():
        workflow = workflows.submit(session, draft)
        lane = Lane(LANE, parts.settings.max_concurrent_workflows)
        grace, priority = parts.settings.wake_up_grace, urgency(draft.document)
        id = executions.create(session, workflow, NOTHING, grace=grace, lane=lane, priority=priority)
        queued = executions.get(session, id).queued
    if not queued:
        parts.wake_executions([id])
    message = f"Workflow {draft.name} is accepted; GET /api/workflow/{id} tells how far it is."
    return answer_object({"workflow_id": id, "status": Word.PENDING, "message": message}, 202)


@router.get("/workflow/{workflow_id}", response_model=StepsShape)
def get_submitted_workflow(workflow_id: str, session: SessionDep) -> Response:
    """How far an execution is, step by step and task by task."""
    row = executions.get(session, workflow_id)
    if row.kind != KIND:
        raise NotFound(f"Execution {row.id} does not run steps; GET /executions/{row.id} shows it.")
    (shown,) = told(session, [row])
    return answer_object(shown)


@router.get("/workflows", response_model=list[StepsShape])
def list_submitted_workflows(request: Request, page: PageDep, session: SessionDep) -> Response:
    """All executions that this door has accepted, newest first."""
    rows = executions.page(session, Filter(lane=LANE), page)
    shown = told(session, rows[: page.limit])
    more = len(rows) > page.limit
    return answer_list(shown, next_page(request, str(shown[-1]["id"])) if more else None)


def draft_of_steps(body: bytes, registry: Registry, *, max_nodes: int) -> Draft:
    """The workflow that a body describes. Raises InvalidDefinition with all that is wrong with its steps."""
    fields = validated(StepsBody, object_of(parse_exactly(text_of(body)), "A workflow"))
    document = {"steps": fields.steps}
    built = check(document, registry, kind=KIND, max_nodes=max_nodes)
    return Draft(
        kind=KIND, name=fields.name, document=document, warnings=[problem.as_dict() for problem in built.warnings]
    )
