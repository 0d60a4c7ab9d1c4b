"""Warnings about cases of a branch that are never taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.errors import Problem
from app.graph.building.cases import cases_of
from app.graph.model import Node
from app.graph.unknown_keys import warn_misspelled_keys

BRANCH = "branch"
_KEYS = ("label", "id", "condition", "else", "next")


def warn_cases(node: Node, place: str) -> Iterator[Problem]:
    """
    Misspelled keys of the cases, cases without a condition, and cases below one that is always taken.

    ``place`` leads to the node's data.
    """
    if node.type != BRANCH:
        return
    first_certain: int | None = None
    for index, case in cases_of(node):
        what, pointer = f"Case {index + 1} of node {node.id}", f"{place}/cases/{index}"
        yield from warn_misspelled_keys(case, _KEYS, what, pointer, node.id)
        if first_certain is not None:
            message = f"{what} is never taken: case {first_certain + 1}, above it, is always taken."
            yield Problem("CASE_NEVER_TAKEN", message, node_id=node.id, pointer=pointer)
        elif not case.get("else") and case.get("condition") is None:
            message = f"{what} is never taken: it has neither a condition nor else."
            yield Problem("CASE_NEVER_TAKEN", message, node_id=node.id, pointer=pointer)
        if first_certain is None and always_holds(case):
            first_certain = index


def always_holds(case: Mapping[str, Any]) -> bool:
    """True for a case that is taken whatever the data is."""
    return bool(case.get("else")) or case.get("condition") is True
