"""The steps of one execution, and which of them led to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.engine.walk.inputs import parse_scope
from app.graph.building.cases import cases_of
from app.graph.model import Edge, Graph
from app.graph.planning.choices import Outcome, catches, follow_edges
from app.storage.statuses import StepStatus
from app.storage.step_history import HistoryStep

_SETTLED = frozenset({StepStatus.COMPLETED.value, StepStatus.SKIPPED.value, StepStatus.FAILED.value})


@dataclass(frozen=True)
class Arrival:
    """What came along one edge: the step that settled, and whether it took the edge; None: nothing yet."""

    edge: Edge
    step: HistoryStep | None
    taken: bool | None


@dataclass(frozen=True)
class History:
    """An execution's graph, payload and steps."""

    graph: Graph
    payload: Any
    #: What rules read as ``$event``.
    event: Mapping[str, Any]
    rows: Sequence[HistoryStep]
    #: Reads the outputs of these steps.
    read_outputs: Callable[[Sequence[str]], Mapping[str, Any]] = field(repr=False, default=lambda ids: {})

    @cached_property
    def by_node(self) -> Mapping[str, list[HistoryStep]]:
        found: dict[str, list[HistoryStep]] = defaultdict(list)
        for row in self.rows:
            found[row.node_id].append(row)
        return found

    def find(self, step_id: str) -> HistoryStep | None:
        return next((row for row in self.rows if str(row.id) == step_id), None)

    def arrivals(self, step: HistoryStep) -> list[Arrival]:
        """What came along each edge into a step, those back to the header of a loop only for its later turns."""
        scope = parse_scope(step.scope)
        edges = self.graph.into.get(step.node_id, ())
        is_later_turn = self.graph.nodes[step.node_id].is_header and scope[-1:] > (1,) and step.visit > 1
        if is_later_turn:
            edges = self.graph.back.get(step.node_id, ())
            scope = (*scope[:-1], scope[-1] - 1)
        return [self._arrival(edge, step, scope) for edge in edges]

    def _arrival(self, edge: Edge, step: HistoryStep, scope: tuple[int, ...]) -> Arrival:
        around, inside = self.graph.nodes[edge.source].loops, self.graph.nodes[step.node_id].loops
        shared = sum(a == b for a, b in zip(around, inside, strict=False))
        wanted = scope[:shared]
        sources = [row for row in self.by_node.get(edge.source, ()) if parse_scope(row.scope)[: len(wanted)] == wanted]
        settled = [(row, self.takes(row, edge)) for row in sources if row.status in _SETTLED and not row.compensates]
        taken = [row for row, is_taken in settled if is_taken]
        if taken:
            return Arrival(edge, taken[-1], True)
        return Arrival(edge, settled[-1][0], False) if settled else Arrival(edge, None, None)

    def takes(self, row: HistoryStep, edge: Edge) -> bool | None:
        """True if a settled step took an edge; None if it failed without a path that catches it."""
        outcome = Outcome.COMPLETED
        if row.status == StepStatus.SKIPPED.value:
            outcome = Outcome.SKIPPED
        elif row.status == StepStatus.FAILED.value:
            if catches(self.graph, row.node_id):
                outcome = Outcome.CAUGHT
            elif not self.graph.nodes[row.node_id].continue_on_error:
                return False
        sent = follow_edges(self.graph, row.node_id, outcome, row.branch)
        return any(taken and each.index == edge.index for each, taken in sent)

    def variables(self, step: HistoryStep) -> dict[str, Any]:
        """What the rules of a step read beside the payload, with the outputs that there were when it ran."""
        before = {row.node_id: row for row in self.rows if not row.compensates and _is_done_before(row, step)}
        return {"$event": self.event, "$context": self.payload, "$steps": self._outputs(before)}

    def _outputs(self, rows: Mapping[str, HistoryStep]) -> dict[str, Any]:
        outputs = self.read_outputs([str(row.id) for row in rows.values()]) if rows else {}
        return {node: outputs.get(str(row.id)) for node, row in rows.items()}

    def cases(self, node_id: str) -> list[Mapping[str, Any]]:
        """The cases of a branch."""
        node = self.graph.nodes.get(node_id)
        return [] if node is None else [case for _, case in cases_of(node)]


def _is_done_before(row: HistoryStep, step: HistoryStep) -> bool:
    """
    True if a step had completed when another one ran.

    Steps of one message have the same times, so among those the order of creation counts.
    """
    if row.status != StepStatus.COMPLETED.value or row.finished_at is None:
        return False
    if step.finished_at is not None and row.finished_at > step.finished_at:
        return False
    return row.seq < step.seq or (step.started_at is not None and row.finished_at < step.started_at)


def names_of(arrivals: Iterable[Arrival]) -> list[str]:
    """The nodes that edges come from, each once."""
    return list(dict.fromkeys(arrival.edge.source for arrival in arrivals))
