"""What the author of a graph should know although it can run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from app.errors import Problem
from app.graph.building.cases import cases_of, handles_of, nexts
from app.graph.model import ERROR, Edge, Graph, Node
from app.graph.names import LONGEST_NAME


def no_entry(nodes: Collection[Node], entries: Collection[str]) -> Iterator[Problem]:
    if not nodes:
        yield Problem("EMPTY_GRAPH", "The graph has no node that runs.")
    elif not entries:
        message = "Nothing starts: edges lead into every node. Add a node of type start where it should begin."
        yield Problem("NO_ENTRY", message)


def unreachable(nodes: Iterable[Node], pointers: Mapping[str, str]) -> Iterator[Problem]:
    for node in nodes:
        message = f"Node {node.id} is not reached from any entry and will not run."
        yield Problem("UNREACHABLE_NODE", message, node_id=node.id, pointer=pointers.get(node.id, ""))


def warn_edges_into_entries(edges: Iterable[Edge], pointers: Mapping[str, str]) -> Iterator[Problem]:
    for edge in edges:
        message = f"The edge from {edge.source} to {edge.target} is not followed: {edge.target} runs at the start."
        yield Problem("EDGE_INTO_ENTRY", message, node_id=edge.target, pointer=pointers.get(edge.target, ""))


def joins_never_met(graph: Graph, pointers: Mapping[str, str]) -> Iterator[Problem]:
    for id, edges in graph.into.items():
        wanted = graph.nodes[id].join or 1
        if edges and wanted > len(edges):
            message = f"Node {id} waits for {wanted} edges, but only {len(edges)} can be taken: it will not run."
            yield Problem("JOIN_NEVER_MET", message, node_id=id, pointer=f"{pointers.get(id, '')}/data/join")


def of_nodes(nodes: Iterable[Node], pointers: Mapping[str, str]) -> Iterator[Problem]:
    """What is odd in the data of each node by itself; nodes that it names and that are not there."""
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
            message = f"A case of node {node.id} leads to {target[:LONGEST_NAME]}, which does not exist: its path ends."
            yield Problem("DANGLING_NEXT", message, node_id=node.id, pointer=f"{place}/cases/{index}/next")


def unknown_handles(nodes: Iterable[Node], edges: Iterable[Edge], pointer: str) -> Iterator[Problem]:
    """Edges from handles that no case of their branch has; ``pointer`` leads to the list of edges."""
    words = {node.id: _quoted_words(node) for node in nodes if cases_of(node)}
    named = {node.id: nexts(node) for node in nodes if node.id in words}
    for edge in edges:
        known = words.get(edge.source)
        if known is None or edge.handle is None or edge.handle in known or edge.target in named[edge.source]:
            continue
        message = (
            f"The edge from {edge.source} to {edge.target} is not followed: no case has the label {edge.handle[:100]}."
        )
        yield Problem("UNKNOWN_HANDLE", message, node_id=edge.source, pointer=f"{pointer}/{edge.index}/sourceHandle")


def _quoted_words(node: Node) -> set[str]:
    return {ERROR, *node.traits.handles, *(word for _, case in cases_of(node) for word in handles_of(case))}
