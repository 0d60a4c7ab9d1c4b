"""``/api``: steps of tasks, accepted and run at once, in the shapes of their own door."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.api.dependencies import ContextDep, SessionDep
from app.api.http.bodies import Body, object_of, parse_exactly, text_of
from app.api.http.responses import PageDep, next_page, respond_list, respond_object
from app.api.schemas.common import body_of
from app.api.schemas.steps import StepsBody, StepsRead, StepsStatus, SubmittedRead
from app.api.views.steps_status import build_steps_view
from app.api.views.workflow_bodies import parse_as
from app.engine.commands.start import start_in_lane
from app.engine.definitions.validation import validate
from app.engine.registry import Registry
from app.errors import NotFound
from app.graph.dialects.steps.compile import priority_number
from app.storage import executions, workflows
from app.storage.executions import Filter
from app.storage.flow_control.lanes import Lane
from app.storage.workflows import WorkflowDraft

router = APIRouter(prefix="/api", tags=["steps"])

KIND = "steps"
#: The lane of all executions of this door: so many at a time, the rest wait.
LANE = "steps"


@router.post("/workflow", status_code=202, response_model=SubmittedRead, openapi_extra=body_of(StepsBody))
def submit_workflow(body: Body, parts: ContextDep, session: SessionDep) -> Response:
    """Run these steps; they are kept as a workflow of this name, the same steps as the same version."""
    draft = draft_of_steps(body, parts.registry, max_nodes=parts.settings.max_nodes)
    with session.begin():
        workflow = workflows.submit_workflow(session, draft)
        lane = Lane(LANE, parts.settings.max_concurrent_workflows)
        priority = priority_number(draft.document)
        started = start_in_lane(parts.engine_context, session, workflow, lane, priority=priority)
    parts.dispatch(started.aftermath)
    message = f"Workflow {draft.name} is accepted; GET /api/workflow/{started.id} shows its progress."
    return respond_object({"workflow_id": started.id, "status": StepsStatus.PENDING, "message": message}, 202)


@router.get("/workflow/{workflow_id}", response_model=StepsRead)
def get_submitted_workflow(workflow_id: str, session: SessionDep) -> Response:
    """How far an execution is, step by step and task by task."""
    row = executions.get_execution(session, workflow_id)
    if row.kind != KIND:
        raise NotFound(f"Execution {row.id} does not run steps; GET /executions/{row.id} shows it.")
    (shown,) = build_steps_view(session, [row])
    return respond_object(shown)


@router.get("/workflows", response_model=list[StepsRead])
def list_submitted_workflows(request: Request, page: PageDep, session: SessionDep) -> Response:
    """All executions that this door has accepted, newest first."""
    rows = executions.list_executions(session, Filter(lane=LANE), page)
    shown = build_steps_view(session, rows[: page.limit])
    more = len(rows) > page.limit
    return respond_list(shown, next_page(request, str(shown[-1]["id"])) if more else None)


def draft_of_steps(body: bytes, registry: Registry, *, max_nodes: int) -> WorkflowDraft:
    """The workflow that a body describes. Raises InvalidDefinition with all that is wrong with its steps."""
    fields = parse_as(StepsBody, object_of(parse_exactly(text_of(body)), "A workflow"))
    document = {"steps": fields.steps}
    built = validate(document, registry, kind=KIND, max_nodes=max_nodes)
    return WorkflowDraft(
        kind=KIND, name=fields.name, document=document, warnings=[problem.as_dict() for problem in built.warnings]
    )
