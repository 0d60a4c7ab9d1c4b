"""``/api``: steps of tasks, which run as soon as they are posted."""

from __future__ import annotations

from fastapi import Request, Response

from app.access.scopes import requires
from app.api.dependencies import CallerDep, SnapshotDep
from app.api.http.responses import FullPageDep, respond_object, respond_shown_page
from app.api.router import make_router
from app.api.schemas.common import ExecutionId
from app.api.schemas.errors import errors_of
from app.api.schemas.steps import StepsBody, StepsRead
from app.api.views.steps_status import build_steps_view
from app.api.views.workflow_bodies import unknown_keys
from app.engine.definitions.names import KnownNames
from app.engine.definitions.validation import validate
from app.engine.registry import Registry
from app.errors import NotFound
from app.storage import executions
from app.storage.execution_filters import Filter
from app.storage.workflow_draft import WorkflowDraft

router = make_router("/api", tag="steps")

KIND = "steps"
#: The lane of all executions of ``/api``: MAX_CONCURRENT_WORKFLOWS run at a time, the rest are queued.
LANE = "steps"


@router.get(
    "/workflow/{workflow_id}",
    dependencies=[requires("executions:read")],
    response_model=StepsRead,
    responses=errors_of(404),
)
def get_submitted_workflow(workflow_id: ExecutionId, session: SnapshotDep) -> Response:
    """The status of an execution, step by step and task by task."""
    row = executions.get_execution(session, workflow_id, full=False)
    if row.kind != KIND:
        raise NotFound(f"Execution {row.id} does not run steps; GET /executions/{row.id} shows it.")
    (shown,) = build_steps_view(session, [row])
    return respond_object(shown)


@router.get("/workflows", dependencies=[requires("executions:read")], response_model=list[StepsRead])
def list_submitted_workflows(request: Request, page: FullPageDep, caller: CallerDep, session: SnapshotDep) -> Response:
    """All executions that were posted to ``/api/workflow``, newest first."""
    found = executions.list_executions(session, Filter(lane=LANE, workflow_prefix=caller.workflow_prefix), page)
    shown = build_steps_view(session, found.rows, full=page.full)
    return respond_shown_page(request, shown, more=found.more)


def workflow_from_steps(given: StepsBody, registry: Registry, *, max_nodes: int, known: KnownNames) -> WorkflowDraft:
    """The workflow that a body describes. Raises InvalidDefinition with everything that is wrong with its steps."""
    document = {"steps": given.steps}
    built = validate(document, registry, kind=KIND, max_nodes=max_nodes, known=known)
    warnings = [*built.warnings, *unknown_keys(given)]
    return WorkflowDraft(
        kind=KIND, name=given.name, document=document, warnings=[problem.as_dict() for problem in warnings]
    )
