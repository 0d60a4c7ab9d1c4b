"""Warnings about joins that have enough edges, of which no run takes enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from itertools import product
from math import prod

from app.errors import Problem
from app.graph.model import ERROR, Edge, Graph

#: Combinations of choices that are tried for one join, and visits of nodes for all joins of a graph.
MAX_COMBINATIONS = 1_024
MAX_VISITS = 200_000


#          ┌─a──▶ b ─┐
#   branch ┤         ├─▶ d      d waits for two edges, and only one case is taken
#          └─c──▶ c ─┘
def warn_deadlocks(graph: Graph, pointers: Mapping[str, str]) -> Iterator[Problem]:
    """Joins that wait for more edges than any choice of the nodes before them takes. Loops are not looked into."""
    left = MAX_VISITS
    for id, edges in graph.into.items():
        wanted = graph.nodes[id].join or 1
        if wanted < 2 or wanted > len(edges):
            continue
        before = _nodes_before(graph, id)
        options = None if before is None else {node: _exit_options(graph, node) for node in before}
        if options is None or any(graph.nodes[node].loops for node in options):
            continue
        combinations = prod(len(each) for each in options.values())
        left -= combinations * len(options)
        if combinations > MAX_COMBINATIONS or left < 0:
            continue
        most = max(_arrivals(graph, id, options, chosen) for chosen in product(*options.values()))
        if most < wanted:
            message = (
                f"Node {id} waits for {wanted} edges, but no run takes more than {most} of its {len(edges)}: "
                "the others follow choices that exclude each other. It will not run."
            )
            yield Problem("JOIN_DEADLOCK", message, node_id=id, pointer=f"{pointers.get(id, '')}/data/join")


def _nodes_before(graph: Graph, id: str) -> list[str] | None:
    """The nodes from which a path leads to a node, in the order in which they run; None if there are too many."""
    found: dict[str, set[str]] = {}
    pending = [id]
    while pending:
        node = pending.pop()
        if node in found:
            continue
        found[node] = {edge.source for edge in graph.into[node]}
        pending += found[node]
        if len(found) > MAX_COMBINATIONS:
            return None
    return [node for node in TopologicalSorter(found).static_order() if node != id]


def _exit_options(graph: Graph, id: str) -> list[frozenset[int]]:
    """The sets of edges of which a node takes one: those of one handle, of one case's ``next``, or all plain ones."""
    groups: dict[object, set[int]] = {}
    for edge in graph.out[id]:
        groups.setdefault(_exit_group(graph, edge), set()).add(edge.index)
    return [frozenset(each) for each in groups.values()] or [frozenset()]


def _exit_group(graph: Graph, edge: Edge) -> object:
    if edge.handle == ERROR:
        return ERROR, None
    if edge.implied:
        return "next", edge.target
    return ("handle", edge.handle) if graph.nodes[edge.source].traits.chooses else ("plain", None)


def _arrivals(
    graph: Graph, id: str, options: Mapping[str, list[frozenset[int]]], chosen: tuple[frozenset[int], ...]
) -> int:
    """The edges into a node that are taken with these choices."""
    taken: set[int] = set()
    for node, edges in zip(options, chosen, strict=True):
        came = sum(edge.index in taken for edge in graph.into[node])
        if node in graph.entries or came >= (graph.nodes[node].join or 1):
            taken |= edges
    return sum(edge.index in taken for edge in graph.into[id])
