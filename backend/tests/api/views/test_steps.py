"""Steps are shown with their inputs; what is large is replaced by its size."""

from __future__ import annotations

from typing import Any

import pytest

from app.api.views.steps import find_input, settled_by_node, show_step
from app.engine import handlers
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import discover
from app.graph.model import Graph
from app.storage.definition import Definition
from app.storage.executions import SettledOutput, ShownStep
from app.storage.json_text import JsonText

PAYLOAD = JsonText('{"a": 1}')


#   a ─┐
#      ├─▶ c
#   b ─┘
@pytest.fixture(scope="module")
def graph() -> Graph:
    nodes = [{"id": id, "type": "transform", "data": {"value": 1}} for id in "abc"]
    document = {"nodes": nodes, "edges": [{"source": "a", "target": "c"}, {"source": "b", "target": "c"}]}
    return WorkflowCache(discover(handlers)).get("w", 1, lambda: Definition("graph", document)).graph


def step(node: str, **values: Any) -> ShownStep:
    given: dict[str, Any] = dict.fromkeys(ShownStep._fields)
    return ShownStep(**{**given, "id": "s", "node_id": node, "status": "COMPLETED", "scope": "", **values})


def output(node: str, text: str | None, size: int | None = None) -> SettledOutput:
    return SettledOutput(node, "", "COMPLETED", None, text, size)


def shown(graph: Graph, node: str, *outputs: SettledOutput) -> dict[str, Any]:
    found = find_input(graph, step(node), settled_by_node(outputs), PAYLOAD)
    return dict(show_step(step(node), "e", found))


def test_input_is_the_output_of_the_sources(graph: Graph) -> None:
    assert shown(graph, "c", output("a", "1"))["input"] == "1"
    assert shown(graph, "c", output("a", "1"), output("b", "[2]"))["input"] == '{"a":1,"b":[2]}'
    assert shown(graph, "a")["input"] == PAYLOAD


def test_large_input_is_left_out_with_its_size(graph: Graph) -> None:
    one = shown(graph, "c", output("a", None, 5000))
    both = shown(graph, "c", output("a", None, 5000), output("b", None, 6000))
    mixed = shown(graph, "c", output("a", None, 5000), output("b", "1"))

    assert [each["input_bytes"] for each in (one, both, mixed)] == [5000, 11_000, 5000]
    assert [each["input"] for each in (one, both, mixed)] == ["null"] * 3


def test_large_output_is_left_out_with_its_size() -> None:
    item = show_step(step("a", output_bytes=5000), "e", None)

    assert (item["output"], item["output_bytes"]) == (None, 5000)
    assert "output_bytes" not in show_step(step("a", output="1"), "e", None)
