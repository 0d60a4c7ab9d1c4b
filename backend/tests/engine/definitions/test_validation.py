"""Warnings about definitions that are saved all the same."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine import handlers
from app.engine.definitions.validation import validate
from app.engine.registry import discover

REGISTRY = discover(handlers)
CHILD = {"nodes": [{"id": "start", "type": "start"}], "edges": []}


@pytest.mark.parametrize(
    ("type", "key", "data"),
    [
        ("sub_workflow", "payload", {"graph": CHILD}),
        ("for_each", "payload", {"graph": CHILD, "items": [1]}),
        ("emit_event", "payload", {}),
    ],
)
def test_secret_in_a_payload_is_a_warning(type: str, key: str, data: dict[str, Any]) -> None:
    passing = {"id": "n", "type": type, "data": {**data, key: {"token": ["{{ secret.T }}"]}}}

    (warning,) = validate({"nodes": [passing], "edges": []}, REGISTRY).warnings

    assert (warning.code, warning.node_id, warning.pointer) == ("SECRET_PASSED_ON", "n", f"/nodes/0/data/{key}")
    assert warning.message == (
        f"Node n: {key} refers to the secret T, but it is stored, so *** arrives in its place;"
        " write {{ secret.T }} in the node that uses it."
    )


def test_secret_in_a_call_is_no_warning() -> None:
    calling = {"id": "n", "type": "http_call", "data": {"url": "http://x/", "headers": {"X": "{{ secret.T }}"}}}

    assert validate({"nodes": [calling], "edges": []}, REGISTRY).warnings == []


@pytest.mark.parametrize(
    ("body", "warned"),
    [
        ('{"name": "{{ payload.n }}"}', True),
        ('{"name": {{ payload.n | json }}, "x": "{{ payload.x }}"}', True),
        ('{"name": {{ payload.n | json }}}', False),
        ("{{ payload.body }}", False),
        ({"name": "{{ payload.n }}"}, False),
        ("plain", False),
    ],
)
def test_json_as_text_with_placeholders_is_a_warning(body: Any, warned: bool) -> None:
    data = {"url": "http://x/", "method": "POST", "headers": {"content-type": "application/json"}, "body": body}

    warnings = validate({"nodes": [{"id": "n", "type": "http_call", "data": data}], "edges": []}, REGISTRY).warnings

    assert [warning.code for warning in warnings] == (["JSON_AS_TEXT"] if warned else [])
    assert [warning.pointer for warning in warnings] == (["/nodes/0/data/body"] if warned else [])
