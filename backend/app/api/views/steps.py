"""Steps as they are shown: an input is not stored, it follows from the outputs of the steps before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.api.http.responses import Shown, as_text, as_time
from app.api.views.step_values import StepValue
from app.engine.definitions.compiled import CompiledWorkflow, WorkflowCache
from app.engine.walk.inputs import SettledStep, inputs_of, merged, parse_scope
from app.graph.model import Graph
from app.graph.parameters import with_defaults
from app.graph.planning.plan import Visit
from app.storage import executions, step_history
from app.storage.definition import Definition
from app.storage.executions import SettledOutput, ShownExecution, ShownStep
from app.storage.json_text import JsonText, dumps, loads, write_object
from app.storage.pages import SMALL_DOCUMENT
from app.storage.statuses import StepStatus
from app.storage.step_history import AttemptLine
from app.why.steps.parameters import StepParameters, fill_parameters

#: The statuses of a step that has not got a result since its worker was lost.
LOST_STATUSES = (StepStatus.READY, StepStatus.WAITING, StepStatus.FAILED, StepStatus.CANCELLED)


class LeftOut(JsonText):
    """Stands for an output that was not read because it is large."""

    __slots__ = ("bytes",)

    bytes: int

    @classmethod
    def of(cls, size: int) -> LeftOut:
        stand_in = cls("null")
        stand_in.bytes = size
        return stand_in


def list_shown_steps(
    session: Session, workflows: WorkflowCache, execution: ShownExecution, steps: Sequence[ShownStep], *, full: bool
) -> Iterator[Shown]:
    """The steps with their inputs; large documents only if ``full``."""
    graph = fetch_graph(session, workflows, execution)
    settled = settled_by_node(executions.list_outputs(session, execution.id, full=full))
    payload = JsonText(execution.context)
    if not full and len(payload) > SMALL_DOCUMENT:
        payload = LeftOut.of(len(payload.encode()))
    for step in steps:
        input = given_to(execution, step) or find_input(graph, step, settled, payload)
        yield show_step(step, execution.id, input)


def show_whole_step(session: Session, workflows: WorkflowCache, execution: ShownExecution, step: ShownStep) -> Shown:
    """One step with all of its documents; of the others, only the outputs that came into it are read."""
    workflow = fetch_workflow(session, workflows, execution)
    graph = workflow.graph
    edges = (*graph.into.get(step.node_id, ()), *graph.back.get(step.node_id, ()))
    nodes = {edge.source for edge in edges} | {(step.compensates or "").rpartition(":")[0]}
    settled = settled_by_node(executions.list_outputs(session, execution.id, nodes=nodes))
    input = given_to(execution, step) or find_input(graph, step, settled, JsonText(execution.context or "null"))
    return {
        **show_step(step, execution.id, input),
        "branch": step.branch,
        "created_at": as_time(step.created_at),
        **_show_parameters(_find_parameters(session, workflow, execution, step, input)),
        "attempts": [
            _show_attempt(each) for each in step_history.list_attempts(session, execution.id, step.node_id, step.visit)
        ],
    }


def fetch_step_value(
    session: Session, workflows: WorkflowCache, execution: ShownExecution, step: ShownStep, name: StepValue
) -> JsonText | None:
    """One value of a step as ``show_whole_step`` shows it."""
    if name in (StepValue.OUTPUT, StepValue.ERROR):
        return as_text(step.output if name is StepValue.OUTPUT else step.error)
    found = show_whole_step(session, workflows, execution, step)[name.value]
    return found if isinstance(found, JsonText) else None


def _find_parameters(
    session: Session, workflow: CompiledWorkflow, execution: ShownExecution, step: ShownStep, input: JsonText | None
) -> StepParameters | None:
    """The parameters of a step; None where it has not begun, or its node is not in the graph."""
    compiled = workflow.nodes.get(step.node_id)
    if compiled is None or step.started_at is None:
        return None
    nodes = sorted(compiled.template.nodes)
    payload, value = loads(execution.context or "null"), loads(input or "null")
    if isinstance(payload, dict):
        payload = with_defaults(workflow.graph.parameters, payload)
    outputs = step_history.fetch_outputs_before(session, execution.id, nodes, step.started_at)
    if step.compensates:
        outputs = {**outputs, step.compensates.rpartition(":")[0]: value}
    return fill_parameters(compiled, payload=payload, input=value, outputs=outputs)


def _show_parameters(found: StepParameters | None) -> Shown:
    if found is None:
        return {"parameters": None, "parameters_problem": None}
    return {"parameters": JsonText(dumps(found.data)), "parameters_problem": found.problem}


def _show_attempt(attempt: AttemptLine) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "attempt": attempt.attempt,
        "status": attempt.status,
        "ready_at": as_time(attempt.ready_at),
        "due_at": as_time(attempt.due_at),
        "started_at": as_time(attempt.started_at),
        "finished_at": as_time(attempt.finished_at),
        "claims": attempt.claims,
        "process": attempt.process,
        "losses": attempt.losses,
        "lease_until": as_time(attempt.lease_until),
        "error": None if attempt.error is None else loads(attempt.error),
    }


def given_to(execution: ShownExecution, step: ShownStep) -> JsonText | None:
    """The input that a fork has given to its first step."""
    given = execution.given_input or {}
    if not given or (step.node_id, step.visit) != (given["node"], given["visit"]):
        return None
    return JsonText(dumps(given["value"]))


def fetch_graph(session: Session, workflows: WorkflowCache, execution: ShownExecution) -> Graph:
    """The graph that an execution runs."""
    return fetch_workflow(session, workflows, execution).graph


def fetch_workflow(session: Session, workflows: WorkflowCache, execution: ShownExecution) -> CompiledWorkflow:
    """The version that an execution runs, ready to run."""

    def load() -> Definition:
        return executions.fetch_definition(session, execution)

    return workflows.get(execution.workflow_id, execution.version, load, tuple(execution.inline_path or ()))


def settled_by_node(rows: Sequence[SettledOutput]) -> dict[str, list[SettledStep]]:
    settled: dict[str, list[SettledStep]] = defaultdict(list)
    for row in rows:
        output = as_text(row.output) if row.output_bytes is None else LeftOut.of(row.output_bytes)
        settled[row.node_id].append(SettledStep(row.node_id, parse_scope(row.scope), row.status, row.branch, output))
    return settled


def find_input(
    graph: Graph, step: ShownStep, settled: dict[str, list[SettledStep]], payload: JsonText
) -> JsonText | None:
    """The input of a step; None if it was skipped; of a compensation, the output that it undoes."""
    if step.status == StepStatus.SKIPPED or step.node_id not in graph.nodes:
        return None
    if step.compensates:
        undone = settled.get(step.compensates.rpartition(":")[0])
        return undone[-1].output if undone else None
    given = merged(inputs_of(graph, Visit(step.node_id, parse_scope(step.scope)), settled), payload)
    if isinstance(given, JsonText):
        return given
    sizes = [output.bytes for output in given.values() if isinstance(output, LeftOut)]
    return LeftOut.of(sum(sizes)) if sizes else JsonText(write_object(given))


def show_step(step: ShownStep, execution_id: str, input: JsonText | None) -> Shown:
    return {
        "id": step.id,
        "execution_id": execution_id,
        "node_id": step.node_id,
        "type": step.type,
        "status": step.status,
        "visit": step.visit,
        "attempt": step.attempt,
        "kept": step.kept,
        "input": input,
        "output": as_text(step.output),
        "error": as_text(step.error),
        **({"input_bytes": input.bytes} if isinstance(input, LeftOut) else {}),
        **({} if step.output_bytes is None else {"output_bytes": step.output_bytes}),
        "started_at": as_time(step.started_at),
        "finished_at": as_time(step.finished_at),
        "due_at": as_time(step.due_at),
        "outcome": "unknown" if step.outcome_is_unknown and step.status in LOST_STATUSES else None,
    }
