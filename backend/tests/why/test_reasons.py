"""Every rule explains itself, within limits."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from typing import Any

import pytest

from app.errors import InvalidRule
from app.logic.jsonlogic import compile_rule
from app.storage.json_text import dumps
from app.why.reasons import find_reasons
from app.why.shapes import show_reasons
from tests.logic.rules_by_chance import conformance_cases, make_data, make_rule
from tests.logic.test_tracing import value_of
from tests.long import LONG

EVENT = {"type": "a", "id": "x"}


def explained(rule: Any, data: Any) -> None:
    """Explain a decision, with flips for and against it; its value is that of the rule."""
    with suppress(InvalidRule):
        compile_rule(rule)
        for wanted in (True, False):
            reasons = find_reasons(rule, data, EVENT, wanted=wanted)
            dumps(show_reasons(reasons))
            explanation = reasons.explanation
            if explanation.decision == "error":
                assert explanation.sentence == f"The trigger gave up: {value_of(rule, data)}"
                continue
            if explanation.rule is not None:
                assert dumps(explanation.tree.value) == dumps(value_of(rule, data))
            assert (explanation.failing == 0) is (explanation.decision == "matched")
            assert (explanation.first_failing is None) is (explanation.decision == "matched")
            assert len(reasons.flips.flips) <= 5


def test_every_conformance_rule_explains_itself() -> None:
    for rule, data in conformance_cases():
        explained(rule, data)


def test_every_random_rule_explains_itself() -> None:
    chance = random.Random(8)
    for _ in range(250):
        explained(make_rule(chance), make_data(chance))


@LONG
def test_many_random_rules_explain_themselves() -> None:
    chance = random.Random(9)
    for _ in range(10_000):
        explained(make_rule(chance, 5), make_data(chance))


def deep_rule(depth: int) -> Any:
    rule: Any = {"==": [{"var": "a"}, 1]}
    for level in range(depth):
        rule = {["and", "or", "!!"][level % 3]: [rule]}
    return rule


@pytest.mark.parametrize(
    "rule",
    [
        {"and": [{"==": [{"var": f"k{n}"}, n]} for n in range(2_000)]},
        {"or": [{"==": [{"var": f"k{n}"}, n]} for n in range(2_000)]},
        {"and": [{"or": [{"==": [{"var": f"k{n}"}, n]}, {"==": [{"var": "z"}, n]}]} for n in range(700)]},
        {"in": [{"var": "a"}, [*range(5_000)]]},
        deep_rule(95),
        {"some": [{"var": "numbers"}, {">": [{"var": ""}, 100_001]}]},
        {"all": [{"var": "numbers"}, {">": [{"var": ""}, 5]}]},
        {"none": [{"var": "numbers"}, {">": [{"var": ""}, 5]}]},
        {"in": ["x", {"var": "numbers"}]},
        {"==": [{"reduce": [{"var": "numbers"}, {"+": [{"var": "current"}, {"var": "accumulator"}]}, 0]}, 7]},
        {"filter": [{"var": "nothing"}, {"map": [{"var": "numbers"}, {"var": ""}]}]},
        {"==": [{"var": "text"}, "b"]},
    ],
)
def test_explanation_of_a_large_decision_is_bounded(rule: Any) -> None:
    event = {**{f"key{n}": n for n in range(1_000)}, "numbers": [*range(100_000)], "text": "a" * 500_000}
    start = time.monotonic()

    shown = dumps(show_reasons(find_reasons(rule, event, EVENT)))

    assert time.monotonic() - start < 10
    assert len(shown) < 8_000_000
