"""The steps that a join still waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.engine.walk.inputs import parse_scope
from app.graph.model import Edge, Graph
from app.storage.database import Cursor
from app.storage.waits import Arrivals, LiveStep, list_settled


@dataclass(frozen=True)
class MissingAt:
    """A join that has arrivals and has not started."""

    node_id: str
    #: Edges that were taken so far, and those that it needs.
    arrived: int
    needed: int
    #: Nodes whose edges have not arrived.
    missing: Sequence[str]
    #: Live steps whose paths lead to these edges.
    steps: Sequence[LiveStep]


def find_missing(
    cursor: Cursor,
    execution_id: str,
    graph: Graph,
    arrivals: Sequence[Arrivals],
    steps: Sequence[LiveStep],
) -> list[MissingAt]:
    """
    Return the joins that wait, each with the live steps that it waits for.

    A step whose path leads to several joins is given to
    the one that it reaches first.
    """
    joins = [each for each in arrivals if each.node_id in graph.nodes and len(graph.into.get(each.node_id, ())) > 1]
    sources = {edge.source for node, *_ in joins for edge in graph.into[node]}
    settled = list_settled(cursor, execution_id, sorted(sources))
    nearest = {id(step): _nearest_join(graph, step, joins) for step in steps}
    found = []
    for node, scope, taken, _ in joins:
        needed = graph.nodes[node].join or len(graph.into[node])
        missing = [edge.source for edge in graph.into[node] if not _has_arrived(edge, scope, settled)]
        waits_for = [step for step in steps if nearest[id(step)] == (node, scope)]
        found.append(MissingAt(node, taken, needed, list(dict.fromkeys(missing)), waits_for))
    return found


def _has_arrived(edge: Edge, scope: str, settled: set[tuple[str, str]]) -> bool:
    """Return True if the source of an edge is settled in the turn of the join; a source in a loop is never certain."""
    return (edge.source, scope) in settled


def _nearest_join(graph: Graph, step: LiveStep, joins: Sequence[Arrivals]) -> tuple[str, str] | None:
    """Return the join with arrivals that the path of a step reaches first, breadth first."""
    scopes: Mapping[str, list[str]] = {node: [scope for name, scope, *_ in joins if name == node] for node, *_ in joins}
    scope, seen, level = parse_scope(step.scope), {step.node_id}, [step.node_id]
    while level:
        reached = [edge.target for node in level for edge in graph.out.get(node, ()) if edge.target not in seen]
        for target in reached:
            for found in scopes.get(target, ()):
                if parse_scope(found) == scope[: len(parse_scope(found))]:
                    return target, found
        seen.update(reached)
        level = list(dict.fromkeys(reached))
    return None
