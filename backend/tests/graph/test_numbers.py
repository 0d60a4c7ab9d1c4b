"""Whole numbers within limits."""

from __future__ import annotations

from typing import Any

import pytest

from app.graph.numbers import from_digits, whole_number


@pytest.mark.parametrize(("value", "number"), [(1, 1), (10, 10), (2.0, 2)])
def test_whole_number_within_limits_is_an_int(value: Any, number: int) -> None:
    found = whole_number(value, "needed", 1, 10)

    assert (found, type(found)) == (number, int)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (11, "11"),
        (1.5, "1.5"),
        (True, "true"),
        (None, "null"),
        ("2", '"2"'),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        ({"k": 1}, '{"k": 1}'),
        pytest.param(10**5000, "a number of many digits", id="huge"),
    ],
)
def test_other_values_are_refused_as_json_shows_them(value: Any, shown: str) -> None:
    with pytest.raises(ValueError, match="must be a whole number") as refused:
        whole_number(value, "needed", 1, 10)

    assert str(refused.value) == f"needed is {shown}; it must be a whole number from 1 to 10."


@pytest.mark.parametrize(
    ("value", "number"), [("3", 3), (" 42 ", 42), ("3x", "3x"), ("٣", "٣"), ("1234567890", "1234567890"), (3, 3)]
)
def test_digits_are_read_as_a_number(value: Any, number: Any) -> None:
    assert from_digits(value) == number
