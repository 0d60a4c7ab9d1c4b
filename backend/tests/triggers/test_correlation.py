"""Waiting steps are found by every event that fulfils their condition, through a small index."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import RuleFailed
from app.logic.jsonlogic import compile_rule
from app.triggers.correlation import compile_correlation, keys_of, without_own
from tests.long import choose_count
from tests.triggers.strategies import CONSTANTS, constants, extras, operation, rules, values

OWN_PATHS = ["$context.a", "$context.b", "$context.a.b", "$context", "$steps.n.a", "$steps.n.output.b", "$steps.x.y.a"]
PATHS = ["a", "b", "a.b", "b.0", "$event.type", "$context.a"]
#: Of a step, its output; ids may hold dots.
OUTPUTS = ["n", "x", "x.y"]

own = st.builds(lambda path: {"var": path}, st.sampled_from(OWN_PATHS))
of_event = st.builds(
    lambda path, default: {"var": path if default is Ellipsis else [path, default]},
    st.sampled_from(PATHS),
    st.just(Ellipsis) | constants,
)
equal = st.one_of(
    operation(["==", "===", "!="], of_event, own | constants),
    operation(["==", "==="], own | constants, of_event),
    operation(["in"], of_event, st.lists(constants | own, max_size=2)),
)
conditions = st.recursive(
    equal | rules,
    lambda inner: st.builds(
        lambda name, parts: {name: parts},
        st.sampled_from(["and", "and", "or", "if", "!"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)
contexts = st.dictionaries(st.sampled_from("ab"), values, max_size=2)
outputs = st.dictionaries(st.sampled_from(OUTPUTS), values | contexts, max_size=3)
posted = st.dictionaries(st.sampled_from(["a", "b", "$event", "$context"]), values, max_size=3)


@settings(max_examples=choose_count(300, 1500))
@given(conditions, contexts, outputs, posted, extras)
def test_index_finds_every_condition_that_matches(
    condition: Any, context: Any, outputs: dict[str, Any], event: Any, extra: Any
) -> None:
    if condition is None:
        return
    found = compile_correlation(condition, context=context, outputs=outputs)
    payload, beside = without_own(event), extra or {}
    rule = compile_rule(condition)

    whole = rule.holds(payload, extra={**beside, "$context": context, "$steps": outputs})
    kept = rule.holds(payload, extra={**beside, **found.seen})

    assert kept == whole
    if whole and found.key is not None:
        assert found.key in keys_of([found.key[0]], payload, beside)


def test_condition_is_indexed_by_its_executions_value() -> None:
    same = {"==": [{"var": "order.id"}, {"var": "$context.order.id"}]}
    condition = {"and": [{"==": [{"var": "kind"}, "paid"]}, same, {"==": [{"var": "$event.type"}, "x"]}]}

    found = compile_correlation(condition, context={"order": {"id": 7, "lines": [1, 2]}, "more": 1}, outputs={})

    assert found.seen == {"$context": {"order": {"id": 7}}}
    assert found.key is not None
    assert found.key[0] == '["order","id"]'
    assert keys_of([found.key[0]], {"order": {"id": "7"}}, {}) == {found.key}
    assert keys_of([found.key[0]], {"order": {"id": 8}}, {}) != {found.key}
    assert keys_of([found.key[0]], {"order": {}}, {}) == set()


@pytest.mark.parametrize(
    "condition",
    [
        True,
        {"!=": [{"var": "a"}, 1]},
        {">": [{"var": "a"}, 1]},
        {"==": [{"var": "a"}, None]},
        {"==": [{"var": ["a", 5]}, 5]},
        {"==": [{"var": "a"}, {"var": "$context.none"}]},
        {"or": [{"==": [{"var": "a"}, 1]}, {"==": [{"var": "b"}, 1]}]},
        {"==": [{"var": "x" * 600}, 1]},
    ],
)
def test_condition_without_fixed_value_is_always_tried(condition: Any) -> None:
    assert compile_correlation(condition, context={}, outputs={}).key is None


@pytest.mark.parametrize("constant", [each for each in CONSTANTS if each is not None])
@pytest.mark.parametrize("value", [*CONSTANTS, [], ["1"], [[5]], [None], {}, {"a": 1}, 1e21, -0.0, "1e0", "0x1"])
def test_values_that_are_loosely_equal_have_one_key(constant: Any, value: Any) -> None:
    condition = {"==": [{"var": "a"}, constant]}

    found = compile_correlation(condition, context={}, outputs={})

    assert found.key is not None
    if compile_rule(condition).holds({"a": value}):
        assert keys_of([found.key[0]], {"a": value}, {}) == {found.key}


def test_names_that_are_computed_keep_everything() -> None:
    condition = {"==": [{"var": {"cat": ["$context.", {"var": "which"}]}}, 1]}

    found = compile_correlation(condition, context={"a": 1, "b": 2}, outputs={"n": {"x": 1}})

    assert found.seen == {"$context": {"a": 1, "b": 2}, "$steps": {"n": {"x": 1}}}


def test_oversized_value_matches_nothing() -> None:
    huge = {"a": [0] * 2_000_000}

    assert keys_of(['["a"]'], huge, {}) == set()
    with pytest.raises(RuleFailed):
        compile_rule({"==": [{"var": "a"}, "x"]}).holds(huge)
