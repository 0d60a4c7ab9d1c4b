"""Steps as they are shown: an input is not stored, it follows from the outputs of the steps before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.api.http.responses import as_text, as_time
from app.engine.definitions.compiled import WorkflowCache
from app.engine.walk.inputs import SettledStep, inputs_of, merged, parse_scope
from app.graph.model import Graph
from app.graph.planning.plan import Visit
from app.storage import executions
from app.storage.json_text import JsonText, write_object
from app.storage.statuses import StepStatus


def list_shown_steps(
    session: Session, workflows: WorkflowCache, execution: Any, steps: Sequence[Any]
) -> Iterator[dict[str, Any]]:
    """The steps with their inputs."""
    graph = fetch_graph(session, workflows, execution)
    settled = settled_by_node(executions.list_outputs(session, execution.id))
    for step in steps:
        yield show_step(step, execution.id, input_text(graph, step, settled, JsonText(execution.context)))


def fetch_graph(session: Session, workflows: WorkflowCache, execution: Any) -> Graph:
    def load() -> tuple[str, Any]:
        return execution.kind, executions.fetch_document(session, execution.workflow_id, execution.version)

    return workflows.get(execution.workflow_id, execution.version, load, tuple(execution.inside or ())).graph


def settled_by_node(rows: Sequence[Any]) -> dict[str, list[SettledStep]]:
    settled: dict[str, list[SettledStep]] = defaultdict(list)
    for row in rows:
        output = as_text(row.output)
        settled[row.node_id].append(SettledStep(row.node_id, parse_scope(row.scope), row.status, row.branch, output))
    return settled


def input_text(graph: Graph, step: Any, settled: dict[str, list[SettledStep]], payload: JsonText) -> JsonText | None:
    """What came along the edges into a step; nothing where it was skipped; for a compensation, what it undoes."""
    if step.status == StepStatus.SKIPPED or step.node_id not in graph.nodes:
        return None
    if step.compensates:
        undone = settled.get(step.compensates.rpartition(":")[0])
        return undone[-1].output if undone else None
    given = merged(inputs_of(graph, Visit(step.node_id, parse_scope(step.scope)), settled), payload)
    return given if isinstance(given, JsonText) else JsonText(write_object(given))


def show_step(step: Any, execution_id: str, input: JsonText | None) -> dict[str, Any]:
    return {
        "id": step.id,
        "execution_id": execution_id,
        "node_id": step.node_id,
        "type": step.type,
        "status": step.status,
        "visit": step.visit,
        "attempt": step.attempt,
        "input": input,
        "output": as_text(step.output),
        "error": as_text(step.error),
        "started_at": as_time(step.started_at),
        "finished_at": as_time(step.finished_at),
        "due_at": as_time(step.due_at),
    }
