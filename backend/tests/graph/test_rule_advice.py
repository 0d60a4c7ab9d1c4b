"""Warnings about rules that will not do what their author expects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.graph.rule_advice import warn_condition, warn_value
from app.logic.jsonlogic import compile_rule


def codes(rule: Any) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in warn_condition(rule, "The trigger", "/trigger")]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('{"==": [{"var": "a"}, 1]}', "is a text that contains a rule, and so always true"),
        ("false", 'is always true: "false" reads nothing'),
        (1, "is always true: 1 reads nothing"),
        (0, "is always false"),
        ("", "is always false"),
        ([], "is a list, and so always false"),
        ([{"==": [{"var": "a"}, 2]}], "is a list, and so always true"),
        ({"==": [1, 1]}, "is always true"),
        ({"and": [True, {"!": [1]}]}, "is always false"),
        ({"==": ["status", "paid"]}, "is always false"),
    ],
)
def test_constant_condition_is_warned(rule: Any, message: str) -> None:
    (problem,) = warn_condition(rule, "The trigger", "/trigger")

    assert (problem.code, problem.pointer) == ("CONSTANT_CONDITION", "/trigger")
    assert problem.message.startswith(f"The trigger {message}")


@pytest.mark.parametrize(
    "rule",
    [
        *(True, False, None, {}),
        *({"var": "a"}, {"missing": ["a"]}, {"!": [{"missing_some": [1, ["a"]]}]}),
        {"some": [[1, 2], {">": [{"var": ""}, 1]}]},
    ],
)
def test_deliberate_condition_is_not_warned(rule: Any) -> None:
    assert codes(rule) == []


def test_custom_operator_is_not_constant(operators: Any) -> None:
    operators("is_holiday", lambda: True)

    assert codes({"is_holiday": []}) == []


def test_template_in_a_rule_is_warned_with_its_place() -> None:
    assert codes({"==": ["{{ payload.a }}", {"var": "b"}]}) == [("TEMPLATE_IN_RULE", "/trigger/==/0")]
    assert codes("{{ payload.go }}") == [("TEMPLATE_IN_RULE", "/trigger")]


@pytest.mark.parametrize("number", [2**53 + 1, -(2**60), 1e300])
def test_number_past_the_precise_ones_is_warned(number: Any) -> None:
    assert codes({"==": [{"var": "id"}, number]}) == [("IMPRECISE_NUMBER", "/trigger/==/1")]
    assert codes({"in": [{"var": "id"}, [1, number]]}) == [("IMPRECISE_NUMBER", "/trigger/in/1/1")]
    assert codes({"==": [{"var": "id"}, 2**53]}) == []


def test_number_that_is_only_kept_is_not_warned() -> None:
    assert warn_value({"a": 2**60, "b": [2**60]}, "Node a: value", "/value") == []


RULES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(
            lambda name, parts: {name: parts},
            st.sampled_from(["==", "and", "or", "!", "if", "+", "cat", "var", "missing", "some", "in"]),
            st.lists(inner, max_size=3),
        )
    ),
    max_leaves=6,
)


@given(RULES, st.dictionaries(st.text(max_size=2), st.integers(-1, 1), max_size=3))
def test_condition_that_is_warned_has_one_answer(rule: Any, data: dict[str, Any]) -> None:
    if not any(code == "CONSTANT_CONDITION" for code, _ in codes(rule)):
        return

    (problem,) = warn_condition(rule, "The trigger", "/trigger")

    assert ("always true" in problem.message) == compile_rule(rule).holds(data)


@given(RULES)
def test_advice_never_raises(rule: Any) -> None:
    warn_value(rule, "The trigger", "/trigger")
    codes(rule)
