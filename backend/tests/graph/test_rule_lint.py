"""Warnings about the answers of conditions, and nothing where reasoning does not know."""

from __future__ import annotations

from typing import Any

import pytest

from app.graph.rule_advice import warn_condition
from app.logic.reasoning.solving import Effort

N, S = {"var": "n"}, {"var": "lead.source"}


def codes(rule: Any) -> list[str]:
    return [problem.code for problem in warn_condition(rule, "The trigger", "/trigger")]


@pytest.mark.parametrize(
    ("rule", "code", "message"),
    [
        ({"and": [{">": [N, 80]}, {"<": [N, 70]}]}, "RULE_NEVER_TRUE", "no value of `n` meets all clauses about it"),
        ({"<=": [100, N, 75]}, "RULE_NEVER_TRUE", "is never true"),
        ({"and": [{"==": [S, "a"]}, {"==": [S, "b"]}, {">": [N, 5]}]}, "RULE_NEVER_TRUE", "no value of `lead.source`"),
        ({"and": [{"in": [S, []]}, {">": [N, 5]}]}, "RULE_NEVER_TRUE", "no value of `lead.source` meets the clause"),
        ({"in": [N, []]}, "RULE_NEVER_TRUE", "is never true: no value of `n` meets the clause about it."),
        ({"or": [{"!=": [S, "a"]}, {"!=": [S, "b"]}]}, "RULE_ALWAYS_TRUE", "The trigger is always true"),
        (
            {"or": [{"!=": [S, "a"]}, {"!=": [S, "b"]}]},
            "RULE_ALWAYS_TRUE",
            "it holds. To exclude several values, use `and`.",
        ),
        (
            {"and": [{"==": [S, "a"]}, {"==": [S, "b"]}]},
            "RULE_NEVER_TRUE",
            "it. To accept one of several values, use `in`.",
        ),
        ({"<": [N, 5]}, "MATCHES_WHEN_MISSING", "also matches where `n` is missing: a missing value counts as 0"),
        ({"and": [{"==": [S, "a"]}, {">=": [10, N]}]}, "MATCHES_WHEN_MISSING", "0 <= 10 holds"),
        ({">": [N, -5]}, "MATCHES_WHEN_MISSING", "0 > -5 holds"),
    ],
)
def test_condition_with_a_surprising_answer_is_warned(rule: Any, code: str, message: str) -> None:
    (problem,) = warn_condition(rule, "The trigger", "/trigger")

    assert (problem.code, problem.pointer) == (code, "/trigger")
    assert message in problem.message


def test_advice_is_for_several_values_of_one_path_only() -> None:
    (problem,) = warn_condition({"or": [{"==": [S, "a"]}, {"!=": [S, "a"]}]}, "The trigger", "/trigger")

    assert problem.message.endswith("whatever the values are, it holds.")


@pytest.mark.parametrize(
    "rule",
    [
        {"and": [{"==": [S, "LinkedIn"]}, {">": [N, 75]}]},
        {"and": [{"!=": [N, None]}, {"<": [N, 5]}]},
        {"and": [{"!": {"missing": ["n"]}}, {"<": [N, 5]}]},
        {"or": [{"<": [N, 5]}, {"==": [N, None]}]},
        {"==": [N, 0]},
        {"or": [{">": [N, 5]}, {"in": [S, ["a", "b"]]}]},
        {"and": [{"some": [S, {">": [{"var": "x"}, 5]}]}, {"all": [S, {"<": [{"var": "x"}, 3]}]}]},
        {"<": [{"+": [N, 1]}, {"-": [N, 1]}]},
        {"var": "flag"},
    ],
)
def test_ordinary_condition_is_not_warned(rule: Any) -> None:
    assert codes(rule) == []


def test_effort_is_shared_and_nothing_is_said_when_it_is_spent() -> None:
    rule = {"and": [{">": [N, 80]}, {"<": [N, 70]}]}

    assert warn_condition(rule, "The trigger", "/trigger", effort=Effort(0)) == []
