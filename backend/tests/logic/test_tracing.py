"""A traced rule has the value of the rule, and its tree is bounded."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import json_logic
import pytest

from app.errors import InvalidRule, RuleFailed
from app.logic.jsonlogic import compile_rule, compile_value
from app.logic.tracing import MAX_CLAUSES, MAX_ITEMS, Trace, trace
from tests.logic.rules_by_chance import conformance_cases, make_data, make_rule
from tests.long import LONG

EXTRA = {"$event": {"type": "a", "id": "x"}}


def value_of(rule: Any, data: Any) -> Any:
    try:
        return compile_value(rule).evaluate(data, extra=EXTRA)
    except RuleFailed as error:
        return str(error)


def traced_value_of(rule: Any, data: Any) -> Any:
    traced = trace(rule, data, extra=EXTRA, builds=True)
    return traced.root.value if traced.error is None else traced.error


def same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and repr(a) == repr(b)


def differing(cases: list[tuple[Any, Any]]) -> list[Any]:
    return [(rule, data) for rule, data in cases if not same(value_of(rule, data), traced_value_of(rule, data))]


def random_cases(seed: int, count: int) -> list[tuple[Any, Any]]:
    chance = random.Random(seed)
    return [(make_rule(chance), make_data(chance)) for _ in range(count)]


def test_traced_conformance_rules_have_their_values() -> None:
    cases = []
    for rule, data in conformance_cases():
        try:
            compile_value(rule)
        except InvalidRule:
            continue
        cases.append((rule, data))

    assert differing(cases) == []
    assert not cases or len(cases) > 650


def test_traced_random_rules_have_their_values() -> None:
    assert differing(random_cases(1, 3_000)) == []


@LONG
def test_many_traced_random_rules_have_their_values() -> None:
    for seed in range(100):
        assert differing(random_cases(seed, 1_000)) == []


def clauses(traced: Trace) -> dict[str, Any]:
    return {clause.pointer: clause for clause in traced.root.walk()}


def test_skipped_clause_has_the_value_that_it_would_have() -> None:
    found = clauses(trace({"and": [{"==": [{"var": "a"}, 1]}, {">": [{"var": "b"}, 5]}]}, {"a": 2, "b": 9}))

    assert (found["/and/0"].value, found["/and/0"].evaluated) == (False, True)
    assert (found["/and/1"].value, found["/and/1"].evaluated) == (True, False)
    assert found["/and/1/>/0"].value == 9


def test_variable_has_its_path_and_whether_it_is_there() -> None:
    found = clauses(trace({"some": [{"var": "items"}, {"var": "price"}]}, {"items": [{"price": 0}, {}]}))

    assert (found["/some/0"].path, found["/some/0"].found) == (("items",), True)
    bodies = trace({"some": [{"var": "items"}, {"var": "price"}]}, {"items": [{"price": 0}, {}]}).root.items
    assert [item.clause.path for item in bodies] == [("items", "0", "price"), ("items", "1", "price")]
    assert [item.clause.found for item in bodies] == [True, False]


def test_loop_shows_the_first_items_and_the_one_that_decides() -> None:
    rule = {"all": [{"var": "l"}, {"<": [{"var": ""}, 90]}]}

    root = trace(rule, {"l": [*range(100)]}).root

    assert [item.index for item in root.items] == [*range(MAX_ITEMS), 90]
    assert (root.count, root.more_true, root.value) == (100, 70, False)
    assert root.items[-1].clause.value is False


def test_items_after_the_one_that_decides_are_shown_as_skipped() -> None:
    root = trace({"some": [{"var": "l"}, {">": [{"var": ""}, 1]}]}, {"l": [1, 2, 3, 0]}).root

    assert [item.clause.value for item in root.items] == [False, True, True, False]
    assert [item.clause.evaluated for item in root.items] == [True, True, False, False]


@pytest.mark.parametrize(
    "rule",
    [
        {"and": [{"==": [{"var": "a"}, n]} for n in range(2_000)]},
        {"or": [{"==": [{"var": "a"}, n]} for n in range(2_000)]},
        {"map": [{"var": "l"}, {"some": [{"var": ""}, {"==": [{"var": ""}, 1]}]}]},
        {"filter": [{"var": "numbers"}, {">": [{"var": ""}, 5]}]},
        {"reduce": [{"var": "numbers"}, {"+": [{"var": "current"}, {"var": "accumulator"}]}, 0]},
        {"none": [{"var": "numbers"}, {"<": [{"var": ""}, 0]}]},
        {"and": [False, *({"some": [{"var": "numbers"}, {"<": [{"var": ""}, 0]}]} for _ in range(200))]},
        {"merge": [{"var": "numbers"}] * 9},
    ],
)
def test_tree_of_a_large_rule_is_bounded(rule: Any) -> None:
    data = {"a": -1, "numbers": [*range(100_000)], "l": [[0] * 100] * 1_000}
    start = time.monotonic()

    traced = trace(rule, data)

    assert time.monotonic() - start < 10
    # The arguments of the clauses at the limit are constants and variables.
    assert len([*traced.root.walk()]) < MAX_CLAUSES * 3
    assert same(traced.root.value, compile_rule(rule).evaluate(data))


def test_tree_of_a_deep_rule_is_truncated() -> None:
    rule: Any = {"var": "a"}
    for _ in range(98):
        rule = {"!": [rule]}

    traced = trace(rule, {"a": 1})

    assert traced.truncated
    assert len([*traced.root.walk()]) <= 41


def test_operator_of_the_deployment_has_arguments_and_an_answer() -> None:
    json_logic.add_operation("is_vip", lambda name: name == "ada")
    try:
        root = trace({"and": [{"is_vip": [{"var": "name"}]}]}, {"name": "ada"}).root
    finally:
        json_logic.rm_operation("is_vip")

    (clause,) = root.args
    assert (clause.custom, clause.value, clause.args[0].value) == (True, True, "ada")


def test_stopped_evaluation_keeps_what_it_found() -> None:
    traced = trace({"and": [{"==": [{"var": "a"}, 1]}, {"*": []}]}, {"a": 1})

    assert traced.error == "The operator '*' needs at least one argument."
    assert [arg.value for arg in traced.root.args] == [True, None]
    assert json.dumps(traced.root.args[1].error) == json.dumps(traced.error)
