"""Build the graph that can run from nodes and edges."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from app.errors import InvalidDefinition, Problem
from app.graph.building import advice
from app.graph.building.cases import nexts
from app.graph.building.components import cycle
from app.graph.building.entries import compensators, entries_of, into_entries, reachable
from app.graph.building.join_lint import warn_deadlocks
from app.graph.building.loops import AmbiguousLoop, loops_of
from app.graph.model import ERROR, MAX_VISITS, Edge, Graph, Node, shared_loops
from app.graph.names import listed

_ByNode = dict[str, tuple[Edge, ...]]


@dataclass(frozen=True)
class Built:
    """A graph with the warnings for its author."""

    graph: Graph
    warnings: list[Problem]
    #: Every node of the document, also those that are not reached.
    nodes: tuple[Node, ...] = ()
    #: JSON Pointers to the nodes' data.
    places: Mapping[str, str] = field(default_factory=dict)
    #: The key of a node's type in the document.
    type_key: str = "type"
    #: True to refuse a node that can only fail, False to warn about it.
    strict: bool = False
    #: Nodes that the author did not write, whose rules the dialect has checked.
    generated: Collection[str] = ()


def build(
    nodes: list[Node], edges: list[Edge], *, pointers: Mapping[str, str], entries: tuple[str, ...] | None = None
) -> Built:
    """
    The graph of these nodes, whose ids are unique, and edges, whose ends exist; ``pointers`` leads to each node.

    ``entries`` are the first nodes; None: they follow from the types and names of the nodes.

    Raises InvalidDefinition for a cycle without a choice and for a loop that is ambiguous.
    """
    by_id = {node.id: node for node in nodes}
    _refuse_plain_cycles(edges, by_id)
    entries = entries_of(nodes, edges) if entries is None else entries
    late = into_entries(entries, edges)
    reached = reachable(entries, edges)
    alive = reached | compensators(reached, by_id)
    followed = _followed(edges, late, reached)
    running = _in_loops([node for node in nodes if node.id in alive], followed, entries)
    graph = _assemble(running, followed, entries)
    return Built(
        graph,
        [
            *advice.warn_no_entry(nodes, entries),
            *advice.warn_unreachable((node for node in nodes if node.id not in alive), pointers),
            *advice.warn_edges_into_entries(late, pointers),
            *advice.warn_joins_never_met(graph, pointers),
            *warn_deadlocks(graph, pointers),
            *advice.warn_never_run(graph, pointers),
        ],
    )


def _refuse_plain_cycles(edges: list[Edge], by_id: Mapping[str, Node]) -> None:
    named = {id: nexts(node) for id, node in by_id.items()}
    plain = [(e.source, e.target) for e in edges if not is_choice(e, by_id[e.source], named[e.source])]
    found = cycle(plain)
    if found:
        way = listed([*found, found[0]], " → ")
        message = f"The nodes {way} form a cycle without a choice: it would never end."
        raise InvalidDefinition([Problem("CYCLE_DETECTED", message, node_id=found[0])])


def is_choice(edge: Edge, source: Node, named: Collection[str]) -> bool:
    """True if the edge is taken only if its source selects it; ``named`` are the targets of its cases' ``next``."""
    if edge.implied or edge.handle == ERROR:
        return True
    return source.traits.chooses and (edge.handle is not None or edge.target in named)


def _followed(edges: list[Edge], late: list[Edge], reached: set[str]) -> list[Edge]:
    """The edges that can be followed, numbered from 0."""
    dropped = {edge.index for edge in late}
    kept = [edge for edge in edges if edge.source in reached and edge.index not in dropped]
    return [edge if edge.index == index else replace(edge, index=index) for index, edge in enumerate(kept)]


def _in_loops(nodes: list[Node], edges: list[Edge], entries: tuple[str, ...]) -> dict[str, Node]:
    """The nodes by id, each with the loops around it and its limit of visits."""
    try:
        loops = loops_of({(edge.source, edge.target) for edge in edges}, entries)
    except AmbiguousLoop as error:
        raise InvalidDefinition([error.problem]) from error
    placed = {node.id: replace(node, loops=loops[node.id]) if node.id in loops else node for node in nodes}
    limits = _visit_limits(placed.values())
    return {id: _limited(node, limits) if node.loops else node for id, node in placed.items()}


def _visit_limits(nodes: Iterable[Node]) -> dict[str, int]:
    """The largest ``max_visits`` of the nodes of each loop, by the loop's header."""
    limits: dict[str, int] = {}
    for node in nodes:
        if node.loops and node.data.get("max_visits") is not None:
            limits[node.loops[-1]] = max(node.max_visits, limits.get(node.loops[-1], 0))
    return limits


def _limited(node: Node, limits: Mapping[str, int]) -> Node:
    """Without a ``max_visits`` of its own, a node has 100, or more if a node of the same loop has more."""
    if node.data.get("max_visits") is not None:
        return node
    limit = max(limits.get(header, MAX_VISITS) for header in node.loops)
    return node if limit <= MAX_VISITS else replace(node, max_visits=limit)


def _assemble(nodes: dict[str, Node], edges: list[Edge], entries: tuple[str, ...]) -> Graph:
    exits: dict[str, int] = {}
    for edge in edges:
        for header in left_by(nodes, edge):
            exits[header] = exits.get(header, 0) + 1
    exit_keys = _edge_keys([edge for edge in edges if left_by(nodes, edge)])
    forward = [edge for edge in edges if not leads_back(nodes, edge)]
    back = [edge for edge in edges if leads_back(nodes, edge)]
    outermost_first = sorted(edges, key=lambda edge: shared_loops(nodes, edge))
    return Graph(
        nodes=nodes,
        edges=tuple(edges),
        entries=entries,
        out=_grouped(nodes, ((edge.source, edge) for edge in outermost_first)),
        into=_grouped(nodes, ((edge.target, edge) for edge in forward)),
        back=_grouped(nodes, ((edge.target, edge) for edge in back)),
        exits=exits,
        exit_keys=exit_keys,
        exit_edges={key: edges[index] for index, key in exit_keys.items()},
    )


def _edge_keys(edges: Iterable[Edge]) -> dict[int, str]:
    """Keys that depend on the ends and handles of edges alone; of several alike, the later ones have a number."""
    times: dict[str, int] = {}
    keys = {}
    for edge in edges:
        key = json.dumps([edge.source, edge.handle, edge.target], ensure_ascii=True)
        times[key] = times.get(key, 0) + 1
        keys[edge.index] = key if times[key] == 1 else f"{key}#{times[key]}"
    return keys


def _grouped(nodes: Iterable[str], edges: Iterable[tuple[str, Edge]]) -> _ByNode:
    found: dict[str, list[Edge]] = {id: [] for id in nodes}
    for id, edge in edges:
        found[id].append(edge)
    return {id: tuple(group) for id, group in found.items()}


def leads_back(nodes: Mapping[str, Node], edge: Edge) -> bool:
    """True if the edge ends at the header of a loop around its source."""
    return edge.target in nodes[edge.source].loops


def left_by(nodes: Mapping[str, Node], edge: Edge) -> tuple[str, ...]:
    """The loops that the edge leaves, outermost first."""
    return nodes[edge.source].loops[shared_loops(nodes, edge) :]
