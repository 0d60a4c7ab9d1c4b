"""What a workflow may say about its flow, and what keeps its executions apart."""

from __future__ import annotations

from typing import Any

import pytest

from app.storage.lanes import Lane
from app.triggers.flow import flow_problems, lane_of, read_flow, said_in


def lane(key: str | None, payload: Any) -> str:
    found = lane_of("w", read_flow({"concurrency": {"limit": 2, **({} if key is None else {"key": key})}}), payload)
    assert found is not None
    return found.name


def test_what_is_absent_or_null_says_nothing() -> None:
    assert said_in({"name": "w", "concurrency": None}) is None
    assert read_flow(None) is None
    assert lane_of("w", None, {}) is None


def test_a_lane_is_what_its_author_says() -> None:
    flow = read_flow({"concurrency": {"limit": 3, "key": "{{ customer }}", "on_limit": "drop"}})

    assert lane_of("w", flow, {"customer": "ada"}) == Lane("concurrency/w/ada", 3, "drop", "w")


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
def test_what_makes_no_sense_is_named(concurrency: Any, pointer: str) -> None:
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


def test_a_payload_without_the_key_has_a_lane_too() -> None:
    assert lane("{{ payload.a.b.c }}", {}) == lane("{{ payload.a.b.c }}", {"a": None})


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "ü" * 10_000, {"a": [1.5, None]}, "", 10**300, "/", "a" * 201])
def test_any_value_makes_a_name_that_postgres_can_keep(odd: Any) -> None:
    name = lane("{{ a }}", {"a": odd})

    assert name.isascii()
    assert name.isprintable()
    assert len(name) < 300
