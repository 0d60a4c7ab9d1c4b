"""A rule on many events decides as it does on each, and its clauses are counted."""

from __future__ import annotations

from typing import Any

from app.errors import InvalidRule, RuleFailed
from app.logic.jsonlogic import compile_rule
from app.logic.misses import find_miss
from app.why.backtest.trial import MOST_CLAUSES, Trial
from tests.logic.test_tracing import EXTRA, random_cases


def test_verdicts_are_those_of_the_rule() -> None:
    judged = 0
    cases = list(random_cases(3, 1_500))
    for place, (rule, _) in enumerate(cases):
        try:
            trial = Trial(compile_rule(rule))
        except InvalidRule:
            continue
        for _, data in cases[place : place + 15]:
            verdict = trial.judge(data, EXTRA)
            try:
                expected = trial.rule.holds(data, extra=EXTRA)
            except RuleFailed:
                assert verdict.failed
                continue
            assert (verdict.matched, verdict.failed) == (expected, False), (rule, data)
            assert verdict.near == (not expected and find_miss(trial.rule, data, extra=EXTRA).is_near), (rule, data)
            judged += 1
    assert judged > 10_000


def test_clauses_are_counted() -> None:
    rule = {"and": [{"==": [{"var": "a"}, 1]}, {"or": [{"var": "b"}, {"!": {"var": "c"}}]}]}
    trial = Trial(compile_rule(rule))

    for data in ({"a": 1}, {"a": 1, "c": 1}, {"a": 2, "b": 1, "c": 1}, {"a": 2, "b": 1}):
        trial.judge(data)

    assert [leaf.pointer for leaf in trial.leaves] == ["/and/0", "/and/1/or/0", "/and/1/or/1"]
    assert trial.count_clauses() == ([2, 2, 2], [2, 1, 0])
    assert trial.count_clauses() == ([0, 0, 0], [0, 0, 0])


def test_rule_of_many_clauses_decides_without_counts() -> None:
    many = {"or": [{"==": [{"var": "a"}, number]} for number in range(MOST_CLAUSES + 1)]}
    trial = Trial(compile_rule(many))

    assert [trial.judge({"a": value}).matched for value in (7, -1)] == [True, False]
    assert trial.count_clauses() == ([], [])


def test_raising_clause_fails_only_where_it_is_reached(operators: Any) -> None:
    operators("boom", lambda: 1 / 0)
    trial = Trial(compile_rule({"and": [{"var": "a"}, {"boom": []}]}))

    assert [trial.judge({"a": value}).failed for value in (True, False)] == [True, False]
