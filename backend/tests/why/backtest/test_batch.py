"""A batch of events is decided, and its clauses are counted, as if each event were decided alone."""

from __future__ import annotations

from typing import Any

from app.errors import InvalidRule
from app.logic.jsonlogic import Rule, compile_rule
from app.storage.json_text import dumps, loads
from app.why.backtest.batch import BatchJudge, holds
from app.why.backtest.evaluation import parse_array
from app.why.backtest.trial import MOST_CLAUSES, Trial
from tests.logic.test_tracing import random_cases


def compiled(rule: Any) -> Rule | None:
    try:
        return compile_rule(rule)
    except InvalidRule:
        return None


def assert_decided_as_one_by_one(rule: Rule, baseline: Rule | None, payloads: list[Any]) -> bool:
    """True if the batch could be decided at once."""
    trial, alone = Trial(rule), Trial(rule)
    decided = BatchJudge(trial, baseline).judge(payloads)
    if decided is None:
        return False
    found = {place: (verdict, before) for verdict, before, places in decided for place in places}
    expected = [(alone.judge(payload), baseline is not None and holds(baseline, payload)) for payload in payloads]
    assert [found[place] for place in range(len(payloads))] == expected, (rule.source, baseline and baseline.source)
    assert trial.count_clauses() == alone.count_clauses()
    return True


def test_batch_is_decided_as_its_events_one_by_one() -> None:
    cases = list(random_cases(5, 1_500))
    rules = [compiled(rule) for rule, _ in cases]
    at_once = 0
    for place, rule in enumerate(rules[:-16]):
        if rule is not None:
            payloads = [data for _, data in cases[place : place + 15]]
            baseline = rules[place + 1] if place % 3 else None
            at_once += assert_decided_as_one_by_one(rule, baseline, payloads)

    assert at_once > 500


def test_clauses_that_both_rules_have_are_counted_once() -> None:
    rule = compile_rule({"and": [{"==": [{"var": "a"}, 1]}, {">": [{"var": "b"}, 5]}]})
    baseline = compile_rule({"and": [{"==": [{"var": "a"}, 1]}, {">": [{"var": "b"}, 7]}]})

    assert assert_decided_as_one_by_one(rule, baseline, [{"a": a, "b": b} for a in (0, 1) for b in range(9)])


def test_operators_and_many_clauses_are_left_to_single_events(operators: Any) -> None:
    operators("slow", lambda: True)
    many = {"or": [{"==": [{"var": "a"}, number]} for number in range(MOST_CLAUSES + 1)]}

    for rule in (many, {"slow": []}):
        assert not BatchJudge(Trial(compile_rule(rule)), None).is_possible
    assert not BatchJudge(Trial(compile_rule({"var": "a"})), compile_rule(many)).is_possible


def test_batch_that_takes_too_much_work_is_left_to_single_events() -> None:
    rule = compile_rule({"some": [{"var": "numbers"}, {"==": [{"var": ""}, -1]}]})
    payloads = [{"numbers": [*range(1_000)]}] * 1_000
    judge = BatchJudge(Trial(rule), None)

    assert judge.judge(payloads) is None
    assert judge.judge(payloads[:10]) is not None


def test_array_is_parsed_where_it_has_as_many_values() -> None:
    texts = ['{"a": 1.50, "b": [1, {"c": null}]}', "[]", '"x,y"', " 1e2 ", "true"]

    assert dumps(parse_array(f"[{','.join(texts)}]", len(texts))) == dumps([loads(text) for text in texts])
    assert parse_array("[1, 2]", 1) is None
    assert parse_array("[" * 100_000, 1) is None
