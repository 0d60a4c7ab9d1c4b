"""A rule that is called never true is true for no event."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest

from app.errors import InvalidRule, RuleFailed
from app.logic.jsonlogic import compile_rule
from app.logic.reasoning.formula import negation, read_formula
from app.logic.reasoning.solving import TooHard, can_hold, event_of, find_witness
from tests.logic.rules_by_chance import make_rule
from tests.long import SOAK

S, N = {"var": "s"}, {"var": "n"}


@pytest.mark.parametrize(
    "rule",
    [
        {"and": [{">": [N, 80]}, {"<": [N, 70]}]},
        {"<": [5, N, 3]},
        {"and": [{"==": [S, "a"]}, {"==": [S, "b"]}]},
        {"and": [{"===": [S, 1]}, {"===": [S, True]}]},
        {"and": [{"in": [S, ["a", "b"]]}, {"in": [S, ["c", "d"]]}]},
        {"and": [{"===": [S, "a"]}, {"!": {"in": [S, ["a", "b"]]}}]},
        {"and": [{"missing": ["s"]}, {"!!": S}]},
        {"and": [{"==": [S, None]}, {"!!": S}]},
        {"and": [{"some": [S, {"==": [{"var": ""}, 1]}]}, {"!": {"some": [S, {"==": [{"var": ""}, 1]}]}}]},
        {"if": [{"==": [S, 1]}, False, {"===": [S, 1]}]},
        {"or": [{"and": [{">": [N, 5]}, {"<": [N, 5]}]}, {"==": [1, 2]}]},
        {"and": [{">": [S, "m"]}, {"<": [S, "b"]}]},
        {"and": [*({"==": [{"var": f"k{n}"}, n]} for n in range(30)), {"===": [N, 1]}, {"===": [N, 2]}]},
    ],
)
def test_rule_without_an_answer_is_never_true(rule: Any) -> None:
    assert not can_hold(read_formula(rule))
    assert not can_hold(negation(read_formula({"!": [rule]})))


@pytest.mark.parametrize(
    "rule",
    [
        {"or": [{"==": [S, "a"]}, {"!=": [S, "a"]}]},
        {"or": [{"==": [S, None]}, {"!=": [S, None]}]},
        {"!": {"and": [{">": [N, 80]}, {"<": [N, 70]}]}},
        {"or": [{"in": [S, ["a"]]}, {"!==": [S, "a"]}]},
    ],
)
def test_rule_with_one_answer_is_always_true(rule: Any) -> None:
    assert not can_hold(negation(read_formula(rule)))


@pytest.mark.parametrize(
    "rule",
    [
        {"and": [{">": [N, 5]}, {"<": [N, 6]}]},
        # A text is compared as text with a text, and as a number with a number.
        {"and": [{">": [S, "a"]}, {"<": [S, 5]}]},
        {"and": [{"==": [N, 1]}, {"==": [N, "1"]}]},
        {"and": [{"==": [S, True]}, {"==": [S, 1]}]},
        {"and": [{"<=": [N, None]}, {">=": [N, None]}]},
        # A list of one is equal to its element, but not the same.
        {"and": [{"==": [S, "a"]}, {"!==": [S, "a"]}]},
        {"and": [{"==": [S, "a"]}, {"!": {"in": [S, ["a", "b"]]}}]},
        {"and": [{"==": [S, ""]}, {"!!": S}]},
        {"!": {"or": [{"<": [N, 5]}, {">=": [N, 5]}]}},
    ],
)
def test_rule_that_odd_values_make_true_is_not_called_never(rule: Any) -> None:
    assert can_hold(read_formula(rule))


def test_witness_is_an_event_that_the_rule_matches() -> None:
    rule = {"and": [{">": [N, 5]}, {"==": [S, "a"]}, {"!": {"missing": ["x.y"]}}]}

    witness = find_witness(read_formula(rule), accepts=lambda found: event_of(found) is not None)

    assert witness is not None
    assert compile_rule(rule).holds(event_of(witness))


def test_question_that_is_too_hard_has_no_answer() -> None:
    parts = [{"==": [{"reduce": [{"var": f"k{n}"}, 1, 0]}, {"var": f"m{n}"}]} for n in range(20)]
    rule = {"and": [{"or": [first, second]} for first in parts for second in parts]}

    with pytest.raises(TooHard):
        find_witness(read_formula(rule))


def random_rule(chance: random.Random, depth: int = 3) -> Any:
    """A rule about two paths, with few constants, so that it often contradicts itself."""
    if not depth or chance.random() < 0.2:
        path = {"var": chance.choice(["a", "b"])}
        operator = chance.choice(["==", "===", "!=", "!==", "<", "<=", ">", ">=", "in", "!!", "missing", "between"])
        constants = [None, True, False, 0, 1, 2, "", "1", "a", "b", " 2", "1,2", "[object Object]"]
        if operator == "in":
            return {"in": [path, chance.sample(constants, chance.randrange(4))]}
        if operator in ("!!", "missing"):
            return {operator: [path if operator == "!!" else "a"]}
        if operator == "between":
            return {chance.choice(["<", "<="]): [chance.choice(constants), path, chance.choice(constants)]}
        pair = [path, chance.choice(constants)]
        return {operator: pair if chance.random() < 0.7 else pair[::-1]}
    name = chance.choice(["and", "and", "or", "if", "!"])
    return {name: [random_rule(chance, depth - 1) for _ in range(chance.randrange(1, 4))]}


VALUES = [
    *[None, True, False, 0, 1, 2, -1, 0.5, 1.5, 3, 10**400, "", "0", "1", "1.0", " 2", "2", "a", "A", "aa", "b", "c"],
    *["true", "null", "1,2", "[object Object]", "Infinity", "0x1", "~", [], [[]], [1], ["1"], ["a"], [""], [1, 2]],
    *[[None], {}, {"a": 1}, ["a", "b"], [[2]], "10", "\uffff", "😀"],
]


def test_rule_that_is_called_never_or_always_has_one_answer() -> None:
    chance = random.Random(11)
    events = [
        {},
        *({"a": a} for a in VALUES),
        *({"b": b} for b in VALUES),
        *({"a": a, "b": b} for a in VALUES for b in VALUES),
    ]
    proven = 0

    for number in range(10_000 if SOAK else 500):
        rule = random_rule(chance) if number % 4 else make_rule(chance)
        with suppress(InvalidRule):
            formula = read_formula(rule)
            never, always = not can_hold(formula), not can_hold(negation(formula))
            if never or always:
                proven += 1
                compiled = compile_rule(rule)
                for event in events:
                    with suppress(RuleFailed):
                        assert compiled.holds(event) is always, (rule, event)

    assert proven > 50
