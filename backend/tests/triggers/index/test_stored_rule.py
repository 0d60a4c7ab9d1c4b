"""A rule that is kept as text is compiled to the same rule again."""

from __future__ import annotations

import math
from typing import Any

import json_logic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InvalidRule
from app.logic.jsonlogic import compile_rule
from app.storage.json_text import loads
from app.triggers.index.predicates import predicates
from app.triggers.index.rule_store import RuleStore
from app.triggers.index.stored_rule import StoredRule, store_trigger
from tests.long import choose_count
from tests.triggers.strategies import events, extras, rules


@settings(max_examples=choose_count(100, 400))
@given(rules, st.lists(events, min_size=1, max_size=4), extras)
def test_stored_rule_decides_as_the_compiled_one(source: Any, posted: list[Any], extra: Any) -> None:
    rule = compile_rule(source)
    stored = StoredRule.of(rule)

    again = stored.compile().bare

    for event in posted:
        assert again.holds(event, extra=extra) == rule.holds(event, extra=extra)
    assert stored.predicates() == predicates(rule)


@pytest.mark.parametrize(
    "text", ["1e999", "-1e999", "1.10", "12345678901234567890.5", "-0.0", '"\\ud800é"', "123456789012345678901"]
)
def test_constant_is_kept_as_it_was_written(text: str) -> None:
    rule = compile_rule(loads(f'{{"==": [{{"var": "a"}}, {text}]}}'))

    source = StoredRule.of(rule).read_source()

    assert source == rule.source
    kept, written = source["=="][1], rule.source["=="][1]
    assert (type(kept), getattr(kept, "text", None)) == (type(written), getattr(written, "text", None))
    assert not isinstance(kept, float) or math.copysign(1, kept) == math.copysign(1, written)


def test_rule_keeps_the_operators_of_its_first_compilation(operators: Any) -> None:
    operators("vip", lambda name: name == "Ada")
    stored = [store_trigger({"vip": [{"var": "name"}]}), store_trigger({"==": [{"var": "name"}, "Ada"]})]
    operators("vip", lambda name: False)
    operators("==", lambda a, b: False)

    holds = [rule.compile().holds({"name": "Ada"}) for rule in stored if rule]

    assert holds == [True, True]


def test_operator_that_is_gone_still_works_in_a_stored_rule(operators: Any) -> None:
    operators("vip", lambda name: name == "Ada")
    store = RuleStore()
    for source in ({"var": "a"}, {"vip": [{"var": "name"}]}, {"var": "b"}):
        stored = store_trigger(source)
        assert stored is not None
        store.append(stored)
    json_logic.rm_operation("vip")

    compiled = [store[number].compile() for number in range(3)]

    assert [rule.holds({"name": "Ada", "b": 1}) for rule in compiled] == [False, True, True]
    assert [rule.custom for rule in compiled] == [set(), {"vip"}, set()]


@pytest.mark.parametrize("trigger", [None, {}])
def test_trigger_that_never_fires_is_not_stored(trigger: Any) -> None:
    assert store_trigger(trigger) is None


def test_trigger_that_is_not_a_rule_is_refused() -> None:
    with pytest.raises(InvalidRule, match="'gone' is not known"):
        store_trigger({"gone": []})
