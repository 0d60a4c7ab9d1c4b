"""The part of a graph that a test walks: a node, and the nodes on the ways to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from app.graph.building.build import Built
from app.graph.model import Graph


def cut_graph(built: Built, node_id: str) -> Graph:
    """
    The graph that ends at a node: nothing else runs than the nodes on the ways to it, and nothing follows it.

    All nodes and edges stay in it, because a choice is made between all of its edges, and a step is undone by its
    compensation. A node that no entry reaches, which is not in the graph, is added without edges. Raises KeyError if
    the document has no such node.
    """
    graph = built.graph
    if node_id in graph.nodes:
        return replace(graph, until=node_id, part=find_part(graph, node_id))
    node = {each.id: each for each in built.nodes}[node_id]
    return replace(
        graph,
        nodes={**graph.nodes, node_id: node},
        out={**graph.out, node_id: ()},
        into={**graph.into, node_id: ()},
        back={**graph.back, node_id: ()},
        until=node_id,
        part=frozenset({node_id}),
    )


def find_part(graph: Graph, node_id: str) -> frozenset[str]:
    """The node, and the nodes on the ways from the entries to it."""

    def sources(id: str) -> list[str]:
        return [edge.source for edge in (*graph.into.get(id, ()), *graph.back.get(id, ()))]

    def targets(id: str) -> list[str]:
        return [] if id == node_id else [edge.target for edge in graph.out[id] if edge.target in before]

    before = _reach([node_id], sources)
    return frozenset({node_id} | _reach((entry for entry in graph.entries if entry in before), targets))


def _reach(begin: Iterable[str], follow: Callable[[str], Iterable[str]]) -> set[str]:
    found = set(begin)
    to_visit = list(found)
    while to_visit:
        new = set(follow(to_visit.pop())) - found
        found |= new
        to_visit += new
    return found
