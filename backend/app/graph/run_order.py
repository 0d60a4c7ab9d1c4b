"""The nodes of a graph in the order in which they run."""

from __future__ import annotations

from app.graph.model import Graph


def run_order(graph: Graph) -> list[str]:
    """The nodes from the entries on, each after those that lead to it, edges back to a loop's header left out."""
    waits = {id: len(graph.into.get(id, ())) for id in graph.nodes}
    ready = [*graph.entries, *(id for id in graph.nodes if not waits[id] and id not in graph.entries)]
    order: dict[str, None] = {}
    for id in ready:
        if id in order:
            continue
        order[id] = None
        for edge in graph.out.get(id, ()):
            waits[edge.target] = waits.get(edge.target, 0) - 1
            if waits[edge.target] == 0:
                ready.append(edge.target)
    return [*order, *(id for id in graph.nodes if id not in order)]
