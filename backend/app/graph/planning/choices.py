"""The edges that a settled node takes, and the word for them in the step's row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum, auto

from app.graph.model import ERROR, Edge, Graph, Node

#: The word of a step that took no edge, because the ``next`` of its case does not exist.
NOWHERE = "∅"
#: If this handle is chosen, the edges without a handle are followed too.
APPROVED = "approved"
#: Edges out of a node, each with True if it is taken.
Followed = Sequence[tuple[Edge, bool]]
#: Outcomes of nodes of one graph that are remembered, at most.
MOST_FOLLOWED = 10_000


class Outcome(IntEnum):
    """How a visit was settled, as far as it matters to the edges out of it."""

    #: Its handler succeeded, or failed with ``on_error: continue``.
    COMPLETED = auto()
    #: Its handler failed, and an edge leaves from the handle ``error``.
    CAUGHT = auto()
    #: It is on a path that was not taken.
    SKIPPED = auto()


def follow_edges(graph: Graph, node_id: str, outcome: Outcome, branch: str | None = None) -> Followed:
    """The edges out of a settled node, each with True if it is taken, False if it is skipped."""
    key = node_id, outcome, branch
    found = graph.followed.get(key)
    if found is None:
        found = [each for each in _follow(graph, node_id, outcome, branch) if graph.goes_along(each[0])]
        if len(graph.followed) < MOST_FOLLOWED:
            graph.followed[key] = found
    return found


def _follow(graph: Graph, node_id: str, outcome: Outcome, branch: str | None) -> Followed:
    edges = graph.out[node_id]
    if outcome is Outcome.SKIPPED:
        return [(edge, False) for edge in edges]
    if outcome is Outcome.CAUGHT:
        return [(edge, edge.handle == ERROR) for edge in edges]
    chosen = {edge.index for edge in _chosen(graph.nodes[node_id], edges, branch)}
    return [(edge, edge.index in chosen) for edge in edges]


def choose(graph: Graph, node_id: str, *, handles: Iterable[str] = (), next: str | None = None) -> str | None:
    """
    The branch of a completed node, in a word that ``follow_edges`` understands and the step's row keeps.

    ``next`` overrides edges; else the first of the handles that edges leave from; else (None) the plain edges.
    """
    edges = graph.out[node_id]
    if next:
        return f"→{next}" if any(_leads_to(edge, next) for edge in edges) else NOWHERE
    for handle in handles:
        if any(edge.handle == handle for edge in edges):
            return f"#{handle}"
    return None


def leads_on(graph: Graph, node_id: str, outcome: Outcome, branch: str | None) -> bool:
    """True if at least one edge is taken; otherwise the node's output is part of the execution's."""
    return any(taken for _, taken in follow_edges(graph, node_id, outcome, branch))


def catches(graph: Graph, node_id: str) -> bool:
    """True if an edge leaves the node from the handle ``error``."""
    return any(edge.handle == ERROR for edge in graph.out[node_id])


def _chosen(node: Node, edges: tuple[Edge, ...], branch: str | None) -> list[Edge]:
    if branch is None:
        return [edge for edge in edges if _is_plain(node, edge)]
    if branch == NOWHERE:
        return []
    word = branch[1:]
    if branch.startswith("→"):
        return [edge for edge in edges if _leads_to(edge, word)][:1]
    with_plain = word == APPROVED and APPROVED in node.traits.handles
    return [edge for edge in edges if edge.handle == word or (with_plain and _is_plain(node, edge))]


def _leads_to(edge: Edge, target: str) -> bool:
    """True if a case's ``next`` can follow the edge; an edge from ``error`` is for failures only."""
    return edge.target == target and edge.handle != ERROR


def _is_plain(node: Node, edge: Edge) -> bool:
    """True if the edge is followed without a choice; a handle matters only if its node chooses."""
    if edge.implied or edge.handle == ERROR:
        return False
    return edge.handle is None or not node.traits.chooses
