"""Edges that are not followed when their author expects it, because of the handles that they leave from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.errors import Problem
from app.graph.building.case_advice import always_holds
from app.graph.building.cases import cases_of, handles_of, nexts
from app.graph.model import ERROR, Edge, Node
from app.graph.names import as_id, listed, quote

#: Handles, in lower case, of edges that are drawn for anything but success; a node that does not choose follows them
#: when it succeeds.
_NOT_SUCCESS = frozenset(
    {"error", "on_error", "onerror", "catch", "fail", "failed", "failure", "false", "no", "else", "timeout", "rejected"}
)


def warn_unknown_handles(nodes: Iterable[Node], edges: Iterable[Edge], pointer: str) -> Iterator[Problem]:
    """Edges from handles that their node does not have; ``pointer`` leads to the list of edges."""
    by_id = {node.id: node for node in nodes}
    known = {id: words for id, node in by_id.items() if (words := _known_handles(node)) is not None}
    named = {id: nexts(by_id[id]) for id in known}
    for edge in edges:
        node = by_id[edge.source]
        if edge.handle is None or edge.handle == ERROR:
            continue
        if not node.traits.chooses and edge.handle.lower() in _NOT_SUCCESS:
            yield _always_followed(edge, node, pointer)
        elif edge.source in known and edge.handle not in known[edge.source] and edge.target not in named[edge.source]:
            yield _unknown_handle(edge, node, known[edge.source], pointer)


def _known_handles(node: Node) -> set[str] | None:
    """The handles of a node that chooses; None where its type lets the handler choose any."""
    if not node.traits.chooses or not (node.traits.handles or cases_of(node)):
        return None
    return {ERROR, *node.traits.handles, *(word for _, case in cases_of(node) for word in handles_of(case))}


def _unknown_handle(edge: Edge, node: Node, known: Iterable[str], pointer: str) -> Problem:
    handle = quote(edge.handle)
    reason = f"no case has the label {handle}" if cases_of(node) else f"{node.type} has no handle {handle}"
    message = (
        f"The edge from {edge.source} to {edge.target} is not followed: {reason}; "
        f"the handles are {listed(sorted(known))}."
    )
    return Problem("UNKNOWN_HANDLE", message, node_id=edge.source, pointer=f"{pointer}/{edge.index}/sourceHandle")


def _always_followed(edge: Edge, node: Node, pointer: str) -> Problem:
    message = (
        f"The edge from {edge.source} to {edge.target} is followed whenever {edge.source} succeeds: a node of type "
        f"{node.type} does not choose, so the handle {quote(edge.handle)} decides nothing. "
        "Only edges from the handle error are followed on failure."
    )
    return Problem(
        "HANDLE_DECIDES_NOTHING", message, node_id=edge.source, pointer=f"{pointer}/{edge.index}/sourceHandle"
    )


#        ┌─next──▶ b
#   a ───┼─else──▶ c        a is a branch; one of its cases is always taken, so the plain edge is never followed
#        └───────▶ d
def edges_never_followed(node: Node, edges: Iterable[Edge]) -> list[Edge]:
    """The edges without a handle out of a node of which one case is always taken, and all cases lead elsewhere."""
    edges, cases = list(edges), [case for _, case in cases_of(node)]
    if node.continue_on_error or not any(always_holds(case) for case in cases):
        return []
    handles = {edge.handle for edge in edges}
    if any(as_id(case.get("next")) is None and handles.isdisjoint(handles_of(case)) for case in cases):
        return []
    named = nexts(node)
    return [edge for edge in edges if edge.handle is None and edge.target not in named]
