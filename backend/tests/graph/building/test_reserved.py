"""The keys that mean the same in any node's data, and durations."""

from __future__ import annotations

from typing import Any

import pytest

from app.graph.durations import parse_seconds
from app.graph.model import MAX_VISITS, Node, OnLost, RetryPolicy
from tests.graph.drawing import built, document


def node(**data: Any) -> Node:
    found = built(document("a", a=data))
    warned = [(p.code, p.pointer) for p in found.warnings if p.code == "INVALID_DATA"]
    assert warned == ([("INVALID_DATA", "/nodes/0/data")] if found.graph.nodes["a"].fault else [])
    return found.graph.nodes["a"]


def test_node_without_retry_is_tried_once() -> None:
    plain = node()

    assert (plain.join, plain.max_visits, plain.timeout, plain.continue_on_error, plain.compensate) == (
        None,
        MAX_VISITS,
        None,
        False,
        None,
    )
    assert plain.retry.wait_after(1) is None
    assert plain.fault is None


def test_null_settings_are_ignored() -> None:
    keys = ("retry", "timeout", "on_error", "on_lost", "join", "max_visits", "compensate")

    assert node(**dict.fromkeys(keys)).fault is None


@pytest.mark.parametrize(("value", "join"), [("all", None), ("any", 1), ({"at_least": 1}, 1), ({"at_least": 5}, 5)])
def test_join(value: Any, join: int | None) -> None:
    assert node(join=value).join == join


def test_retry_has_defaults_once_it_is_asked_for() -> None:
    assert node(retry={}).retry == RetryPolicy(3, 1.0, 30.0, 2.0)
    assert node(retry={"max_attempts": 5, "multiplier": None}).retry == RetryPolicy(5, 1.0, 30.0, 2.0)


def test_retry_intervals_are_durations() -> None:
    retry = node(retry={"max_attempts": 4, "initial_interval": "1.5s", "max_interval": "2m", "multiplier": 10}).retry

    assert [retry.wait_after(attempt) for attempt in (1, 2, 3, 4)] == [1.5, 15.0, 120.0, None]


def test_retry_wait_is_bounded() -> None:
    retry = node(retry={"max_attempts": 1_000_000, "multiplier": 1000}).retry

    assert retry.wait_after(999_999) == 30.0


@pytest.mark.parametrize(("value", "timeout"), [(5, 5.0), (0.5, 0.5), ("5m", 300.0), ("{{ payload.t }}", None)])
def test_timeout(value: Any, timeout: float | None) -> None:
    assert node(timeout=value).timeout == timeout


def test_on_error() -> None:
    assert node(on_error="continue").continue_on_error
    assert not node(on_error="fail").continue_on_error


@pytest.mark.parametrize("value", ["again", "fail", "ask"])
def test_on_lost(value: str) -> None:
    assert node(on_lost=value).on_lost == OnLost(value)


def test_lost_step_runs_again_by_default() -> None:
    assert node().on_lost == OnLost.AGAIN


def test_empty_compensate_is_none() -> None:
    assert node(compensate="").compensate is None


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("join", "some", 'join is "some"'),
        ("join", {"at_least": 0}, "join.at_least is 0"),
        ("join", {"at_least": True}, "join.at_least is true"),
        ("join", {"at_least": 2, "x": 1}, "join is {"),
        ("join", [], "join is []"),
        ("join", 2, "join is 2"),
        ("max_visits", 0, "max_visits is 0"),
        ("max_visits", 1.5, "max_visits is 1.5"),
        ("max_visits", "7", 'max_visits is "7"'),
        ("max_visits", 10**9, "max_visits is 1000000000"),
        ("retry", 3, "retry is 3"),
        ("retry", {"attempts": 3}, 'retry has no key "attempts"'),
        ("retry", {"max_attempts": 0}, "retry.max_attempts is 0"),
        ("retry", {"initial_interval": "soon"}, 'retry.initial_interval: "soon" is not a duration'),
        ("retry", {"max_interval": -1}, "retry.max_interval: -1 is not a duration"),
        ("retry", {"multiplier": 0.5}, "retry.multiplier is 0.5"),
        ("retry", {"multiplier": float("nan")}, "retry.multiplier is NaN"),
        ("timeout", 0, "timeout is 0"),
        ("timeout", "later", 'timeout: "later" is not a duration'),
        ("timeout", [], "timeout: [] is not a duration"),
        ("on_error", "ignore", 'on_error is "ignore"'),
        ("on_error", True, "on_error is true"),
        ("on_error", ["fail"], 'on_error is ["fail"]'),
        ("on_lost", "retry", 'on_lost is "retry"; it must be "again", "fail" or "ask".'),
        ("on_lost", False, "on_lost is false"),
        ("on_lost", ["ask"], 'on_lost is ["ask"]'),
        ("compensate", ["b"], 'compensate is ["b"]'),
        ("compensate", True, "compensate is true"),
    ],
)
def test_invalid_data_is_warned_and_fails_the_step(key: str, value: Any, says: str) -> None:
    fault = node(**{key: value}).fault

    assert fault is not None
    assert fault.startswith(says)
    assert fault.endswith(".")


def test_invalid_key_does_not_affect_others() -> None:
    found = node(retry="often", join="any", on_error="continue", max_visits=-1)

    assert (found.join, found.continue_on_error) == (1, True)
    assert found.fault is not None
    assert 'retry is "often"' in found.fault
    assert "max_visits is -1" in found.fault


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0, 0.0),
        (5, 5.0),
        (1.5, 1.5),
        ("7", 7.0),
        ("1.5s", 1.5),
        (".5s", 0.5),
        ("250ms", 0.25),
        ("5m", 300.0),
        ("2h", 7200.0),
        ("1d", 86400.0),
        (" 90 d ", 90 * 86400.0),
    ],
)
def test_durations(written: Any, meant: float) -> None:
    assert parse_seconds(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        *(-1, "-1s", "", " ", "s", "1w", "1h30m", "1e3", "٣s", "1.s", "1,5s", True, None, [], {}),
        *(float("nan"), float("inf"), float("-inf"), 10**400, 1e300, "9" * 15 + "d", "9" * 400, "1" * 10**6),
    ],
)
def test_invalid_duration_is_explained(written: Any) -> None:
    with pytest.raises(ValueError, match=r"(is not a duration|is longer than a hundred years).*\.$") as caught:
        parse_seconds(written)

    assert len(str(caught.value)) < 200
