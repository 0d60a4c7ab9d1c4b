"""Warnings about a graph that can run: parts of it that will not do what its author expects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from app.errors import Problem
from app.graph.building.cases import nexts
from app.graph.building.entries import reachable
from app.graph.building.handles import edges_never_followed
from app.graph.model import Edge, Graph, Node
from app.graph.names import LONGEST_NAME


def warn_no_entry(nodes: Collection[Node], entries: Collection[str]) -> Iterator[Problem]:
    """A graph without nodes, or without a node at which an execution starts."""
    if not nodes:
        yield Problem("EMPTY_GRAPH", "The graph has no node that runs.")
    elif not entries:
        message = "No node starts: edges lead into every node. Add a node of type start."
        yield Problem("NO_ENTRY", message)


def warn_unreachable(nodes: Iterable[Node], pointers: Mapping[str, str]) -> Iterator[Problem]:
    """Nodes that no path from an entry leads to."""
    for node in nodes:
        message = f"Node {node.id} is not reached from any entry and will not run."
        yield Problem("UNREACHABLE_NODE", message, node_id=node.id, pointer=pointers.get(node.id, ""))


def warn_edges_into_entries(edges: Iterable[Edge], pointers: Mapping[str, str]) -> Iterator[Problem]:
    """Edges into entries, which have started before."""
    for edge in edges:
        message = f"The edge from {edge.source} to {edge.target} is not followed: {edge.target} runs at the start."
        yield Problem("EDGE_INTO_ENTRY", message, node_id=edge.target, pointer=pointers.get(edge.target, ""))


def warn_joins_never_met(graph: Graph, pointers: Mapping[str, str]) -> Iterator[Problem]:
    """Nodes that wait for more edges than they have."""
    for id, edges in graph.into.items():
        wanted = graph.nodes[id].join or 1
        if edges and wanted > len(edges):
            message = f"Node {id} waits for {wanted} edges, but only {len(edges)} can be taken: it will not run."
            yield Problem("JOIN_NEVER_MET", message, node_id=id, pointer=f"{pointers.get(id, '')}/data/join")


def warn_nodes(nodes: Iterable[Node], pointers: Mapping[str, str]) -> Iterator[Problem]:
    """Wrong reserved keys in the data of each node, and names of nodes that do not exist."""
    nodes = list(nodes)
    ids = {node.id for node in nodes}
    for node in nodes:
        place = f"{pointers.get(node.id, '')}/data"
        if node.fault:
            yield Problem("INVALID_DATA", f"Node {node.id}: {node.fault}", node_id=node.id, pointer=place)
        yield from _dangling(node, ids, place)


def _dangling(node: Node, ids: Collection[str], place: str) -> Iterator[Problem]:
    if node.compensate and node.compensate not in ids:
        message = f"Node {node.id} is compensated by {node.compensate[:LONGEST_NAME]}, which does not exist."
        yield Problem("DANGLING_COMPENSATE", message, node_id=node.id, pointer=f"{place}/compensate")
    for target, index in nexts(node).items():
        if target not in ids:
            name = target[:LONGEST_NAME]
            message = f"A case of node {node.id} leads to {name}, which is not a node that runs: its path ends."
            yield Problem("DANGLING_NEXT", message, node_id=node.id, pointer=f"{place}/cases/{index}/next")


def warn_never_run(graph: Graph, pointers: Mapping[str, str]) -> Iterator[Problem]:
    """Nodes that only edges lead to which no case of their source takes."""
    never = [edge for node in graph.nodes.values() for edge in edges_never_followed(node, graph.out[node.id])]
    if not never:
        return
    dropped = {edge.index for edge in never}
    live = reachable(graph.entries, [edge for edge in graph.edges if edge.index not in dropped])
    for id, source in {edge.target: edge.source for edge in never if edge.source in live}.items():
        if id not in live:
            message = f"Node {id} never runs: it follows {source}, and every case of {source} leads elsewhere."
            yield Problem("NEVER_RUNS", message, node_id=id, pointer=pointers.get(id, ""))
