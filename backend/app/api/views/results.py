"""The result of a completed execution, in the form that its dialect defines."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.api.http.responses import as_text
from app.api.views.steps import fetch_graph
from app.engine.definitions.compiled import WorkflowCache
from app.storage import executions
from app.storage.executions import ShownExecution
from app.storage.json_text import JsonText, write_object
from app.storage.statuses import ExecutionStatus


def result_of(session: Session, workflows: WorkflowCache, execution: ShownExecution) -> JsonText | None:
    """The result of a completed execution; None for all others."""
    if execution.status != ExecutionStatus.COMPLETED:
        return None
    report = fetch_graph(session, workflows, execution).report
    if report is None:
        return as_text(execution.output)
    found = {row.node_id: as_text(row.output) for row in executions.list_outputs(session, execution.id)}
    results = {node: found[node] for node in report.nodes if node in found}
    return JsonText(write_object({**report.members, report.outputs: JsonText(write_object(results))}))
