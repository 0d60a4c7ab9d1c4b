"""Which nodes lie in which loops, and which drawings of loops mean nothing certain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from app.errors import Problem

Arcs = Collection[tuple[str, str]]
#: Loops inside loops, this many at most.
DEEPEST = 20


def cycle(nodes: Iterable[str], arcs: Arcs) -> list[str] | None:
    """The nodes of one cycle among these arcs, or None."""
    for part in components(nodes, arcs):
        return sorted(part)
    return None


def loops_of(nodes: Iterable[str], arcs: Arcs, entries: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """
    The headers of the loops around each node, outermost first.

    A loop is a strongly connected part; its header is the one node at which it is entered. Without the arcs
    back to the header, what is still strongly connected inside is a loop within. Raises ``AmbiguousLoop`` for a
    loop that can be entered at several nodes: nobody could say which arrivals belong to which turn of it.
    """
    found: dict[str, tuple[str, ...]] = dict.fromkeys(nodes, ())
    open_parts = [(set(found), list(arcs), set(entries))]
    while open_parts:
        members, inner, doors = open_parts.pop()
        for part in components(members, inner):
            header = _header(part, inner, doors)
            _enter(found, part, header)
            rest = [(a, b) for a, b in inner if a in part and b in part and b != header]
            open_parts.append((part, rest, {header}))
    return found


class AmbiguousLoop(Exception):
    """A loop without exactly one way in, or too many loops inside each other."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _header(part: set[str], arcs: Arcs, doors: set[str]) -> str:
    entered = {b for a, b in arcs if b in part and a not in part} | (part & doors)
    if len(entered) == 1:
        return entered.pop()
    names = ", ".join(sorted(part))
    ways = ", ".join(sorted(entered)) or "no node"
    raise AmbiguousLoop(
        Problem(
            "AMBIGUOUS_LOOP",
            f"The loop through {names} is entered at {ways}; a loop needs one node at which it begins.",
            node_id=min(entered or part),
        )
    )


def _enter(found: dict[str, tuple[str, ...]], part: set[str], header: str) -> None:
    for node in part:
        found[node] = (*found[node], header)
    if len(found[header]) > DEEPEST:
        message = f"More than {DEEPEST} loops lie inside each other around {header}."
        raise AmbiguousLoop(Problem("LOOPS_TOO_DEEP", message, node_id=header))


def components(nodes: Iterable[str], arcs: Arcs) -> list[set[str]]:
    """The strongly connected parts that hold a cycle (Tarjan 1972, without recursion)."""
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in arcs:
        if source in after and target in after:
            after[source].append(target)
    parts = _tarjan(after)
    return [part for part in parts if len(part) > 1 or next(iter(part)) in after[next(iter(part))]]


def _tarjan(after: Mapping[str, list[str]]) -> list[set[str]]:
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
