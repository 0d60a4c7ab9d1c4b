"""What one walk remembers of its execution, and how it learns the rest: outputs, inputs, contexts of steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.engine.attempts.attempt import StepContext
from app.engine.definitions.compiled import CompiledNode, CompiledWorkflow, WorkflowCache
from app.engine.registry import RunTarget
from app.engine.walk.inputs import SettledStep, inputs_of, leaves_loop, merged, parse_scope, source_edges
from app.graph.parameters import Parameter, with_defaults
from app.graph.planning.plan import Visit
from app.storage.database import Cursor
from app.storage.walk import outputs
from app.storage.walk.lock import ExecutionOrigin


class ExecutionContext:
    """The outputs of one execution, as far as its nodes need them: from memory, else from Postgres."""

    def __init__(
        self, workflows: WorkflowCache, workflow: CompiledWorkflow, execution_id: str, origin: ExecutionOrigin
    ) -> None:
        self.workflows = workflows
        self.workflow = workflow
        self.execution_id = execution_id
        self.origin = _completed(origin, workflow.graph.parameters)
        self._settled: dict[str, SettledStep] = {}

    @property
    def runs(self) -> RunTarget:
        origin = self.origin
        return RunTarget(origin.workflow_id, origin.version, origin.inside, self.workflow.graph.parameters)

    def remember(self, settled: SettledStep) -> None:
        self._settled[settled.node] = settled

    def forget_loops(self) -> None:
        """Another worker may have visited the nodes of a loop again since the last transaction."""
        nodes = self.workflow.graph.nodes
        self._settled = {id: settled for id, settled in self._settled.items() if not nodes[id].loops}

    def step_context(self, cursor: Cursor, compiled: CompiledNode, turn: Visit) -> StepContext:
        """What the node can see; loads only the outputs that its data refers to."""
        inputs = self._inputs(cursor, turn) if compiled.needs_input else {}
        return StepContext(
            execution_id=self.execution_id,
            payload=self.origin.payload,
            event=self.origin.event,
            outputs=self._outputs(cursor, compiled.needs),
            input=merged(inputs, self.origin.payload) if compiled.needs_input else None,
            inputs=inputs,
            runs=self.runs,
            depth=self.origin.depth,
        )

    def compensation(self, cursor: Cursor, compiled: CompiledNode, compensates: str) -> StepContext:
        """A compensation's input is the output of the step that it undoes, in that visit; it can refer to any node."""
        needs = None if compiled.needs is None else sorted(compiled.needs)
        found = {node: output for node, *_, output in outputs.newest_outputs(cursor, self.execution_id, needs)}
        node, _, visit = compensates.rpartition(":")
        undone = outputs.output_of(cursor, self.execution_id, node, int(visit))
        return StepContext(
            self.execution_id,
            self.origin.payload,
            self.origin.event,
            {**found, node: undone},
            undone,
            runs=self.runs,
            depth=self.origin.depth,
        )

    def _outputs(self, cursor: Cursor, needs: frozenset[str] | None) -> Mapping[str, Any]:
        if needs is not None and not needs:
            return {}
        found = self._find(cursor, needs)
        return {node: settled.output for node, settled in found.items()}

    def _inputs(self, cursor: Cursor, turn: Visit) -> dict[str, Any]:
        graph = self.workflow.graph
        edges = [edge for edge, _ in source_edges(graph, turn.node)]
        newest = self._find(cursor, {edge.source for edge in edges}) if edges else {}
        settled = {node: [step] for node, step in newest.items()}
        for node in {edge.source for edge in edges if leaves_loop(graph, edge)}:
            settled[node] = [*settled.get(node, ()), *self._visits(cursor, node)]
        return inputs_of(graph, turn, settled)

    def _visits(self, cursor: Cursor, node: str) -> list[SettledStep]:
        """Every settled turn of a node of a loop."""
        rows = outputs.list_visits(cursor, self.execution_id, node)
        return [SettledStep(node, parse_scope(scope), status, branch, output) for scope, status, branch, output in rows]

    def _find(self, cursor: Cursor, nodes: Iterable[str] | None) -> dict[str, SettledStep]:
        if nodes is None:
            return self._load(cursor, None)
        wanted = set(nodes)
        found = {node: self._settled[node] for node in wanted if node in self._settled}
        missing = wanted - found.keys()
        return {**found, **self._load(cursor, sorted(missing))} if missing else found

    def _load(self, cursor: Cursor, nodes: list[str] | None) -> dict[str, SettledStep]:
        """Newest outputs from Postgres; what this walk has seen but not yet written is newer."""
        rows = outputs.newest_outputs(cursor, self.execution_id, nodes)
        stored = {
            node: SettledStep(node, parse_scope(scope), status, branch, output)
            for node, scope, status, branch, output in rows
        }
        return {**stored, **self._settled} if nodes is None else stored


def _completed(origin: ExecutionOrigin, parameters: Sequence[Parameter]) -> ExecutionOrigin:
    """With the defaults of parameters that an event did not have; who starts by hand has bound them already."""
    if not parameters or not isinstance(origin.payload, Mapping):
        return origin
    return replace(origin, payload=with_defaults(parameters, origin.payload))
