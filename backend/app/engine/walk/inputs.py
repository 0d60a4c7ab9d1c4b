"""What came along the edges into a node: a step's input, which is not stored but follows from its sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.graph.model import Edge, Graph
from app.graph.planning.plan import Outcome, Scope, Visit, follow_edges
from app.storage.statuses import StepStatus


@dataclass(frozen=True)
class SettledStep:
    """A settled step, as far as what follows it is concerned."""

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


def inputs_of(graph: Graph, turn: Visit, settled: Mapping[str, Iterable[SettledStep]]) -> dict[str, Any]:
    """
    The outputs of the nodes that led to a turn, by node; none led to an entry.

    ``settled`` holds settled steps by node; those of other turns of a loop are passed over. A later turn of a loop
    came along the edges back to its header and along no other.
    """
    edges = source_edges(graph, turn.node)
    given = _collect_input(graph, turn, [edge for edge, back in edges if back], True, settled)
    return given or _collect_input(graph, turn, [edge for edge, back in edges if not back], False, settled)


def merged(inputs: Mapping[str, Any], payload: Any) -> Any:
    """A turn's input: the output of the one node that led to it; of several ``{node_id: output}``; else the payload."""
    if len(inputs) == 1:
        return next(iter(inputs.values()))
    return inputs or payload


def _collect_input(
    graph: Graph, turn: Visit, edges: list[Edge], back: bool, settled: Mapping[str, Iterable[SettledStep]]
) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for edge in edges:
        wanted = _scope_of_source(graph, turn, edge, back)
        fitting = [step for step in settled.get(edge.source, ()) if step.scope[: len(wanted)] == wanted]
        led = [step for step in fitting if _taken_branch(graph, edge, step)]
        if led:
            given[edge.source] = max(led, key=lambda step: step.scope).output
    return given


def _scope_of_source(graph: Graph, turn: Visit, edge: Edge, back: bool) -> Scope:
    """How the scope of the edge's source begins, where it belongs to this turn."""
    if back:
        return (*turn.scope[:-1], turn.scope[-1] - 1)
    loops = zip(graph.nodes[turn.node].loops, graph.nodes[edge.source].loops, strict=False)
    return turn.scope[: sum(a == b for a, b in loops)]


def leaves_loop(graph: Graph, edge: Edge) -> bool:
    """True where the edge leaves a loop: the visit that took it need not be the newest of its source."""
    inside = graph.nodes[edge.target].loops
    return any(header not in inside for header in graph.nodes[edge.source].loops)


def source_edges(graph: Graph, node_id: str) -> list[tuple[Edge, bool]]:
    """The edges into a node, each with whether it leads back to the header of a loop."""
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
    """A scope as its step's row keeps it: ``2.5``."""
    return tuple(map(int, text.split("."))) if text else ()


def format_scope(scope: Scope) -> str:
    return ".".join(map(str, scope))
