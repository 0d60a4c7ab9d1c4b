"""``/workflows/{id}/grid``: what became of each node in the newest executions."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from app.access.scopes import requires
from app.api.dependencies import ContextDep, SnapshotDep
from app.api.http.responses import as_time, respond
from app.api.router import make_router
from app.api.schemas.common import WorkflowId
from app.api.schemas.errors import errors_of
from app.api.schemas.grid import GridRead
from app.api.views.graphs import drawing_of, nodes_in, title_of
from app.graph.run_order import run_order
from app.storage import workflows
from app.storage.definition import Definition
from app.storage.grid import list_cells, list_grid_executions
from app.storage.orm import cursor_of

router = make_router("/workflows", tag="workflows")

#: Rows of the grid.
MOST_NODES = 500
Limit = Annotated[int, Query(ge=1, le=50, description="Executions, the newest first.")]


@router.get(
    "/{workflow_id}/grid",
    dependencies=[requires("executions:read")],
    response_model=GridRead,
    responses=errors_of(404),
)
def get_grid(workflow_id: WorkflowId, context: ContextDep, session: SnapshotDep, limit: Limit = 25) -> Response:
    """The nodes of the newest version × the newest executions, each with the status of its newest step."""
    workflow = workflows.get_workflow(session, workflow_id)
    document = (workflow.kind, workflow.document)
    graph = context.engine_context.workflows.get(workflow.id, workflow.version, lambda: Definition(*document)).graph
    drawn, ids = nodes_in(drawing_of(*document)), run_order(graph)[:MOST_NODES]
    cursor = cursor_of(session)
    found = list_grid_executions(cursor, workflow.id, limit)
    cells = {(cell.execution_id, cell.node_id): cell.status for cell in list_cells(cursor, [e.id for e in found], ids)}
    return respond(
        {
            "executions": [{**each._asdict(), "created_at": as_time(each.created_at)} for each in found],
            "nodes": [
                {
                    "id": id,
                    "type": graph.nodes[id].type,
                    "title": title_of(drawn.get(id, {}).get("data"), graph.nodes[id].data) or id,
                }
                for id in ids
            ],
            "more_nodes": len(graph.nodes) > MOST_NODES,
            "cells": [[cells.get((each.id, id)) for each in found] for id in ids],
        }
    )
