"""No rule, and no data, can raise past a rule, run code, or keep a worker busy."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InvalidRule, RuleFailed
from app.logic.jsonlogic import BUILT_IN, MAX_DEPTH, MAX_SIZE, compile_rule, compile_value

ACCUMULATOR = {"var": "accumulator"}


def nested(depth: int, operator: str | None = None, leaf: Any = 1) -> Any:
    """A leaf in many lists, or in many operators."""
    value: Any = leaf
    for _ in range(depth):
        value = [value] if operator is None else {operator: value}
    return value


def refusal(rule: Any) -> InvalidRule:
    with pytest.raises(InvalidRule) as caught:
        compile_rule(rule)
    return caught.value


def test_method_is_refused() -> None:
    problem = refusal({"and": [True, {"method": ["x", "__class__"]}]})

    assert (problem.code, problem.pointer) == ("UNKNOWN_OPERATOR", "/and/1")
    assert "method" in str(problem)


@pytest.mark.parametrize("operator", ["nope", "count", "var.x", "__class__", "", "\ud800", "x" * 10_000])
def test_unknown_operator_is_refused_by_name(operator: str) -> None:
    problem = refusal({"!": [{operator: [1]}]})

    assert (problem.code, problem.pointer) == ("UNKNOWN_OPERATOR", "/!/0")
    assert len(str(problem)) < 200


def test_rule_with_several_keys_is_refused_at_its_place() -> None:
    problem = refusal({"if": [True, {"/": [1, {"a": 1, "b": 2}]}]})

    assert (problem.code, problem.pointer) == ("RULE_KEYS", "/if/1/~1/1")


def test_empty_object_is_not_a_rule() -> None:
    assert refusal({}).code == "RULE_KEYS"
    assert compile_rule({"!!": [{}]}).holds(None)


@pytest.mark.parametrize("operator", [None, "!", "and", "map", "var"])
def test_rule_too_deep_is_refused(operator: str | None) -> None:
    assert refusal(nested(100_000, operator)).code == "RULE_TOO_DEEP"


@pytest.mark.parametrize("operator", [None, "!", "and", "map", "reduce", "cat"])
def test_rule_of_the_maximum_depth_runs(operator: str | None) -> None:
    compile_rule(nested(MAX_DEPTH, operator)).holds({})


def test_rule_too_large_is_refused() -> None:
    assert refusal({"in": [1, [0] * MAX_SIZE]}).code == "RULE_TOO_LARGE"
    assert refusal({"in": [1, [0] * (MAX_SIZE - 2)]}).pointer == f"/in/1/{MAX_SIZE - 3}"
    assert compile_rule({"in": [0, [0] * (MAX_SIZE - 3)]}).holds({})


@pytest.mark.parametrize(
    "rule",
    [
        {"reduce": [{"var": "many"}, {"cat": [ACCUMULATOR, ACCUMULATOR]}, "x"]},
        {"reduce": [{"var": "many"}, {"merge": [ACCUMULATOR, ACCUMULATOR]}, [1]]},
        {"reduce": [{"var": "many"}, [ACCUMULATOR, ACCUMULATOR], [1]]},
        {"cat": {"reduce": [{"var": "few"}, [ACCUMULATOR, ACCUMULATOR], [1]]}},
        {"reduce": [{"var": "few"}, [ACCUMULATOR, ACCUMULATOR], [1]]},
        {"map": [{"var": "large"}, "x" * 1_000]},
        {"map": [{"var": "grid"}, {"map": [{"var": ""}, {"in": [1, {"var": ""}]}]}]},
        {"or": [{"in": ["z", {"var": "large"}]}] * 2_000},
        {"or": [{"==": [{"var": "text"}, n]} for n in range(2, 2_000)]},
        {"or": [{"<": [{"var": "unicode"}, "é"]}] * 2_000},
    ],
)
def test_rule_that_exceeds_its_budget_fails(rule: Any) -> None:
    data = {
        "many": [0] * 200,
        "few": [0] * 60,
        "large": [0] * 100_000,
        "grid": [[[0] * 100] * 1_000] * 100,
        "text": "1" * 1_000_000,
        "unicode": "é" * 1_000_000,
    }
    start = time.process_time()

    with pytest.raises(RuleFailed):
        compile_value(rule).evaluate(data)

    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "value",
    [10**400, -(10**400), float("nan"), float("inf"), "\ud800", nested(50_000), {1: {None: 2}}, object(), (1, 2)],
)
@pytest.mark.parametrize("operator", sorted(BUILT_IN))
def test_odd_data_raises_nothing(operator: str, value: Any) -> None:
    data = {"a": value}
    arguments = [{"var": "a"}, {"var": "a"}, {"var": "a"}]

    for count in range(4):
        if operator != "*" or count:
            compile_value({operator: arguments[:count]}).holds(data)
    for rule in ({operator: [1, {"var": "a"}]}, {operator: [{"var": "a"}, 1]}, {operator: ["x", {"var": "a.0"}]}):
        compile_value(rule).holds(data)


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(["a", "a.b", "1", "0x1"])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
)
rules = st.recursive(
    scalars | st.sampled_from(["a", "a.b", "b.0", ""]).map(lambda path: {"var": path}),
    lambda inner: (
        st.builds(
            lambda operator, arguments: {operator: arguments},
            st.sampled_from(sorted(BUILT_IN - {"*"})),
            st.lists(inner, max_size=4),
        )
        | st.lists(inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(rules, st.dictionaries(st.sampled_from("abc"), values, max_size=3))
def test_no_rule_raises_on_any_data(rule: Any, data: Any) -> None:
    compiled = compile_rule(rule)

    assert compiled.holds(data) in (True, False)
