"""A step's data: how long it may take, and what is recorded of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.engine import handlers
from app.engine.attempts.step_data import check_rendered, redact_output, redact_record, time_limit
from app.engine.definitions.compiled import CompiledNode, compile_workflow
from app.engine.registry import discover
from app.errors import StepFailed
from app.graph.compile import compile_document
from app.storage.walk.records import APPROVAL, FAN_OUT, Record

REGISTRY = discover(handlers)


def compiled(type: str, **data: Any) -> CompiledNode:
    document = {"nodes": [{"id": "n", "type": type, "data": data}], "edges": []}
    graph = compile_document("graph", document, REGISTRY.traits, max_nodes=10).graph
    return compile_workflow(graph, REGISTRY).nodes["n"]


@pytest.mark.parametrize(("timeout", "seconds"), [(0.5, 0.5), ("500ms", 0.5), ("2", 2.0), ("5m", 300.0), (7, 7.0)])
def test_timeout_of_a_template_bounds(timeout: Any, seconds: float) -> None:
    node = compiled("task_b", timeout="{{ payload.t }}").node

    assert time_limit(node, {"timeout": timeout}, set(), default=300) == seconds


@pytest.mark.parametrize(
    ("timeout", "message"),
    [
        ("abc", 'Node n: timeout: "abc" is not a duration: write seconds, or a number with s, m, h or d.'),
        (-1, "Node n: timeout: -1 is not a duration: write seconds, or a number with s, m, h or d."),
        (None, "Node n: timeout: null is not a duration: write seconds, or a number with s, m, h or d."),
        (True, "Node n: timeout: true is not a duration: write seconds, or a number with s, m, h or d."),
        (0, "Node n: timeout is 0; it must be greater than 0."),
        ("s3cret-token", 'Node n: timeout: "***" is not a duration: write seconds, or a number with s, m, h or d.'),
    ],
)
def test_timeout_of_a_template_that_is_wrong_fails(timeout: Any, message: str) -> None:
    node = compiled("task_b", timeout="{{ payload.t }}").node

    with pytest.raises(StepFailed) as failed:
        time_limit(node, {"timeout": timeout}, {"s3cret-token"}, default=300)

    assert (str(failed.value), failed.value.kind, failed.value.retry) == (message, "InvalidData", False)


def test_timeout_without_template_is_the_nodes_or_the_default() -> None:
    assert time_limit(compiled("task_b", timeout="1s").node, {}, set(), default=300) == 1
    assert time_limit(compiled("task_b").node, {}, set(), default=300) == 300


SECRET = "canary-0123456789-abcdefghijklmnopqrst"
#: Node types, a key of their data whose message quotes a wrong value, and further data.
QUOTING: list[tuple[str, str, dict[str, Any]]] = [
    ("delay", "ms", {}),
    ("delay", "until", {}),
    ("http_call", "timeout", {"url": "http://x/"}),
    ("human_approval", "needed", {}),
    ("for_each", "items", {"workflow": "w"}),
    ("for_each", "max_parallel", {"workflow": "w", "items": []}),
    ("emit_event", "payload", {}),
    ("wait_for_event", "lookback", {"condition": True}),
    ("sub_workflow", "max_wait_time", {"workflow": "w"}),
    ("sub_workflow", "payload", {"workflow": "w"}),
    ("python_function", "function", {}),
]


@pytest.mark.parametrize(("type", "key", "data"), QUOTING)
@pytest.mark.parametrize("before", range(0, 90, 5))
def test_message_shows_no_piece_of_a_secret(type: str, key: str, data: dict[str, Any], before: int) -> None:
    node = compiled(type, **data, **{key: "{{ payload.x }}"})

    with pytest.raises(StepFailed) as failed:
        check_rendered(node, {**data, key: f"{'p' * before}{SECRET}p"}, {SECRET})

    pieces = [SECRET[start : start + 5] for start in range(len(SECRET) - 4)]
    assert [piece for piece in pieces if piece in str(failed.value)] == []
    assert failed.value.kind == "InvalidData"


def test_output_keeps_its_own_names_and_statuses() -> None:
    output = json.dumps({"status_code": 2000, "headers": {"X": "text"}, "text": "a text", "json": {"text": 2000}})

    found = json.loads(redact_output(compiled("http_call", url="x"), output, {"text", "2000", "headers", "status"}))

    assert found == {"status_code": 2000, "headers": {"X": "***"}, "text": "a ***", "json": {"***": "***"}}
    assert list(found) == ["status_code", "headers", "text", "json"]


def test_output_of_functions_loses_secrets_in_names_too() -> None:
    found = redact_output(compiled("python_function", function="f"), '{"s3cret": 1}', {"s3cret"})

    assert found == '{"***":1}'


def test_rows_keep_columns_numbers_and_ids() -> None:
    approval = Record(APPROVAL, {"title": "plan title", "context": {"title": 1}, "approvers": [], "needed": 1234})
    fan_out = Record(FAN_OUT, {"workflow_id": "item", "total": 1234, "items": ["item"], "children": ["a-item"]})

    secrets = {"title", "item", "1234", "children"}

    assert redact_record(approval, secrets).values == {
        "title": "plan ***",
        "context": {"***": 1},
        "approvers": [],
        "needed": 1234,
    }
    assert redact_record(fan_out, secrets).values == {
        "workflow_id": "item",
        "total": 1234,
        "items": ["***"],
        "children": ["a-item"],
    }
    assert redact_record(fan_out, set()) is fan_out


#: Keys of node types whose templates must give a value: without it, anybody could decide, or nothing would be limited.
LIMITING = [
    ("human_approval", "approvers", {}),
    ("human_approval", "needed", {}),
    ("human_approval", "max_wait_time", {}),
    ("for_each", "max_parallel", {"workflow": "w", "items": []}),
    ("for_each", "max_wait_time", {"workflow": "w", "items": []}),
    ("sub_workflow", "payload", {"workflow": "w"}),
    ("sub_workflow", "max_wait_time", {"workflow": "w"}),
    ("wait_for_event", "lookback", {"condition": True}),
    ("wait_for_event", "max_wait_time", {"condition": True}),
]


@pytest.mark.parametrize(("type", "key", "data"), LIMITING)
def test_template_that_gives_null_is_not_like_no_key(type: str, key: str, data: dict[str, Any]) -> None:
    node = compiled(type, **data, **{key: "{{ payload.missing }}"})

    with pytest.raises(StepFailed) as failed:
        check_rendered(node, {**data, key: None}, set())

    message = f"Node n: {key} is null; its template must give a value, or leave the key out."
    assert (str(failed.value), failed.value.kind, failed.value.retry) == (message, "InvalidData", False)


@pytest.mark.parametrize("approvers", [[], "", [None]])
def test_approvers_of_a_template_that_are_empty_fail(approvers: Any) -> None:
    node = compiled("human_approval", approvers="{{ payload.who }}")

    with pytest.raises(StepFailed, match="Node n: approvers: "):
        check_rendered(node, {"approvers": approvers}, set())
