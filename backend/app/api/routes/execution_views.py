"""``/executions``: counts by status, and the steps of one execution in few lines, for pages that show many."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from app.access.scopes import requires
from app.api.dependencies import SnapshotDep
from app.api.http.responses import Shown, as_text, as_time, next_page, respond, respond_list
from app.api.router import make_router
from app.api.schemas.common import ExecutionId
from app.api.schemas.errors import errors_of
from app.api.schemas.execution_views import ExecutionCounts, NodesRead, StepLineRead
from app.api.views.execution_query import FilterDep
from app.api.views.steps import LOST_STATUSES
from app.storage import executions
from app.storage.execution_counts import count_executions
from app.storage.statuses import StepStatus
from app.storage.step_lists import ListedStep, NodeLine, StepFilter, fetch_seq, list_node_lines, list_step_lines

router = make_router("/executions", tag="executions")

#: Step lines on one page.
MAX_LINES = 1000


@router.get("/counts", dependencies=[requires("executions:read")], response_model=ExecutionCounts)
def count_by_status(wanted: FilterDep, session: SnapshotDep) -> Response:
    """Executions by status, with the filters of ``GET /executions``; 1001 means that there are more than 1000."""
    return respond(count_executions(session, wanted))


@router.get(
    "/{execution_id}/nodes",
    dependencies=[requires("executions:read")],
    response_model=NodesRead,
    responses=errors_of(404),
)
def list_nodes(execution_id: ExecutionId, session: SnapshotDep) -> Response:
    """One line for each node that has a step, in the order in which the nodes were started."""
    execution = executions.get_execution(session, execution_id, full=False)
    lines = [show_node_line(line) for line in list_node_lines(session, execution.id)]
    return respond({"seq": fetch_seq(session), "status": execution.status, "nodes": lines})


@router.get(
    "/{execution_id}/step-lines",
    dependencies=[requires("executions:read")],
    response_model=list[StepLineRead],
    responses=errors_of(404),
)
def list_lines_of_steps(
    request: Request,
    execution_id: ExecutionId,
    session: SnapshotDep,
    node_id: Annotated[str | None, Query(description="Only the steps of this node.")] = None,
    status: Annotated[StepStatus | None, Query(description="Only those with this status.")] = None,
    visit: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Only those of this visit.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LINES, description="Steps on a page.")] = 200,
    cursor: Annotated[int, Query(ge=0, le=2**31, description="Start of the page, from the Link header.")] = 0,
) -> Response:
    """The steps of an execution without their inputs and outputs, in the order in which they were started."""
    execution = executions.get_execution(session, execution_id, full=False)
    wanted = StepFilter(node_id, status, visit)
    found = list_step_lines(session, execution.id, wanted, limit=limit, offset=cursor)
    headers = next_page(request, str(cursor + len(found.rows))) if found.more else None
    return respond_list(map(show_step_line, found.rows), headers)


def show_node_line(line: NodeLine) -> Shown:
    return {
        "node_id": line.node_id,
        "type": line.type,
        "status": line.status,
        "branch": line.branch,
        "visits": line.visits,
        "counts": line.counts,
        "first_created_at": as_time(line.first_created_at),
        "first_started_at": as_time(line.first_started_at),
        "last_finished_at": as_time(line.last_finished_at),
    }


def show_step_line(step: ListedStep) -> Shown:
    return {
        "id": step.id,
        "node_id": step.node_id,
        "type": step.type,
        "status": step.status,
        "visit": step.visit,
        "attempt": step.attempt,
        "branch": step.branch,
        "kept": step.kept,
        "error": as_text(step.error),
        "created_at": as_time(step.created_at),
        "started_at": as_time(step.started_at),
        "finished_at": as_time(step.finished_at),
        "due_at": as_time(step.due_at),
        "outcome": "unknown" if step.outcome_is_unknown and step.status in LOST_STATUSES else None,
    }
