"""Inputs: the outputs that came along the edges into a node; not stored, but derived from its sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.graph.model import Edge, Graph
from app.graph.planning.plan import Outcome, Scope, Visit, follow_edges
from app.storage.statuses import StepStatus


@dataclass(frozen=True)
class SettledStep:
    """The part of a settled step that matters to what follows it."""

    node: str
    scope: Scope
    status: str
    branch: str | None
    #: The output as a value.
    output: Any

    @property
    def outcome(self) -> Outcome | None:
        if self.status == StepStatus.COMPLETED:
            return Outcome.COMPLETED
        return None if self.status == StepStatus.SKIPPED else Outcome.CAUGHT


def inputs_of(graph: Graph, visit: Visit, settled: Mapping[str, Iterable[SettledStep]]) -> dict[str, Any]:
    """
    The outputs of the nodes that led to a visit, by node; none led to an entry.

    ``settled`` holds settled steps by node; those of other turns of a loop are passed over. A later visit of a loop
    came along the edges back to its header and along no other.
    """
    edges = source_edges(graph, visit.node)
    given = _collect_input(graph, visit, [edge for edge, back in edges if back], True, settled)
    return given or _collect_input(graph, visit, [edge for edge, back in edges if not back], False, settled)


def merged(inputs: Mapping[str, Any], payload: Any) -> Any:
    """Return a visit's input: the one output that led to it; of several ``{node_id: output}``; else the payload."""
    if len(inputs) == 1:
        return next(iter(inputs.values()))
    return inputs or payload


def _collect_input(
    graph: Graph, visit: Visit, edges: list[Edge], back: bool, settled: Mapping[str, Iterable[SettledStep]]
) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for edge in edges:
        wanted = _scope_of_source(graph, visit, edge, back)
        fitting = [step for step in settled.get(edge.source, ()) if step.scope[: len(wanted)] == wanted]
        led = [step for step in fitting if _taken_branch(graph, edge, step)]
        if led:
            given[edge.source] = max(led, key=lambda step: step.scope).output
    return given


def _scope_of_source(graph: Graph, visit: Visit, edge: Edge, back: bool) -> Scope:
    """Return how the scope of the edge's source begins if it belongs to this visit."""
    if back:
        return (*visit.scope[:-1], visit.scope[-1] - 1)
    loops = zip(graph.nodes[visit.node].loops, graph.nodes[edge.source].loops, strict=False)
    return visit.scope[: sum(a == b for a, b in loops)]


def leaves_loop(graph: Graph, edge: Edge) -> bool:
    """Return True if the edge leaves a loop: the visit that took it need not be the newest of its source."""
    inside = graph.nodes[edge.target].loops
    return any(header not in inside for header in graph.nodes[edge.source].loops)


def source_edges(graph: Graph, node_id: str) -> list[tuple[Edge, bool]]:
    """Return the edges into a node, each with whether it leads back to the header of a loop."""
    return [(edge, False) for edge in graph.into.get(node_id, ())] + [
        (edge, True) for edge in graph.back.get(node_id, ())
    ]


def _taken_branch(graph: Graph, edge: Edge, step: SettledStep) -> bool:
    outcome = step.outcome
    if outcome is None:
        return False
    if outcome is Outcome.CAUGHT and graph.nodes[edge.source].continue_on_error and not _catches(graph, edge.source):
        outcome = Outcome.COMPLETED
    return any(
        taken and sent.index == edge.index for sent, taken in follow_edges(graph, edge.source, outcome, step.branch)
    )


def _catches(graph: Graph, node_id: str) -> bool:
    return any(edge.handle == "error" for edge in graph.out[node_id])


def parse_scope(text: str) -> Scope:
    """Return the scope that a step's row stores as text, such as ``2.5``."""
    return tuple(map(int, text.split("."))) if text else ()


def format_scope(scope: Scope) -> str:
    return ".".join(map(str, scope))
