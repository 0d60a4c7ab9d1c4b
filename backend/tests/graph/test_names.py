"""Values as messages show them."""

from __future__ import annotations

from typing import Any

import pytest

from app.graph.names import quote


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (None, "null"),
        ("it's", '"it\'s"'),
        ("Grüße", '"Grüße"'),
        ("\ud800", '"\\ud800"'),
        ({"k": [1, False]}, '{"k": [1, false]}'),
        ([1, 2, 3, 4, 5], "[1, 2, 3, 4, …]"),
        ([[[[[]]]]], "[[[[…]]]]"),
        ({}, "{}"),
    ],
)
def test_values_are_shown_as_json(value: Any, shown: str) -> None:
    assert quote(value) == shown


@pytest.mark.parametrize("value", ["x" * 10_000, ["x" * 10_000] * 1000, {"x" * 10_000: 1}])
def test_long_values_are_cut(value: Any) -> None:
    assert len(quote(value)) <= 80
