"""Explanations as JSON: values are cut, and a clause is described by what is wanted of it."""

from __future__ import annotations

from typing import Any

import pytest

from app.logic.tracing import trace
from app.storage.json_text import dumps
from app.why.shapes import MAX_MEMBERS, MAX_TEXT, cut_value, show_clause


def shown(rule: Any, data: Any) -> Any:
    return show_clause(trace(rule, data).root)


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "a", [1, [2]], {"a": {"b": [1]}}, 10**30])
def test_short_value_is_whole(value: Any) -> None:
    assert cut_value(value) == (value, False)


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10_000,
        [*range(100_000)],
        {f"k{n}": n for n in range(1_000)},
        [[[[[[[1]]]]]]],
        pytest.param(10**4_000, id="number"),
        [["x"] * 20] * 20,
    ],
)
def test_long_value_is_cut(value: Any) -> None:
    cut, is_cut = cut_value(value)

    assert is_cut
    assert len(dumps(cut)) < 3_000


def test_cut_list_keeps_its_first_members() -> None:
    assert cut_value([*range(50)]) == ([*range(MAX_MEMBERS)], True)
    assert cut_value("x" * (MAX_TEXT + 1))[0] == "x" * MAX_TEXT + "…"


def test_constants_are_literals_and_clauses_have_values() -> None:
    clause = shown({">": [{"var": "n"}, 5]}, {"n": 7})

    assert clause["args"][1] == {"literal": 5}
    assert clause["args"][0] == {
        "pointer": "/>/0",
        "op": "var",
        "words": "`n` was 7",
        "value": 7,
        "truthy": True,
        "evaluated": True,
        "path": "n",
        "found": True,
        "args": [{"literal": "n"}],
    }


def test_clause_under_not_is_described_by_what_must_not_hold() -> None:
    clause = shown({"!": [{"==": [{"var": "a"}, 1]}]}, {"a": 1})

    assert clause["args"][0]["words"] == "`a` was 1 and the trigger asks for anything but 1"


def test_condition_of_an_if_is_described_without_a_wish() -> None:
    clause = shown({"if": [{">": [{"var": "n"}, 5]}, True, {"==": [{"var": "a"}, 1]}]}, {"n": 3})

    assert clause["args"][0]["words"] == "`n` was 3, which is not more than 5"
    assert clause["args"][2]["words"] == "`a` is missing and the trigger asks for 1"


def test_items_beyond_the_first_are_counted() -> None:
    clause = shown({"filter": [{"var": "l"}, {">": [{"var": ""}, 10]}]}, {"l": [*range(50)]})

    assert len(clause["items"]) == 20
    assert clause["more"] == {"items": 30, "true": 30}


def test_deciding_item_is_shown_and_not_counted_again() -> None:
    clause = shown({"some": [{"var": "l"}, {">": [{"var": ""}, 30]}]}, {"l": [*range(50)]})

    assert [item["index"] for item in clause["items"]][-1] == 31
    assert clause["more"] == {"items": 29, "true": 0}
