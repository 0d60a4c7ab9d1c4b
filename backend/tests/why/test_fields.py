"""The paths of events, and what they have."""

from __future__ import annotations

from app.why.fields import MOST_LEVELS, MOST_PATHS, collect_fields, list_paths


def test_numbers_take_precedence_in_extremes() -> None:
    (field,) = collect_fields([{"a": "x"}, {"a": 3}, {"a": "b"}, {"a": 1.5}])

    assert (field.least, field.greatest) == (1.5, 3)
    assert dict(field.types) == {"string": 2, "number": 2}


def test_paths_are_bounded() -> None:
    deep: object = 1
    for _ in range(MOST_LEVELS + 5):
        deep = {"a": deep}

    assert len(collect_fields([deep])) == MOST_LEVELS
    assert len(collect_fields([{str(number): 1 for number in range(MOST_PATHS + 5)}])) == MOST_PATHS


def test_paths_inside_lists_are_no_completions() -> None:
    assert list_paths([{"a": {"b": [{"c": 1}]}}]) == {("a",), ("a", "b")}
