"""What a workflow may say about its flow, and what keeps its executions apart."""

from __future__ import annotations

from typing import Any

import pytest

from app.flow_control.spec import NO_LIMITS, flow_of, flow_problems, limits_of, read_flow, window_of
from app.storage.flow_control.lanes import Lane
from app.storage.flow_control.windows import Window


def lane(key: str | None, payload: Any) -> str:
    flow = read_flow({"concurrency": {"limit": 2, **({} if key is None else {"key": key})}})
    (found,) = limits_of("w", flow, payload).lanes
    return found.name


def test_absent_and_null_settings_are_ignored() -> None:
    assert flow_of({"name": "w", "concurrency": None}) is None
    assert read_flow(None) is None
    assert limits_of("w", None, {}) == NO_LIMITS
    assert window_of("w", None, {}) is None


def test_lane_is_built_from_concurrency() -> None:
    flow = read_flow({"concurrency": {"limit": 3, "key": "{{ customer }}", "on_limit": "drop"}})

    assert limits_of("w", flow, {"customer": "ada"}).lanes == [Lane("concurrency/w/ada", 3, "drop", "w")]


def test_rate_limit_alone_is_the_only_lane() -> None:
    rate = {"limit": 5, "period": "1.5m", "key": "{{ a }}"}
    alone = limits_of("w", read_flow({"rate_limit": rate}), {"a": 1})
    both = limits_of("w", read_flow({"rate_limit": rate, "concurrency": {"limit": 1}}), {"a": 1})

    assert alone.lanes == [Lane("rate_limit/w/1", 5, "queue", "w", 90.0)]
    assert alone.lane == alone.rate == both.rate
    assert [lane.name for lane in both.lanes] == ["concurrency/w", "rate_limit/w/1"]


def test_events_gather_in_windows_by_their_keys() -> None:
    pause = read_flow({"debounce": {"period": 2, "key": "{{ a }}", "max_wait": "1m"}})
    batch = read_flow({"batch": {"size": 7, "period": "1h"}})

    assert window_of("w", pause, {"a": "x"}) == Window("debounce/w/x", "w", 2.0, 1000, 60.0)
    assert window_of("w", batch, {}) == Window("batch/w", "w", 3600.0, 7)


@pytest.mark.parametrize(
    ("said", "code", "pointer"),
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
def test_invalid_rates_and_windows_are_named(said: Any, code: str, pointer: str) -> None:
    (problem,) = flow_problems(said)

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


def test_executions_without_a_key_share_one_lane() -> None:
    assert lane(None, {"a": 1}) == lane(None, {"a": 2}) == "concurrency/w"


def test_keys_that_read_the_same_are_one_lane() -> None:
    assert lane("{{ a }}", {"a": 1}) == lane("{{ a }}", {"a": "1"})
    assert lane("{{ a }}", {"a": True}) == lane("{{ a }}", {"a": "true"})
    assert lane("{{ a }}", {"a": 1}) != lane("{{ a }}", {"a": 2})
    assert lane("{{ a }}-{{ payload.b }}", {"a": 1, "b": 2}) == "concurrency/w/1-2"


def test_payload_without_the_key_has_a_lane_too() -> None:
    assert lane("{{ payload.a.b.c }}", {}) == lane("{{ payload.a.b.c }}", {"a": None})


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "ü" * 10_000, {"a": [1.5, None]}, "", 10**300, "/", "a" * 201])
def test_any_value_makes_a_name_that_postgres_can_keep(odd: Any) -> None:
    name = lane("{{ a }}", {"a": odd})

    assert name.isascii()
    assert name.isprintable()
    assert len(name) < 300


@pytest.mark.parametrize(
    ("said", "place"),
    [({"concurrency": 7}, "concurrency"), ({"schedule": {"cron": "@daily", "payload": []}}, "schedule.payload")],
)
def test_non_object_is_named(said: Any, place: str) -> None:
    (problem,) = flow_problems(said)

    assert problem.message == f"{place}: it must be an object."
