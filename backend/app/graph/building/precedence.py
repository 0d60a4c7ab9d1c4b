"""Whether a node can have run before another."""

from __future__ import annotations

from app.graph.building.components import strongly_connected_components
from app.graph.model import Graph


class Precedence:
    """
    The nodes from which a path leads to each node, computed once for the whole graph.

    The nodes before a node are the bits of one number, so that a graph of 10,000 nodes takes no longer than its edges.
    """

    def __init__(self, graph: Graph) -> None:
        self._bits = {id: 1 << place for place, id in enumerate(graph.nodes)}
        self._before = _before(graph, self._bits)
        #: Nodes that no path leads to, and that are not entries, run only to compensate others, at the end.
        self._last = {id for id, before in self._before.items() if not before} - set(graph.entries)

    def allows(self, earlier: str, later: str) -> bool:
        """True if ``earlier`` can have run when ``later`` runs; in a loop, also in an earlier turn."""
        if later in self._last:
            return earlier in self._bits
        return bool(self._before[later] & self._bits.get(earlier, 0))


def _before(graph: Graph, bits: dict[str, int]) -> dict[str, int]:
    parts = strongly_connected_components({id: [edge.target for edge in graph.out[id]] for id in graph.nodes})
    home = {node: number for number, part in enumerate(parts) for node in part}
    before: dict[int, int] = dict.fromkeys(range(len(parts)), 0)
    for number in reversed(range(len(parts))):
        here = sum(bits[node] for node in parts[number])
        targets = {home[edge.target] for node in parts[number] for edge in graph.out[node]}
        if number in targets:
            before[number] |= here
        for target in targets - {number}:
            before[target] |= before[number] | here
    return {node: before[number] for node, number in home.items()}
