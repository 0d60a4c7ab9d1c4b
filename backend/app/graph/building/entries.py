"""The nodes at which an execution starts, and those that it can reach."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from app.graph.building.cases import nexts
from app.graph.building.components import components, successors
from app.graph.model import Edge, Node


def entries_of(nodes: Iterable[Node], edges: Iterable[Edge]) -> tuple[str, ...]:
    """The nodes of type start; else the node with the id start; else the nodes that no edge enters."""
    by_id = {node.id: node for node in nodes}
    typed = tuple(node.id for node in by_id.values() if node.type == "start")
    if typed:
        return typed
    if "start" in by_id:
        return ("start",)
    entered = {edge.target for edge in edges}
    entered |= {node.compensate for node in by_id.values() if node.compensate and node.compensate != node.id}
    return tuple(id for id in by_id if id not in entered)


def independent_nodes(nodes: Collection[Node], edges: Iterable[Edge], apart: Collection[str] = ()) -> tuple[str, ...]:
    """
    The nodes that wait for no other; targets of cases and compensating nodes are not among them.

    ``apart`` are further nodes that only run to compensate others.
    """
    after = {edge.target for edge in edges if not edge.implied} | {node.compensate for node in nodes} | set(apart)
    first = [node.id for node in nodes if node.id not in after]
    named = {target for node in nodes for target in nexts(node)}
    return tuple(id for id in first if id not in named) or tuple(first)


def into_entries(entries: tuple[str, ...], edges: list[Edge]) -> list[Edge]:
    """Edges into an entry that are not part of a loop: the entry has started before."""
    begun = set(entries)
    entered = [edge for edge in edges if edge.target in begun]
    if not entered:
        return []
    home = {node: number for number, part in enumerate(components(_arcs(edges))) for node in part}
    return [edge for edge in entered if edge.target not in home or home[edge.target] != home.get(edge.source)]


def reachable(entries: Iterable[str], edges: Iterable[Edge]) -> set[str]:
    """The entries, and every node that a path leads to from one of them."""
    return _spread(entries, successors(_arcs(edges)))


def compensators(reached: Iterable[str], by_id: Mapping[str, Node]) -> set[str]:
    """The nodes that compensate one that is reached."""
    named = {by_id[id].compensate for id in reached}
    return {id for id in named if id is not None and id in by_id}


def _arcs(edges: Iterable[Edge]) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in edges]


def _spread(starts: Iterable[str], after: Mapping[str, list[str]]) -> set[str]:
    seen = set(starts)
    work = list(seen)
    while work:
        for target in after.get(work.pop(), ()):
            if target not in seen:
                seen.add(target)
                work.append(target)
    return seen
