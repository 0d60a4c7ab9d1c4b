"""The clauses that keep a rule from an answer."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import RuleFailed
from app.logic.jsonlogic import compile_rule
from app.logic.misses import find_miss
from app.logic.pointer import follow_pointer
from tests.logic.test_tracing import EXTRA, random_cases

A, B, C = ({"==": [{"var": name}, 1]} for name in "abc")


@pytest.mark.parametrize(
    ("rule", "data", "failing", "first", "near"),
    [
        (A, {}, 1, "", False),
        ({"and": [A, B]}, {"a": 1}, 1, "/and/1", True),
        ({"and": [A, B]}, {}, 2, "/and/0", False),
        ({"or": [A, B]}, {}, 1, "/or/0", False),
        ({"or": [{"and": [A, B]}, C]}, {}, 1, "/or/1", False),
        ({"or": [C, {"and": [A, B]}]}, {"a": 1}, 1, "/or/1/and/1", True),
        ({"or": [{"and": [A, B]}, {"and": [C, A]}]}, {"b": 1, "c": 1}, 1, "/or/1/and/1", True),
        ({"and": [A, {"or": [B, C]}]}, {"a": 1}, 1, "/and/1/or/0", True),
        ({"!": {"and": [A, B]}}, {"a": 1, "b": 1}, 1, "/!/and/0", False),
        ({"!": [{"or": [A, B]}]}, {"a": 1, "b": 1}, 2, "/!/0/or/0", False),
        ({"if": [A, B, C]}, {"a": 1}, 1, "/if/1", True),
        ({"if": [A, False, True]}, {"a": 1}, 1, "/if/0", False),
        ({"if": [A, True]}, {}, 1, "/if/0", False),
        ({"and": [A, False]}, {"a": 1}, 1, "/and/1", True),
        ({"or": [False, A]}, {}, 1, "/or/1", False),
    ],
)
def test_clauses_that_fail_are_counted(rule: Any, data: Any, failing: int, first: str, near: bool) -> None:
    miss = find_miss(compile_rule(rule), data)

    assert (miss.failing, miss.first, miss.is_near) == (failing, first, near)


def test_nothing_fails_exactly_if_the_rule_has_the_answer() -> None:
    for rule, data in random_cases(2, 3_000):
        try:
            compiled = compile_rule(rule)
            holds = compiled.holds(data, extra=EXTRA)
        except RuleFailed:
            continue
        for wanted in (True, False):
            miss = find_miss(compiled, data, extra=EXTRA, wanted=wanted)
            assert (miss.failing == 0) is (holds is wanted), (rule, data, wanted)
            assert (miss.first is None) is (holds is wanted)
            if miss.first is not None:
                follow_pointer(rule, miss.first)
