"""Differences between two drawings, in numbers."""

from __future__ import annotations

from typing import Any

import pytest

from app.graph.changes import DrawingChanges, count_changes

#   a ──▶ b
BEFORE: dict[str, Any] = {
    "nodes": [
        {"id": "a", "type": "start", "position": {"x": 0, "y": 0}},
        {"id": "b", "type": "transform", "data": {"value": 1}},
    ],
    "edges": [{"source": "a", "target": "b"}],
}


def test_moved_node_is_no_change() -> None:
    moved = {
        **BEFORE,
        "nodes": [{**BEFORE["nodes"][0], "position": {"x": 9, "y": 9}, "data": None}, BEFORE["nodes"][1]],
    }

    assert count_changes(BEFORE, moved) == DrawingChanges()


#   a ──▶ b ──hot──▶ c
def test_added_changed_and_removed_are_counted() -> None:
    nodes = [BEFORE["nodes"][0], {"id": "b", "type": "transform", "data": {"value": 2}}, {"id": "c", "type": "end"}]
    after = {"nodes": nodes, "edges": [*BEFORE["edges"], {"source": "b", "target": "c", "sourceHandle": "hot"}]}

    assert count_changes(BEFORE, after) == DrawingChanges(nodes_added=1, nodes_changed=1, edges_added=1)
    assert count_changes(after, BEFORE) == DrawingChanges(nodes_removed=1, nodes_changed=1, edges_removed=1)


@pytest.mark.parametrize("drawing", [None, [], {}, {"nodes": None}, {"nodes": [1, {}], "edges": [{"source": "a"}]}])
def test_odd_drawing_has_nothing(drawing: Any) -> None:
    assert count_changes(drawing, BEFORE) == DrawingChanges(nodes_added=2, edges_added=1)
