"""What a workflow may say about its flow, and what keeps its executions apart."""

from __future__ import annotations

from typing import Any

import pytest

from app.flow_control.spec import flow_problems, pick_flow, read_flow


def test_absent_and_null_settings_are_ignored() -> None:
    assert pick_flow({"name": "w", "concurrency": None}) is None
    assert read_flow(None) is None


@pytest.mark.parametrize(
    ("sent", "code", "pointer"),
    [
        ({"rate_limit": {"limit": 1}}, "INVALID_RATE_LIMIT", "/rate_limit/period"),
        ({"rate_limit": {"limit": 1, "period": 0}}, "INVALID_RATE_LIMIT", "/rate_limit/period"),
        ({"rate_limit": {"limit": 1, "period": "soon"}}, "INVALID_RATE_LIMIT", "/rate_limit/period"),
        ({"rate_limit": {"limit": 1, "period": -1}}, "INVALID_RATE_LIMIT", "/rate_limit/period"),
        (
            {"rate_limit": {"limit": 1, "period": 1, "on_limit": "replace"}},
            "INVALID_RATE_LIMIT",
            "/rate_limit/on_limit",
        ),
        ({"debounce": {}}, "INVALID_DEBOUNCE", "/debounce/period"),
        ({"debounce": {"period": "1s", "max_wait": []}}, "INVALID_DEBOUNCE", "/debounce/max_wait"),
        ({"debounce": {"period": 10**400}}, "INVALID_DEBOUNCE", "/debounce/period"),
        ({"batch": {"size": 1001, "period": 1}}, "INVALID_BATCH", "/batch/size"),
        ({"batch": {"size": 0, "period": 1}}, "INVALID_BATCH", "/batch/size"),
        ({"batch": {"size": 2}}, "INVALID_BATCH", "/batch/period"),
        ({"batch": {"size": 2, "period": 1}, "debounce": {"period": 1}}, "INVALID_FLOW", ""),
    ],
)
def test_invalid_rates_and_windows_are_named(sent: Any, code: str, pointer: str) -> None:
    (problem,) = flow_problems(sent)

    assert (problem.code, problem.pointer) == (code, pointer)


@pytest.mark.parametrize(
    ("concurrency", "pointer"),
    [
        ({}, "/concurrency/limit"),
        ({"limit": 0}, "/concurrency/limit"),
        ({"limit": 10_001}, "/concurrency/limit"),
        ({"limit": True}, "/concurrency/limit"),
        ({"limit": "3"}, "/concurrency/limit"),
        ({"limit": 1.5}, "/concurrency/limit"),
        ({"limit": 1, "on_limit": "wait"}, "/concurrency/on_limit"),
        ({"limit": 1, "on_limit": ["queue"]}, "/concurrency/on_limit"),
        ({"limit": 1, "keys": "x"}, "/concurrency/keys"),
        ({"limit": 1, "key": "customer"}, "/concurrency/key"),
        ({"limit": 1, "key": "{{ secret.TOKEN }}"}, "/concurrency/key"),
        ({"limit": 1, "key": "{{ input.a }}"}, "/concurrency/key"),
        ({"limit": 1, "key": '{{ steps["a"].b }}'}, "/concurrency/key"),
        ({"limit": 1, "key": "{{ 1 + 1 }}"}, "/concurrency/key"),
        ({"limit": 1, "key": 7}, "/concurrency/key"),
        (7, "/concurrency"),
        ([], "/concurrency"),
    ],
)
def test_invalid_settings_are_named(concurrency: Any, pointer: str) -> None:
    (problem,) = flow_problems({"concurrency": concurrency})

    assert (problem.code, problem.pointer) == ("INVALID_CONCURRENCY", pointer)
    assert problem.message.endswith(".")


@pytest.mark.parametrize(
    ("sent", "place", "value"),
    [
        ({"concurrency": 7}, "concurrency", "7"),
        ({"schedule": {"cron": "@daily", "payload": []}}, "schedule.payload", "[]"),
    ],
)
def test_non_object_is_named(sent: Any, place: str, value: str) -> None:
    (problem,) = flow_problems(sent)

    assert problem.message == f"{place}: it is {value}; it must be an object."
