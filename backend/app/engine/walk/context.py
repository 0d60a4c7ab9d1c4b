"""The outputs and inputs of one execution: remembered by a walk, or read from Postgres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from app.engine.attempts.attempt import StepContext
from app.engine.config import HandlerLimits
from app.engine.definitions.compiled import CompiledNode, CompiledWorkflow, WorkflowCache
from app.engine.registry import RunTarget
from app.engine.walk.inputs import SettledStep, inputs_of, leaves_loop, merged, parse_scope, source_edges
from app.errors import StepFailed
from app.graph.parameters import Parameter, with_defaults
from app.graph.planning.plan import Visit
from app.storage.database import Cursor
from app.storage.walk import outputs
from app.storage.walk.lock import ExecutionOrigin

#: Number of outputs below which their size is not checked before they are loaded.
FEW_OUTPUTS = 8


class ExecutionContext:
    """What one walk knows of its execution; loads outputs from Postgres when a node needs them."""

    def __init__(
        self,
        workflows: WorkflowCache,
        workflow: CompiledWorkflow,
        execution_id: str,
        origin: ExecutionOrigin,
        *,
        fault: str | None = None,
    ) -> None:
        self.workflows = workflows
        self.workflow = workflow
        self.execution_id = execution_id
        self.origin = _completed(origin, workflow.graph.parameters)
        #: Why the execution can only fail: its version cannot be compiled.
        self.fault = fault
        #: True where its end would lock no rows of others, as when it was held last.
        self.ends_alone = False
        #: Bytes of outputs that one step may collect.
        self.max_collected_bytes = HandlerLimits.max_collected_bytes
        #: By node, the one remembered last at the end, and the bytes of each output.
        self._settled: dict[str, SettledStep] = {}
        self._sizes: dict[str, int] = {}
        #: Those of them that are in loops.
        self._in_loops: set[str] = set()
        self._size = 0

    @cached_property
    def runs(self) -> RunTarget:
        origin = self.origin
        return RunTarget(origin.workflow_id, origin.version, origin.inside, self.workflow.graph.parameters)

    @property
    def is_full(self) -> bool:
        """True where this transaction should end: what it remembers must not be forgotten before it is written."""
        return self._size > self.max_collected_bytes

    def remember(self, settled: SettledStep, size: int) -> None:
        """Remember an output of ``size`` bytes, which is going to be written."""
        self._forget(settled.node)
        self._settled[settled.node], self._sizes[settled.node] = settled, size
        self._size += size
        if self.workflow.graph.nodes[settled.node].loops:
            self._in_loops.add(settled.node)

    def forget(self) -> None:
        """Forget all outputs: they are read again when a node needs them."""
        for id in list(self._settled):
            self._forget(id)

    def begin_transaction(self) -> None:
        """
        Forget outputs of nodes in loops, which others may have visited since, and the oldest beyond half of the budget.

        All of them are written by now, and are read again when a node needs them.
        """
        for id in list(self._in_loops):
            self._forget(id)
        for id in list(self._settled) if self._size > self.max_collected_bytes / 2 else ():
            if self._size > self.max_collected_bytes / 2:
                self._forget(id)

    def _forget(self, node: str) -> None:
        self._settled.pop(node, None)
        self._in_loops.discard(node)
        self._size -= self._sizes.pop(node, 0)

    def step_context(self, cursor: Cursor, compiled: CompiledNode, visit: Visit) -> StepContext:
        """Return what the node can see; loads only the outputs that its data refers to. Raises StepFailed."""
        inputs = self._inputs(cursor, visit) if compiled.needs_input else {}
        input = merged(inputs, self.origin.payload) if compiled.needs_input else None
        given = self.origin.given_input
        if given is not None and (given["node"], given["visit"]) == (visit.node, visit.visit):
            input, inputs = given["value"], {}
        return StepContext(
            execution_id=self.execution_id,
            payload=self.origin.payload,
            event=self.origin.event,
            outputs=self._outputs(cursor, compiled.needs),
            input=input,
            inputs=inputs,
            runs=self.runs,
            depth=self.origin.depth,
        )

    def compensation(self, cursor: Cursor, compiled: CompiledNode, compensates: str) -> StepContext:
        """Return what a compensation can see; its input is the output of the step that it undoes, in that visit."""
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

    def _inputs(self, cursor: Cursor, visit: Visit) -> dict[str, Any]:
        graph = self.workflow.graph
        edges = [edge for edge, _ in source_edges(graph, visit.node)]
        newest = self._find(cursor, {edge.source for edge in edges}) if edges else {}
        settled = {node: [step] for node, step in newest.items()}
        for node in {edge.source for edge in edges if leaves_loop(graph, edge)}:
            settled[node] = [*settled.get(node, ()), *self._visits(cursor, node)]
        return inputs_of(graph, visit, settled)

    def _visits(self, cursor: Cursor, node: str) -> list[SettledStep]:
        """Return every settled visit of a node in a loop."""
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
        """Load newest outputs; those that this walk remembers but has not written yet are newer."""
        self._check_size(cursor, nodes)
        rows = outputs.newest_outputs(cursor, self.execution_id, nodes)
        stored = {
            node: SettledStep(node, parse_scope(scope), status, branch, output)
            for node, scope, status, branch, output in rows
        }
        return {**stored, **self._settled} if nodes is None else stored

    def _check_size(self, cursor: Cursor, nodes: list[str] | None) -> None:
        """Raise StepFailed if the outputs are too large together to be loaded; a few cannot be."""
        if nodes is not None and len(nodes) < FEW_OUTPUTS:
            return
        size = outputs.size_of_newest(cursor, self.execution_id, nodes)
        if size > self.max_collected_bytes:
            message = f"The outputs that the node collects have {size} bytes; {self.max_collected_bytes} are allowed."
            raise StepFailed(message, kind="InputTooLarge", retry=False)


def _completed(origin: ExecutionOrigin, parameters: Sequence[Parameter]) -> ExecutionOrigin:
    """Return the origin with defaults of parameters that an event lacks; a manual start has bound them already."""
    if not parameters or not isinstance(origin.payload, Mapping):
        return origin
    return replace(origin, payload=with_defaults(parameters, origin.payload))
