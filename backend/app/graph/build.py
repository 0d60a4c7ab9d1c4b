"""From drawn nodes and edges to a graph: entries, reach, choices and loops, with all that is wrong or odd."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.errors import InvalidDefinition, Problem
from app.graph.loops import AmbiguousLoop, cycle, loops_of
from app.graph.model import ERROR, Edge, Graph, Node


@dataclass(frozen=True)
class Built:
    """A graph and what its author should know of it."""

    graph: Graph
    warnings: list[Problem]


def build(nodes: list[Node], edges: list[Edge], *, pointers: dict[str, str]) -> Built:
    """
    The graph of these nodes. Ids are unique and edges end at nodes; ``pointers`` leads to each node's place.

    Raises InvalidDefinition for a cycle without a choice and for a loop that is ambiguous.
    """
    by_id = {node.id: node for node in nodes}
    entries = entries_of(nodes, edges)
    after = _after(edges)
    reached = _reachable(entries, after)
    alive = reached | _compensators(by_id)
    late = _into_entries(entries, edges, after)
    warnings = _unreachable(nodes, alive, pointers) + _not_followed(late, pointers)
    kept = [edge for edge in edges if edge.source in reached and edge not in late]
    kept = [replace(edge, index=index) for index, edge in enumerate(kept)]
    _refuse_plain_cycles(alive, kept, by_id)
    loops = _loops(alive, kept, entries)
    running = {id: replace(by_id[id], loops=loops[id]) for id in by_id if id in alive}
    return Built(_assemble(running, kept, entries), warnings)


def entries_of(nodes: list[Node], edges: list[Edge]) -> tuple[str, ...]:
    """The nodes of type start; without any, the node called start; without that, those that no edge enters."""
    typed = tuple(node.id for node in nodes if node.type == "start")
    if typed:
        return typed
    if any(node.id == "start" for node in nodes):
        return ("start",)
    entered = {edge.target for edge in edges} | {node.compensate for node in nodes}
    return tuple(node.id for node in nodes if node.id not in entered)


def is_choice(edge: Edge, source: Node) -> bool:
    """True where the edge is taken only if its source says so."""
    if edge.implied or edge.handle == ERROR:
        return True
    return source.traits.chooses and (edge.handle is not None or edge.target in nexts(source))


def nexts(node: Node) -> list[str]:
    """The nodes that the cases of a choosing node name as ``next``."""
    cases = node.data.get("cases") if node.traits.chooses else None
    if not isinstance(cases, list):
        return []
    return [case["next"] for case in cases if isinstance(case, dict) and isinstance(case.get("next"), str)]


def _after(edges: list[Edge]) -> dict[str, list[str]]:
    after: dict[str, list[str]] = {}
    for edge in edges:
        after.setdefault(edge.source, []).append(edge.target)
    return after


def _reachable(starts: Iterable[str], after: dict[str, list[str]]) -> set[str]:
    seen = set(starts)
    work = list(seen)
    while work:
        for target in after.get(work.pop(), ()):
            if target not in seen:
                seen.add(target)
                work.append(target)
    return seen


def _compensators(by_id: dict[str, Node]) -> set[str]:
    return {node.compensate for node in by_id.values() if node.compensate in by_id and node.compensate}


def _unreachable(nodes: list[Node], alive: set[str], pointers: dict[str, str]) -> list[Problem]:
    return [
        Problem(
            "UNREACHABLE_NODE",
            f"Node {node.id} is not reached from any entry and will not run.",
            node_id=node.id,
            pointer=pointers.get(node.id, ""),
        )
        for node in nodes
        if node.id not in alive
    ]


def _into_entries(entries: tuple[str, ...], edges: list[Edge], after: dict[str, list[str]]) -> set[Edge]:
    """Edges into an entry that do not lead back from it: the entry has begun long before."""
    entered = {edge.target for edge in edges} & set(entries)
    beyond = {entry: _reachable([entry], after) for entry in entered}
    return {edge for edge in edges if edge.target in entered and edge.source not in beyond[edge.target]}


def _not_followed(edges: Iterable[Edge], pointers: dict[str, str]) -> list[Problem]:
    return [
        Problem(
            "EDGE_INTO_ENTRY",
            f"The edge from {edge.source} to {edge.target} is not followed: {edge.target} runs once, at the start.",
            node_id=edge.target,
            pointer=pointers.get(edge.target, ""),
        )
        for edge in sorted(edges, key=lambda edge: edge.index)
    ]


def _refuse_plain_cycles(alive: set[str], edges: list[Edge], by_id: dict[str, Node]) -> None:
    plain = [(edge.source, edge.target) for edge in edges if not is_choice(edge, by_id[edge.source])]
    found = cycle(alive, plain)
    if found:
        message = f"The nodes {', '.join(found)} form a cycle without a choice: it would never end."
        raise InvalidDefinition([Problem("CYCLE_DETECTED", message, node_id=found[0])])


def _loops(alive: set[str], edges: list[Edge], entries: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    try:
        return loops_of(alive, {(edge.source, edge.target) for edge in edges}, entries)
    except AmbiguousLoop as error:
        raise InvalidDefinition([error.problem]) from error


def _assemble(nodes: dict[str, Node], edges: list[Edge], entries: tuple[str, ...]) -> Graph:
    out: dict[str, list[Edge]] = {id: [] for id in nodes}
    into: dict[str, list[Edge]] = {id: [] for id in nodes}
    back: dict[str, list[Edge]] = {id: [] for id in nodes}
    exits: dict[str, int] = {}
    for edge in edges:
        out[edge.source].append(edge)
        (back if leads_back(nodes, edge) else into)[edge.target].append(edge)
        for header in left_by(nodes, edge):
            exits[header] = exits.get(header, 0) + 1
    return Graph(nodes, tuple(edges), entries, _frozen(out), _frozen(into), _frozen(back), exits)


def _frozen(edges: dict[str, list[Edge]]) -> dict[str, tuple[Edge, ...]]:
    return {id: tuple(found) for id, found in edges.items()}


def leads_back(nodes: dict[str, Node], edge: Edge) -> bool:
    """True where the edge ends at the header of a loop that its source lies in."""
    return edge.target in nodes[edge.source].loops


def left_by(nodes: dict[str, Node], edge: Edge) -> tuple[str, ...]:
    """The loops that the edge leaves, outermost first."""
    inside = nodes[edge.target].loops
    return tuple(header for header in nodes[edge.source].loops if header not in inside)
