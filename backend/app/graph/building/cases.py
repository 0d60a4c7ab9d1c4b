"""The cases of a node that chooses: the nodes and the handles that they lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.graph.model import Node
from app.graph.names import as_handle, as_id


def cases_of(node: Node) -> list[tuple[int, Mapping[str, Any]]]:
    """The cases of a node that chooses, as far as they are objects, each with its index."""
    cases = node.data.get("cases") if node.traits.chooses else None
    if not isinstance(cases, list):
        return []
    return [(place, case) for place, case in enumerate(cases) if isinstance(case, Mapping)]


def nexts(node: Node) -> dict[str, int]:
    """The nodes that the cases have as ``next``, each with the index of the first such case."""
    named: dict[str, int] = {}
    for place, case in cases_of(node):
        target = as_id(case.get("next"))
        if target is not None:
            named.setdefault(target, place)
    return named


def handles_of(case: Mapping[str, Any]) -> tuple[str, ...]:
    """The handles of a case, best first: its label, its id, and ``else``."""
    names = (case.get("label"), case.get("id"), "else" if case.get("else") else None)
    return tuple(word for word in map(as_handle, names) if word is not None)
