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


def warnings_of(type: str, data: dict[str, Any]) -> list[tuple[str, str]]:
    found = validate({"nodes": [{"id": "n", "type": type, "data": data}], "edges": []}, REGISTRY).warnings
    return [(warning.code, warning.pointer) for warning in found]


@pytest.mark.parametrize(
    ("type", "data", "key"),
    [
        ("delay", {}, ""),
        ("delay", {"seconds": 5}, ""),
        ("delay", {"ms": True}, "/ms"),
        ("delay", {"ms": [1]}, "/ms"),
        ("delay", {"until": "soon"}, "/until"),
        ("sub_workflow", {"graph": CHILD, "payload": [1]}, "/payload"),
        ("for_each", {"graph": CHILD, "items": [1], "payload": [1]}, "/payload"),
        ("for_each", {"graph": CHILD, "items": None}, "/items"),
        ("for_each", {"graph": CHILD, "items": [], "max_parallel": 1.5}, "/max_parallel"),
        ("human_approval", {"needed": 2, "approvers": ["ann"]}, ""),
        ("human_approval", {"approvers": 7}, "/approvers"),
        ("emit_event", {"payload": 7}, "/payload"),
        ("wait_for_event", {}, "/condition"),
        ("wait_for_event", {"condition": True, "lookback": "x"}, "/lookback"),
        ("http_call", {"url": "http://x", "headers": [1]}, "/headers"),
    ],
)
def test_wrong_data_is_warned_at_its_place(type: str, data: dict[str, Any], key: str) -> None:
    assert warnings_of(type, data) == [("INVALID_DATA", f"/nodes/0/data{key}")]


@pytest.mark.parametrize(
    ("type", "data"),
    [
        ("delay", {"ms": "{{ payload.n }}"}),
        ("delay", {"until": "{{ payload.t }}"}),
        ("for_each", {"graph": CHILD, "items": [1], "payload": "{{ payload.p }}", "max_parallel": 2.0}),
        ("human_approval", {"needed": 2.0}),
        ("http_call", {"url": "http://x", "label": "Call", "color": "red", "retry": {"max_attempts": 2}}),
    ],
)
def test_right_data_is_not_warned(type: str, data: dict[str, Any]) -> None:
    assert warnings_of(type, data) == []


def test_misspelled_key_of_data_is_warned() -> None:
    data = {"url": "http://x", "methd": "POST", "time_out": 5, "color": "red", "allow_redirects": False}

    assert warnings_of("http_call", data) == [
        ("UNKNOWN_KEY", "/nodes/0/data/methd"),
        ("UNKNOWN_KEY", "/nodes/0/data/time_out"),
        ("UNKNOWN_KEY", "/nodes/0/data/allow_redirects"),
    ]


def test_unknown_key_of_a_config_is_warned() -> None:
    task = {"id": "t", "activity_type": "delay", "config": {"ms": 5, "seconds": 5}}

    found = validate({"definition_yaml": "", "definition": {"tasks": [task]}}, REGISTRY, kind="tasks").warnings

    assert [(warning.code, warning.pointer) for warning in found] == [("UNKNOWN_KEY", "/tasks/0/config/seconds")]


def test_cases_that_are_never_taken_are_warned() -> None:
    cases = [
        {"label": "a", "conditon": {"var": "k"}},
        {"label": "b", "condition": {"var": "k"}},
        {"else": True},
        {"label": "c", "condition": {"var": "n"}},
    ]

    assert warnings_of("branch", {"cases": cases}) == [
        ("UNKNOWN_KEY", "/nodes/0/data/cases/0/conditon"),
        ("CASE_NEVER_TAKEN", "/nodes/0/data/cases/0"),
        ("CASE_NEVER_TAKEN", "/nodes/0/data/cases/3"),
    ]


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


@pytest.mark.parametrize("data", [{}, {"notify": {"message": "x"}}])
def test_on_lost_without_an_effect_is_a_warning(data: dict[str, Any]) -> None:
    asking = {"id": "n", "type": "human_approval", "data": {"on_lost": "ask", **data}}

    found = validate({"nodes": [asking], "edges": []}, REGISTRY).warnings

    expected = [] if data else [("KEY_WITHOUT_EFFECT", "n", "/nodes/0/data/on_lost")]
    assert [(warning.code, warning.node_id, warning.pointer) for warning in found] == expected


@pytest.mark.parametrize(
    ("type", "key"),
    [
        ("human_approval", "approvers"),
        ("human_approval", "needed"),
        ("wait_for_event", "max_wait_time"),
        ("sub_workflow", "payload"),
        ("for_each", "max_parallel"),
    ],
)
def test_limit_that_is_null_is_warned(type: str, key: str) -> None:
    data = {"graph": CHILD, "items": [1], "condition": {"==": [{"var": "k"}, 1]}, key: None}

    found = validate({"nodes": [{"id": "n", "type": type, "data": data}], "edges": []}, REGISTRY).warnings

    assert [warning.message for warning in found if warning.code == "KEY_WITHOUT_EFFECT"] == [
        f"Node n: {key} is null and has no effect; give it a value, or leave the key out."
    ]


def test_limit_of_a_task_that_is_null_is_warned() -> None:
    task = {"id": "a", "activity_type": "human_approval", "config": {"title": "x", "approvers": None}}

    found = validate({"definition_yaml": "", "definition": {"tasks": [task]}}, REGISTRY, kind="tasks").warnings

    assert [(warning.code, warning.pointer) for warning in found] == [
        ("KEY_WITHOUT_EFFECT", "/tasks/0/config/approvers")
    ]
