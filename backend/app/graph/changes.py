"""The differences between two drawings of a workflow, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DrawingChanges:
    """How many nodes and edges a drawing has that the one before has not, or has otherwise."""

    nodes_added: int = 0
    nodes_removed: int = 0
    nodes_changed: int = 0
    edges_added: int = 0
    edges_removed: int = 0


def count_changes(before: Any, after: Any) -> DrawingChanges:
    """
    Compare two drawings, each an object with ``nodes`` and ``edges``, or anything else for an empty one.

    Nodes are the same by their ids, edges by their ends and handles. Positions and sizes do not count.
    """
    old, new = _nodes(before), _nodes(after)
    old_edges, new_edges = _edges(before), _edges(after)
    return DrawingChanges(
        nodes_added=len(new.keys() - old.keys()),
        nodes_removed=len(old.keys() - new.keys()),
        nodes_changed=sum(old[id] != new[id] for id in old.keys() & new.keys()),
        edges_added=len(new_edges - old_edges),
        edges_removed=len(old_edges - new_edges),
    )


def _nodes(drawing: Any) -> dict[str, tuple[Any, Any]]:
    """Type and data of each node by its id."""
    return {str(node["id"]): (node.get("type"), node.get("data") or {}) for node in _items(drawing, "nodes", "id")}


def _edges(drawing: Any) -> set[tuple[str, str, str]]:
    """Source, handle and target of each edge."""
    edges = _items(drawing, "edges", "source", "target")
    return {(str(each["source"]), str(each.get("sourceHandle") or ""), str(each["target"])) for each in edges}


def _items(drawing: Any, name: str, *members: str) -> list[Mapping[str, Any]]:
    """The objects of a list in a drawing that have these members."""
    found = drawing.get(name) if isinstance(drawing, Mapping) else None
    return [each for each in found or () if isinstance(each, Mapping) and all(key in each for key in members)]
