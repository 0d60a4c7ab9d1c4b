"""What came along the edges into a node: a step's input, which is not stored but follows from its sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.graph.model import Edge, Graph
from app.graph.plan import Outcome, Scope, Turn, follow
from app.storage.statuses import StepStatus


@dataclass(frozen=True)
class Settled:
    """A settled step, as far as what follows it is concerned."""

    node: str
    scope: Scope
    status: str
    took: str | None
    #: The output as a value.
    output: Any

    @property
    def outcome(self) -> Outcome | None:
        if self.status == StepStatus.COMPLETED:
            return Outcome.COMPLETED
        return None if self.status == StepStatus.SKIPPED else Outcome.CAUGHT


def input_of(graph: Graph, turn: Turn, settled: Mapping[str, Iterable[Settled]], payload: Any) -> Any:
    """
    The input of a turn: the output of the one node that led to it; of several, ``{node_id: output}``.

    ``settled`` holds settled steps by node; those of other turns of a loop are passed over. An entry gets the payload.
    """
    edges = source_edges(graph, turn.node)
    given: dict[str, Any] = {}
    for edge, back in edges:
        for step in _of_this_turn(graph, turn, edge, back, settled.get(edge.source, ())):
            if _took(graph, edge, step):
                given[edge.source] = step.output
    if len(given) == 1:
        return next(iter(given.values()))
    return given or payload


def source_edges(graph: Graph, node_id: str) -> list[tuple[Edge, bool]]:
    """The edges into a node, each with whether it leads back to the header of a loop."""
    return [(edge, False) for edge in graph.into.get(node_id, ())] + [
        (edge, True) for edge in graph.back.get(node_id, ())
    ]


def _of_this_turn(graph: Graph, turn: Turn, edge: Edge, back: bool, steps: Iterable[Settled]) -> list[Settled]:
    """The step of the edge's source that belongs to this turn: the newest whose loops are at the same visits."""
    wanted = turn.scope
    if back:
        wanted = (*turn.scope[:-1], turn.scope[-1] - 1)
    else:
        shared = [
            a for a, b in zip(graph.nodes[turn.node].loops, graph.nodes[edge.source].loops, strict=False) if a == b
        ]
        wanted = turn.scope[: len(shared)]
    fitting = [step for step in steps if step.scope[: len(wanted)] == wanted]
    return [max(fitting, key=lambda step: step.scope)] if fitting else []


def _took(graph: Graph, edge: Edge, step: Settled) -> bool:
    outcome = step.outcome
    if outcome is None:
        return False
    if outcome is Outcome.CAUGHT and graph.nodes[edge.source].goes_on and not _catches(graph, edge.source):
        outcome = Outcome.COMPLETED
    return any(taken and sent.index == edge.index for sent, taken in follow(graph, edge.source, outcome, step.took))


def _catches(graph: Graph, node_id: str) -> bool:
    return any(edge.handle == "error" for edge in graph.out[node_id])


def parse_scope(text: str) -> Scope:
    """A scope as its step's row keeps it: ``2.5``."""
    return tuple(map(int, text.split("."))) if text else ()


def format_scope(scope: Scope) -> str:
    return ".".join(map(str, scope))
