"""References to members that the output of a node never has."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from app.engine import handlers
from app.engine.definitions.validation import validate
from app.engine.registry import discover

REGISTRY = discover(handlers)


def warnings(text: Any, rule: Any = True) -> list[Any]:
    nodes: list[dict[str, Any]] = [
        {"id": "start", "type": "start"},
        {"id": "call", "type": "http_call", "data": {"url": "http://x/"}},
        {"id": "shape", "type": "transform", "data": {"value": {"a": 1, "b": 2}}},
        {"id": "tell", "type": "send_notification", "data": {"toRole": "AE", "message": text}},
        {"id": "route", "type": "branch", "data": {"cases": [{"condition": rule}, {"else": True}]}},
    ]
    order = [node["id"] for node in nodes]
    edges = [{"source": a, "target": b} for a, b in pairwise(order)]
    return [each for each in validate({"nodes": nodes, "edges": edges}, REGISTRY).warnings if each.code[0] == "O"]


@pytest.mark.parametrize("text", ["{{ call.output.body }}", "{{ call.body }}", "of {{ call.output.status }}"])
def test_member_that_an_output_never_has_is_warned(text: str) -> None:
    (problem,) = warnings(text)

    assert (problem.code, problem.node_id, problem.pointer) == ("OUTPUT_NOT_THERE", "tell", "/nodes/3/data")
    assert "a node of type http_call has status_code, headers, text, json" in problem.message


def test_member_in_a_rule_is_warned_too() -> None:
    (problem,) = warnings("x", {"==": [{"var": "$steps.call.output.status"}, 200]})

    assert (problem.code, problem.node_id) == ("OUTPUT_NOT_THERE", "route")


@pytest.mark.parametrize(
    "text",
    ["{{ call.output }}", "{{ call.status_code }}", "{{ call.output.json.a }}", "{{ shape.x }}", "{{ call.error }}"],
)
def test_member_that_may_be_there_is_not_warned(text: str) -> None:
    assert warnings(text) == []
