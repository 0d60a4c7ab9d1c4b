"""The strongly connected components of a directed graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Arc = tuple[str, str]


def components(arcs: Iterable[Arc]) -> list[set[str]]:
    """The strongly connected components that contain a cycle."""
    after = successors(arcs)
    return [
        part
        for part in strongly_connected_components(after)
        if len(part) > 1 or not part.isdisjoint(after[next(iter(part))])
    ]


def cycle(arcs: Iterable[Arc]) -> list[str] | None:
    """The nodes of one cycle, in order, or None."""
    after = successors(arcs)
    for part in components(arcs):
        node, path = min(part), dict[str, None]()
        while node not in path:
            path[node] = None
            node = next(target for target in after[node] if target in part)
        nodes = list(path)
        return nodes[nodes.index(node) :]
    return None


def successors(arcs: Iterable[Arc]) -> dict[str, list[str]]:
    """The targets of the arcs out of each node; every node of an arc is a key."""
    after: dict[str, list[str]] = {}
    for source, target in arcs:
        after.setdefault(source, []).append(target)
        after.setdefault(target, [])
    return after


def strongly_connected_components(after: Mapping[str, list[str]]) -> list[set[str]]:
    """All strongly connected components, each before those that lead to it (Tarjan 1972, without recursion)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    parts: list[set[str]] = []
    for root in after:
        work = [(root, iter(after[root]))] if root not in number else []
        while work:
            node, targets = work[-1]
            if node not in number:
                number[node] = low[node] = len(number)
                stack.append(node)
                on_stack.add(node)
            for target in targets:
                if target not in number:
                    work.append((target, iter(after[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], number[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    parts.append(_pop_part(stack, on_stack, node))
    return parts


def _pop_part(stack: list[str], on_stack: set[str], root: str) -> set[str]:
    part = set()
    while True:
        node = stack.pop()
        on_stack.discard(node)
        part.add(node)
        if node == root:
            return part
