"""The loops of a graph, and the refusal of ambiguous ones."""

from __future__ import annotations

from collections.abc import Iterable

from app.errors import Problem
from app.graph.building.components import Arc, components
from app.graph.names import listed

#: Levels of nested loops.
DEEPEST = 20


class AmbiguousLoop(Exception):
    """A loop without exactly one entry, or too many nested loops."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def loops_of(arcs: Iterable[Arc], entries: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """
    The headers of the loops around each node that is in one, outermost first.

    A loop is a strongly connected component; its header is the one node at which it is entered. Without the arcs
    back to the header, the components that remain inside are nested loops. Raises ``AmbiguousLoop`` for a loop that
    is entered at several nodes: its arrivals could not be assigned to turns.
    """
    found: dict[str, tuple[str, ...]] = {}
    inner, doors = list(arcs), set(entries)
    while parts := components(inner):
        home = {node: number for number, part in enumerate(parts) for node in part}
        headers = _loop_headers(parts, home, inner, doors)
        for part, header in zip(parts, headers, strict=True):
            _nest_loop(found, part, header)
        inner = [(a, b) for a, b in inner if a in home and home[a] == home.get(b) and b != headers[home[a]]]
        doors = set()
    return found


def _loop_headers(parts: list[set[str]], home: dict[str, int], arcs: list[Arc], doors: set[str]) -> list[str]:
    """The one node at which each part is entered: from outside, or because the execution starts there."""
    entered = [part & doors for part in parts]
    for source, target in arcs:
        if target in home and home.get(source) != home[target]:
            entered[home[target]].add(target)
    return [_require_one_entry(ways, part) for ways, part in zip(entered, parts, strict=True)]


def _require_one_entry(ways: set[str], part: set[str]) -> str:
    if len(ways) == 1:
        return next(iter(ways))
    message = (
        f"The loop through {listed(sorted(part))} is entered at {listed(sorted(ways))};"
        " a loop needs one node at which it begins."
    )
    raise AmbiguousLoop(Problem("AMBIGUOUS_LOOP", message, node_id=min(ways or part)))


def _nest_loop(found: dict[str, tuple[str, ...]], part: set[str], header: str) -> None:
    for node in part:
        found[node] = (*found.get(node, ()), header)
    if len(found[header]) > DEEPEST:
        message = f"More than {DEEPEST} loops are nested around {header}."
        raise AmbiguousLoop(Problem("LOOPS_TOO_DEEP", message, node_id=header))
