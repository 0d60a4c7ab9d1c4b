"""Keys: which payloads share a lane or a window."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.flow_control.limits import limits_of
from app.flow_control.spec import read_flow


def lane(key: str | None, payload: Any) -> str:
    flow = read_flow({"concurrency": {"limit": 2, **({} if key is None else {"key": key})}})
    (found,) = limits_of("w", flow, payload).lanes
    return found.name


def test_executions_without_a_key_share_one_lane() -> None:
    assert lane(None, {"a": 1}) == lane(None, {"a": 2}) == "concurrency/w"


def test_keys_that_read_the_same_are_one_lane() -> None:
    assert lane("{{ a }}", {"a": 1}) == lane("{{ a }}", {"a": "1"})
    assert lane("{{ a }}", {"a": True}) == lane("{{ a }}", {"a": "true"})
    assert lane("{{ a }}", {"a": 1}) != lane("{{ a }}", {"a": 2})
    assert lane("{{ a }}-{{ payload.b }}", {"a": 1, "b": 2}) == "concurrency/w/1-2"


def test_payload_without_the_key_has_a_lane_too() -> None:
    assert lane("{{ payload.a.b.c }}", {}) == lane("{{ payload.a.b.c }}", {"a": None})


@pytest.mark.parametrize(
    ("value", "text"), [(None, "null"), ([1], "[1]"), ({"a": 1}, '{"a":1}'), ({"a": 1}, '{"a": 1}'), ([], "[]")]
)
def test_text_that_looks_like_a_value_is_another_key(value: Any, text: str) -> None:
    assert lane("{{ a }}", {"a": value}) != lane("{{ a }}", {"a": text})
    assert lane("{{ a }}", {"a": text}) != lane("{{ a }}", {"a": f'"{text}"'})


@pytest.mark.parametrize(
    ("one", "other"),
    [(7, 7.0), (0, -0.0), (7.5, "7.5"), ({"a": 1, "b": [2.0]}, {"b": [2], "a": 1.0}), (1e3, 1000)],
)
def test_values_that_are_equal_in_json_are_one_key(one: Any, other: Any) -> None:
    assert lane("{{ a }}", {"a": one}) == lane("{{ a }}", {"a": other})


JSON = st.recursive(
    st.none() | st.integers(-2, 2) | st.sampled_from(["null", "1", "[", "{}", "[]", '"', "a"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


@given(JSON, JSON)
def test_lanes_are_equal_only_for_equal_values(one: Any, other: Any) -> None:
    scalars = all(isinstance(value, (int, str)) for value in (one, other))
    equal = str(one) == str(other) if scalars else one == other

    assert (lane("{{ a }}", {"a": one}) == lane("{{ a }}", {"a": other})) == equal


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "ü" * 10_000, {"a": [1.5, None]}, "", 10**300, "/", "a" * 201])
def test_any_value_makes_a_name_that_postgres_can_keep(odd: Any) -> None:
    name = lane("{{ a }}", {"a": odd})

    assert name.isascii()
    assert name.isprintable()
    assert len(name) < 300
