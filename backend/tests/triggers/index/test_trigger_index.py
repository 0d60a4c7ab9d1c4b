"""The trigger index finds the same triggers as evaluating each of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import json_logic
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.logic.jsonlogic import compile_rule
from app.triggers.index.entries import LookupEntry
from app.triggers.index.lookup import Lookup
from app.triggers.index.predicates import predicates_of
from app.triggers.index.trigger_index import TriggerIndex
from tests.long import choose_count
from tests.triggers.strategies import events, extras, rules


def candidates(index: TriggerIndex[Any], event: Any, extra: Any = None) -> list[Any]:
    return [key for key, _ in index.candidates(event, extra=extra)]


@settings(max_examples=choose_count(100, 400))
@given(st.lists(rules, max_size=40), st.lists(events, min_size=1, max_size=4), extras)
@example([{"in": ["5", {"var": "a"}]}, {"in": [5, {"var": "a"}]}], [{"a": ["5", [5]]}, {"a": "1,5"}, {"a": {}}], None)
def test_index_decides_as_asking_every_trigger_does(sources: list[Any], posted: list[Any], extra: Any) -> None:
    compiled = {number: compile_rule(source) for number, source in enumerate(sources) if source is not None}
    index = TriggerIndex(enumerate(sources))

    for event in posted:
        by_index = [number for number, rule in index.candidates(event, extra=extra) if rule.holds(event, extra=extra)]

        assert by_index == [number for number, rule in compiled.items() if rule.holds(event, extra=extra)]


@settings(max_examples=choose_count(50, 100))
@given(st.lists(rules, max_size=8), st.dictionaries(st.integers(0, 12), st.none() | rules, max_size=5), events)
def test_updated_index_decides_as_a_new_one(sources: list[Any], changes: dict[int, Any], event: Any) -> None:
    updated = TriggerIndex(enumerate(sources)).updated(changes)
    new = TriggerIndex({**dict(enumerate(sources)), **changes}.items())

    assert len(updated) == len(new)
    assert {key for key, rule in updated.candidates(event) if rule.holds(event)} == {
        key for key, rule in new.candidates(event) if rule.holds(event)
    }


def test_triggers_that_are_absent_null_or_empty_never_fire() -> None:
    index = TriggerIndex([("null", None), ("empty", {}), ("always", True), ("never", False)])

    assert len(index) == 2
    assert candidates(index, {"a": 1}) == ["always"]


def test_unindexable_trigger_is_always_a_candidate() -> None:
    index = TriggerIndex([("differs", {"!=": [{"var": "a"}, 1]}), ("two", {"==": [{"var": "a"}, {"var": "b"}]})])

    assert candidates(index, {}) == ["differs", "two"]


@pytest.mark.parametrize("value", [1, 1.0, True, "1", " 1.0 ", "0x1", [1], ["1"], [[1]]])
def test_equality_is_found_as_loosely_as_javascript_compares(value: Any) -> None:
    index = TriggerIndex([("number", {"==": [{"var": "a"}, 1]}), ("other", {"==": [{"var": "a"}, 2]})])

    assert candidates(index, {"a": value}) == ["number"]


def test_missing_variable_counts_as_null_or_as_its_default() -> None:
    index = TriggerIndex(
        [
            ("below", {"<": [{"var": "x"}, 5]}),
            ("above", {">": [{"var": "x"}, 5]}),
            ("default", {">": [{"var": ["x", 7]}, 5]}),
            ("null", {"==": [{"var": "x"}, None]}),
        ]
    )

    assert candidates(index, {}) == ["below", "default", "null"]
    assert candidates(index, {"x": None}) == ["below", "null"]
    assert candidates(index, {"x": 9}) == ["above", "default"]


def test_type_of_the_event_can_be_looked_up() -> None:
    index = TriggerIndex((kind, {"==": [{"var": "$event.type"}, kind]}) for kind in "abc")

    assert candidates(index, {}, {"$event": {"type": "b"}}) == ["b"]
    assert candidates(index, {"$event": {"type": "c"}}, {"$event": {"type": "b"}}) == ["c"]


def test_shared_condition_is_split_by_other_conditions() -> None:
    def order(number: int) -> Any:
        low = {">=": [{"var": "amount"}, number * 10]}
        return {"and": [{"==": [{"var": "type"}, "order"]}, low, {"<": [{"var": "amount"}, number * 10 + 10]}]}

    index = TriggerIndex((number, order(number)) for number in range(1000))

    assert candidates(index, {"type": "order", "amount": 4321}) == [432]
    assert candidates(index, {"type": "refund", "amount": 4321}) == []


def test_index_evaluates_few_triggers() -> None:
    index = TriggerIndex((n, {">": [{"var": f"sensor{n}.value"}, 5]}) for n in range(5000))

    assert candidates(index, {"sensor77": {"value": 6}, "sensor78": {"value": 5.5}, "sensor79": {"value": 1}}) == [
        77,
        78,
    ]


def test_intervals_are_found_among_many() -> None:
    chance = random.Random(3)
    bounds = [(low, low + chance.randint(0, 50)) for low in (chance.randint(0, 1000) for _ in range(500))]
    index = TriggerIndex((n, {"<=": [low, {"var": "x"}, high]}) for n, (low, high) in enumerate(bounds))

    for x in range(-10, 1070, 7):
        assert candidates(index, {"x": x}) == [n for n, (low, high) in enumerate(bounds) if low <= x <= high]


@pytest.fixture
def boom() -> Iterator[None]:
    json_logic.add_operation("boom", lambda: 1 / 0)
    json_logic.add_operation("==", lambda a, b: True)
    yield
    json_logic.rm_operation("boom")
    json_logic.rm_operation("==")


@pytest.mark.usefixtures("boom")
def test_custom_operators_hide_no_match() -> None:
    small = {"<": [{"var": "a"}, 1]}
    index = TriggerIndex(
        [
            ("raises", {"and": [{"boom": []}, small]}),
            ("spared", {"and": [small, {"boom": []}]}),
            ("redefined", {"==": [{"var": "a"}, 1]}),
        ]
    )

    assert candidates(index, {"a": 5}) == ["raises", "redefined"]


def test_very_large_event_is_checked_by_every_trigger() -> None:
    index = TriggerIndex([("a", {"==": [{"var": "x"}, "1"]}), ("b", {"==": [{"var": "y"}, "1"]})])

    assert candidates(index, {"x": [0] * 2_000_000}) == ["a", "b"]


def test_triggers_with_one_long_list_are_read_a_few_times() -> None:
    options = [f"sku-{number}" for number in range(200)]
    triggers = [{"and": [{"in": [{"var": "sku"}, options]}, {">": [{"var": "amount"}, n]}]} for n in range(40)]
    entries = [LookupEntry(predicates_of(trigger, frozenset())) for trigger in triggers]
    read: list[int] = []

    def read_entry(number: int) -> LookupEntry:
        read.append(number)
        return entries[number]

    Lookup(range(40), read_entry)

    assert len(read) < 4 * 40


def test_update_that_names_a_trigger_often_adds_all_others() -> None:
    index = TriggerIndex([("a", {"==": [{"var": "t"}, "a"]})])

    updated = index.updated([("a", {"==": [{"var": "t"}, "a"]})] * 100 + [("b", {"==": [{"var": "t"}, "b"]})])

    assert [key for key, rule in updated.candidates({"t": "b"}) if rule.holds({"t": "b"})] == ["b"]
